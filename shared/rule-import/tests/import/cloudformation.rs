//! CloudFormation and SAM: intrinsic functions, parameters, conditions, and values that are only known after
//! deployment.

use rule_import::{OmissionCode, Options};
use rules::{MetricValue, Statistic, TreatMissingData};

use crate::support::{Imported, given, import_all, import_one};

/// A template with one filter; `name` and `namespace` of its metric are YAML.
fn template(head: &str, namespace: &str, name: &str) -> String {
    format!(
        "{head}
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: CloudTrail/logs
      FilterPattern: '{{ $.eventName = \"DeleteTrail\" }}'
      MetricTransformations:
        - MetricNamespace: {namespace}
          MetricName: {name}
          MetricValue: '1'
"
    )
}

const HEAD: &str = "
Parameters:
  Prefix: { Type: String, Default: Cis }
  Stage: { Type: String, Default: prod }
  Names: { Type: CommaDelimitedList, Default: 'One, Two' }
  Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /path }
  Open: { Type: String }
Mappings:
  ByStage:
    prod: { Namespace: Production }
    test: { Namespace: Test }
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
  IsTest: !Not [!Condition IsProduction]
  Both: !And [!Condition IsProduction, !Condition IsTest]
  Either: !Or [!Condition IsTest, !Equals [!Ref Open, x], !Condition IsProduction]
";

fn namespace_of(imported: &Imported) -> &str {
    &imported.rule().metric.namespace
}

#[test]
fn functions_that_the_template_decides_are_resolved() {
    for (written, expected) in [
        ("!Ref Prefix", "Cis"),
        ("{ Ref: Prefix }", "Cis"),
        ("!Sub '${Prefix}/Metrics'", "Cis/Metrics"),
        ("!Sub ['${Prefix}/${Part}', { Part: !Ref Stage }]", "Cis/prod"),
        ("{ 'Fn::Sub': '${Prefix}' }", "Cis"),
        ("!Join ['/', [!Ref Prefix, !Ref Stage, end]]", "Cis/prod/end"),
        ("!FindInMap [ByStage, !Ref Stage, Namespace]", "Production"),
        ("!If [IsProduction, A, B]", "A"),
        ("!If [IsTest, A, !Sub '${Prefix}B']", "CisB"),
        ("!If [Both, A, B]", "B"),
        ("!If [Either, A, B]", "A"),
        ("!Select [1, !Ref Names]", "Two"),
        ("!Select ['0', !Split ['-', 'left-right']]", "left"),
        ("!Join ['', !Split ['b', 'abc']]", "ac"),
    ] {
        let imported = import_one("template.yaml", &template(HEAD, written, "Count"));
        assert_eq!(namespace_of(&imported), expected, "{written}");
    }
}

#[test]
fn values_that_only_a_stack_knows_are_reported_with_their_location() {
    for (written, reason) in [
        ("!Ref Open", "parameter `Open` has no default: set it with `--parameter Open=VALUE`"),
        ("!Sub '${Open}/x'", "parameter `Open` has no default"),
        ("!Ref Stored", "parameter `Stored` is stored in Parameter Store"),
        ("!Sub '${AWS::StackName}/x'", "parameter `AWS::StackName` depends on the stack"),
        ("!ImportValue Shared", "the result of `Fn::ImportValue` is only known when the stack is deployed"),
        ("!GetAtt Other.Name", "the result of `Fn::GetAtt` is only known when the stack is deployed"),
        ("!Ref Filter", "`Filter` is only known when the stack is deployed"),
        ("'{{resolve:ssm:name}}'", "a dynamic reference is only resolved when the stack is deployed"),
        ("!Select [7, !Ref Names]", "`Fn::Select` has invalid arguments"),
        ("!FindInMap [ByStage, other, Namespace]", "`Fn::FindInMap` finds no value in the mappings"),
        ("!If [Missing, A, B]", "the template has no condition `Missing`"),
        ("*alias", "CloudFormation does not support YAML aliases"),
    ] {
        let text = template(&HEAD.replace("Default: Cis", "Default: &alias Cis"), written, "Count");
        let imported = import_one("template.yaml", &text);
        let lost = imported.lost().join("\n");
        assert_eq!(imported.rules.len(), 0, "{written}");
        assert!(lost.starts_with("template.yaml:"), "{lost}");
        assert!(lost.contains(&format!("Filter: `MetricTransformations` is unknown: {reason}")), "{lost}");
        assert!(lost.ends_with("[unknown-value]"), "{lost}");
    }
}

#[test]
fn given_parameters_override_defaults() {
    let options = Options {
        parameters: given([("Prefix", "Given"), ("AWS::Region", "us-east-1"), ("Typo", "x")]),
        ..Options::default()
    };
    let text = template(HEAD, "!Sub '${Prefix}/${AWS::Region}'", "Count");
    let imported = import_all(&[("template.yaml", &text)], &options);
    assert_eq!(namespace_of(&imported), "Given/us-east-1");
    assert_eq!(
        imported.of_code(OmissionCode::UnusedValue),
        ["no template declares a parameter `Typo` [unused-value]"]
    );
}

