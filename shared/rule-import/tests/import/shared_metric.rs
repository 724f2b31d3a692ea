//! Filters that publish one metric: of one log group they add up as rules do, of several they do not.

use rule_import::{Code, Options};

use crate::support::{Imported, import_all};

/// A filter of a log group, with a metric value and a pattern.
type Row = (&'static str, &'static str, &'static str);

fn import_rows(rows: &[Row], options: &Options) -> Imported {
    let filters: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(number, (log_group, pattern, value))| {
            format!(
                r#"{{ "filterName": "f{number}", "filterPattern": "{pattern}", "logGroupName": "{log_group}",
                  "metricTransformations": [
                    {{ "metricName": "Seen", "metricNamespace": "N", "metricValue": "{value}" }}
                  ] }}"#
            )
        })
        .collect();
    let text = format!(r#"{{ "metricFilters": [{}] }}"#, filters.join(","));
    import_all(&[("filters.json", &text)], options)
}

/// Checks the ids of the rules, and which filters are merged and which count more than they did.
fn check(rows: &[Row], rules: &[&str], merged: &[&str], lost: &[&str]) {
    let imported = import_rows(rows, &Options::default());
    let of_code = |code| {
        let of_code = imported.omissions.iter().filter(|omission| omission.code == code);
        of_code.map(|omission| omission.subject.as_str()).collect::<Vec<_>>()
    };
    let ids: Vec<_> = imported.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, rules, "{rows:?}");
    assert_eq!(of_code(Code::MergedFilter), merged, "{rows:?}");
    assert_eq!(of_code(Code::SharedMetric), lost, "{rows:?}");
    assert_eq!(imported.lost().len(), lost.len(), "{rows:?}");
}

#[test]
fn filters_that_do_the_same_in_different_log_groups_become_one_rule() {
    check(&[("a", "x", "1"), ("b", " x ", "1.0"), ("c", "x", "1")], &["f0"], &["f1", "f2"], &[]);
    check(
        &[("a", "x", "1"), ("a", "y", "1"), ("b", "y", "1"), ("b", "x", "1")],
        &["f0", "f1"],
        &["f2", "f3"],
        &[],
    );
}

#[test]
fn filters_of_one_log_group_add_up_as_they_did() {
    check(&[("a", "x", "1"), ("a", "y", "1")], &["f0", "f1"], &[], &[]);
    check(&[("a", "x", "1"), ("a", "x", "1")], &["f0", "f1"], &[], &[]);
    check(
        &[("a", "x", "1"), ("a", "x", "1"), ("b", "x", "1"), ("b", "x", "1")],
        &["f0", "f1"],
        &["f2", "f3"],
        &[],
    );
}

#[test]
fn filters_that_differ_from_log_group_to_log_group_count_more_as_rules() {
    check(&[("a", "x", "1"), ("b", "y", "1")], &["f0", "f1"], &[], &["f1"]);
    check(&[("a", "x", "1"), ("b", "x", "2")], &["f0", "f1"], &[], &["f1"]);
    check(&[("a", "x", "1"), ("b", "x", "1"), ("a", "y", "1")], &["f0", "f2"], &["f1"], &["f2"]);
    let imported = import_rows(&[("a", "x", "1"), ("b", "y", "1")], &Options::default());
    assert_eq!(
        imported.lost(),
        [
            "filters.json: f1: it publishes the metric `Seen` of `N` as `f0` does for other log groups, and rules count \
         the records of all: import one log group with `--log-group NAME` [shared-metric]"
        ]
    );
}

#[test]
fn one_log_group_alone_loses_nothing() {
    let options = Options { log_groups: ["b".to_owned()].into(), ..Options::default() };
    let imported = import_rows(&[("a", "x", "1"), ("b", "y", "1")], &options);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.rule().id, "f1");
}
