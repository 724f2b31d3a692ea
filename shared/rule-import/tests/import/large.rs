//! Large inputs: mappings with tens of thousands of entries, and more instances than a rule set has room for.

use std::fmt::Write as _;

use rule_import::Options;

use crate::support::{import_all, import_one};

const ENTRIES: usize = 50_000;

/// A mapping of short texts with this many entries, in native syntax.
fn mapping(entries: usize, between: &str) -> String {
    let mut text = String::from("{\n");
    for number in 0..entries {
        let _ = write!(text, "    \"k{number}\" = \"v{number}\"{between}");
    }
    text.push_str("  }");
    text
}

/// A filter for each of three keys, whose namespace is looked up in the mapping `local.names`.
const FILTERS: &str = r#"
locals {
  chosen = { for key, name in local.names : key => name if contains(["k0", "k777", "k49999"], key) }
}
resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each       = local.chosen
  name           = each.key
  pattern        = "{ $.eventName = ${each.value} }"
  log_group_name = "trail"
  metric_transformation {
    name      = lookup(local.names, each.key, "none")
    namespace = local.names[each.key]
    value     = "1"
  }
}
"#;

#[test]
fn every_entry_of_a_mapping_with_50_000_entries_is_found() {
    for between in ["\n", ",\n"] {
        let text = format!("locals {{\n  names = {}\n}}\n{FILTERS}", mapping(ENTRIES, between));
        let imported = import_one("main.tf", &text);
        assert_eq!(imported.lost(), Vec::<String>::new());
        let found: Vec<_> = imported.rules.iter().map(|rule| rule.metric.namespace.as_str()).collect();
        assert_eq!(found, ["v0", "v777", "v49999"]);
        let names: Vec<_> = imported.rules.iter().map(|rule| rule.metric.name.as_str()).collect();
        assert_eq!(names, found);
        let line = text.lines().position(|line| line.contains("pattern  ")).unwrap() + 1;
        assert!(imported.text.contains(&format!("# main.tf:{line}:20: aws_")), "{}", imported.text);
    }
}

#[test]
fn a_mapping_in_json_or_in_a_file_of_values_is_as_long_as_it_likes() {
    let filters = FILTERS.replace("local.names", "var.names");
    let main = format!("variable \"names\" {{\n  type = map(string)\n}}\n{filters}");
    let values = format!("names = {}\n", mapping(ENTRIES, "\n"));
    let entries: serde_json::Map<_, _> =
        (0..ENTRIES).map(|number| (format!("k{number}"), format!("v{number}").into())).collect();
    let json = serde_json::json!({ "names": entries }).to_string();
    for (name, text) in [("terraform.tfvars", values), ("names.auto.tfvars.json", json)] {
        let imported = import_all(&[("main.tf", &main), (name, &text)], &Options::default());
        assert_eq!((imported.lost(), imported.rules.len()), (Vec::new(), 3), "{name}");
    }
}

#[test]
fn more_than_a_thousand_instances_are_made() {
    let text = r#"
resource "aws_cloudwatch_log_metric_filter" "this" {
  count          = 1200
  name           = "filter-${count.index}"
  pattern        = "{ $.eventName = Event${count.index} }"
  log_group_name = "trail"
  metric_transformation {
    name      = "Count${count.index}"
    namespace = "N"
    value     = "1"
  }
}
"#;
    let imported = import_one("main.tf", text);
    assert_eq!((imported.lost(), imported.rules.len()), (Vec::new(), 1_200));
    assert_eq!(imported.rules[1_199].metric.name, "Count1199");
}

#[test]
fn instances_that_no_memory_holds_are_named_with_the_way_out() {
    let long = "a,".repeat(600_000);
    for (argument, value) in
        [("count", "9000000000"), ("for_each", "[for n, x in split(\",\", local.long) : n]")]
    {
        let text = format!(
            "locals {{\n  long = \"{long}\"\n}}\n\
             resource \"aws_cloudwatch_log_metric_filter\" \"a\" {{\n  {argument} = {value}\n}}\n"
        );
        let lost = import_one("main.tf", &text).lost().join("\n");
        let reason = format!("`{argument}` makes more instances than the memory of an import allows");
        assert!(lost.contains(&reason) && lost.contains("`terraform show -json`"), "{lost}");
    }
}
