//! The plan for given desired and existing alarms, and how it prints.

use super::*;
use crate::alarm::{Actions, CompositeAlarm, Definition, MetricAlarm, Tags};
use crate::settings::{Owner, Prefix};

fn ours() -> Ownership {
    Ownership { prefix: Prefix::new("p").unwrap(), owner: Owner::new("me").unwrap() }
}

fn metric(name: &str, threshold: f64) -> Alarm {
    let definition = Definition::Metric(MetricAlarm {
        description: "Title\n\nOld text\n\nEnd".to_owned(),
        namespace: "CloudTrailMetrics".to_owned(),
        metric_name: "Count".to_owned(),
        threshold: Some(threshold),
        ..MetricAlarm::default()
    });
    Alarm { name: name.to_owned(), definition, tags: Tags::from([(OWNER_TAG.to_owned(), "me".to_owned())]) }
}

fn composite(name: &str) -> Alarm {
    let definition = Definition::Composite(CompositeAlarm {
        rule: "ALARM(\"p/a\")".to_owned(),
        ..CompositeAlarm::default()
    });
    Alarm { definition, ..metric(name, 1.0) }
}

fn existing(alarm: &Alarm) -> Existing {
    Existing {
        name: alarm.name.clone(),
        arn: format!("arn:{}", alarm.name),
        definition: Some(alarm.definition.clone()),
        tags: alarm.tags.clone(),
    }
}

fn of_owner(owner: Option<&str>, alarm: &Alarm) -> Existing {
    let tags = owner.map(|owner| (OWNER_TAG.to_owned(), owner.to_owned())).into_iter().collect();
    Existing { tags, ..existing(alarm) }
}

fn plan(desired: &[Alarm], existing: &[Existing]) -> Plan {
    Plan::new(desired, existing, &ours())
}

#[test]
fn each_alarm_has_one_place_in_the_plan() {
    let desired =
        [metric("p/new", 1.0), metric("p/same", 1.0), metric("p/changed", 1.0), metric("p/theirs", 1.0)];
    let there = [
        existing(&metric("p/same", 1.0)),
        existing(&metric("p/changed", 2.0)),
        of_owner(Some("you"), &metric("p/theirs", 1.0)),
        existing(&metric("p/old", 1.0)),
        of_owner(None, &metric("p/foreign", 1.0)),
        existing(&metric("q/elsewhere", 1.0)),
    ];
    let plan = plan(&desired, &there);
    assert_eq!(plan.create.iter().map(|alarm| alarm.name.as_str()).collect::<Vec<_>>(), ["p/new"]);
    assert_eq!(plan.unchanged, ["p/same"]);
    let [update] = plan.update.as_slice() else { panic!("{plan:?}") };
    assert_eq!(update.alarm, desired[2]);
    assert_eq!(update.changes, [Change { name: "Threshold".into(), old: "2".into(), new: "1".into() }]);
    assert!(update.tag_changes.is_empty() && update.replaces.is_none());
    assert_eq!(plan.delete, [Deletion { name: "p/old".into(), kind: Kind::Metric }]);
    assert_eq!(plan.conflicts, [Conflict { name: "p/theirs".into(), owner: Some("you".into()) }]);
    assert_eq!((plan.differences(), plan.is_empty()), (3, false));
}

#[test]
fn a_plan_does_not_depend_on_the_order_of_its_lists() {
    let mut desired = [metric("p/a", 1.0), metric("p/b", 1.0), metric("p/c", 1.0), metric("p/d", 1.0)];
    let mut there =
        [existing(&metric("p/b", 2.0)), existing(&metric("p/c", 2.0)), existing(&metric("p/x", 1.0))];
    let forwards = plan(&desired, &there);
    desired.reverse();
    there.reverse();
    assert_eq!(plan(&desired, &there), forwards);
}

#[test]
fn tags_that_are_wrong_or_missing_change_and_further_ones_stay() {
    let mut alarm = metric("p/a", 1.0);
    alarm.tags.insert("trailbell:severity".into(), "high".into());
    alarm.tags.insert("trailbell:rule".into(), "a".into());
    let mut there = existing(&alarm);
    there.tags.insert("team".into(), "security".into());
    assert!(plan(std::slice::from_ref(&alarm), std::slice::from_ref(&there)).is_empty());
    there.tags.insert("trailbell:severity".into(), "low".into());
    there.tags.remove("trailbell:rule");
    let plan = plan(&[alarm], &[there]);
    assert!(plan.update[0].changes.is_empty());
    assert_eq!(
        plan.update[0].tag_changes,
        [
            Change { name: "trailbell:rule".into(), old: String::new(), new: "a".into() },
            Change { name: "trailbell:severity".into(), old: "low".into(), new: "high".into() }
        ]
    );
}

