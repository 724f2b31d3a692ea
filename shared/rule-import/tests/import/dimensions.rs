//! Alarms on a metric with dimensions: CloudWatch has one for each value, and so has a rule.

use rule_import::Code;

use crate::support::import_one;

const HEAD: &str = "
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/logs
      FilterPattern: '{ $.eventName = DeleteTrail }'
      MetricTransformations:
        - MetricNamespace: Logs
          MetricName: Deleted
          MetricValue: '1'
          Dimensions: [{ Key: Account, Value: $.recipientAccountId }, { Key: Region, Value: $.awsRegion }]
";

fn alarm(name: &str, account: &str, threshold: u32) -> String {
    format!(
        "
  {name}:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Logs
      MetricName: Deleted
      Dimensions: [{{ Name: Region, Value: us-east-1 }}, {{ Name: Account, Value: '{account}' }}]
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: {threshold}
      ComparisonOperator: GreaterThanOrEqualToThreshold
"
    )
}

#[test]
fn alarms_that_differ_in_their_dimensions_only_are_one_alarm_of_the_rule() {
    let imported = import_one(
        "t.yaml",
        &[HEAD, &alarm("One", "111122223333", 1), &alarm("Two", "444455556666", 1)].concat(),
    );
    assert_eq!(imported.lost(), Vec::<String>::new());
    let alarm = imported.rule().alarm.as_ref().unwrap();
    let expected = ["111122223333", "444455556666"].map(|account| {
        vec![("Account".to_owned(), account.to_owned()), ("Region".to_owned(), "us-east-1".to_owned())]
    });
    assert_eq!(alarm.dimensions, expected);
}

#[test]
fn numbers_that_are_spelt_differently_are_no_difference() {
    for (from, to) in [
        ("Threshold: 1", "Threshold: 1.0"),
        ("Period: 300", "Period: '3e2'"),
        ("EvaluationPeriods: 1", "EvaluationPeriods: '1.0'\n      DatapointsToAlarm: 1"),
    ] {
        let second = alarm("Two", "444455556666", 1).replace(from, to);
        let imported = import_one("t.yaml", &[HEAD, &alarm("One", "111122223333", 1), &second].concat());
        assert_eq!(imported.lost(), Vec::<String>::new(), "{to}");
        assert_eq!(imported.rule().alarm.as_ref().unwrap().dimensions.len(), 2, "{to}");
    }
}

#[test]
fn an_alarm_that_differs_in_more_is_the_second_one() {
    let same = alarm("Two", "111122223333", 1);
    let other = alarm("Two", "444455556666", 9);
    for (second, part) in
        [(same, "the alarm `One`, and"), (other, "the alarm `One` with other settings, and")]
    {
        let imported = import_one("t.yaml", &[HEAD, &alarm("One", "111122223333", 1), &second].concat());
        assert_eq!(imported.omissions[0].code, Code::SecondAlarm);
        assert!(imported.omissions[0].message.contains(part), "{}", imported.omissions[0]);
        assert_eq!(imported.rule().alarm.as_ref().unwrap().dimensions.len(), 1);
    }
}
