//! Alarms on a metric with dimensions: one for each combination of values, in CloudWatch and in a rule.

use rule_import::OmissionCode;

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
fn alarms_that_differ_only_in_their_dimensions_become_one_alarm_of_the_rule() {
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
fn different_spellings_of_a_number_do_not_differ() {
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
fn an_alarm_that_differs_in_more_is_a_second_alarm() {
    let first = alarm("One", "111122223333", 1);
    let imported = import_one("t.yaml", &[HEAD, &first, &alarm("Two", "111122223333", 1)].concat());
    assert_eq!(imported.omissions[0].code, OmissionCode::SecondAlarm);
    assert_eq!(imported.rule().alarm.as_ref().unwrap().dimensions.len(), 1);

    let imported = import_one("t.yaml", &[HEAD, &first, &alarm("Two", "444455556666", 9)].concat());
    assert_eq!(imported.lost(), Vec::<String>::new());
    let alarms: Vec<_> =
        imported.rule().alarms.iter().map(|one| (one.name.as_str(), one.alarm.dimensions.len())).collect();
    assert_eq!(alarms, [("one", 1), ("two", 1)]);
}
