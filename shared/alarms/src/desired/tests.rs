//! Which alarms rules require.

use rules::{RuleSet, Statistic};

use super::*;
use crate::alarm::{Actions, Tags};
use crate::settings::{OWNER_TAG, SEVERITY_TAG};
use crate::settings::{Owner, Ownership, Prefix};

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";
const ALERT_TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alerts";

fn settings(severity_alarms: bool) -> AlarmSettings {
    AlarmSettings {
        ownership: Ownership {
            prefix: Prefix::new("trailbell").unwrap(),
            owner: Owner::new("stack").unwrap(),
        },
        alarm_actions: vec![TOPIC.to_owned()],
        sole_alarm_actions: vec![ALERT_TOPIC.to_owned()],
        ok_actions: Vec::new(),
        severity_alarms,
    }
}

fn rules(text: &str) -> Vec<Rule> {
    RuleSet::parse("rules.yaml", &format!("version: 1\nrules:\n{text}")).unwrap().0.rules().to_vec()
}

fn one_rule(more: &str) -> Vec<Rule> {
    rules(&format!(
        "  - id: sign-ins\n    filterPattern: '{{ $.a = 1 }}'\n    metricTransformation: {{ metricName: SignIns }}\n{more}"
    ))
}

/// Otherwise nobody would hear of such a rule, and of the others everybody would hear twice.
#[test]
fn the_alarm_of_a_rule_without_alerts_goes_where_alerts_go() {
    for (more, topic) in [("", TOPIC), ("    alert: {}\n", TOPIC), ("    alert: false\n", ALERT_TOPIC)] {
        let alarms = desired(&one_rule(more), &settings(false)).unwrap();
        assert_eq!(metric(&alarms[0]).actions.alarm, [topic], "{more}");
    }
}

fn with_dimensions(values: &[&[&str]]) -> Vec<Rule> {
    let mut rules = one_rule("");
    let lists = values.iter().map(|values| {
        let names = ["Region", "Account"].into_iter();
        names.zip(*values).map(|(name, value)| (name.to_owned(), (*value).to_owned())).collect()
    });
    rules[0].alarm.as_mut().unwrap().dimensions = lists.collect();
    rules
}

fn names(rules: &[Rule]) -> Vec<String> {
    desired(rules, &settings(false)).unwrap().into_iter().map(|alarm| alarm.name).collect()
}

fn metric(alarm: &Alarm) -> &MetricAlarm {
    let Definition::Metric(metric) = &alarm.definition else { panic!("{alarm:?}") };
    metric
}

#[test]
fn a_rule_becomes_one_alarm_with_everything_that_it_says() {
    let rules = one_rule(
        "    severity: high\n    references: [T1110, CloudWatch.6, CIS 5.0 4.6]\n    alarm: { statistic: p99.5, period: 600, evaluationPeriods: 3, datapointsToAlarm: 2, threshold: 4.5, comparisonOperator: GreaterThanThreshold, treatMissingData: ignore }\n",
    );
    let alarms = desired(&rules, &settings(false)).unwrap();
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].name, "trailbell/sign-ins");
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let tags = [
        tag(OWNER_TAG, "stack"),
        tag(RULE_TAG, "sign-ins"),
        tag(SEVERITY_TAG, "high"),
        tag(CONTROLS_TAG, "CloudWatch.6 / CIS 5.0 4.6"),
    ];
    assert_eq!(alarms[0].tags, Tags::from(tags));
    let alarm = metric(&alarms[0]);
    assert_eq!((alarm.namespace.as_str(), alarm.metric_name.as_str()), ("CloudTrailMetrics", "SignIns"));
    assert_eq!(alarm.statistic, Statistic::Percentile("p99.5".to_owned()).as_str());
    assert_eq!((alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm), (600, 3, 2));
    assert_eq!(alarm.threshold, Some(4.5));
    assert_eq!(alarm.comparison_operator, "GreaterThanThreshold");
    assert_eq!(alarm.treat_missing_data, "ignore");
    assert_eq!(alarm.actions, Actions { alarm: vec![TOPIC.to_owned()], ..Actions::default() });
    assert!(alarm.dimensions.is_empty() && alarm.other.is_empty());
}

