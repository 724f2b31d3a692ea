//! Records from the field that alerts once told wrongly: `tests/cases/field` has records of our own that stand for the same
//! kinds, and `expected.json` what the alerts of the built-in rules must say about them. The records beside the project
//! are read when they are there.

use std::path::{Path, PathBuf};

use pipeline::{Alert, TopValues};
use serde_json::{Map, Value, json};

use crate::fakes::{fake_pipeline, key, message, put, reference};

/// Where the Insights are, beside the project.
const INSIGHTS: &str = "insights/AWSLogs/123456789012/CloudTrail-Insight/us-east-1/2026/09/14/\
                        123456789012_CloudTrail-Insight_us-east-1_20260914T1005Z_ABCDEFGHIJKLMNOP.json";

fn expected(of: &str) -> Map<String, Value> {
    let all: Value = serde_json::from_str(include_str!("../cases/field/expected.json")).unwrap();
    all[of].as_object().unwrap().clone()
}

/// The alerts of all built-in rules about a file.
async fn alerts_of(path: &Path) -> Vec<Alert> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (pipeline, _) = fake_pipeline("version: 1\nextends: [all]\n");
    put(&pipeline, &key(1), file["Records"].as_array().unwrap());
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    std::mem::take(&mut *pipeline.alerts.alerts.lock().unwrap())
}

fn counts(values: &TopValues) -> Value {
    values.sorted().into_iter().map(|value| (value.value.to_string(), json!(value.at_least()))).collect()
}

/// What an alert says, by the names that `expected.json` uses.
fn said(alert: &Alert) -> Value {
    let totals = &alert.totals;
    let outcomes = json!(totals.outcomes);
    let outcomes = outcomes.as_object().unwrap().iter().filter(|(_, count)| **count != json!(0));
    json!({
        "rule": alert.rule.id,
        "count": alert.count,
        "identities": counts(&totals.identities),
        "addresses": counts(&totals.addresses),
        "errorCodes": counts(&totals.error_codes),
        "accounts": counts(&totals.accounts),
        "outcomes": outcomes.map(|(name, count)| (name.clone(), count.clone())).collect::<Map<_, _>>(),
        "first": alert.first_event_time,
        "last": alert.last_event_time,
        "who": alert.words.who,
        "what": alert.words.what,
        "target": alert.words.target,
        "accessKeyId": alert.events[0].identity.access_key_id,
        "link": json!(alert.events[0].link)["kind"],
    })
}

async fn check(of: &str, path: impl Fn(&str) -> PathBuf) {
    for (name, alerts) in expected(of) {
        let said: Vec<Value> = alerts_of(&path(&name)).await.iter().map(said).collect();
        for expected in alerts.as_array().unwrap() {
            let alert = said.iter().find(|alert| alert["rule"] == expected["rule"]);
            let alert =
                alert.unwrap_or_else(|| panic!("{name}: no alert of {} in {said:?}", expected["rule"]));
            for (member, expected) in expected.as_object().unwrap() {
                assert_eq!(alert[member], *expected, "{name}: {member}");
            }
        }
    }
}

#[tokio::test]
async fn the_cases_of_our_own_are_told_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field");
    check("own", |name| folder.join(name)).await;
}

#[tokio::test]
async fn the_cases_beside_the_project_are_told_as_expected() {
    let Some(folder) = reference("field-cases/alerts") else { return };
    let path = |name: &str| folder.join(if name == "insight.json" { INSIGHTS } else { name });
    check("beside", path).await;
}

#[tokio::test]
async fn an_event_without_a_name_is_called_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/field/empty-event-name.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let records = file["Records"].as_array().unwrap();
    let rules = "version: 1\nrules:\n  - id: everything\n    filterPattern: '{ $.eventVersion = * }'\n    \
                 metricTransformation: { metricName: Everything }\n    alert: { groupBy: [$.eventID] }\n";
    let (pipeline, _) = fake_pipeline(rules);
    put(&pipeline, &key(1), &records[..1]);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = pipeline.alerts.alerts.lock().unwrap();
    assert_eq!(alerts[0].words.what.as_deref(), Some("an event without a name"));
    assert_eq!(alerts[0].words.target.as_deref(), Some("name main"));
}
