//! The kinds of files in which people keep filters and alarms, and the tools whose files contain them.

use rule_import::{OmissionCode, Options};

use crate::support::{Imported, given, import_all, import_one};

const TEMPLATE: &str = r#"{
  "Resources": {
    "F": {
      "Type": "AWS::Logs::MetricFilter",
      "Properties": {
        "LogGroupName": "trail",
        "FilterPattern": "{ $.requestParameters.url = \"https://example.com/*\" }",
        "MetricTransformations": [{ "MetricNamespace": "N", "MetricName": "Stop", "MetricValue": "1" }]
      }
    },
    "A": {
      "Type": "AWS::CloudWatch::Alarm",
      "Properties": {
        "MetricName": "Stop", "Namespace": "N", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"
      }
    }
  }
}"#;

/// Checks that an input gives one rule with an alarm, and loses nothing.
fn is_whole(imported: &Imported) {
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert!(imported.rule().alarm.is_some());
}

#[test]
fn json_may_have_comments_and_trailing_commas() {
    for (from, to) in [
        ("\"LogGroupName\"", "// the trail's \"group\"\n\t\"LogGroupName\""),
        ("\"LogGroupName\"", "/* the\n trail */ \"LogGroupName\""),
        ("\"MetricValue\": \"1\" }]", "\"MetricValue\": \"1\", }, ],"),
        ("{\n  \"Resources\"", "{\n  # all\n  \"Resources\""),
    ] {
        is_whole(&import_one("t.json", &TEMPLATE.replacen(from, to, 1)));
    }
}

#[test]
fn a_template_may_be_what_get_template_prints() {
    let inner: serde_json::Value = serde_json::from_str(TEMPLATE).unwrap();
    let yaml = "Resources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      FilterPattern: a\n      \
                MetricTransformations: [{ MetricNamespace: N, MetricName: M, MetricValue: 1 }]\n";
    is_whole(&import_one("t.json", &serde_json::json!({ "TemplateBody": inner }).to_string()));
    is_whole(&import_one("t.json", &serde_json::json!({ "TemplateBody": TEMPLATE }).to_string()));
    for text in [serde_json::json!({ "TemplateBody": yaml }).to_string(), serde_json::json!(yaml).to_string()]
    {
        assert_eq!(import_one("t.json", &text).rule().metric.name, "M");
    }
}

const SERVERLESS: &str = "
service: audit
custom:
  namespace: ${self:service}-${opt:stage, 'dev'}
provider: { name: aws }
resources:
  - Resources:
      F:
        Type: AWS::Logs::MetricFilter
        Properties:
          LogGroupName: trail
          FilterPattern: '{ $.eventName = StopLogging }'
          MetricTransformations:
            - { MetricName: Stop, MetricNamespace: '${self:custom.namespace}', MetricValue: '1' }
  - ${file(resources/alarms.yml)}
";

#[test]
fn a_serverless_configuration_gives_its_resources() {
    let alarms = "Resources:\n  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties: { MetricName: Stop, Namespace: \
                  audit-prod, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: \
                  GreaterThanThreshold }\n";
    let options = Options { parameters: given([("opt:stage", "prod")]), ..Options::default() };
    is_whole(&import_all(&[("serverless.yml", SERVERLESS), ("resources/alarms.yml", alarms)], &options));
    let imported = import_one("serverless.yml", SERVERLESS);
    assert_eq!(imported.rule().metric.namespace, "audit-dev");
    assert!(imported.lost()[0].contains("import that file as well"), "{:?}", imported.lost());
    let unknown = import_one("serverless.yml", &SERVERLESS.replace("opt:stage, 'dev'", "ssm:/stage"));
    assert!(unknown.lost().join("\n").contains("`serverless package`"), "{:?}", unknown.lost());
}

