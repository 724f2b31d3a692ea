//! Templates of unusual rules. The tests of the workspace compare the shipped templates with the built-in
//! rules.

use super::template::LogicalIds;
use super::*;

const HEAD: &str = "version: 1\nrules:\n";

fn exported(format: ExportFormat, rules: &str) -> Export {
    let (set, _) =
        RuleSet::parse("rules.yaml", &format!("{HEAD}{rules}")).unwrap_or_else(|error| panic!("{error}"));
    export(set.rules(), format)
}

fn long_pattern(separator: &str) -> String {
    let names: Vec<_> = (0..80).map(|index| format!("($.eventName = Name{index})")).collect();
    format!("{{ {} }}", names.join(separator))
}

#[test]
fn a_long_pattern_becomes_several_filters_of_one_metric_with_one_alarm() {
    let rule = format!(
        "  - id: a\n    filterPattern: '{}'\n    metricTransformation: {{ metricName: A }}\n",
        long_pattern(" || ")
    );
    let Export { text, faults, .. } = exported(ExportFormat::MetricFilters, &rule);
    assert_eq!(faults, Vec::<String>::new());
    for (part, count) in [
        ("\n  RuleAFilter1:\n", 1),
        ("\n  RuleAFilter2:\n", 1),
        ("FilterName: \"a-2\"", 1),
        ("Type: AWS::CloudWatch::Alarm", 1),
    ] {
        assert_eq!(text.matches(part).count(), count, "{part} in\n{text}");
    }
}

#[test]
fn a_long_pattern_that_cannot_be_split_is_an_error() {
    let rule = format!(
        "  - id: a\n    filterPattern: '{}'\n    metricTransformation: {{ metricName: A }}\n",
        long_pattern(" && ")
    );
    let faults = exported(ExportFormat::MetricFilters, &rule).faults;
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("a: pattern has "), "{faults:?}");
    assert!(faults[0].contains("CloudWatch Logs accepts at most 1024; it cannot be split"), "{faults:?}");
}

#[test]
fn filters_are_counted_against_the_quotas_of_a_log_group() {
    let rules: String = (0..101)
        .map(|index| {
            format!("  - {{ id: r{index}, filterPattern: '{{ $.a = %x% }}', metricTransformation: {{ metricName: M{index} }}, alarm: false }}\n")
        })
        .collect();
    let faults = exported(ExportFormat::MetricFilters, &rules).faults;
    assert_eq!(
        faults,
        [
            "the rules need 101 metric filters, but a log group can have only 100",
            "the rules need 101 metric filters with regular expressions, but a log group can have only 5"
        ]
    );
}

#[test]
fn each_combination_of_dimension_values_has_an_alarm_of_its_own() {
    let rule = "  - id: a\n    filterPattern: '{ $.x = 1 }'\n    \
                metricTransformation: { metricName: A, dimensions: { Account: $.recipientAccountId } }\n    \
                alarm: { dimensions: [{ Account: '111122223333' }, { Account: '${x}' }] }\n";
    let Export { text, faults, .. } = exported(ExportFormat::MetricFilters, rule);
    assert_eq!(faults, Vec::<String>::new());
    for (part, count) in [
        ("\n  RuleAFilter:\n", 1),
        ("Type: AWS::CloudWatch::Alarm", 2),
        ("\n  RuleAAlarm1:\n", 1),
        ("AlarmName: !Sub \"${AlarmNamePrefix}/a/111122223333\"", 1),
        ("\n      Dimensions:\n        - Name: \"Account\"\n          Value: \"111122223333\"\n", 1),
        ("AlarmName: !Sub \"${AlarmNamePrefix}/a/${!x}\"", 1),
    ] {
        assert_eq!(text.matches(part).count(), count, "{part} in\n{text}");
    }
}

#[test]
fn every_property_of_a_metric_is_in_its_filter() {
    let rule = "  - id: a\n    filterPattern: '{ $.x = 1 }'\n    alarm: false\n    metricTransformation:\n      \
                { metricName: A, metricNamespace: Mine, metricValue: $.size, unit: Bytes, timestamp: event, \
                dimensions: { Account: $.recipientAccountId } }\n";
    let Export { text, warnings, .. } = exported(ExportFormat::MetricFilters, rule);
    for part in [
        "MetricNamespace: !Sub \"${MetricNamespacePrefix}Mine\"\n",
        "MetricValue: \"$.size\"\n",
        "Unit: Bytes\n",
        "Dimensions:\n            - Key: \"Account\"\n              Value: \"$.recipientAccountId\"\n",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert_eq!(warnings, ["a: a metric filter counts at the time of delivery, not at `eventTime`"]);
}

#[test]
fn a_title_cannot_leave_its_place_in_the_template_or_the_query() {
    let rule = "  - id: a\n    title: \"x\\\" # \\u2028 DROP ${AWS::AccountId}\"\n    \
                filterPattern: '{ $.eventName = \"y''; --\" }'\n    metricTransformation: { metricName: A }\n";
    let filters = exported(ExportFormat::MetricFilters, rule).text;
    assert!(filters.contains(r#"AlarmDescription: "x\" # \U00002028 DROP ${AWS::AccountId}"#), "{filters}");
    let athena = exported(ExportFormat::Athena, rule).text;
    assert!(athena.contains("-- x\" # \\u{2028} DROP"), "{athena}");
    assert!(athena.contains("eventname = 'y''; --'\n"), "{athena}");
}

#[test]
fn a_rule_without_a_query_and_remarks_on_a_query_are_warnings() {
    let rules = "  - { id: a, filterPattern: ERROR, metricTransformation: { metricName: A } }\n  \
                 - { id: b, filterPattern: '{ $.errorCode NOT EXISTS }', metricTransformation: { metricName: B } }\n";
    let Export { text, warnings, faults } = exported(ExportFormat::Athena, rules);
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("a: no query: only JSON patterns"), "{warnings:?}");
    assert!(warnings[1].starts_with("b: column `errorcode`"), "{warnings:?}");
    assert!(
        text.contains("        -- Note: column `errorcode` does not distinguish an explicit null"),
        "{text}"
    );
    assert!(!text.contains("RuleAQuery") && text.contains("RuleBQuery"), "{text}");
}

#[test]
fn logical_ids_are_unique_and_alphanumeric() {
    let mut ids = LogicalIds::default();
    for (rule, expected) in
        [("root-usage", "RuleRootUsage"), ("a-b1", "RuleAB1"), ("a-b-1", "RuleAB1X"), ("3-x", "Rule3X")]
    {
        assert_eq!(ids.of(rule), expected);
    }
}

#[test]
fn each_named_alarm_is_exported_with_its_name() {
    let rule = "  - id: a-b\n    filterPattern: x\n    metricTransformation: { metricName: A }\n    alarms: [{ name: \
                warning, threshold: 5 }, { name: critical, threshold: 50 }]\n";
    let Export { text, faults, .. } = exported(ExportFormat::MetricFilters, rule);
    assert_eq!(faults, Vec::<String>::new());
    for part in [
        "\n  RuleABAlarmWarning:\n",
        "\n  RuleABAlarmCritical:\n",
        "${AlarmNamePrefix}/a-b/warning",
        "${AlarmNamePrefix}/a-b/critical",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part} in\n{text}");
    }
}
