//! What an alert looks like in each form. `UPDATE=1 cargo test -p pipeline goldens` writes the files in `tests/goldens` anew.

use std::fs;
use std::path::Path;

use pipeline::Alert;
use serde_json::{Value, json};

use crate::fakes::{fake_pipeline, key, message, put};
use crate::totals::insight;

/// The built-in rules.
const RULES: &str = "version: 1\nextends: [all]\n";

/// The groups of our own.
fn group(id: &str) -> Vec<Value> {
    let cases = include_str!("../cases/groups.jsonl").lines();
    let mut cases = cases.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let case = cases.find(|case| case["id"] == id).unwrap();
    case["records"].as_array().unwrap().clone()
}

fn stopped_trail() -> Value {
    json!({
        "eventVersion": "1.11",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": true,
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROACKCEVSQ6C2EXAMPLE:alice",
            "arn": "arn:aws:sts::111122223333:assumed-role/Administrator/alice",
            "accountId": "111122223333",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "arn": "arn:aws:iam::111122223333:role/Administrator",
                    "accountId": "111122223333", "userName": "Administrator",
                },
                "attributes": { "creationDate": "2026-09-14T11:58:30Z", "mfaAuthenticated": "true" },
                "sourceIdentity": "alice@example.com",
            },
        },
        "eventTime": "2026-09-14T12:10:04Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.24",
        "userAgent": "aws-cli/2.31.6 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7",
        "requestParameters": { "name": "management" },
        "responseElements": null,
        "eventID": "49a1c9b3-2f5a-5c6e-9f5b-2c1d3e4f5a6b",
        "recipientAccountId": "111122223333",
    })
}

fn insights() -> Vec<Value> {
    vec![insight("Start", "2026-09-14T12:00:00Z", 1), insight("End", "2026-09-14T12:06:00Z", 6)]
}

/// The alert of a rule about some records.
async fn alert_of(rule: &str, records: &[Value]) -> Alert {
    let (pipeline, _) = fake_pipeline(RULES);
    put(&pipeline, &key(1), records);
    pipeline.process(&[message("m", &[&key(1)])], None).await;
    let alerts = std::mem::take(&mut *pipeline.alerts.alerts.lock().unwrap());
    let ids: Vec<String> = alerts.iter().map(|alert| alert.rule.id.clone()).collect();
    let mut of_rule = alerts.into_iter().filter(|alert| alert.rule.id == rule);
    of_rule.next().unwrap_or_else(|| panic!("no alert of {rule}, but of {ids:?}"))
}

#[tokio::test]
async fn each_form_is_as_in_the_goldens() {
    let is_update = std::env::var_os("UPDATE").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut outdated = Vec::new();
    for (name, rule, records) in [
        ("one-call", "cloudtrail-stopped-or-deleted", vec![stopped_trail()]),
        ("mixed-outcomes", "kms-cmk-disable-delete", group("calls that succeed, fail and are refused")),
        (
            "data-events",
            "unauthorized-api-calls",
            group("identities without an ARN have an alert each, and together say this"),
        ),
        ("sign-ins", "console-login-failures", group("six users fail to sign in from six addresses")),
        ("insight", "insight-api-call-rate", insights()),
    ] {
        let alert = alert_of(rule, &records).await;
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap() + "\n";
        for (form, text) in [
            ("mail.txt", format!("Subject: {}\n\n{}", alert.subject(), alert.text())),
            ("chat.json", pretty(&alert.chat())),
            ("json", pretty(&json!(alert))),
            ("sms.txt", alert.sms() + "\n"),
        ] {
            let path = folder.join(format!("{name}.{form}"));
            if is_update {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &text).unwrap();
            } else if fs::read_to_string(&path).unwrap_or_default() != text {
                outdated.push(format!("{}:\n{text}", path.display()));
            }
        }
    }
    assert!(outdated.is_empty(), "run `UPDATE=1 cargo test -p pipeline goldens`\n{}", outdated.join("\n"));
}
