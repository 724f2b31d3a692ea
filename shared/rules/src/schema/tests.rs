//! The meaning of valid documents. The diagnostics of invalid ones are in `tests/diagnostics`.

use filter_pattern::Selector;

use crate::{
    ComparisonOperator, Dimension, GroupBy, MetricValue, Rule, RuleAlarm, RuleAlert, RuleSet, Severity,
    Statistic, TimestampSource, TreatMissingData, Unit, catalogue,
};

/// The only rule of a document: the required keys, `body`, and the line `metric` within the metric.
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

fn default_alarm() -> RuleAlarm {
    RuleAlarm {
        statistic: Statistic::Sum,
        period: 300,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        threshold: 1.0,
        comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
        treat_missing_data: TreatMissingData::NotBreaching,
        dimensions: Vec::new(),
    }
}

#[test]
fn a_rule_of_required_keys_has_the_documented_defaults() {
    let rule = rule_with("", "");
    assert_eq!((rule.id.as_str(), rule.title.as_str()), ("a", "a"));
    assert_eq!((rule.severity, rule.severity_if_all_failed), (Severity::Medium, None));
    for text in [&rule.summary, &rule.rationale, &rule.response, &rule.known_noise] {
        assert_eq!(text, "");
    }
    assert!(rule.supersedes.is_empty());
    assert!(rule.references.is_empty() && rule.tests.is_empty());
    assert_eq!(rule.pattern.text(), "{ $.a = 1 }");
    assert_eq!((rule.metric.namespace.as_str(), rule.metric.name.as_str()), ("CloudTrailMetrics", "A"));
    assert_eq!(rule.metric.value, MetricValue::Constant(1.0));
    assert_eq!((rule.metric.default_value, rule.metric.unit), (None, Unit::None));
    assert!(rule.metric.dimensions.is_empty());
    assert_eq!(rule.metric.timestamp, TimestampSource::Delivery);
    assert_eq!(rule.alarm, Some(default_alarm()));
    let group_by = vec![GroupBy::Identity, GroupBy::Account, GroupBy::Region];
    assert_eq!(rule.alert, Some(RuleAlert { group_by, threshold: 1 }));
}

#[test]
fn spelling_every_default_out_changes_nothing() {
    let spelled = rule_with(
        "metricNamespace: CloudTrailMetrics\n      metricValue: \"1\"\n      unit: None\n      dimensions: {}\n      \
         timestamp: delivery",
        "title: a\n    summary: ''\n    rationale: ''\n    supersedes: []\n    severity: medium\n    references: []\n    tests: []\n    \
         alert: { groupBy: [identity, account, region] }\n    \
         alarm: { statistic: Sum, period: 300, evaluationPeriods: 1, datapointsToAlarm: 1, threshold: 1, \
         comparisonOperator: GreaterThanOrEqualToThreshold, treatMissingData: notBreaching }",
    );
    assert_eq!(spelled, rule_with("", ""));
    assert_eq!(rule_with("", "alarm: {}\n    alert: {}"), rule_with("", ""));
}

#[test]
fn rules_without_a_namespace_get_the_namespace_of_their_document() {
    let text = "version: '1'\ndefaults: { metricNamespace: Mine }\nrules:\n\
                \x20 - { id: a, filterPattern: x, metricTransformation: { metricName: A } }\n\
                \x20 - { id: b, filterPattern: x, metricTransformation: { metricName: B, metricNamespace: Other } }\n";
    let (set, _) = RuleSet::parse("test.yaml", text).unwrap();
    let namespaces: Vec<_> = set.rules().iter().map(|rule| rule.metric.namespace.as_str()).collect();
    assert_eq!(namespaces, ["Mine", "Other"]);
}