#[test]
fn an_alarm_of_another_kind_is_replaced() {
    let log_alarm = Existing { definition: None, ..existing(&metric("p/c", 1.0)) };
    let desired = [metric("p/a", 1.0), composite("p/b"), metric("p/c", 1.0)];
    let there = [existing(&composite("p/a")), existing(&metric("p/b", 1.0)), log_alarm];
    let plan = plan(&desired, &there);
    let kinds: Vec<_> = plan.update.iter().map(|update| update.replaces).collect();
    assert_eq!(kinds, [Some(Kind::Composite), Some(Kind::Metric), Some(Kind::Other)]);
}

#[test]
fn every_property_is_compared() {
    let wanted = MetricAlarm { threshold: Some(1.0), ..MetricAlarm::default() };
    let text = || "x".to_owned();
    let off = Actions { enabled: false, ..Actions::default() };
    let with = |actions| MetricAlarm { actions, ..wanted.clone() };
    let cases = [
        ("AlarmDescription", MetricAlarm { description: text(), ..wanted.clone() }),
        ("Namespace", MetricAlarm { namespace: text(), ..wanted.clone() }),
        ("MetricName", MetricAlarm { metric_name: text(), ..wanted.clone() }),
        ("Dimensions", MetricAlarm { dimensions: vec![(text(), text())], ..wanted.clone() }),
        ("Statistic", MetricAlarm { statistic: text(), ..wanted.clone() }),
        ("Period", MetricAlarm { period: 60, ..wanted.clone() }),
        ("EvaluationPeriods", MetricAlarm { evaluation_periods: 2, ..wanted.clone() }),
        ("DatapointsToAlarm", MetricAlarm { datapoints_to_alarm: 2, ..wanted.clone() }),
        ("Threshold", MetricAlarm { threshold: None, ..wanted.clone() }),
        ("ComparisonOperator", MetricAlarm { comparison_operator: text(), ..wanted.clone() }),
        ("TreatMissingData", MetricAlarm { treat_missing_data: text(), ..wanted.clone() }),
        ("ActionsEnabled", with(off)),
        ("AlarmActions", with(Actions { alarm: vec![text()], ..Actions::default() })),
        ("OKActions", with(Actions { ok: vec![text()], ..Actions::default() })),
        ("InsufficientDataActions", with(Actions { insufficient_data: vec![text()], ..Actions::default() })),
        ("other settings", MetricAlarm { other: vec![text()], ..wanted.clone() }),
    ];
    let alarm = Alarm { definition: Definition::Metric(wanted.clone()), ..metric("p/a", 1.0) };
    for (name, found) in cases {
        let there = Existing { definition: Some(Definition::Metric(found)), ..existing(&alarm) };
        let plan = plan(std::slice::from_ref(&alarm), &[there]);
        let names: Vec<_> = plan.update[0].changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(names, [name]);
    }
}

#[test]
fn a_plan_reads_as_a_difference() {
    let mut changed = metric("p/changed", 3.0);
    let Definition::Metric(definition) = &mut changed.definition else { unreachable!() };
    definition.description = "Title\n\nNew text\nand more\n\nEnd".to_owned();
    definition.actions.alarm = vec!["arn:topic".to_owned()];
    changed.tags.insert("trailbell:severity".into(), "high".into());
    let desired = [metric("p/new", 1.0), composite("p/Severity/high"), changed, metric("p/theirs", 1.0)];
    let there = [
        existing(&metric("p/changed", 1.0)),
        of_owner(None, &metric("p/theirs", 1.0)),
        existing(&metric("p/old\u{1b}[31m", 1.0)),
    ];
    assert_eq!(
        plan(&desired, &there).to_string(),
        "+ p/Severity/high
    ALARM(\"p/a\")
+ p/new
    CloudTrailMetrics / Count
~ p/changed
    AlarmDescription:
      - Old text
      + New text
      + and more
    Threshold: 1 → 3
    AlarmActions: none → arn:topic
    tag trailbell:severity: none → high
- p/old\\u{1b}[31m
! p/theirs
    an alarm with this name already exists and has no owner tag; it stays unchanged
2 to create, 1 to update, 1 to delete, 0 unchanged, 1 in conflict"
    );
}

#[test]
fn a_plan_serializes_for_programs() {
    let desired = [metric("p/new", 1.0), metric("p/changed", 1.0)];
    let there = [existing(&metric("p/changed", 2.0)), existing(&composite("p/old"))];
    let json = serde_json::to_value(plan(&desired, &there)).unwrap();
    assert_eq!(json["create"][0]["name"], "p/new");
    assert_eq!(json["create"][0]["kind"], "metric");
    assert_eq!(json["create"][0]["threshold"], 1.0);
    assert_eq!(
        json["update"][0]["changes"][0],
        serde_json::json!({"name": "Threshold", "old": "2", "new": "1"})
    );
    assert_eq!(json["delete"], serde_json::json!([{"name": "p/old", "kind": "composite"}]));
    assert_eq!((&json["unchanged"], &json["conflicts"]), (&serde_json::json!([]), &serde_json::json!([])));
}
