//! No value of a parameter that the table does not name is shown, whatever the call and whatever the parameter.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use activity::{Identity, Record, outcome, resources, source, target};
use serde_json::{Value, json};

/// A text that must never be shown.
const SECRET: &str = "s3cr3t-Value";

/// Parameters that no row and no general rule names, with values in every shape.
fn secrets() -> Value {
    let document = format!(
        r#"{{"Statement":[{{"Sid":"{SECRET}","Effect":"Allow","Action":"{SECRET}:*","Resource":"{SECRET}"}}]}}"#
    );
    json!({
        "password": SECRET,
        "masterUserPassword": SECRET,
        "newPassword": SECRET,
        "userData": SECRET,
        "secretString": SECRET,
        "secretBinary": SECRET,
        "externalId": SECRET,
        "sAMLMetadataDocument": SECRET,
        "sAMLAssertion": SECRET,
        "webIdentityToken": SECRET,
        "token": SECRET,
        "plaintext": SECRET,
        "ciphertextBlob": SECRET,
        "content": SECRET,
        "description": SECRET,
        "policyDocument": document,
        "policy": document,
        "policyText": document,
        "resourcePolicy": document,
        "bucketPolicy": {
            "Statement": [{ "Sid": SECRET, "Effect": "Allow", "Action": format!("{SECRET}:*"), "Resource": SECRET }],
        },
        "assumeRolePolicyDocument": document,
        "inlinePolicy": document,
        "attributes": { "Policy": document },
        "parameters": { "commands": [SECRET] },
        "environment": { "variables": { "KEY": SECRET } },
        "containerDefinitions": [{ "environment": [{ "name": "KEY", "value": SECRET }] }],
        "tags": [{ "key": SECRET, "value": SECRET }],
        "tagSet": { "items": [{ "key": SECRET }] },
        "message": SECRET,
        "nested": { "deep": [{ "value": SECRET }] },
        "attribute": "userData",
        "value": SECRET,
        "url": format!("https://user:{SECRET}@hooks.example.com/{SECRET}?{SECRET}#{SECRET}"),
        "endpoint": format!("https://hooks.example.com/{SECRET}"),
        "callbackUrl": format!("https://hooks.example.com/{SECRET}"),
    })
}

fn shown(source_name: &str, name: &str) -> String {
    let response = json!({
        "credentials": { "secretAccessKey": SECRET, "sessionToken": SECRET, "accessKeyId": "ASIAIOSFODNN7EXAMPLE" },
        "accessKey": { "secretAccessKey": SECRET },
        "serviceSpecificCredential": { "servicePassword": SECRET },
        "keyMaterial": SECRET,
        "functionUrl": format!("https://x.lambda-url.eu-west-1.on.aws/{SECRET}"),
        "data": [SECRET],
    });
    let record = json!({
        "eventType": "AwsApiCall",
        "eventSource": source_name,
        "eventName": name,
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "userName": "alice", "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice", "sessionToken": SECRET,
        },
        "requestParameters": secrets(),
        "responseElements": response,
        "additionalEventData": {
            "LoginTo": format!("https://console.aws.amazon.com/?code={SECRET}"),
            "RedirectTo": format!("https://console.aws.amazon.com/{SECRET}"),
            "bytes": SECRET,
        },
        "serviceEventDetails": { "payload": SECRET },
        "resources": [{ "type": SECRET }],
    });
    let record = Record::of_tree(&record);
    let outcome = outcome(&record);
    let identity = Identity::of(&record);
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        target(&record, outcome.as_ref(), &identity),
        outcome,
        identity,
        source(&record),
        resources(&record)
    )
}

#[test]
fn no_row_of_the_table_shows_a_parameter_that_it_does_not_name() {
    let table = include_str!("../src/target/targets.txt");
    let mut service = "";
    let mut rows = 0;
    for line in table.lines() {
        if let Some(name) = line.strip_prefix("= ") {
            service = name;
        } else if let (false, Some((names, _))) = (line.starts_with('#'), line.split_once(": ")) {
            for name in names.split_whitespace() {
                rows += 1;
                let shown = shown(&format!("{service}.amazonaws.com"), name);
                assert!(!shown.contains(SECRET), "{service} {name}: {shown}");
            }
        }
    }
    assert!(rows > 500, "{rows} rows");
}

#[test]
fn the_general_rules_show_no_parameter_that_they_do_not_name() {
    for name in ["DoSomething", "", "GetSecretValue", "SendCommand"] {
        let shown = shown("example.amazonaws.com", name);
        assert!(!shown.contains(SECRET), "{name}: {shown}");
    }
}