#[test]
fn the_defaults_of_one_document_do_not_reach_the_next() {
    let first = "version: 1\ndefaults: { metricNamespace: Mine }\n\
                 rules: [{ id: b, filterPattern: y, metricTransformation: { metricName: B } }]\n";
    let second =
        "version: 1\nrules: [{ id: a, filterPattern: x, metricTransformation: { metricName: A } }]\n";
    let (set, warnings) = RuleSet::parse_all([("first.yaml", first), ("second.yaml", second)]).unwrap();
    assert!(warnings.is_empty());
    let namespace = |id| set.rule(id).map(|rule| rule.metric.namespace.as_str());
    assert_eq!(
        (namespace("b"), namespace("a"), namespace("c")),
        (Some("Mine"), Some("CloudTrailMetrics"), None)
    );
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
fn findings_are_grouped_by_names_and_by_selectors() {
    let alert = rule_with("", "alert: { groupBy: [account, $.sourceIPAddress, identity] }").alert.unwrap();
    let expected = [GroupBy::Account, GroupBy::Field(selector("$.sourceIPAddress")), GroupBy::Identity];
    assert_eq!(alert.group_by, expected);
    let printed: Vec<_> = alert.group_by.iter().map(ToString::to_string).collect();
    assert_eq!(printed, ["account", "$.sourceIPAddress", "identity"]);
}

#[test]
fn a_description_stands_for_the_summary_and_the_rationale_that_are_missing() {
    for (body, summary, rationale) in [
        ("summary: S\n    rationale: R", "S", "R"),
        ("summary: S", "S", ""),
        ("description: D", "D", "D"),
        ("description: D\n    rationale: R", "D", "R"),
        ("description: D\n    summary: S", "S", "D"),
        ("description: |\n      D\n      E", "D\nE", "D\nE"),
    ] {
        let rule = rule_with("", body);
        assert_eq!((rule.summary.as_str(), rule.rationale.as_str()), (summary, rationale), "{body}");
    }
    let text = "{ version: 1, include: [root-usage], rules: [{ id: root-usage, description: D }] }";
    let (set, warnings) = RuleSet::parse("test.yaml", text).unwrap();
    let rule = &set.rules()[0];
    assert_eq!((rule.summary.as_str(), rule.rationale.as_str()), ("D", "D"));
    assert_eq!(warnings.warnings(), 1, "{warnings}");
}

#[test]
fn a_severity_for_failures_that_is_not_lower_makes_no_difference() {
    for (body, expected) in [
        ("severity: high\n    severityIfAllFailed: medium", Some(Severity::Medium)),
        ("severity: medium\n    severityIfAllFailed: medium", None),
        ("severity: low\n    severityIfAllFailed: high", None),
        ("severityIfAllFailed: informational", Some(Severity::Informational)),
    ] {
        assert_eq!(rule_with("", body).severity_if_all_failed, expected, "{body}");
    }
}

#[test]
fn a_rule_may_supersede_rules_that_the_set_lacks() {
    let text = "{ version: 1, rules: [{ id: a, filterPattern: x, metricTransformation: { metricName: A }, \
                supersedes: [root-usage, b] }, { id: b, filterPattern: x, metricTransformation: { metricName: B } }] }";
    let (set, warnings) = RuleSet::parse("test.yaml", text).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(set.rules()[0].supersedes, ["root-usage", "b"]);
}

/// A document of rules that supersede others: `a: [b, c]` in `edges` means that `a` supersedes `b` and `c`.
fn superseding(edges: &[(String, Vec<String>)]) -> String {
    let rules: String = edges
        .iter()
        .map(|(id, others)| {
            let others = others.join(", ");
            format!("  - {{ id: {id}, filterPattern: x, metricTransformation: {{ metricName: {id} }}, supersedes: [{others}] }}\n")
        })
        .collect();
    format!("version: 1\nrules:\n{rules}")
}

#[test]
fn a_long_chain_of_superseded_rules_is_accepted_and_a_long_circle_is_not() {
    let id = |number: usize| format!("r{number}");
    let chain: Vec<_> = (0..5_000).map(|number| (id(number), vec![id(number + 1)])).collect();
    let mut accepted = chain.clone();
    accepted.push((id(5_000), Vec::new()));
    RuleSet::parse("chain.yaml", &superseding(&accepted)).unwrap();
    let mut circle = chain;
    circle.push((id(5_000), vec![id(0)]));
    let diagnostics = RuleSet::parse("circle.yaml", &superseding(&circle)).unwrap_err();
    assert_eq!(diagnostics.errors(), 200, "as many as are shown");
}

#[test]
fn a_rule_may_supersede_a_rule_of_another_document() {
    let first = superseding(&[("a".to_owned(), vec!["b".to_owned()])]);
    let second = superseding(&[("b".to_owned(), Vec::new())]);
    let (_, warnings) = RuleSet::parse_all([("first.yaml", &*first), ("second.yaml", &*second)]).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
}

#[test]
fn an_empty_grouping_makes_one_alert_of_all_findings() {
    let alert = RuleAlert { group_by: Vec::new(), threshold: 20 };
    assert_eq!(rule_with("", "alert: { groupBy: [], threshold: 20 }").alert, Some(alert));
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

/// The rule set of a document that inherits rules from the catalogue.
fn inheriting(text: &str) -> RuleSet {
    let text = format!("version: 1\n{text}\n");
    RuleSet::parse("rules.yaml", &text).unwrap_or_else(|diagnostics| panic!("{diagnostics}")).0
}

fn ids(set: &RuleSet) -> Vec<&str> {
    set.rules().iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn sets_single_rules_and_exceptions_make_the_rules_of_a_document() {
    let hub = catalogue::set("security-hub").unwrap().rules;
    assert_eq!(ids(&inheriting("extends: [security-hub]")), hub);
    assert_eq!(ids(&inheriting("extends: [security-hub, security-hub]\ninclude: [root-usage]")), hub);
    let set = inheriting(
        "extends: [security-hub]\ninclude: [ami-public, ami-public]\nexclude: [root-usage, vpc-changes]\n\
         rules: [{ id: own, filterPattern: x, metricTransformation: { metricName: A } }]",
    );
    let kept = hub.iter().copied().filter(|id| !["root-usage", "vpc-changes"].contains(id));
    assert_eq!(ids(&set), kept.chain(["ami-public", "own"]).collect::<Vec<_>>());
    assert_eq!(set.place("ami-public"), Some("catalogue/ami-public.yaml"));
    assert_eq!(set.place("own"), Some("rules.yaml:5:15"));
    assert_eq!(set.place("root-usage"), None);
}

#[test]
fn an_inherited_rule_is_changed_key_by_key_and_keeps_its_place() {
    let set = inheriting(
        "extends: [security-hub]\nrules:\n  - { id: root-usage, severity: critical, alarm: { threshold: 5 }, alert: false }\n  \
         - { id: vpc-changes, alarm: false, metricTransformation: { metricName: Mine } }",
    );
    let original = RuleSet::from_set("security-hub").unwrap();
    assert_eq!(ids(&set), ids(&original));
    let mut expected = original.rule("root-usage").unwrap().clone();
    expected.severity = Severity::Critical;
    expected.alarm.as_mut().unwrap().threshold = 5.0;
    expected.alert = None;
    assert_eq!(set.rule("root-usage"), Some(&expected));
    let mut expected = original.rule("vpc-changes").unwrap().clone();
    expected.metric.name = "Mine".to_owned();
    expected.alarm = None;
    assert_eq!(set.rule("vpc-changes"), Some(&expected));
    assert_eq!(set.place("root-usage"), Some("rules.yaml:4:11"));
    assert_eq!(set.rule("nacl-changes"), original.rule("nacl-changes"));
}

#[test]
fn defaults_of_a_merged_rule_follow_from_the_whole() {
    let set = inheriting(
        "defaults: { metricNamespace: Mine }\ninclude: [root-usage]\n\
         rules: [{ id: root-usage, metricTransformation: { timestamp: event }, alarm: { period: 60 } }]",
    );
    let rule = set.rule("root-usage").unwrap();
    let alarm = rule.alarm.as_ref().unwrap();
    assert_eq!((alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm), (60, 60, 1));
    assert_eq!(rule.metric.namespace, "Mine");
}

#[test]
fn another_pattern_takes_the_inherited_tests_away() {
    let set = inheriting(
        "include: [root-usage, vpc-changes]\nrules:\n  \
         - { id: root-usage, filterPattern: '{ $.a = 1 }', tests: [{ name: n, record: { a: 1 }, match: true }] }\n  \
         - { id: vpc-changes, tests: [{ name: n, record: { a: 1 }, match: false }] }",
    );
    let names = |id| set.rule(id).unwrap().tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names("root-usage"), ["n"]);
    assert!(names("vpc-changes").len() > 4 && names("vpc-changes").ends_with(&["n"]));
    assert!(crate::run_tests(&set).iter().all(crate::TestOutcome::passed));
}

#[test]
fn an_excluded_rule_can_be_written_anew() {
    let rule = "{ id: root-usage, filterPattern: x, metricTransformation: { metricName: A } }";
    let set = inheriting(&format!("extends: [security-hub]\nexclude: [root-usage]\nrules: [{rule}]"));
    let (alone, _) = RuleSet::parse("alone.yaml", &format!("version: 1\nrules: [{rule}]\n")).unwrap();
    assert_eq!(set.rule("root-usage"), alone.rule("root-usage"));
}

#[test]
fn without_tests_a_document_has_the_same_rules_and_the_same_faults() {
    let text = "version: 1\nextends: [security-hub]\nrules:\n  - { id: root-usage, severity: low }\n  \
                - { id: a, filterPattern: x, metricTransformation: { metricName: A }, tests: [{ name: n, record: {}, match: false }] }\n";
    let (whole, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let (bare, _) = RuleSet::parse_without_tests("rules.yaml", text).unwrap();
    let stripped = whole.rules().iter().cloned().map(|rule| Rule { tests: Vec::new(), ..rule });
    assert_eq!(bare.rules(), stripped.collect::<Vec<_>>());
    let faulty = text.replace("match: false", "match: maybe");
    assert_eq!(
        RuleSet::parse_without_tests("rules.yaml", &faulty).unwrap_err(),
        RuleSet::parse("rules.yaml", &faulty).unwrap_err()
    );
}

#[test]
fn a_rule_that_two_documents_inherit_as_it_is_is_there_once() {
    let (one, two) = ("version: 1\nextends: [cis-1.2]\n", "version: 1\nextends: [security-hub]\n");
    let (set, _) = RuleSet::parse_all([("one.yaml", one), ("two.yaml", two)]).unwrap();
    let expected = inheriting("extends: [cis-1.2, security-hub]");
    assert_eq!(ids(&set), ids(&expected));
    let moved = format!("{two}defaults: {{ metricNamespace: Mine }}\n");
    let diagnostics = RuleSet::parse_all([("one.yaml", one), ("two.yaml", &moved)]).unwrap_err();
    assert!(diagnostics.as_slice()[0].message.ends_with("is already in use"), "{diagnostics}");
}

#[test]
fn alarms_have_the_dimensions_of_the_metric_in_its_order() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let rule = rule_with(
        "dimensions: { Account: $.recipientAccountId, Region: $.awsRegion }",
        "alarm: { dimensions: [{ Region: eu-west-1, Account: 111122223333 }, { Account: '444455556666', Region: us-east-1 }] }",
    );
    let expected = [
        vec![pair("Account", "111122223333"), pair("Region", "eu-west-1")],
        vec![pair("Account", "444455556666"), pair("Region", "us-east-1")],
    ];
    assert_eq!(rule.alarm.unwrap().dimensions, expected);
}

#[test]
fn alarm_accounts_split_every_metric_that_has_an_alarm_and_no_dimensions() {
    let set = inheriting(
        "defaults: { alarmAccounts: [\"111122223333\", 012345678901] }\ninclude: [root-usage, vpc-changes]\nrules:\n  \
         - { id: vpc-changes, alarm: false }\n  \
         - { id: a, filterPattern: '{ $.a = 1 }', metricTransformation: { metricName: A, dimensions: { R: $.awsRegion } } }",
    );
    let rule = set.rule("root-usage").unwrap();
    let account = Dimension { name: "AccountId".to_owned(), selector: selector("$.recipientAccountId") };
    assert_eq!(rule.metric.dimensions, [account]);
    let one = |account: &str| vec![("AccountId".to_owned(), account.to_owned())];
    assert_eq!(rule.alarm.as_ref().unwrap().dimensions, [one("111122223333"), one("012345678901")]);
    assert!(set.rule("vpc-changes").unwrap().metric.dimensions.is_empty());
    assert_eq!(set.rule("a").unwrap().alarm, None);
}

#[test]
fn accounts_and_rules_together_make_a_bounded_number_of_alarms() {
    let accounts: Vec<_> =
        (0..1_000).map(|index| format!("\"{:012}\"", 111_122_223_333_u64 + index)).collect();
    let document = |set| {
        format!("version: 1\ndefaults: {{ alarmAccounts: [{}] }}\nextends: [{set}]\n", accounts.join(", "))
    };
    let diagnostics = RuleSet::parse("many.yaml", &document("security-hub")).unwrap_err();
    let message = "1000 accounts and 14 rules make 14000 alarms, more than the 10000 allowed";
    assert!(diagnostics.iter().any(|diagnostic| diagnostic.message == message), "{diagnostics}");
}

#[test]
fn a_rule_may_have_several_named_alarms_instead_of_one() {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: x\n    metricTransformation: { metricName: A }\n    alarms:\n      \
                - { name: warning, threshold: 5 }\n      - { name: critical, threshold: 50, period: 60 }\n";
    let (set, warnings) = RuleSet::parse("rules.yaml", text).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    let rule = &set.rules()[0];
    assert_eq!(rule.alarm, None);
    let alarms: Vec<_> =
        rule.all_alarms().map(|(name, alarm)| (name.unwrap(), alarm.threshold, alarm.period)).collect();
    assert_eq!(alarms, [("warning", 5.0, 300), ("critical", 50.0, 60)]);
    for (from, to, message) in [
        ("critical", "warning", "two alarms have the name `warning`"),
        ("critical", "Very Critical", "`Very Critical` is not a name of an alarm"),
        ("name: critical, ", "", "missing key `name`"),
        (
            "    alarms:",
            "    alarm: { threshold: 1 }\n    alarms:",
            "`alarm` and `alarms` cannot be combined",
        ),
        ("period: 60", "period: 61", "`period`"),
    ] {
        let error = RuleSet::parse("rules.yaml", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let accounts = text.replace("rules:\n", "defaults: { alarmAccounts: ['111122223333'] }\nrules:\n");
    if let Ok((set, _)) = RuleSet::parse("rules.yaml", &accounts) {
        let rule = &set.rules()[0];
        let sizes: Vec<_> = rule.all_alarms().map(|(_, alarm)| alarm.dimensions.len()).collect();
        assert_eq!(sizes.len(), 2);
        assert!(sizes.iter().all(|size| (*size > 0) != rule.metric.dimensions.is_empty()), "{rule:?}");
    }
}

#[test]
fn a_rule_accepts_lints_with_a_reason() {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: x\n    metricTransformation: { metricName: A }\n    \
                acceptedLints: { matches-nothing: the service is not used yet }\n";
    let (set, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let accepted: Vec<_> = set.rules()[0].accepted_lints.iter().collect();
    assert_eq!(accepted, [(&crate::LintCode::MatchesNothing, &"the service is not used yet".to_owned())]);
    for (from, to, message) in [
        ("matches-nothing", "matches-nothin", "there is no lint `matches-nothin`"),
        ("the service is not used yet", "''", "the reason for accepting a lint"),
        ("{ matches-nothing: the service is not used yet }", "[matches-nothing]", "`acceptedLints`"),
    ] {
        let error = RuleSet::parse("rules.yaml", &text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn two_sets_beside_each_other_share_no_id_and_no_metric() {
    let text = "version: 1\nextends: [recommended]\n";
    let (set, _) = RuleSet::parse_without_tests("test.yaml", text).unwrap();
    let both = set.clone().beside(set.clone(), "~old");
    let count = set.rules().len();
    assert_eq!(both.rules().len(), 2 * count);
    assert_eq!(&both.rules()[..count], set.rules());
    for (rule, old) in set.rules().iter().zip(&both.rules()[count..]) {
        assert_eq!((old.id.strip_suffix("~old"), &old.pattern), (Some(rule.id.as_str()), &rule.pattern));
        assert_eq!(old.metric.namespace, format!("{}~old", rule.metric.namespace));
        assert!(old.supersedes.iter().all(|id| id.ends_with("~old")), "{:?}", old.supersedes);
        assert_eq!(both.place(&old.id), set.place(&rule.id));
    }
}