#[test]
fn metric_sets_of_several_regions_are_one_rule() {
    let set = "
    - regions: [us-east-1]
      metrics:
        - filterName: Root
          logGroupName: trail
          filterPattern: '{ $.userIdentity.type = Root }'
          metricNamespace: LogMetrics
          metricName: Root
          metricValue: '1'
          treatMissingData: notBreaching
";
    let alarms = "
  alarmSets:
    - regions: [us-east-1]
      alarms:
        - { alarmName: Root, snsTopicName: Security, metricName: Root, namespace: LogMetrics, statistic: Sum, period: 300,
            evaluationPeriods: 1, threshold: 1, comparisonOperator: GreaterThanOrEqualToThreshold }
";
    let text = format!("cloudWatch:\n  metricSets:{set}{}{alarms}", set.replace("us-east-1", "eu-west-1"));
    is_whole(&import_one("security-config.yaml", &text));
}

#[test]
fn a_state_and_json_modules_are_read() {
    let attributes = |key: &str| {
        format!(
            r#"{{ "index_key": {key}, "attributes": {{ "name": "stop", "log_group_name": "trail", "pattern": "a",
                 "metric_transformation": [{{ "name": "Stop", "namespace": "N", "value": "1", "unit": "None" }}] }} }}"#
        )
    };
    let state = format!(
        r#"{{ "version": 4, "terraform_version": "1.9.0", "resources": [
             {{ "mode": "data", "type": "aws_cloudwatch_log_metric_filter", "instances": [{0}] }},
             {{ "module": "module.a", "mode": "managed", "type": "aws_cloudwatch_log_metric_filter", "name": "f",
                "instances": [{0}] }}] }}"#,
        attributes("\"k\"")
    );
    let imported = import_one("terraform.tfstate", &state);
    assert_eq!(imported.rule().metric.name, "Stop");
    assert!(
        imported.text.contains("module.a.aws_cloudwatch_log_metric_filter.f[\"k\"]"),
        "{}",
        imported.text
    );

    let module = r#"{ "//": "comment", "variable": { "name": { "type": "string", "default": "a${b}" } },
        "locals": [{ "value": "${length(var.name)}" }],
        "resource": [{ "aws_cloudwatch_log_metric_filter": { "f": [{
          "count": 1, "pattern": "{ $.a = \"${count.index}\" }", "log_group_name": "trail",
          "metric_transformation": { "name": "M", "namespace": "${var.name}", "value": "${local.value}" } }] } }] }"#;
    let values = r#"{ "name": "Given" }"#;
    let imported =
        import_all(&[("main.tf.json", module), ("terraform.tfvars.json", values)], &Options::default());
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.rule().metric.namespace, "Given");
    assert_eq!(imported.rule().metric.value, rules::MetricValue::Constant(5.0));
}

#[test]
fn an_alarm_may_be_a_single_plain_query() {
    let alarm = r#""Metrics": [{ "Id": "m1", "ReturnData": true, "MetricStat": { "Period": 300, "Stat": "Sum",
        "Metric": { "MetricName": "Stop", "Namespace": "N", "Dimensions": [] } } }], "EvaluationPeriods": 1,"#;
    let plain = r#""MetricName": "Stop", "Namespace": "N", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1,"#;
    let text = TEMPLATE.replace(plain, alarm);
    assert_ne!(text, TEMPLATE);
    is_whole(&import_one("t.json", &text));
    let math = text.replace("\"Id\": \"m1\"", "\"Id\": \"m1\", \"Expression\": \"m2 * 2\"");
    assert!(import_one("t.json", &math).lost()[0].ends_with("[metric-math]"));
}

#[test]
fn empty_actions_are_none() {
    let text =
        TEMPLATE.replace("\"Threshold\"", "\"AlarmActions\": [\"\"], \"OKActions\": [\"\"], \"Threshold\"");
    is_whole(&import_one("t.json", &text));
}