#[test]
fn a_rule_without_an_alarm_asks_for_none() {
    assert!(names(&one_rule("    alarm: false\n")).is_empty());
}

#[test]
fn each_list_of_dimension_values_has_its_alarm() {
    let rules = with_dimensions(&[&["us-east-1", "111122223333"], &["eu-west-1", "444455556666"]]);
    assert_eq!(
        names(&rules),
        ["trailbell/sign-ins/eu-west-1/444455556666", "trailbell/sign-ins/us-east-1/111122223333"]
    );
    let alarms = desired(&rules, &settings(false)).unwrap();
    let expected =
        [("Account".to_owned(), "444455556666".to_owned()), ("Region".to_owned(), "eu-west-1".to_owned())];
    assert_eq!(metric(&alarms[0]).dimensions, expected, "in the order of the names");
}

#[test]
fn values_that_would_be_the_same_or_break_an_expression_stay_apart_and_harmless() {
    let rules = with_dimensions(&[&["a/b", "c"], &["a", "b/c"], &["a%2Fb", "\"x\" \\ ${y} é"]]);
    assert_eq!(
        names(&rules),
        [
            "trailbell/sign-ins/a%252Fb/%22x%22%20%5C%20%24%7By%7D%20%E9",
            "trailbell/sign-ins/a%2Fb/c",
            "trailbell/sign-ins/a/b%2Fc"
        ]
    );
}

#[test]
fn a_name_that_cannot_be_is_an_error_and_leaves_no_alarm_out_in_silence() {
    let long = desired(&with_dimensions(&[&[&"x".repeat(237)]]), &settings(false)).unwrap_err();
    assert_eq!(long.event().code(), "alarms.long-name");
    assert!(long.to_string().contains("256 characters"), "{long}");
    assert!(desired(&with_dimensions(&[&[&"x".repeat(236)]]), &settings(false)).is_ok());
    let same = desired(&with_dimensions(&[&["a"], &["a"]]), &settings(false)).unwrap_err();
    assert_eq!(same.event().code(), "alarms.same-name");
    assert!(same.to_string().contains("`trailbell/sign-ins/a`"), "{same}");
}

#[test]
fn severity_alarms_watch_the_alarms_of_their_rules() {
    let rules = RuleSet::from_set("all").unwrap();
    let alarms = desired(rules.rules(), &settings(true)).unwrap();
    let composites: Vec<_> = alarms
        .iter()
        .filter_map(|alarm| match &alarm.definition {
            Definition::Composite(composite) => Some((alarm, composite)),
            Definition::Metric(_) => None,
        })
        .collect();
    assert!(!composites.is_empty());
    for (alarm, composite) in &composites {
        let severity = alarm.name.strip_prefix("trailbell/Severity/").unwrap();
        assert_eq!(alarm.tags[SEVERITY_TAG], severity);
        assert_eq!(composite.actions.alarm, [TOPIC]);
        for rule in rules.rules() {
            let child = format!("ALARM(\"trailbell/{}\")", rule.id);
            assert_eq!(composite.rule.contains(&child), rule.severity.as_str() == severity, "{child}");
        }
    }
}

#[test]
fn alarms_are_in_the_order_of_their_names() {
    let rules = RuleSet::from_set("all").unwrap();
    let alarms = desired(rules.rules(), &settings(true)).unwrap();
    assert!(alarms.is_sorted_by(|one, other| one.name < other.name));
    assert!(alarms.len() > rules.rules().len());
}

#[test]
fn each_named_alarm_of_a_rule_is_an_alarm_below_the_rule() {
    let rules =
        one_rule("    alarms: [{ name: warning, threshold: 5 }, { name: critical, threshold: 50 }]\n");
    let alarms = desired(&rules, &settings(false)).unwrap();
    let found: Vec<_> = alarms.iter().map(|alarm| (alarm.name.as_str(), metric(alarm).threshold)).collect();
    assert_eq!(
        found,
        [("trailbell/sign-ins/critical", Some(50.0)), ("trailbell/sign-ins/warning", Some(5.0))]
    );
}
