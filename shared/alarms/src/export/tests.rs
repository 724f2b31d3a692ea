//! What the template holds.

use rules::RuleSet;

use super::*;
use crate::{AlarmSettings, Owner, Ownership, Tags, desired};

fn template(rules: &RuleSet, severity_alarms: bool) -> Value {
    let settings = AlarmSettings {
        ownership: Ownership {
            prefix: Prefix::new("trailbell").unwrap(),
            owner: Owner::new("stack").unwrap(),
        },
        alarm_actions: Vec::new(),
        sole_alarm_actions: Vec::new(),
        ok_actions: Vec::new(),
        severity_alarms,
    };
    let alarms = desired(rules.rules(), &settings).unwrap();
    cloudformation(&alarms, &settings.ownership.prefix).unwrap()
}

#[test]
fn a_rule_becomes_a_resource_with_the_prefix_and_the_topic_as_parameters() {
    // The prefix is also the end of the id, where it stays.
    let text = "version: 1
rules:
  - id: x-trailbell
    filterPattern: '{ $.a = 1 }'
    metricTransformation: { metricName: Count }
    alarm: { statistic: p99 }
";
    let template = template(&RuleSet::parse("rules.yaml", text).unwrap().0, true);
    let alarm = &template["Resources"]["XTrailbellAlarm"];
    assert_eq!(alarm["Type"], "AWS::CloudWatch::Alarm");
    let properties = &alarm["Properties"];
    assert_eq!(properties["AlarmName"], json!({"Fn::Sub": "${AlarmPrefix}/x-trailbell"}));
    assert_eq!(properties["AlarmActions"], json!([{"Ref": "AlertTopicArn"}]));
    assert_eq!((&properties["ExtendedStatistic"], &properties["Statistic"]), (&json!("p99"), &Value::Null));
    assert_eq!(properties["Threshold"], 1.0);
    let tags = json!([
        {"Key": "trailbell:rule", "Value": "x-trailbell"},
        {"Key": "trailbell:severity", "Value": "medium"}
    ]);
    assert_eq!(properties["Tags"], tags, "without an owner");
    let composite = &template["Resources"]["SeverityMediumAlarm"];
    let rule = json!({"Fn::Sub": "ALARM(\"${AlarmPrefix}/x-trailbell\")"});
    assert_eq!(composite["Properties"]["AlarmRule"], rule);
    assert_eq!(composite["DependsOn"], json!(["XTrailbellAlarm"]));
}

#[test]
fn every_alarm_of_the_catalogue_is_a_resource_of_its_own() {
    let rules = RuleSet::from_set("all").unwrap();
    let with_alarm = rules.rules().iter().filter(|rule| rule.alarm.is_some()).count();
    let template = template(&rules, false);
    assert_eq!(template["Resources"].as_object().unwrap().len(), with_alarm);
    assert_eq!(template["Parameters"]["AlarmPrefix"]["Default"], "trailbell");
}

#[test]
fn names_that_differ_in_signs_only_have_ids_that_differ() {
    let alarm = |name: &str| Alarm {
        name: name.to_owned(),
        definition: Definition::Metric(MetricAlarm::default()),
        tags: Tags::new(),
    };
    let alarms = [alarm("p/a-b1"), alarm("p/a-b-1"), alarm("p/a/b/1")];
    assert_eq!(logical_ids(&alarms), ["AB1Alarm", "AB1AlarmX", "AB1AlarmXX"]);
}

#[test]
fn more_alarms_than_a_template_holds_are_an_error() {
    let alarm = Alarm {
        name: "p/a".to_owned(),
        definition: Definition::Metric(MetricAlarm::default()),
        tags: Tags::new(),
    };
    let alarms = vec![alarm; 501];
    let prefix = Prefix::new("p").unwrap();
    assert_eq!(cloudformation(&alarms, &prefix), Err(TooManyAlarms { alarms: 501 }));
    assert!(cloudformation(&alarms[1..], &prefix).is_ok());
}