#[test]
fn properties_without_an_equivalent_come_with_advice() {
    for (property, part) in [
        ("\"FieldSelectionCriteria\": \"@aws.region = x\",", "add conditions on `$.recipientAccountId`"),
        ("\"EmitSystemFieldDimensions\": [\"@aws.account\"],", "add the dimensions"),
        ("\"ApplyOnTransformedLogs\": true,", "as CloudTrail wrote them"),
    ] {
        let text = TEMPLATE.replacen("\"LogGroupName\"", &format!("{property} \"LogGroupName\""), 1);
        let lost = import_one("t.json", &text).lost().join("\n");
        assert!(lost.contains(part), "{lost}");
    }
    let text = TEMPLATE.replace("$.requestParameters.url", "$.a[*].b[*]");
    let notes: Vec<_> = import_one("t.json", &text).omissions.iter().map(ToString::to_string).collect();
    assert!(notes.iter().any(|note| note.contains("2 wildcards")), "{notes:?}");
}

#[test]
fn resources_of_the_serverless_framework_alone_name_the_variables_to_set() {
    let text = "Resources:\n  Filter:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: trail\n      \
                FilterPattern: '{ $.eventName = StopLogging }'\n      MetricTransformations:\n        - MetricName: Stop\n          \
                MetricNamespace: ${self:provider.stackName}\n          MetricValue: 1\n";
    let imported = import_one("resources/alarms.yml", text);
    let lost = imported.lost().join("\n");
    assert!(lost.contains("`--parameter self:provider.stackName=VALUE`"), "{lost}");
    let options = Options { parameters: given([("self:provider.stackName", "stack")]), ..Options::default() };
    let imported = import_all(&[("resources/alarms.yml", text)], &options);
    assert_eq!((imported.lost(), imported.rule().metric.namespace.as_str()), (Vec::new(), "stack"));
}

#[test]
fn a_catalog_may_call_the_metric_its_name() {
    let text = "stop-logging:\n  name: StopLoggingCount\n  filter_pattern: '{ $.eventName = StopLogging }'\n  metric_namespace: \
                N\n  metric_value: '1'\n  alarm_description: Stopped.\n  alarm_comparison_operator: \
                GreaterThanOrEqualToThreshold\n  alarm_evaluation_periods: '1'\n  alarm_period: '300'\n  alarm_statistic: Sum\n  \
                alarm_treat_missing_data: notBreaching\n  alarm_threshold: '2'\n";
    let imported = import_one("catalog.yaml", text);
    assert_eq!(imported.lost(), Vec::<String>::new());
    let rule = imported.rule();
    assert_eq!((rule.metric.name.as_str(), rule.metric.namespace.as_str()), ("StopLoggingCount", "N"));
    assert_eq!(rule.alarm.as_ref().unwrap().threshold, 2.0);
}

const ALARM: &str = r#"
resource "aws_cloudwatch_log_metric_filter" "stop" {
  name           = "stop"
  pattern        = "{ $.eventName = StopLogging }"
  log_group_name = "trail"
  metric_transformation {
    name      = "Stop"
    namespace = "N"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "stop" {
  alarm_name          = "stop"
  metric_name         = "Stop"
  namespace           = "N"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  period              = 300
  statistic           = "Sum"
}
"#;

#[test]
fn an_alarm_of_terraform_without_a_threshold_has_that_of_its_provider() {
    for threshold in ["", "  threshold = lookup({ threshold = null }, \"threshold\", 1)\n"] {
        let text = ALARM.replace("  statistic ", &format!("{threshold}  statistic "));
        let imported = import_one("main.tf", &text);
        assert_eq!(imported.lost(), Vec::<String>::new());
        assert_eq!(imported.rule().alarm.as_ref().unwrap().threshold, 0.0);
    }
    let imported = import_one("main.tf", &ALARM.replace("  statistic           = \"Sum\"\n", ""));
    assert!(imported.lost()[0].contains("`Statistic` is missing"), "{:?}", imported.lost());
}

#[test]
fn an_alarm_of_a_service_is_noted_even_if_its_dimension_is_unknown() {
    let dimension = "  dimensions = { FunctionName = aws_lambda_function.f.function_name }\n  statistic ";
    let service = ALARM
        .replace("\"N\"\n  comparison", "\"AWS/Lambda\"\n  comparison")
        .replace("  statistic ", dimension);
    let imported = import_one("main.tf", &service);
    assert_eq!(imported.lost(), Vec::<String>::new());
    assert_eq!(imported.of_code(OmissionCode::ServiceMetric).len(), 1);
}
