//! Differences between small documents.

use super::*;

const HEAD: &str = "version: 1\nrules:\n";
const RULE: &str = "  - { id: a, filterPattern: '{ $.a = 1 }', metricTransformation: { metricName: A } }\n";

fn difference(old: &str, new: &str) -> (Exit, String) {
    let read = |text: &str| {
        let text = format!("{HEAD}{text}");
        RuleSet::parse("rules.yaml", &text).unwrap_or_else(|diagnostics| panic!("{diagnostics}")).0
    };
    let mut out = Vec::new();
    let exit = write_difference(&read(old), &read(new), Format::Text, &mut out).unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[test]
fn another_layout_and_written_defaults_are_no_difference() {
    let spelled = "  - id: a\n    title: a\n    filterPattern: |-\n      {($.a=1)}\n    alarm: { threshold: 1.0 }\n    \
                   metricTransformation: { metricName: A, unit: None }\n";
    assert_eq!(difference(RULE, spelled), (Exit::Success, "no differences\n".to_owned()));
}

#[test]
fn added_removed_and_changed_rules_are_listed_with_their_keys() {
    let old = RULE.to_owned()
        + "  - { id: b, title: Bees, filterPattern: x, metricTransformation: { metricName: B } }\n";
    let new = "  - id: c\n    title: Cats\n    filterPattern: x\n    metricTransformation: { metricName: C }\n  - id: a\n    \
               severity: high\n    filterPattern: '{ $.a = 1 && $.eventName = \"DeleteTheWholeThing\" }'\n    \
               metricTransformation: { metricName: A, dimensions: { D: $.d } }\n    alarm: { dimensions: [{ D: x }, { D: y }] }\n    \
               alert: false\n    tests: [{ name: n, record: { a: 1 }, match: false }]\n";
    let expected = "\
- b  Bees
+ c  Cats
~ a
    alarm.dimensions: none -> D=x, D=y
    alert: none -> false
    alert.groupBy: identity, account, region -> none
    alert.threshold: 1 -> none
    filterPattern:
      - { $.a = 1 }
      + { $.a = 1 && $.eventName = \"DeleteTheWholeThing\" }
      = narrower than before
      = no longer found: {\"a\":1}
    metricTransformation.dimensions.D: none -> $.d
    severity: medium -> high
    tests `n`: none -> no match: {\"a\":1}
1 added, 1 removed, 1 changed
";
    assert_eq!(difference(&old, new), (Exit::Findings, expected.to_owned()));
}

#[test]
fn every_key_of_a_rule_document_is_compared() {
    let changes = [
        "title: b",
        "summary: s",
        "rationale: w",
        "response: r",
        "knownNoise: k",
        "severity: low",
        "severityIfAllFailed: low",
        "supersedes: [root-usage]",
        "references: [T1110]",
        "alarm: false",
        "alarm: { statistic: Maximum }",
        "alarm: { extendedStatistic: p99 }",
        "alarm: { period: 60 }",
        "alarm: { evaluationPeriods: 2, datapointsToAlarm: 1 }",
        "alarm: { threshold: 2 }",
        "alarm: { comparisonOperator: GreaterThanThreshold }",
        "alarm: { treatMissingData: missing }",
        "alert: false",
        "alert: { groupBy: [$.b] }",
        "tests: [{ name: n, record: {}, match: true }]",
    ];
    for change in changes {
        let changed = RULE.replace(" } }\n", &format!(" }}, {change} }}\n"));
        assert_eq!(difference(RULE, &changed).0, Exit::Findings, "{change}");
    }
    let metrics = [
        "metricName: B",
        "metricName: A, metricNamespace: N",
        "metricName: A, metricValue: 2",
        "metricName: A, metricValue: $.n",
        "metricName: A, defaultValue: 0",
        "metricName: A, unit: Count",
        "metricName: A, dimensions: { D: $.d }",
        "metricName: A, timestamp: event",
    ];
    for metric in metrics {
        let changed = RULE.replace("metricName: A", metric);
        assert_eq!(difference(RULE, &changed).0, Exit::Findings, "{metric}");
    }
}

#[test]
fn a_changed_pattern_says_what_is_newly_found_and_no_longer_found() {
    for (new, expected) in [
        ("{ $.a = 2 || $.a = 1 }", "= wider than before\n      = newly found: {\"a\":2}\n"),
        ("{ $.a = 1 || $.a = 1 }", "= written differently, but matches the same records\n1 added"),
        (
            "{ $.a = 3 }",
            "= matches none of the records that it matched before\n      = no longer found: {\"a\":1}\n",
        ),
        ("ERROR", "= the effect of the change is unknown: "),
    ] {
        let changed = RULE.replace("{ $.a = 1 }", new);
        let (exit, text) = difference(RULE, &changed);
        assert_eq!(exit, Exit::Findings);
        assert!(text.contains(&expected.replace("1 added", "0 added")), "{text}");
    }
}

#[test]
fn the_json_form_has_the_same_differences() {
    let read = |text: &str| RuleSet::parse("rules.yaml", &format!("{HEAD}{text}")).unwrap().0;
    let mut out = Vec::new();
    let (old, new) = (read(RULE), read(&RULE.replace("$.a = 1", "$.a = 2")));
    write_difference(&old, &new, Format::Json, &mut out).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let change = &json["changed"][0];
    assert_eq!(change["keys"]["filterPattern"]["new"], "{ $.a = 2 }");
    assert_eq!(change["pattern"]["relation"], "disjoint");
    assert_eq!(change["pattern"]["noLongerFound"], serde_json::json!({ "a": 1 }));
}