#[test]
fn text_that_looks_like_an_expression_is_kept() {
    let imported = import_one("template.yaml", &template(HEAD, "!Sub 'a${!Literal}b'", "Count"));
    // CloudWatch takes no `$` in a namespace, and `rules` says so.
    assert!(imported.lost()[0].contains("must not contain `$`"), "{:?}", imported.lost());
}

#[test]
fn resources_follow_their_conditions() {
    for (condition, rules, code) in [
        ("IsProduction", 1, None),
        ("IsTest", 0, Some(OmissionCode::SwitchedOff)),
        ("Missing", 0, Some(OmissionCode::UnknownValue)),
    ] {
        let text = template(HEAD, "N", "Count")
            .replace("MetricFilter\n", &format!("MetricFilter\n    Condition: {condition}\n"));
        let imported = import_one("template.yaml", &text);
        assert_eq!(imported.rules.len(), rules, "{condition}");
        assert_eq!(imported.omissions.first().map(|omission| omission.code).filter(|_| rules == 0), code);
    }
}

#[test]
fn a_property_without_a_value_counts_as_absent() {
    let text = template(HEAD, "N", "Count\n          Unit: !If [IsTest, Count, !Ref 'AWS::NoValue']");
    assert_eq!(import_one("template.yaml", &text).rule().metric.unit, rules::Unit::None);
}

#[test]
fn a_sam_template_in_json_gives_the_same_rule_as_in_yaml() {
    let json = r#"{
      "Transform": "AWS::Serverless-2016-10-31",
      "Globals": { "Function": { "Timeout": 5 } },
      "Parameters": { "Threshold": { "Type": "Number", "Default": 5 } },
      "Resources": {
        "Function": { "Type": "AWS::Serverless::Function", "Properties": { "Handler": "a.b" } },
        "SignInFailures": {
          "Type": "AWS::Logs::MetricFilter",
          "Properties": {
            "LogGroupName": { "Fn::GetAtt": ["Group", "Name"] },
            "FilterPattern": "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }",
            "MetricTransformations": [
              { "MetricNamespace": "CloudTrailMetrics", "MetricName": "SignInFailures", "MetricValue": "1", "DefaultValue": 0.0 }
            ]
          }
        },
        "SignInAlarm": {
          "Type": "AWS::CloudWatch::Alarm",
          "Properties": {
            "Namespace": "CloudTrailMetrics", "MetricName": "SignInFailures",
            "ExtendedStatistic": "p90", "Period": "300", "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
            "Threshold": { "Ref": "Threshold" }, "ComparisonOperator": "GreaterThanThreshold"
          }
        }
      }
    }"#;
    let yaml = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Threshold: { Type: Number, Default: 5 }
Resources:
  SignInFailures:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !GetAtt Group.Name
      FilterPattern: |-
        { ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }
      MetricTransformations:
        - { MetricNamespace: CloudTrailMetrics, MetricName: SignInFailures, MetricValue: 1, DefaultValue: 0 }
  SignInAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: CloudTrailMetrics
      MetricName: SignInFailures
      ExtendedStatistic: p90
      Period: 300
      EvaluationPeriods: 3
      DatapointsToAlarm: 2
      Threshold: !Ref Threshold
      ComparisonOperator: GreaterThanThreshold
"#;
    let [json, yaml] =
        [("template.json", json), ("template.yaml", yaml)].map(|(name, text)| import_one(name, text));
    assert_eq!(json.lost(), Vec::<String>::new());
    let rule = json.rule();
    assert_eq!(rule, yaml.rule());
    assert_eq!(rule.id, "sign-in-failures");
    assert_eq!((&rule.metric.value, rule.metric.default_value), (&MetricValue::Constant(1.0), Some(0.0)));
    let alarm = rule.alarm.as_ref().unwrap();
    assert_eq!(alarm.statistic, Statistic::Percentile("p90".to_owned()));
    assert_eq!((alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm), (300, 3, 2));
    assert_eq!(
        alarm.treat_missing_data,
        TreatMissingData::Missing,
        "the default of PutMetricAlarm, not ours"
    );
}

#[test]
fn constructs_that_are_not_expanded_are_reported_if_they_generate_filters() {
    let text = "
Resources:
  Fn::ForEach::Filters:
    - Name
    - [A, B]
    - '${Name}Filter':
        Type: AWS::Logs::MetricFilter
  Fn::ForEach::Buckets:
    - Name
    - [A, B]
    - '${Name}Bucket':
        Type: AWS::S3::Bucket
  Nested:
    Type: AWS::CloudFormation::Stack
";
    let imported = import_one("template.yaml", text);
    assert_eq!(
        imported.lost(),
        [
            "template.yaml:4:5: `Fn::ForEach::Filters` generates filters or alarms but is not expanded: \
         import the processed template instead [not-expanded]",
            "template.yaml:14:5: Nested: `AWS::CloudFormation::Stack` is not followed: import its template as well [other-template]"
        ]
    );
    let nested = format!("{text}    Properties: {{ TemplateURL: https://example.com/child.yaml }}\n");
    let sources = [("template.yaml", nested.as_str()), ("stacks/child.yaml", "Resources: {}\n")];
    let imported = import_all(&sources, &Options::default());
    assert_eq!(imported.of_code(OmissionCode::OtherFiles).len(), 1);
}
