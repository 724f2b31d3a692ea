//! What a rule cannot express: each omission is reported with a code, and affects nothing else.

use rule_import::{OmissionCode, Options};

use crate::support::{Imported, import_all, import_one};

const FILTER: &str = "
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/logs
      FilterPattern: '{ $.eventName = \"DeleteTrail\" }'
      MetricTransformations:
        - { MetricNamespace: Logs, MetricName: Deleted, MetricValue: '1', Unit: Count }
";

const ALARM: &str = "
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Logs
      MetricName: Deleted
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
";

fn resources(resources: &[&str]) -> Imported {
    import_one("t.yaml", &format!("Resources:\n{}", resources.concat()))
}

/// Checks the first omission by its code and a part of its message, and whether the rule and the alarm exist.
fn check(imported: &Imported, code: OmissionCode, part: &str, has_rule: bool, has_alarm: bool) {
    let lost = imported.lost().join("\n");
    assert_eq!(imported.omissions[0].code, code, "{lost}");
    assert!(lost.contains(part), "{lost}");
    assert_eq!(imported.rules.len(), usize::from(has_rule), "{lost}");
    assert_eq!(imported.rules.first().is_some_and(|rule| rule.alarm.is_some()), has_alarm, "{lost}");
    if has_rule {
        let commented = imported.lost().iter().all(|line| imported.text.contains(&format!("# - {line}\n")));
        assert!(commented, "{}", imported.text);
    }
}

#[test]
fn a_filter_that_a_rule_cannot_express_is_left_out() {
    let two = "'1', Unit: Count }\n        - { MetricNamespace: Logs, MetricName: Two, MetricValue: '1' }";
    for (from, to, code, part) in [
        (
            "'1', Unit: Count }",
            two,
            OmissionCode::SeveralTransformations,
            "`MetricTransformations` has 2 transformations",
        ),
        (
            "      FilterPattern: '{ $.eventName = \"DeleteTrail\" }'\n",
            "",
            OmissionCode::InvalidValue,
            "`FilterPattern` is missing",
        ),
        ("MetricValue: '1', ", "", OmissionCode::InvalidValue, "`MetricValue` is missing"),
        (
            "MetricValue: '1'",
            "MetricValue: [1]",
            OmissionCode::InvalidValue,
            "`MetricValue` is neither text nor a number",
        ),
        (
            "MetricValue: '1'",
            "MetricValue: one",
            OmissionCode::RefusedFilter,
            "neither a finite number nor a selector",
        ),
        ("= \"DeleteTrail\" }", "== }", OmissionCode::RefusedFilter, "t.yaml:7:22: Filter: "),
        ("Unit: Count", "Unit: Counts", OmissionCode::RefusedFilter, "unknown value `Counts`"),
        ("Unit: Count", "Storage: 1", OmissionCode::NoCounterpart, "rules have no equivalent of `Storage`"),
    ] {
        let imported = resources(&[&FILTER.replace(from, to), ALARM]);
        check(&imported, code, part, false, false);
        assert!(
            imported.lost().iter().any(|line| line.ends_with("[no-filter]")),
            "its alarm has no metric: {to}"
        );
    }
}

#[test]
fn filter_features_that_rules_lack_are_reported_and_the_rule_is_made() {
    for property in [
        "ApplyOnTransformedLogs: true",
        "FieldSelectionCriteria: '@aws.region = \"us-east-1\"'",
        "EmitSystemFieldDimensions: ['@aws.account']",
    ] {
        let filter =
            FILTER.replace("LogGroupName: CloudTrail/logs", &format!("LogGroupName: g\n      {property}"));
        let name = property.split(':').next().unwrap();
        check(
            &resources(&[&filter, ALARM]),
            OmissionCode::NoCounterpart,
            &format!("no equivalent of `{name}`"),
            true,
            true,
        );
    }
}

#[test]
fn an_alarm_that_a_rule_cannot_have_is_left_out_and_the_rule_stays() {
    for (from, to, code, part) in [
        ("Statistic: Sum", "ExtendedStatistic: tm90", OmissionCode::RefusedAlarm, "unknown value `tm90`"),
        ("Period: 300", "Period: 45", OmissionCode::RefusedAlarm, "`period` cannot be 45 seconds"),
        ("Period: 300", "Period: often", OmissionCode::RefusedAlarm, "`period`"),
        (
            "GreaterThanOrEqualToThreshold",
            "GreaterThanUpperThreshold",
            OmissionCode::RefusedAlarm,
            "`GreaterThanUpperThreshold`",
        ),
        ("Threshold: 1", "ThresholdMetricId: band", OmissionCode::MetricMath, "`ThresholdMetricId`"),
        (
            "Statistic: Sum",
            "Metrics: [{ Id: m1, Expression: m2 * 2 }]",
            OmissionCode::MetricMath,
            "`Metrics`",
        ),
        (
            "Statistic: Sum",
            "Unit: Bytes\n      Statistic: Sum",
            OmissionCode::NoCounterpart,
            "it would ignore the datapoints",
        ),
        ("MetricName: Deleted", "MetricName: Other", OmissionCode::NoFilter, "the metric `Other` in `Logs`"),
        (
            "Statistic: Sum",
            "Statistic: Sum\n      Dimensions: [{ Name: Account, Value: '111122223333' }]",
            OmissionCode::NoFilter,
            "with the dimensions Account",
        ),
        (
            "Threshold: 1",
            "Threshold: !Ref Nobody",
            OmissionCode::UnknownValue,
            "`Threshold` is unknown: `Nobody`",
        ),
        ("      EvaluationPeriods: 1\n", "", OmissionCode::InvalidValue, "`EvaluationPeriods` is missing"),
        (
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::CompositeAlarm",
            OmissionCode::CompositeAlarm,
            "other alarms",
        ),
    ] {
        check(&resources(&[FILTER, &ALARM.replace(from, to)]), code, part, true, false);
    }
}

