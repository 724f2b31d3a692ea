//! The output and the exit codes of the commands, with alarms in memory.

use alarms::testing::MemoryAlarms;
use alarms::{AlarmSettings, Existing, Ownership, Prefix, desired};
use serde_json::Value;

use super::*;

fn reconciler() -> Reconciler<Arc<RuleSet>, MemoryAlarms> {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.a = 1 }'\n    metricTransformation: { metricName: A }\n";
    let (rules, _) = RuleSet::parse("rules.yaml", text).unwrap();
    let settings = AlarmSettings {
        ownership: Ownership { prefix: Prefix::new("p").unwrap(), owner: Owner::new("me").unwrap() },
        alarm_actions: Vec::new(),
        sole_alarm_actions: Vec::new(),
        ok_actions: Vec::new(),
        severity_alarms: false,
    };
    Reconciler { rules: Arc::new(rules), store: MemoryAlarms::default(), settings }
}

async fn planned(reconciler: &Reconciler<Arc<RuleSet>, MemoryAlarms>, format: Format) -> (Exit, String) {
    let mut out = Vec::new();
    let exit = show_plan(reconciler, format, &mut out).await.unwrap();
    (exit, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn a_plan_is_a_finding_until_it_is_applied() {
    let reconciler = reconciler();
    let head = "+ p/a\n    CloudTrailMetrics / A\n1 to create, 0 to update, 0 to delete, 0 unchanged, 0 in conflict\n";
    assert_eq!(planned(&reconciler, Format::Text).await, (Exit::Findings, head.to_owned()));
    let mut out = Vec::new();
    assert_eq!(apply_plan(&reconciler, Format::Text, &mut out).await.unwrap(), Exit::Success);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text, format!("{head}1 created, 0 updated, 0 deleted, 1 already up to date\n"));
    assert_eq!(planned(&reconciler, Format::Text).await.0, Exit::Success);
}

#[tokio::test]
async fn a_conflicting_alarm_is_a_finding_of_the_plan_and_a_failure_to_apply() {
    let reconciler = reconciler();
    let mut theirs = Existing::from(&desired(reconciler.rules.rules(), &reconciler.settings).unwrap()[0]);
    theirs.tags.clear();
    reconciler.store.insert(theirs);
    let (exit, text) = planned(&reconciler, Format::Json).await;
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &json["conflicts"][0]["name"]), (Exit::Findings, &json!("p/a")));
    let mut out = Vec::new();
    let error = apply_plan(&reconciler, Format::Json, &mut out).await.unwrap_err();
    assert!(error.to_string().contains("`p/a` (alarms.conflict)"), "{error}");
    let json: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(json["report"]["conflicts"], json!(["p/a"]));
    assert!(json["error"].as_str().unwrap().contains("p/a"));
}
