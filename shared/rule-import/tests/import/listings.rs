//! The output of describe-metric-filters and describe-alarms, separately and together.

use rule_import::{OmissionCode, Options};
use rules::Statistic;

use crate::support::{import_all, import_one};

const FILTERS: &str = r#"{
  "metricFilters": [
    {
      "filterName": "RootUsage", "filterPattern": "{ $.userIdentity.type = Root }",
      "metricTransformations": [
        { "metricName": "RootUsage", "metricNamespace": "LogMetrics", "metricValue": "1", "defaultValue": 0.0, "unit": "Count" }
      ],
      "creationTime": 1700000000000, "logGroupName": "CloudTrail/logs", "applyOnTransformedLogs": false
    },
    {
      "filterName": "Errors by service", "filterPattern": "{ $.errorCode = \"*\" }",
      "metricTransformations": [
        { "metricName": "Errors", "metricNamespace": "LogMetrics", "metricValue": "1", "dimensions": { "Service": "$.eventSource" } }
      ],
      "creationTime": 1700000000000, "logGroupName": "CloudTrail/logs"
    },
    {
      "filterName": "Exceptions", "filterPattern": "?ERROR ?Exception",
      "metricTransformations": [
        { "metricName": "Exceptions", "metricNamespace": "LogMetrics", "metricValue": "1" }
      ],
      "creationTime": 1700000000000, "logGroupName": "/aws/lambda/app"
    }
  ]
}"#;

const ALARMS: &str = r#"{
  "MetricAlarms": [
    {
      "AlarmName": "CIS root", "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:CIS root",
      "AlarmDescription": "Root was used.", "AlarmConfigurationUpdatedTimestamp": "2026-03-04T09:00:00+00:00",
      "ActionsEnabled": true, "OKActions": [], "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:security"],
      "InsufficientDataActions": [], "StateValue": "OK", "StateReason": "none", "StateReasonData": "{}",
      "StateUpdatedTimestamp": "2026-03-04T09:00:00+00:00", "MetricName": "RootUsage", "Namespace": "LogMetrics",
      "Statistic": "Sum", "Dimensions": [], "Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0,
      "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
      "StateTransitionedTimestamp": "2026-03-04T09:00:00+00:00"
    },
    {
      "AlarmName": "CPU", "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average",
      "Dimensions": [{ "Name": "InstanceId", "Value": "i-0123456789abcdef0" }],
      "Period": 300, "EvaluationPeriods": 1, "Threshold": 90.0, "ComparisonOperator": "GreaterThanThreshold"
    }
  ],
  "CompositeAlarms": []
}"#;

fn both_groups() -> Options {
    let log_groups = ["CloudTrail/logs", "/aws/lambda/app"].map(str::to_owned).into();
    Options { log_groups, ..Options::default() }
}

#[test]
fn filters_and_alarms_of_two_files_are_joined_by_their_metric() {
    for names in [["filters.json", "alarms.json"], ["a", "b"]] {
        for reversed in [false, true] {
            let mut sources = [(names[0], FILTERS), (names[1], ALARMS)];
            if reversed {
                sources.reverse();
            }
            let imported = import_all(&sources, &both_groups());
            assert_eq!(imported.lost(), Vec::<String>::new());
            let ids: Vec<_> = imported.rules.iter().map(|rule| rule.id.as_str()).collect();
            assert_eq!(ids, ["root-usage", "errors-by-service", "exceptions"]);
            let root = &imported.rules[0];
            assert_eq!(root.summary, "Root was used.");
            assert_eq!(root.metric.default_value, Some(0.0));
            assert_eq!(root.alarm.as_ref().unwrap().statistic, Statistic::Sum);
            assert_eq!(imported.rules[1].alarm, None, "a filter without an alarm");
            assert_eq!(imported.rules[1].metric.dimensions[0].name, "Service");
        }
    }
}

#[test]
fn an_alarm_on_a_metric_of_a_service_is_noted_and_one_on_an_unknown_metric_is_lost() {
    let imported = import_one("alarms.json", ALARMS);
    assert_eq!(
        imported.lost(),
        [
            "alarms.json: CIS root: no filter in the input publishes the metric `RootUsage` in `LogMetrics` [no-filter]"
        ]
    );
    assert_eq!(imported.of_code(OmissionCode::ServiceMetric).len(), 1);
}

#[test]
fn the_filters_of_one_log_group_can_be_chosen() {
    let none = import_one("filters.json", FILTERS);
    assert_eq!(none.rules.len(), 0);
    assert_eq!(
        none.lost(),
        [
            "1 filter reads the log group `/aws/lambda/app`, and other filters read other log groups: choose the log \
             group of the trail with `--log-group NAME` [several-log-groups]",
            "2 filters read the log group `CloudTrail/logs`, and other filters read other log groups: choose the log \
             group of the trail with `--log-group NAME` [several-log-groups]",
        ]
    );
    let all = import_all(&[("filters.json", FILTERS)], &both_groups());
    assert_eq!((all.rules.len(), all.of_code(OmissionCode::LogGroup).len()), (3, 2));
    let options = Options { log_groups: ["CloudTrail/logs".to_owned()].into(), ..Options::default() };
    let chosen = import_all(&[("filters.json", FILTERS)], &options);
    assert_eq!(chosen.rules.len(), 2);
    assert_eq!(
        chosen.of_code(OmissionCode::OtherLogGroup),
        ["1 filter reads the log group `/aws/lambda/app`, which was not requested [other-log-group]"]
    );
}

#[test]
fn a_name_that_yaml_could_read_as_something_else_is_quoted() {
    for (name, id) in [("On", "on"), ("Null", "null"), ("No", "no"), ("404", "404"), ("1e3", "1e3")] {
        let text = FILTERS.replace("\"RootUsage\"", &format!("\"{name}\""));
        let imported = import_all(&[("filters.json", &text)], &both_groups());
        assert_eq!(imported.rules[0].id, id);
        assert!(imported.text.contains(&format!("- id: '{id}'\n")), "{}", imported.text);
        assert!(imported.text.contains(&format!("metricName: '{name}'\n")), "{}", imported.text);
    }
}

#[test]
fn a_page_that_is_not_the_last_is_reported() {
    for (token, lost) in
        [("\"nextToken\": null,", 0), ("\"nextToken\": \"abc\",", 1), ("\"NextToken\": \"abc\",", 1)]
    {
        let text = FILTERS.replacen('{', &format!("{{ {token}"), 1);
        let imported = import_all(&[("filters.json", &text)], &both_groups());
        assert_eq!(imported.lost().len(), lost, "{token}");
        assert_eq!(imported.rules.len(), 3);
    }
}

#[test]
fn a_file_may_contain_several_listings() {
    let imported = import_all(&[("account.json", &format!("{FILTERS}\n{ALARMS}"))], &both_groups());
    assert!(imported.rules[0].alarm.is_some());
}

#[test]
fn listings_may_be_yaml() {
    let text = "
metricFilters:
- creationTime: 1700000000000
  filterName: Deleted
  filterPattern: '{ $.eventName = DeleteTrail }'
  logGroupName: CloudTrail/logs
  metricTransformations:
  - metricName: Deleted
    metricNamespace: LogMetrics
    metricValue: '1'
";
    assert_eq!(import_one("filters.yaml", text).rule().id, "deleted");
}
