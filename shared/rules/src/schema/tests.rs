//! Tests of what a valid document means. What an invalid one prints is in `tests/diagnostics`.

use filter_pattern::Selector;

use crate::{
    Alarm, Alert, ComparisonOperator, Dimension, MetricValue, Rule, RuleSet, Severity, Statistic,
    TimestampSource, TreatMissingData, Unit,
};

/// The only rule of a document with this body beside the required keys; a line of `metric` goes into the metric.
fn rule_with(metric: &str, body: &str) -> Rule {
    let text = format!(
        "version: 1\nrules:\n  - id: a\n    filterPattern: '{{ $.a = 1 }}'\n    metricTransformation:\n      \
         metricName: A\n      {metric}\n    {body}\n"
    );
    let (set, _) = RuleSet::parse("test.yaml", &text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    set.rules()[0].clone()
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

fn default_alarm() -> Alarm {
    Alarm {
        statistic: Statistic::Sum,
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 1.0,
        comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::NotBreaching,
    }
}

#[test]
fn a_rule_of_required_keys_has_the_documented_defaults() {
    let rule = rule_with("", "");
    assert_eq!((rule.id.as_str(), rule.title.as_str(), rule.description.as_str()), ("a", "a", ""));
    assert_eq!(rule.severity, Severity::Medium);
    assert!(rule.references.is_empty() && rule.tests.is_empty());
    assert_eq!(rule.pattern.text(), "{ $.a = 1 }");
    assert_eq!((rule.metric.namespace.as_str(), rule.metric.name.as_str()), ("CloudTrailMetrics", "A"));
    assert_eq!(rule.metric.value, MetricValue::Constant(1.0));
    assert_eq!((rule.metric.default_value, rule.metric.unit), (None, Unit::None));
    assert!(rule.metric.dimensions.is_empty());
    assert_eq!(rule.metric.timestamp, TimestampSource::Delivery);
    assert_eq!(rule.alarm, Some(default_alarm()));
    let group_by = ["$.userIdentity.arn", "$.recipientAccountId", "$.awsRegion"].map(selector).to_vec();
    assert_eq!(rule.alert, Some(Alert { group_by }));
}

#[test]
fn spelling_every_default_out_changes_nothing() {
    let spelled = rule_with(
        "metricNamespace: CloudTrailMetrics\n      metricValue: \"1\"\n      unit: None\n      dimensions: {}\n      \
         timestamp: delivery",
        "title: a\n    description: ''\n    severity: medium\n    references: []\n    tests: []\n    \
         alert: { groupBy: [$.userIdentity.arn, $.recipientAccountId, $.awsRegion] }\n    \
         alarm: { statistic: Sum, period: 300, evaluationPeriods: 1, datapointsToAlarm: 1, threshold: 1, \
         comparisonOperator: GreaterThanOrEqualToThreshold, treatMissingData: notBreaching }",
    );
    assert_eq!(spelled, rule_with("", ""));
    assert_eq!(rule_with("", "alarm: {}\n    alert: {}"), rule_with("", ""));
}

#[test]
fn a_document_s_namespace_is_that_of_its_rules_unless_they_name_another() {
    let text = "version: '1'\ndefaults: { metricNamespace: Mine }\nrules:\n\
                \x20 - { id: a, filterPattern: x, metricTransformation: { metricName: A } }\n\
                \x20 - { id: b, filterPattern: x, metricTransformation: { metricName: B, metricNamespace: Other } }\n";
    let (set, _) = RuleSet::parse("test.yaml", text).unwrap();
    let namespaces: Vec<_> = set.rules().iter().map(|rule| rule.metric.namespace.as_str()).collect();
    assert_eq!(namespaces, ["Mine", "Other"]);
}

#[test]
fn the_defaults_of_one_document_do_not_reach_the_next() {
    let first = "version: 1\ndefaults: { metricNamespace: Mine }\nrules: []\n";
    let second =
        "version: 1\nrules: [{ id: a, filterPattern: x, metricTransformation: { metricName: A } }]\n";
    let (set, warnings) = RuleSet::parse_all([("first.yaml", first), ("second.yaml", second)]).unwrap();
    assert_eq!(set.rules()[0].metric.namespace, "CloudTrailMetrics");
    assert_eq!(warnings.warnings(), 1);
    assert!(set.rule("a").is_some() && set.rule("b").is_none());
}

#[test]
fn metric_values_are_numbers_quoted_or_not_and_selectors() {
    for (written, expected) in [
        ("1", MetricValue::Constant(1.0)),
        ("\"1\"", MetricValue::Constant(1.0)),
        ("-2.5", MetricValue::Constant(-2.5)),
        ("'1e3'", MetricValue::Constant(1_000.0)),
        ("$.a.b", MetricValue::Field(selector("$.a.b"))),
        ("'$.a[0]'", MetricValue::Field(selector("$.a[0]"))),
    ] {
        assert_eq!(rule_with(&format!("metricValue: {written}"), "").metric.value, expected, "{written}");
    }
}

#[test]
fn every_spelled_value_is_read_back() {
    for &unit in Unit::ALL {
        assert_eq!(rule_with(&format!("unit: {unit}"), "").metric.unit, unit);
    }
    for &severity in Severity::ALL {
        assert_eq!(rule_with("", &format!("severity: {severity}")).severity, severity);
    }
    for &operator in ComparisonOperator::ALL {
        let alarm = rule_with("", &format!("alarm: {{ comparisonOperator: {operator} }}")).alarm.unwrap();
        assert_eq!(alarm.comparison_operator, operator);
    }
    for &treatment in TreatMissingData::ALL {
        let alarm = rule_with("", &format!("alarm: {{ treatMissingData: {treatment} }}")).alarm.unwrap();
        assert_eq!(alarm.treat_missing_data, treatment);
    }
}

#[test]
fn severities_are_ordered() {
    assert!(Severity::ALL.is_sorted());
    assert!(Severity::Critical > Severity::Informational);
}

#[test]
fn statistics_are_named_or_percentiles() {
    for (written, expected) in [
        ("statistic: SampleCount", Statistic::SampleCount),
        ("statistic: Average", Statistic::Average),
        ("statistic: Minimum", Statistic::Minimum),
        ("statistic: Maximum", Statistic::Maximum),
        ("statistic: p99", Statistic::Percentile("p99".to_owned())),
        ("extendedStatistic: p99.9", Statistic::Percentile("p99.9".to_owned())),
        ("extendedStatistic: p100", Statistic::Percentile("p100".to_owned())),
    ] {
        let alarm = rule_with("", &format!("alarm: {{ {written} }}")).alarm.unwrap();
        assert_eq!(alarm.statistic, expected, "{written}");
    }
}

#[test]
fn the_window_of_an_alarm_follows_period_and_timestamp() {
    for (metric, alarm, expected) in [
        ("", "period: 60", (60, 1, 1)),
        ("", "period: \"60\", evaluationPeriods: 5", (60, 5, 5)),
        ("", "evaluationPeriods: 5, datapointsToAlarm: 2", (300, 5, 2)),
        ("", "period: 300, evaluationPeriods: 288", (300, 288, 288)),
        ("", "period: 3600, evaluationPeriods: 168", (3_600, 168, 168)),
        ("", "period: 604800", (604_800, 1, 1)),
        ("timestamp: event", "", (300, 12, 1)),
        ("timestamp: event", "period: 60", (60, 60, 1)),
        ("timestamp: event", "period: 86400", (86_400, 1, 1)),
        ("timestamp: event", "datapointsToAlarm: 3", (300, 12, 3)),
        ("timestamp: event", "evaluationPeriods: 3", (300, 3, 1)),
        ("timestamp: event", "evaluationPeriods: 3, datapointsToAlarm: 2", (300, 3, 2)),
    ] {
        let alarm = rule_with(metric, &format!("alarm: {{ {alarm} }}")).alarm.unwrap();
        let window = (alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm);
        assert_eq!(window, expected, "{metric} {alarm:?}");
    }
}

#[test]
fn false_switches_the_alarm_and_the_alert_off() {
    let rule = rule_with("", "alarm: false\n    alert: false");
    assert_eq!((rule.alarm, rule.alert), (None, None));
}

#[test]
fn a_metric_with_dimensions_has_no_alarm_by_default() {
    let rule = rule_with("dimensions: { Region: $.awsRegion, Account: $.recipientAccountId }", "");
    let dimension = |name: &str, text| Dimension { name: name.to_owned(), selector: selector(text) };
    let expected = [dimension("Region", "$.awsRegion"), dimension("Account", "$.recipientAccountId")];
    assert_eq!(rule.metric.dimensions, expected);
    assert_eq!(rule.alarm, None);
}

#[test]
fn an_empty_grouping_makes_one_alert_of_all_findings() {
    assert_eq!(rule_with("", "alert: { groupBy: [] }").alert, Some(Alert { group_by: Vec::new() }));
}

#[test]
fn a_test_s_record_is_the_json_that_its_yaml_says() {
    let rule = rule_with(
        "",
        "tests:\n      - name: all kinds\n        match: false\n        record:\n          \
         { n: null, t: true, i: 1, u: 18446744073709551615, f: 0.5, s: 1x, q: \"1\", id: 012345678901, l: [1, {}], m: { k: v } }",
    );
    let expected = serde_json::json!({
        "n": null, "t": true, "i": 1, "u": u64::MAX, "f": 0.5, "s": "1x", "q": "1", "id": "012345678901",
        "l": [1, {}], "m": { "k": "v" },
    });
    assert_eq!(rule.tests[0].record, expected);
    assert_eq!((rule.tests[0].name.as_str(), rule.tests[0].expected), ("all kinds", false));
}

#[test]
fn json_is_a_rule_document_too() {
    let text = r#"{"version":1,"rules":[{"id":"a","filterPattern":"{ $.a = \"b\" }",
        "metricTransformation":{"metricName":"A","metricValue":"$.c"},"alarm":{"threshold":2.5}}]}"#;
    let (set, warnings) = RuleSet::parse("rules.json", text).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(set.rules()[0].alarm.as_ref().unwrap().threshold, 2.5);
}

