//! What a rule cannot say: each is named with a code, and takes nothing else with it.

use rule_import::{Code, Options};

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

/// Asserts what is lost, by code and a part of the message, and whether rule and alarm are there.
fn check(imported: &Imported, code: Code, part: &str, has_rule: bool, has_alarm: bool) {
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
fn a_filter_that_a_rule_cannot_say_is_left_out() {
    let two = "'1', Unit: Count }\n        - { MetricNamespace: Logs, MetricName: Two, MetricValue: '1' }";
    for (from, to, code, part) in [
        (
            "'1', Unit: Count }",
            two,
            Code::SeveralTransformations,
            "`MetricTransformations` has 2 transformations",
        ),
        (
            "      FilterPattern: '{ $.eventName = \"DeleteTrail\" }'\n",
            "",
            Code::InvalidValue,
            "`FilterPattern` is missing",
        ),
        ("MetricValue: '1', ", "", Code::InvalidValue, "`MetricValue` is missing"),
        ("MetricValue: '1'", "MetricValue: [1]", Code::InvalidValue, "`MetricValue` is no text or number"),
        (
            "MetricValue: '1'",
            "MetricValue: one",
            Code::RefusedFilter,
            "neither a finite number nor a selector",
        ),
        ("= \"DeleteTrail\" }", "== }", Code::RefusedFilter, "t.yaml:7:22: Filter: "),
        ("Unit: Count", "Unit: Counts", Code::RefusedFilter, "unknown value `Counts`"),
        ("Unit: Count", "Storage: 1", Code::NoCounterpart, "a rule has nothing for `Storage`"),
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
fn what_a_filter_does_beyond_a_rule_is_named_and_the_rule_is_made() {
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
            Code::NoCounterpart,
            &format!("nothing for `{name}`"),
            true,
            true,
        );
    }
}

#[test]
fn an_alarm_that_a_rule_cannot_have_is_left_out_and_the_rule_stays() {
    for (from, to, code, part) in [
        ("Statistic: Sum", "ExtendedStatistic: tm90", Code::RefusedAlarm, "unknown value `tm90`"),
        ("Period: 300", "Period: 45", Code::RefusedAlarm, "`period` of 45 seconds is not possible"),
        ("Period: 300", "Period: often", Code::RefusedAlarm, "`period`"),
        (
            "GreaterThanOrEqualToThreshold",
            "GreaterThanUpperThreshold",
            Code::RefusedAlarm,
            "`GreaterThanUpperThreshold`",
        ),
        ("Threshold: 1", "ThresholdMetricId: band", Code::MetricMath, "`ThresholdMetricId`"),
        ("Statistic: Sum", "Metrics: [{ Id: m1, Expression: m2 * 2 }]", Code::MetricMath, "`Metrics`"),
        ("Statistic: Sum", "Unit: Bytes\n      Statistic: Sum", Code::NoCounterpart, "it sees none of them"),
        ("MetricName: Deleted", "MetricName: Other", Code::NoFilter, "the metric `Other` of `Logs`"),
        (
            "Statistic: Sum",
            "Statistic: Sum\n      Dimensions: [{ Name: Account, Value: '111122223333' }]",
            Code::NoFilter,
            "with the dimensions Account",
        ),
        ("Threshold: 1", "Threshold: !Ref Nobody", Code::UnknownValue, "`Threshold` is not known: `Nobody`"),
        ("      EvaluationPeriods: 1\n", "", Code::InvalidValue, "`EvaluationPeriods` is missing"),
        ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", Code::CompositeAlarm, "other alarms"),
    ] {
        check(&resources(&[FILTER, &ALARM.replace(from, to)]), code, part, true, false);
    }
}

#[test]
fn what_an_alarm_does_beyond_a_rule_is_named_and_the_alarm_is_made() {
    let topic = "arn:aws:sns:us-east-1:111122223333:security";
    for (property, code, part) in [
        (format!("OKActions: [{topic}]"), Code::OtherActions, "`OKActions`: "),
        (format!("InsufficientDataActions: [{topic}]"), Code::OtherActions, "`InsufficientDataActions`: "),
        ("ActionsEnabled: false".to_owned(), Code::OtherActions, "its actions are switched off"),
        (
            "AlarmActions: ['arn:aws:lambda:us-east-1:111122223333:function:f']".to_owned(),
            Code::OtherActions,
            "the action `arn:aws:lambda:",
        ),
        ("EvaluateLowSampleCountPercentile: ignore".to_owned(), Code::NoCounterpart, "nothing for"),
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
fn a_rule_has_the_first_of_two_alarms_and_the_other_is_named() {
    let second = ALARM.replace("Alarm:\n", "Second:\n").replace("Threshold: 1", "Threshold: 9");
    let imported = resources(&[FILTER, ALARM, &second]);
    check(
        &imported,
        Code::SecondAlarm,
        "Second: rule `deleted` has the alarm `Alarm` with other settings, and a rule has one",
        true,
        true,
    );
    assert_eq!(imported.rule().alarm.as_ref().unwrap().threshold, 1.0);
}

#[test]
fn an_alarm_on_a_metric_of_two_filters_stands_once() {
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
    assert_eq!(imported.of_code(Code::AlarmActions), [
        "1 alarm notifies something that only the deployment knows; alarms of Trailbell notify its alert topic [alarm-actions]".to_owned(),
        format!("1 alarm notifies `{topic}`; alarms of Trailbell notify its alert topic [alarm-actions]"),
    ]);
}

#[test]
fn texts_of_the_input_stay_in_their_scalars_and_comments() {
    let filter = FILTER.replace("CloudTrail/logs", "\"a\\nrules: []\"");
    let alarm =
        ALARM.replace("Statistic: Sum", "Statistic: Sum\n      AlarmDescription: \"# no\\n- id: x\\u202e'\"");
    let imported = resources(&[&filter, &alarm]);
    assert_eq!(imported.rule().description, "# no\n- id: x\u{202e}'");
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