#[test]
fn alarm_features_that_rules_lack_are_reported_and_the_alarm_is_made() {
    let topic = "arn:aws:sns:us-east-1:111122223333:security";
    for (property, code, part) in [
        (format!("OKActions: [{topic}]"), OmissionCode::OtherActions, "`OKActions` is dropped: "),
        (
            format!("InsufficientDataActions: [{topic}]"),
            OmissionCode::OtherActions,
            "`InsufficientDataActions` is dropped: ",
        ),
        ("ActionsEnabled: false".to_owned(), OmissionCode::OtherActions, "its actions are disabled"),
        (
            "AlarmActions: ['arn:aws:lambda:us-east-1:111122223333:function:f']".to_owned(),
            OmissionCode::OtherActions,
            "action `arn:aws:lambda:",
        ),
        (
            "EvaluateLowSampleCountPercentile: ignore".to_owned(),
            OmissionCode::NoCounterpart,
            "no equivalent of",
        ),
    ] {
        let alarm = ALARM.replace("Statistic: Sum", &format!("Statistic: Sum\n      {property}"));
        check(&resources(&[FILTER, &alarm]), code, part, true, true);
    }
}

#[test]
fn the_unit_of_the_metric_itself_changes_nothing() {
    let alarm = ALARM.replace("Statistic: Sum", "Statistic: Sum\n      Unit: Count");
    let imported = resources(&[FILTER, &alarm]);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert!(imported.rule().alarm.is_some());
}

#[test]
fn several_alarms_with_other_settings_become_the_alarms_of_one_rule() {
    let warning = ALARM.replace("Namespace: Logs", "Namespace: Logs\n      AlarmName: Trail deleted WARNING");
    let critical = ALARM
        .replace("Alarm:\n", "Second:\n")
        .replace("Threshold: 1", "Threshold: 9")
        .replace("Namespace: Logs", "Namespace: Logs\n      AlarmName: trail-deleted-critical");
    let third = ALARM.replace("Alarm:\n", "Third:\n").replace("Threshold: 1", "Threshold: 20");
    let imported = resources(&[FILTER, &warning, &critical, &third]);
    assert_eq!(imported.lost(), Vec::<String>::new());
    let rule = imported.rule();
    assert_eq!(rule.alarm, None);
    let alarms: Vec<_> =
        rule.alarms.iter().map(|named| (named.name.as_str(), named.alarm.threshold)).collect();
    assert_eq!(alarms, [("warning", 1.0), ("critical", 9.0), ("third", 20.0)]);
}

#[test]
fn an_alarm_that_repeats_another_one_is_reported() {
    let second = ALARM.replace("Alarm:\n", "Second:\n");
    let imported = resources(&[FILTER, ALARM, &second]);
    check(
        &imported,
        OmissionCode::SecondAlarm,
        "Second: rule `deleted` already has the alarm `Alarm`, which is the same",
        true,
        true,
    );
}

#[test]
fn an_alarm_on_a_metric_of_two_filters_is_imported_once() {
    let second = FILTER.replace("Filter:\n", "Second:\n").replace("DeleteTrail", "StopLogging");
    let imported = resources(&[FILTER, &second, ALARM]);
    assert_eq!(imported.lost(), Vec::<String>::new());
    let has_alarm: Vec<_> =
        imported.rules.iter().map(|rule| (rule.id.as_str(), rule.alarm.is_some())).collect();
    assert_eq!(has_alarm, [("deleted", true), ("deleted-2", false)]);
}

#[test]
fn actions_on_a_topic_are_noted_once_for_each_topic() {
    let topic = "arn:aws:sns:us-east-1:111122223333:security";
    let alarm = ALARM
        .replace("Statistic: Sum", &format!("Statistic: Sum\n      AlarmActions: [{topic}, !Ref Topic]"));
    let imported = resources(&[FILTER, &alarm]);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.of_code(OmissionCode::AlarmActions), [
        "1 alarm notifies a target that is only known after deployment, but Trailbell alarms notify the alert topic [alarm-actions]".to_owned(),
        format!("1 alarm notifies `{topic}`, but Trailbell alarms notify the alert topic [alarm-actions]"),
    ]);
}

#[test]
fn texts_of_the_input_stay_in_their_scalars_and_comments() {
    let filter = FILTER.replace("CloudTrail/logs", "\"a\\nrules: []\"");
    let alarm =
        ALARM.replace("Statistic: Sum", "Statistic: Sum\n      AlarmDescription: \"# no\\n- id: x\\u202e'\"");
    let imported = resources(&[&filter, &alarm]);
    assert_eq!(imported.rule().summary, "# no\n- id: x\u{202e}'");
    assert!(imported.text.contains("`a\\nrules: []`"), "{}", imported.text);
    assert!(!imported.text.contains('\u{202e}'));
}

#[test]
fn without_a_rule_there_is_no_rule_file() {
    for text in ["Resources: {}\n", "variable \"a\" {}\n", "{ \"metricFilters\": [] }"] {
        let imported = import_all(&[("input", text)], &Options::default());
        assert_eq!((imported.text.as_str(), imported.rules.len()), ("", 0));
    }
}
