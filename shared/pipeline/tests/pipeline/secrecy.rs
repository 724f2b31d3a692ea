//! No form of an alert shows the value of a parameter that the table of targets does not name, whatever the call, the
//! parameter and the shape of its value.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pipeline::Alert;
use rules::RuleSet;
use serde_json::{Map, Value, json};

use crate::fakes::{fake_pipeline, key, message, put};

/// The table of targets.
const TABLE: &str = include_str!("../../../activity/src/target/targets.txt");
/// The well-known names, which apply where the table has no row or the row finds nothing.
const GENERAL: &str = include_str!("../../../activity/src/target/general.rs");
/// The code behind the values that a row calls by name, and not by a path.
const SPECIAL: [&str; 4] = [
    include_str!("../../../activity/src/target/special.rs"),
    include_str!("../../../activity/src/target/trail.rs"),
    include_str!("../../../activity/src/target/network.rs"),
    include_str!("../../../activity/src/target/storage.rs"),
];
/// Begins every value that must not be shown.
const SECRET: &str = "s3cr3t-Value";
/// The most log files at a time.
const RECORDS_PER_FILE: usize = 40;

const RULES: &str = r#"
version: 1
rules:
  - id: everything
    filterPattern: '{ $.eventVersion NOT EXISTS }'
    metricTransformation: { metricName: Everything }
    alert: { groupBy: [$.eventID] }
"#;

/// Parameters that hold secrets, documents and scripts, and that no row shows as written.
const HIDDEN: [&str; 36] = [
    "password",
    "masterUserPassword",
    "newPassword",
    "oldPassword",
    "userData",
    "secretString",
    "secretBinary",
    "externalId",
    "sAMLMetadataDocument",
    "sAMLAssertion",
    "webIdentityToken",
    "token",
    "plaintext",
    "ciphertextBlob",
    "privateKey",
    "content",
    "description",
    "policyDocument",
    "policy",
    "policyText",
    "resourcePolicy",
    "bucketPolicy",
    "keyPolicy",
    "repositoryPolicy",
    "assumeRolePolicyDocument",
    "inlinePolicy",
    "parameters",
    "environment",
    "containerDefinitions",
    "tags",
    "tagSet",
    "message",
    "messageBody",
    "zipFile",
    "templateBody",
    "value",
];

/// The names at which the paths of all rows begin.
static PARAMETERS: LazyLock<BTreeSet<String>> = LazyLock::new(parameters);
/// The names that apply to every call.
static GENERAL_WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| words(GENERAL));
/// The names behind the values that a row calls by name.
static SPECIAL_WORDS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| SPECIAL.into_iter().flat_map(words).collect());

/// The rows of the table: service, event and words.
fn rows() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut service = "";
    let mut rows = Vec::new();
    for line in TABLE.lines() {
        if let Some(name) = line.strip_prefix("= ") {
            service = name;
        } else if let (false, Some((names, words))) = (line.starts_with('#'), line.split_once(": ")) {
            rows.extend(names.split_whitespace().map(|name| (service, name, words)));
        }
    }
    rows
}

/// The words in a row, of which some are names of parameters; in lower case, since names are compared without regard to
/// case.
fn words(row: &str) -> BTreeSet<String> {
    row.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(str::to_ascii_lowercase).collect()
}

/// The names at which the paths of all rows begin.
fn parameters() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = HIDDEN.into_iter().map(str::to_owned).collect();
    for (.., row) in rows() {
        for placeholder in row.split('{').skip(1) {
            let paths = placeholder.split(['}', ':']).next().unwrap_or_default();
            let starts = paths.split('|').filter_map(|path| path.split('.').next());
            names.extend(starts.map(|name| name.trim_start_matches(['<', '+', '%']).to_owned()));
        }
    }
    names.retain(|name| !name.is_empty() && !name.starts_with('@'));
    names
}

/// The shapes that a value can have.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    List,
    Object,
    Document,
    Url,
}

const SHAPES: [Shape; 5] = [Shape::Text, Shape::List, Shape::Object, Shape::Document, Shape::Url];

fn value(name: &str, shape: Shape) -> Value {
    let secret = format!("{SECRET}-{name}");
    match shape {
        Shape::Text => json!(secret),
        Shape::List => json!({ "items": [{ "key": secret, "value": secret }, secret] }),
        Shape::Object => json!({ "name": secret, "value": { "id": secret, "commands": [secret] } }),
        Shape::Document => json!(format!(
            r#"{{"Statement":[{{"Sid":"{secret}","Effect":"Allow","Action":"{secret}:*","Resource":"{secret}"}}]}}"#
        )),
        Shape::Url => json!(format!("https://user:{secret}@hooks.example.com/{secret}?{secret}#{secret}")),
    }
}

