//! The templates beside the main one: the generated ones are those of the catalogue, and the parameters that templates
//! share mean the same in each. The documentation names no parameter and no test that is not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn infra(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("infra").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The parameters of a template with the lines that decide what they take; quotes of either kind are one.
fn parameters(template: &str) -> BTreeMap<String, Vec<String>> {
    let mut parameters = BTreeMap::new();
    let mut current = None;
    let lines = template.lines().skip_while(|line| *line != "Parameters:").skip(1);
    for line in lines.take_while(|line| line.is_empty() || line.starts_with(' ') || line.starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(name) if !name.starts_with([' ', '#']) => {
                let name = name.trim_end_matches(':').to_owned();
                parameters.insert(name.clone(), Vec::new());
                current = Some(name);
            }
            Some(property) => {
                let property = property.trim().replace('"', "'");
                let decides =
                    ["Type:", "Default:", "AllowedPattern:", "AllowedValues:", "MinLength:", "MaxLength:"];
                if let Some(name) = &current
                    && decides.iter().any(|key| property.starts_with(key))
                {
                    parameters.get_mut(name).unwrap().push(property);
                }
            }
            None => {}
        }
    }
    parameters
}

#[test]
fn the_generated_templates_are_those_of_the_catalogue() {
    for (format, set, file) in [
        ("metric-filters", "security-hub", "companion-filters.yaml"),
        ("athena", "recommended", "athena.yaml"),
    ] {
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--package", "cli", "--"])
            .args(["rules", "export", "--format", format, "--set", set])
            .env_remove("CARGO_MANIFEST_DIR")
            .output()
            .unwrap();
        let generated = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(
            generated == infra(file),
            "infra/{file} is not what the catalogue gives; `cargo run -- rules export --format {format} --set {set} > infra/{file}`"
        );
    }
}

#[test]
fn the_template_of_a_member_account_takes_what_the_main_one_takes() {
    let main = parameters(&infra("template.yaml"));
    let member = parameters(&infra("member-account.yaml"));
    // They have no default in a member account, where something has to exist.
    let required = ["ExistingBucketName", "ExistingTopicArn"];
    for (name, decides) in &member {
        let expected = main.get(name).unwrap_or_else(|| panic!("`{name}` is no parameter of template.yaml"));
        if required.contains(&name.as_str()) {
            assert!(!decides.iter().any(|property| property.starts_with("Default:")), "{name}");
        } else {
            assert_eq!(decides, expected, "{name}");
        }
    }
    assert!(member.len() >= 20, "{member:?}");
}

#[test]
fn templates_that_are_given_to_cloudformation_as_they_are_fit_into_a_request() {
    for file in ["companion-filters.yaml", "athena.yaml", "member-account.yaml"] {
        let bytes = infra(file).len();
        assert!(
            bytes <= 51_200,
            "infra/{file} has {bytes} bytes; `create-stack --template-body` takes 51200"
        );
    }
}

/// The words in backticks of a cell.
fn quoted_words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_table_of_settings_names_parameters_and_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(root.join("docs/deploy.md")).unwrap();
    let parameters = parameters(&infra("template.yaml"));
    let tests: String = std::fs::read_dir(root.join("tests/template"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .skip_while(|line| *line != "| console | CLI | parameter | test |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').collect())
        .collect();
    assert!(rows.len() >= 20, "{rows:?}");
    for row in rows {
        let [console, _, parameter, test] = row.as_slice() else { panic!("{row:?}") };
        for name in quoted_words(parameter) {
            assert!(parameters.contains_key(name), "{console}: `{name}` is no parameter of template.yaml");
        }
        assert!(!test.trim().is_empty(), "{console}: no test");
        for name in quoted_words(test) {
            assert!(
                tests.contains(&format!("fn {name}(")),
                "{console}: `{name}` is no test in tests/template"
            );
        }
    }
}
