//! Filters that publish the same metric: within a log group they add up as rules do; across log groups they do not.

use rule_import::{OmissionCode, Options};

use crate::support::{Imported, import_all};

/// A filter: log group, pattern and metric value.
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

/// Checks the ids of the rules, which filters are merged, and which ones rules would count more often.
fn check(rows: &[Row], rules: &[&str], merged: &[&str], lost: &[&str]) {
    let log_groups = rows.iter().map(|(log_group, ..)| (*log_group).to_owned()).collect();
    let imported = import_rows(rows, &Options { log_groups, ..Options::default() });
    let of_code = |code| {
        let of_code = imported.omissions.iter().filter(|omission| omission.code == code);
        of_code.map(|omission| omission.subject.as_str()).collect::<Vec<_>>()
    };
    let ids: Vec<_> = imported.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, rules, "{rows:?}");
    assert_eq!(of_code(OmissionCode::MergedFilter), merged, "{rows:?}");
    assert_eq!(of_code(OmissionCode::SharedMetric), lost, "{rows:?}");
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
fn filters_of_one_log_group_add_up_as_before() {
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
fn filters_that_differ_between_log_groups_would_count_more_as_rules() {
    check(&[("a", "x", "1"), ("b", "y", "1")], &["f0", "f1"], &[], &["f1"]);
    check(&[("a", "x", "1"), ("b", "x", "2")], &["f0", "f1"], &[], &["f1"]);
    check(&[("a", "x", "1"), ("b", "x", "1"), ("a", "y", "1")], &["f0", "f2"], &["f1"], &["f2"]);
    let log_groups = ["a", "b"].map(str::to_owned).into();
    let options = Options { log_groups, ..Options::default() };
    let imported = import_rows(&[("a", "x", "1"), ("b", "y", "1")], &options);
    assert_eq!(
        imported.lost(),
        [
            "filters.json: f1: like `f0`, it publishes the metric `Seen` in `N`, but from other log groups, and rules count \
         the records of all log groups: import a single log group with `--log-group NAME` [shared-metric]"
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
