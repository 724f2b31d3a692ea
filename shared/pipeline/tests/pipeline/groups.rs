//! Groups of records with what one alert about all of them must say, and single records with what must be told of them.
//!
//! `tests/cases` has cases of our own. The cases beside the project are read when they are there. Records belong together
//! as the case says under `groupedBy`, whatever the catalogue's rules are.

use pipeline::{Alert, TopValues};
use serde_json::{Map, Value, json};

use crate::fakes::{fake_pipeline, key, message, put, reference};

/// The groups of our own.
const OWN_GROUPS: &str = include_str!("../cases/groups.jsonl");
/// What no form may show, in the cases beside the project.
const SECRETS: [&str; 3] = ["secret-token-text", "SECRETTOKEN", "secret-external-id"];

/// A rule that finds every record, and groups the findings.
fn rules(grouped_by: &str) -> String {
    let properties: Vec<&str> = grouped_by
        .split([',', ' '])
        .filter(|word| !matches!(*word, "" | "and"))
        .map(|word| if word == "address" { "$.sourceIPAddress" } else { word })
        .collect();
    format!(
        "version: 1\nrules:\n  - id: everything\n    filterPattern: '{{ $.nothing NOT EXISTS }}'\n    \
         metricTransformation: {{ metricName: Everything }}\n    alert: {{ groupBy: [{}] }}\n",
        properties.join(", ")
    )
}

/// The alerts about the records of some log files.
async fn alerts_of(rules: &str, files: &[&[Value]]) -> Vec<Alert> {
    let (pipeline, _) = fake_pipeline(rules);
    let keys: Vec<String> = (1..=files.len()).map(|number| key(u32::try_from(number).unwrap())).collect();
    for (key, records) in keys.iter().zip(files) {
        put(&pipeline, key, records);
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    pipeline.process(&[message("m", &keys)], None).await;
    std::mem::take(&mut *pipeline.alerts.alerts.lock().unwrap())
}

/// Every form of an alert.
fn forms(alert: &Alert) -> String {
    [alert.subject(), alert.text(), alert.sms(), alert.chat().to_string(), json!(alert).to_string()]
        .join("\n")
}

fn counts(values: &TopValues) -> Value {
    let counts = values.sorted().into_iter().map(|value| (value.value.to_string(), json!(value.at_least())));
    Value::Object(counts.collect::<Map<_, _>>())
}

/// Checks what an alert says about all records of a case.
fn check(alert: &Alert, id: &Value, expected: &Value) {
    let totals = &alert.totals;
    for (state, count) in json!(totals.outcomes).as_object().unwrap() {
        let wanted = expected["outcomes"].get(state).cloned().unwrap_or(json!(0));
        assert_eq!(*count, wanted, "{id} {state}");
    }
    for (name, values) in [
        ("events", &totals.event_names),
        ("errorCodes", &totals.error_codes),
        ("identities", &totals.identities),
        ("addresses", &totals.addresses),
        ("clients", &totals.clients),
        ("targets", &totals.targets),
        ("accounts", &totals.accounts),
        ("regions", &totals.regions),
    ] {
        if let Some(expected) = expected.get(name) {
            assert_eq!(counts(values), *expected, "{id} {name}");
        }
        assert!(values.is_exact(), "{id} {name}");
    }
    let words = json!(alert.words);
    for (name, wanted) in expected["words"].as_object().unwrap() {
        assert_eq!(words[name], *wanted, "{id} {name}");
    }
    assert_eq!(json!(alert.count), expected["count"], "{id}");
    assert_eq!(json!(alert.first_event_time), expected["first"], "{id}");
    assert_eq!(json!(alert.last_event_time), expected["last"], "{id}");
}

/// Checks a group of records: the number of alerts, and what they say together.
async fn check_group(case: &Value, count: usize) {
    let (id, records) = (&case["id"], case["records"].as_array().unwrap());
    let rules = rules(case["groupedBy"].as_str().unwrap());
    // In one file and in two, in either order: the sums are the same.
    let (first, second) = records.split_at(records.len() / 2);
    for files in [&[records.as_slice()][..], &[second, first]] {
        let mut alerts = alerts_of(&rules, files).await.into_iter();
        assert_eq!(alerts.len(), count, "{id}");
        let mut all = alerts.next().unwrap();
        alerts.for_each(|alert| all.absorb(alert));
        check(&all, id, &case["expected"]);
        let shown = forms(&all);
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{id}: {shown}");
    }
}

#[tokio::test]
async fn the_groups_of_our_own_add_up_as_expected() {
    for line in OWN_GROUPS.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let count = usize::try_from(case["alerts"].as_u64().unwrap()).unwrap();
        check_group(&case, count).await;
    }
}