/// A call with secrets in every parameter that the row does not name.
fn record(id: usize, (service, name, row): (&str, &str, &str), shape: Shape) -> Value {
    let named = words(row);
    let is_special = row.contains("{@");
    let is_named = |parameter: &str| {
        let parameter = parameter.to_ascii_lowercase();
        named.contains(&parameter)
            || GENERAL_WORDS.contains(&parameter)
            || (is_special && SPECIAL_WORDS.contains(&parameter))
    };
    let secrets = PARAMETERS.iter().filter(|name| !is_named(name));
    let request: Map<String, Value> = secrets.map(|name| (name.clone(), value(name, shape))).collect();
    let response = json!({
        "credentials": { "secretAccessKey": SECRET, "sessionToken": SECRET, "accessKeyId": "ASIAIOSFODNN7EXAMPLE" },
        "accessKey": { "secretAccessKey": SECRET },
        "serviceSpecificCredential": { "servicePassword": SECRET },
        "keyMaterial": SECRET,
        "data": [SECRET],
    });
    let mut record = json!({
        "eventTime": "2026-09-14T12:10:04Z",
        "eventType": "AwsApiCall",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "eventID": format!("e{id}"),
        "recipientAccountId": "111122223333",
        "awsRegion": "us-east-2",
        "sourceIPAddress": "198.51.100.24",
        "userIdentity": {
            "type": "IAMUser", "userName": "alice", "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice", "sessionToken": SECRET,
        },
        "requestParameters": request,
        "responseElements": response,
        "additionalEventData": { "bytes": SECRET, "password": SECRET },
        "serviceEventDetails": { "payload": SECRET },
        "resources": [{ "type": SECRET }],
    });
    // Every other call fails, with a message that quotes a value.
    if id % 2 == 1 {
        record["errorCode"] = json!("ValidationException");
        let quoted = format!("{SECRET}-password");
        record["requestParameters"]["password"] = json!(quoted);
        record["errorMessage"] =
            json!(format!("Value '{quoted}' at 'password' failed to satisfy constraint"));
    }
    record
}

fn check(alert: &Alert, of: &str) {
    for (form, text) in [
        ("subject", alert.subject()),
        ("mail", alert.text()),
        ("SMS", alert.sms()),
        ("chat", alert.chat().to_string()),
        ("JSON", json!(alert).to_string()),
    ] {
        if let Some(at) = text.find(SECRET) {
            let around: String = text.chars().skip(at.saturating_sub(80)).take(160).collect();
            panic!("{of}, {form}: {around}");
        }
    }
}

#[tokio::test]
async fn no_form_shows_a_parameter_that_the_table_does_not_name() {
    let calls = rows().into_iter().chain([
        ("example", "DoSomething", ""),
        ("secretsmanager", "GetSecretValue", ""),
        ("ssm", "SendCommand", ""),
    ]);
    let calls: Vec<_> = calls.collect();
    assert!(calls.len() > 500, "{} calls", calls.len());
    for shape in SHAPES {
        for (number, calls) in calls.chunks(RECORDS_PER_FILE).enumerate() {
            let records: Vec<Value> =
                calls.iter().enumerate().map(|(id, call)| record(id, *call, shape)).collect();
            let (pipeline, _) = fake_pipeline(RULES);
            let key = key(u32::try_from(number).unwrap() + 1);
            put(&pipeline, &key, &records);
            pipeline.process(&[message("m", &[&key])], None).await;
            let mut alerts = std::mem::take(&mut *pipeline.alerts.alerts.lock().unwrap());
            assert_eq!(alerts.len(), calls.len());
            alerts.iter().for_each(|alert| check(alert, alert.words.what.as_deref().unwrap_or_default()));
            // The same findings in one alert.
            let mut all = alerts.pop().unwrap();
            alerts.into_iter().for_each(|alert| all.absorb(alert));
            check(&all, "all of them");
        }
    }
}

fn about(record: Value, rules: &RuleSet) -> Alert {
    Alert::about(&[record], &rules.rules()[0], "s3://amzn-s3-demo-bucket/key")
}

#[test]
fn a_preview_shows_no_parameter_that_the_table_does_not_name() {
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    for (id, call) in rows().into_iter().enumerate() {
        let record = record(id, call, Shape::Text);
        check(&about(record, &rules), call.1);
    }
}

#[test]
fn the_test_can_fail() {
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    let mut record = record(0, ("iam", "CreateUser", "userName"), Shape::Text);
    record["requestParameters"]["userName"] = json!(SECRET);
    let alert = about(record, &rules);
    assert!(alert.text().contains(SECRET), "a parameter that the table names is shown");
}
