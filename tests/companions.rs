//! The templates beside the main one: the generated ones are those of the catalogue, and the parameters that templates
//! share mean the same in each. The documentation names no parameter and no test that is not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn infra(file: &str) -> String {
    let path = root().join("infra").join(file);
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
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/deploy.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    for file in ["companion-filters.yaml", "athena.yaml", "member-account.yaml"] {
        let bytes = infra(file).len();
        let through_a_bucket = format!("infra/{file} \\\n      --s3-bucket");
        let (most, how) = if guide.contains(&through_a_bucket) {
            (1_000_000, "--s3-bucket")
        } else {
            (51_200, "--template-body")
        };
        assert!(bytes <= most, "infra/{file} has {bytes} bytes; `{how}` takes {most}");
    }
}

/// The words in backticks of a cell.
fn quoted_words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The tests of the template by name, each with its source.
fn template_tests() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(root().join("tests/template")).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut tests = BTreeMap::new();
    for source in sources.map(|path| std::fs::read_to_string(path).unwrap()) {
        for test in source.split("#[test]\n").skip(1) {
            let name = test.split_once("fn ").unwrap().1.split('(').next().unwrap().to_owned();
            let body = test.split_once("\n}\n").map_or(test, |(body, _)| body);
            tests.insert(name, body.to_owned());
        }
    }
    tests
}

#[test]
fn each_parameter_of_the_table_of_settings_is_in_the_source_of_a_test_that_the_row_names() {
    let page = std::fs::read_to_string(root().join("docs/deploy.md")).unwrap();
    let parameters = parameters(&infra("template.yaml"));
    let tests = template_tests();
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
        assert!(!test.trim().is_empty(), "{console}: no test");
        let source = |name: &str| {
            tests.get(name).unwrap_or_else(|| panic!("{console}: `{name}` is no test in tests/template"))
        };
        let sources: Vec<&String> = quoted_words(test).into_iter().map(source).collect();
        for name in quoted_words(parameter) {
            assert!(parameters.contains_key(name), "{console}: `{name}` is no parameter of template.yaml");
            let quoted = format!("\"{name}\"");
            assert!(
                sources.iter().any(|source| source.contains(&quoted)),
                "{console}: no test sets `{name}`"
            );
        }
    }
}
