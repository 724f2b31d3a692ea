//! Input that is designed to break the reader: it causes an error with a location or an unknown value, and the work
//! stays in proportion to the input.

use std::fmt::Write as _;

use proptest::prelude::*;
use rule_import::{Options, SOURCE_BYTES, Source, Unreadable, import};

use crate::support::import_one;

/// The only error of a source that cannot be read, with its cause.
fn error_of(name: &str, text: &str) -> String {
    let Err(Unreadable(errors)) = import(&[Source { name, text }], &Options::default()) else {
        panic!("{name} is read")
    };
    let [error] = errors.as_slice() else { panic!("{errors:?}") };
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[test]
fn an_unreadable_source_is_reported_with_line_and_column() {
    let deep_yaml = format!("a: {}", "[".repeat(70));
    let deeper_yaml = format!("a: {}", "[".repeat(100_000));
    let deep_json = "[".repeat(100_000);
    let deep_hcl = format!("a = {}", "[".repeat(100_000));
    for (name, text, expected) in [
        ("t.yaml", "Resources:\n  a: [1\n", "t.yaml:3:1: invalid YAML: "),
        ("t.yaml", "Resources:\n  a: 'x\n", "t.yaml:2:6: invalid YAML: "),
        ("t.yaml", "Resources: [1", "t.yaml:1:14: invalid YAML: "),
        ("t.yaml", &deep_yaml, "t.yaml:1:67: nested deeper than the limit of 64 levels"),
        ("t.yaml", &deeper_yaml, "t.yaml:1:259: invalid YAML: recursion limit exceeded"),
        ("t.json", "{\n  \"Resources\": {,}\n}", "t.json:2:17: invalid JSON: "),
        ("t.json", &deep_json, "t.json:1:128: invalid JSON: recursion limit exceeded"),
        ("t.json", "{\"Resources\": {}} x", "t.json:1:19: invalid JSON: "),
        ("t.tf", "locals {\n  a = = 1\n}\n", "t.tf:2:7: invalid Terraform: "),
        ("t.tf", "locals {\n", "t.tf:1:9: invalid Terraform: "),
        ("t.tf", &deep_hcl, "invalid Terraform: "),
        ("t.yaml", "a: 1\n", "t.yaml: expected a CloudFormation template, "),
        ("t.json", "{}", "t.json: expected a CloudFormation template, "),
        ("t.json", "[]", "t.json: expected a CloudFormation template, "),
    ] {
        let error = error_of(name, text);
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_source_beyond_the_size_limit_is_not_read() {
    let error = error_of("t.yaml", &" ".repeat(SOURCE_BYTES + 1));
    assert_eq!(error, "t.yaml: 33554433 bytes, more than the limit of 33554432; import it in parts");
}

#[test]
fn too_many_values_are_refused() {
    let error = error_of("t.yaml", &format!("Resources: [{}]", "1,".repeat(1_100_000)));
    assert!(error.ends_with("more values than the limit of 1000000; import it in parts"), "{error}");
}

#[test]
fn an_unreadable_source_stops_no_other() {
    let sources = [("a.json", "{"), ("b.yaml", "Resources: {}\n"), ("c.tf", "x")]
        .map(|(name, text)| Source { name, text });
    let imported = import(&sources, &Options::default()).unwrap();
    assert_eq!(imported.unreadable.len(), 2);
    let sources = [sources[0], sources[2]];
    let Err(Unreadable(errors)) = import(&sources, &Options::default()) else { panic!("read") };
    assert_eq!(errors.len(), 2);
}

#[test]
fn aliases_are_not_expanded_so_that_they_cannot_multiply() {
    let mut text = String::from("Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(text, "  a{level}: &a{level} [{aliases}]");
    }
    text.push_str(
        "Resources:\n  A:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: *a19\n",
    );
    let imported = import_one("t.yaml", &text);
    assert!(imported.lost()[0].starts_with(
        "t.yaml:26:22: A: `FilterPattern` is unknown: CloudFormation does not support YAML aliases"
    ));
}

const FILTER: &str = "
resource \"aws_cloudwatch_log_metric_filter\" \"a\" {
  pattern        = local.a
  log_group_name = \"g\"
}
";

#[test]
fn locals_that_multiply_each_other_end_at_the_budget() {
    let mut chain = String::from("locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n");
    for level in 1..60 {
        let before = level - 1;
        let _ = writeln!(chain, "  a{level} = \"${{local.a{before}}}${{local.a{before}}}\"");
    }
    let lists = chain.replace("\"${", "[").replace("}${", ", ").replace("}\"", "]");
    let product = "locals {
  a0 = [for a in range : a]
  l  = split(\",\", replace(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\", \"x\", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa,\"))
  a59 = [for a in local.l : [for b in local.l : [for c in local.l : [for d in local.l : [for e in local.l : e]]]]]
";
    let numbers = vec!["1"; 100_000].join(", ");
    let repeated = format!("locals {{\n  a59 = [for n in [{numbers}] : \"{}\"]\n", "x".repeat(1_000_000));
    for head in [chain.as_str(), &lists, product, &repeated] {
        let text = format!("{head}  a = local.a59\n}}\n{FILTER}");
        let imported = import_one("t.tf", &text);
        let lost = imported.lost().join("\n");
        assert!(lost.contains("the expressions of the module produce more data than the limit"), "{lost}");
    }
}

#[test]
fn chains_of_locals_and_conditions_end_at_the_depth_limit() {
    let mut locals = String::from("locals {\n  a0 = \"x\"\n  a = local.a9999\n");
    for level in 1..10_000 {
        let _ = writeln!(locals, "  a{level} = ((((((local.a{}))))))", level - 1);
    }
    let imported = import_one("t.tf", &format!("{locals}}}\n{FILTER}"));
    assert!(imported.lost()[0].contains("refer to each other is too long"), "{:?}", imported.lost());

    let mut template = String::from("Conditions:\n  C0: !Condition C9999\n");
    for level in 1..10_000 {
        let _ = writeln!(template, "  C{level}: !And [!Condition C{0}, !Condition C{0}]", level - 1);
    }
    template.push_str("Resources:\n  A:\n    Type: AWS::Logs::MetricFilter\n    Condition: C9999\n");
    let imported = import_one("t.yaml", &template);
    assert!(imported.lost()[0].contains("its condition `C9999` is unknown"), "{:?}", imported.lost());
}

#[test]
fn locals_with_many_circular_references_end() {
    let mut locals = String::from("locals {\n  a = local.a1\n");
    for level in 1..40 {
        let _ = writeln!(locals, "  a{level} = [local.a{0}, local.a{0}, local.a1]", level % 39 + 1);
    }
    let imported = import_one("t.tf", &format!("{locals}}}\n{FILTER}"));
    assert!(imported.lost()[0].contains("t.tf:"), "{:?}", imported.lost());
}

#[test]
fn conditions_that_use_each_other_twice_are_evaluated_once() {
    let mut template = String::from("Conditions:\n  C0: !Equals [a, a]\n");
    for level in 1..60 {
        let _ = writeln!(template, "  C{level}: !And [!Condition C{0}, !Condition C{0}]", level - 1);
    }
    template.push_str("Resources:\n  A:\n    Type: AWS::Logs::MetricFilter\n    Condition: C59\n");
    let imported = import_one("t.yaml", &template);
    // The condition holds, so that the filter is looked at.
    assert_eq!(imported.lost(), ["t.yaml:64:5: A: `FilterPattern` is missing [invalid-value]"]);
}

#[test]
fn texts_that_multiply_each_other_end_at_the_budget() {
    let long = "x".repeat(1_000_000);
    let template = format!(
        "Parameters: {{ P: {{ Type: String, Default: {long} }} }}\nResources:\n  A:\n    Type: AWS::Logs::MetricFilter\n    \
         Properties:\n      FilterPattern: !Sub '{}'\n",
        "${P}".repeat(1_000)
    );
    let imported = import_one("t.yaml", &template);
    assert!(imported.lost()[0].contains("the functions of the template produce more data than the limit"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-a-zA-Z$={}\\[\\]\"'<>!&*|%#:,. \n]{0,200}") {
        for head in ["", "Resources:\n  A:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: ", FILTER] {
            let text = format!("{head}{text}");
            let _ = import(&[Source { name: "input", text: &text }], &Options::default());
        }
    }

    #[test]
    fn any_property_of_a_filter_gives_a_rule_file_that_is_accepted_or_none(
        pattern in "\\PC{0,40}",
        name in "[ -~]{0,20}",
        value in "[-$.a-z0-9]{0,10}",
    ) {
        let filter = serde_json::json!({ "metricFilters": [{
            "filterName": name,
            "filterPattern": pattern,
            "metricTransformations": [{ "metricNamespace": name, "metricName": name, "metricValue": value }],
        }] });
        let imported = import_one("filters.json", &filter.to_string());
        prop_assert_eq!(imported.rules.len() + imported.lost().len(), 1);
    }
}