#[test]
fn a_test_is_decided_on_the_text_that_a_log_file_would_hold() {
    let rule = |pattern: &str| {
        format!(
            "version: 1\nrules:\n  - id: a\n    filterPattern: '{pattern}'\n    metricTransformation: {{ metricName: A }}\n    \
             tests:\n      - {{ name: n, record: {{ z: 1, a: [x, {{}}, []], m: {{ k: null }} }}, match: true }}\n"
        )
    };
    for (pattern, passes) in [
        (r#""\"z\":1,\"a\":[\"x\",{},[]],\"m\":{\"k\":null}""#, true),
        (r#""\"a\":[\"x\",{},[]],\"m\"""#, true),
        (r#""\"a\": ""#, false),
        (r#"[x = "*:1,*"]"#, true),
        ("{ $.z = 1 && $.a[0] = x && $.m.k IS NULL }", true),
    ] {
        let (set, _) = RuleSet::parse("test.yaml", &rule(pattern)).unwrap_or_else(|error| panic!("{error}"));
        let test = &set.rules()[0].tests[0];
        assert_eq!(test.text, r#"{"z":1,"a":["x",{},[]],"m":{"k":null}}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&test.text).unwrap(), test.record);
        assert_eq!(crate::run_tests(&set)[0].passed(), passes, "{pattern}");
    }
}
