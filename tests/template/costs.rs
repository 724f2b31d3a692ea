//! The tables of costs in `docs/deploy.md`: their counts are those of the template, the code and the catalogue, and their
//! sums are right. The prices are AWS's, and nobody can test them here.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use super::resolver::Stack;
use super::tools::root;

fn read(file: &str) -> String {
    let path = root().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the monthly table, but for its head.
fn rows() -> Vec<Vec<String>> {
    let page = read("docs/deploy.md");
    let table = page.lines().skip_while(|line| *line != "| resource | formula | a month |").skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The count and the price of the row's formula, such as `at most 17 × 0.30`.
fn formula(resource: &str) -> (usize, f64) {
    let rows = rows();
    let row = rows.iter().find(|row| row[0] == resource).unwrap_or_else(|| panic!("no row `{resource}`"));
    let product = Regex::new(r"([0-9]+) × ([0-9]+[.][0-9]+)").unwrap();
    let found = product.captures(&row[1]).unwrap_or_else(|| panic!("no formula in {row:?}"));
    let (count, price): (usize, f64) = (found[1].parse().unwrap(), found[2].parse().unwrap());
    assert_eq!(row[2], format!("{:.2}", count as f64 * price), "{resource}");
    (count, price)
}

/// The first group of each match.
fn names(text: &str, pattern: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The rules of the set `recommended`, as documents.
fn recommended() -> Vec<String> {
    let sets = read("shared/rules/catalogue/sets.yaml");
    let set = sets.split("\n  recommended:\n").nth(1).expect("the set");
    let lines = set.lines().take_while(|line| line.is_empty() || line.starts_with("   "));
    let ids = lines.filter_map(|line| line.trim().strip_prefix("- "));
    ids.map(|id| read(&format!("shared/rules/catalogue/{id}.yaml"))).collect()
}

#[test]
fn every_alarm_on_trailbell_itself_is_counted() {
    let rules = [("RulesBucket", "amzn-s3-demo-bucket"), ("RulesKey", "rules.yaml")];
    let alarms = Stack::with(&rules).resources_of("AWS::CloudWatch::Alarm").len();
    assert_eq!(formula("alarms on Trailbell itself"), (alarms, 0.10));
}

/// Those of `Failures` and `DatapointsDropped` have a dimension, and the row says so.
#[test]
fn every_metric_on_trailbell_itself_is_counted() {
    let of_processor = read("shared/pipeline/src/telemetry.rs");
    let mut metrics = names(&of_processor, r#"series\.count\("([A-Za-z]+)""#);
    metrics.extend(names(&of_processor, r#"series\.add\("([A-Za-z]+)", None"#));
    let of_reconciler = read("functions/alarm-reconciler/src/metrics.rs");
    let published = of_reconciler.split("#[cfg(test)]").next().unwrap();
    metrics.extend(names(published, r#"\("([A-Za-z]+)", "#));
    for name in ["FilesSeen", "DeliveryLag", "RulesRejected", "AlarmDrift"] {
        assert!(metrics.contains(name), "no `{name}` in {metrics:?}");
    }
    assert_eq!(formula("metrics on Trailbell itself"), (metrics.len(), 0.30), "{metrics:?}");
}

#[test]
fn every_metric_and_alarm_of_the_recommended_rules_is_counted() {
    let rules = recommended();
    let metrics: BTreeSet<String> =
        rules.iter().flat_map(|rule| names(rule, r"metricName: *([A-Za-z0-9]+)")).collect();
    let is_plain = |rule: &String| !rule.contains("dimensions:") && !rule.contains("\n    alarm: false");
    assert!(rules.iter().all(is_plain), "a rule with more than one metric, or without an alarm");
    assert_eq!(formula("metrics of the recommended rules"), (metrics.len(), 0.30));
    assert_eq!(formula("alarms of the recommended rules"), (rules.len(), 0.10));
}

#[test]
fn the_total_is_the_sum_of_its_rows() {
    let rows = rows();
    let (total, parts) = rows.split_last().unwrap();
    let sum: f64 = parts.iter().map(|row| row[2].parse::<f64>().unwrap()).sum();
    assert_eq!((total[0].as_str(), total[2].clone()), ("**together, at most**", format!("**{sum:.2}**")));
}
