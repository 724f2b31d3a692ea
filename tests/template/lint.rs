//! The linters and the scanner find nothing in any template. Their exceptions, with reasons, are in the templates' metadata.

use std::fs;
use std::process::Output;

use super::tools::{root, run, templates};

fn paths() -> Vec<String> {
    let paths = templates();
    assert!(paths.iter().any(|path| path.ends_with("template.yaml")), "no templates in `infra`");
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

fn assert_silent(tool: &str, output: &Output) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{tool}:\n{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn cfn_lint_finds_nothing_in_any_template() {
    let paths = paths();
    let arguments: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_silent("cfn-lint", &run("sam", "cfn-lint", &arguments));
}

#[test]
fn sam_validate_finds_nothing_in_the_sam_template() {
    let output = run("sam", "sam", &["validate", "--lint", "--template", "infra/template.yaml"]);
    assert_silent("sam validate --lint", &output);
}

#[test]
fn checkov_finds_nothing_in_any_template() {
    let paths = paths();
    let mut arguments = vec!["--framework", "cloudformation", "--skip-download", "--compact", "--quiet"];
    for path in &paths {
        arguments.extend(["--file", path]);
    }
    let output = run("checkov", "checkov", &arguments);
    assert_silent("checkov", &output);
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(!report.contains("Parsing errors"), "{report}");
}

/// An exception without a reason is a finding that nobody has looked at.
#[test]
fn every_exception_of_the_scanner_says_why() {
    for path in templates() {
        let text = fs::read_to_string(&path).unwrap();
        for exception in text.split("id: CKV").skip(1) {
            let mut lines = exception.lines().take(2).filter_map(|line| line.split_once("comment: "));
            let (_, reason) =
                lines.next().unwrap_or_else(|| panic!("no reason in {}: {exception}", path.display()));
            assert!(reason.len() > 20, "hardly a reason in {}: {reason}", path.display());
        }
    }
}

/// CloudFormation's own parser knows no YAML aliases and merges; only tools that rewrite a template resolve them.
#[test]
fn no_template_has_yaml_aliases() {
    for path in templates() {
        let text = fs::read_to_string(&path).unwrap();
        let alias =
            text.lines().find(|line| line.contains("<<: *") || line.contains(": *") || line.contains(": &"));
        assert_eq!(alias, None, "in {}", path.display());
    }
}

#[test]
fn every_parameter_of_the_sam_template_has_a_description_a_label_and_a_group() {
    let text = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let interface = text.split("\nParameters:\n").next().unwrap();
    let template = super::tools::transformed();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].is_string(), "no description of {name}");
        assert!(interface.contains(&format!("          - {name}\n")), "no group has {name}");
        assert!(interface.contains(&format!("      {name}: {{ default: ")), "no label for {name}");
        let is_constrained =
            ["AllowedPattern", "AllowedValues", "MinValue"].iter().any(|key| !parameter[key].is_null());
        assert!(is_constrained, "{name} takes anything");
        let says_how =
            parameter["AllowedValues"].is_array() || parameter["ConstraintDescription"].is_string();
        assert!(says_how, "no advice for {name}");
    }
}

#[test]
fn the_page_on_updates_has_a_whole_row_for_every_parameter() {
    let page = fs::read_to_string(root().join("docs/reference/updates.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").map(str::trim).collect())
        .collect();
    for row in &rows {
        assert!(row.len() == 4 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
    let mut documented: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    documented.sort_unstable();
    let template = super::tools::transformed();
    let parameters: Vec<&str> =
        template["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(documented, parameters);
}