/// What is known of a record must not be taken for another that differs where nothing was compared.
#[tokio::test]
async fn insights_that_differ_in_their_shared_id_only_are_two_stories() {
    let [one, other] = ["1", "2"].map(|number| {
        let mut insight = crate::totals::insight("Start", "2026-09-14T12:00:00Z", 0);
        insight["eventID"] = json!(number);
        insight["sharedEventID"] = json!(format!("979c82fe-14d4-4e4c-aa01-EXAMPLE0000{number}"));
        insight
    });
    let alerts = alerts_of(&rules("identity"), &[&[one, other]]).await;
    let keys: Vec<String> = alerts.iter().map(|alert| alert.events[0].identity.key.to_string()).collect();
    assert_eq!(
        keys,
        ["insight:979c82fe-14d4-4e4c-aa01-EXAMPLE00001", "insight:979c82fe-14d4-4e4c-aa01-EXAMPLE00002"]
    );
}

/// The cases beside the project, if they are there.
fn cases_beside_the_project() -> Vec<Value> {
    let text = reference("alert-cases.jsonl").map(|path| std::fs::read_to_string(path).unwrap());
    text.unwrap_or_default().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_groups_beside_the_project_add_up_as_expected() {
    for case in cases_beside_the_project().iter().filter(|case| case["kind"] == "group") {
        // Findings of several identities have an alert each where the identity is part of the group.
        let identities = case["expected"]["identities"].as_object().unwrap().len();
        let by_identity = case["groupedBy"].as_str().unwrap().contains("identity");
        check_group(case, if by_identity { identities } else { 1 }).await;
    }
}

#[tokio::test]
async fn the_records_beside_the_project_are_told_as_expected() {
    for case in cases_beside_the_project().iter().filter(|case| case["kind"] == "record") {
        let (id, expected) = (&case["id"], &case["expected"]);
        let alerts = alerts_of(&rules("identity"), &[std::slice::from_ref(&case["record"])]).await;
        let [alert] = alerts.as_slice() else { panic!("{id}: {} alerts", alerts.len()) };
        let event = json!(*alert.events[0]);
        for (name, pointer) in [
            ("who", "/identity/words"),
            ("identityKey", "/identity/key"),
            ("accessKeyId", "/identity/accessKeyId"),
            ("mfa", "/identity/mfa"),
            ("target", "/target"),
        ] {
            assert_eq!(event.pointer(pointer), expected.get(name), "{id} {name}");
        }
        assert_eq!(alert.words.who.as_deref(), expected["who"].as_str(), "{id}");
        assert_eq!(alert.words.target.as_deref(), expected["target"].as_str(), "{id}");
        // An alert about an Insight names the programs here.
        if expected["link"] != "insight" {
            assert_eq!(alert.words.from.as_deref(), expected["from"].as_str(), "{id}");
        }
        assert_eq!(alert.words.outcome.as_deref().unwrap_or_default(), expected["outcome"], "{id}");
        assert_eq!(counts(&alert.totals.identities), json!({ expected["identityKey"].as_str().unwrap(): 1 }));
        assert_eq!((alert.count, alert.totals.targets_read), (1, 1), "{id}");
        let shown = forms(alert);
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{id}: {shown}");
    }
}
