//! Records with what must be told of them.
//!
//! The cases beside the project are read when they are there; ids, keys and numbers must come out exactly.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use activity::{Identity, Insight, LinkKind, Record, link, outcome, source, target};
use serde_json::{Value, json};

/// What no form may show, in the cases beside the project.
const SECRETS: [&str; 3] = ["secret-token-text", "SECRETTOKEN", "secret-external-id"];

fn reference(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let path = root.join("shared/reference").join(name);
    path.exists().then_some(path)
}

/// Everything that is told of a record.
fn told(record: &Value) -> Value {
    let record = Record::of_tree(record);
    let identity = Identity::of(&record);
    let outcome = outcome(&record);
    let kind = match link(&record, None).kind {
        LinkKind::Event => "event",
        LinkKind::Insight => "insight",
        LinkKind::None => "none",
    };
    let what = Insight::of(&record).map(|insight| insight.what());
    json!({
        "who": identity.words,
        "identityKey": identity.key,
        "what": what.or_else(|| record.text(activity::Member::EventName).map(|name| name.into_owned())),
        "target": target(&record, outcome.as_ref(), &identity),
        "outcome": outcome.as_ref().map(ToString::to_string).unwrap_or_default(),
        "from": source(&record).words(),
        "mfa": identity.mfa,
        "accessKeyId": identity.access_key_id,
        "link": kind,
    })
}

#[test]
fn the_cases_beside_the_project_are_told_as_expected() {
    let Some(path) = reference("alert-cases.jsonl") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let mut differences = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(record) = case.get("record") else { continue };
        count += 1;
        let told = told(record);
        for (name, expected) in case["expected"].as_object().unwrap() {
            if told[name] != *expected {
                differences.push(format!("{} {name}: {} instead of {expected}", case["id"], told[name]));
            }
        }
        let shown = told.to_string();
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
    assert!(count > 100, "{count} cases");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn assert_told(record: &Value, expected: &[(&str, Value)]) {
    let told = told(record);
    for (name, expected) in expected {
        assert_eq!(told[*name], *expected, "{name} of {record}");
    }
}

fn call(source: &str, name: &str, request: Value) -> Value {
    json!({
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "eventID": "78afd2c1-0d0b-5b8e-b19d-14ab3635a446",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "sourceIPAddress": "198.51.100.24",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333",
            "userName": "alice",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        },
        "requestParameters": request,
    })
}

fn identity(user_identity: Value) -> Value {
    let mut record = call("s3", "ListBuckets", json!(null));
    record["userIdentity"] = user_identity;
    record
}

#[test]
fn every_type_of_identity_has_words_and_a_key() {
    for (user_identity, words, key) in [
        (
            json!({ "type": "FederatedUser", "principalId": "111122223333:zoe", "accountId": "111122223333",
                "arn": "arn:aws:sts::111122223333:federated-user/zoe",
                "sessionContext": { "sessionIssuer": { "type": "IAMUser", "userName": "broker" } } }),
            "federated user zoe (session of IAM user broker)",
            "arn:aws:sts::111122223333:federated-user/zoe",
        ),
        (
            json!({ "type": "AWSAccount", "principalId": "", "accountId": "anonymous" }),
            "anonymous caller (no credentials)",
            "anonymous",
        ),
        (
            json!({ "type": "IAMUser", "userName": "bob", "accountId": "444455556666", "accessKeyId": "" }),
            "IAM user bob of account 444455556666",
            "arn:aws:iam::444455556666:user/bob",
        ),
        (
            json!({ "type": "Directory", "userName": "kim", "accountId": "111122223333" }),
            "directory user kim",
            "directory:111122223333:kim",
        ),
        (
            json!({ "type": "AssumedRole", "arn": "arn:aws:sts::444455556666:assumed-role/Audit/dana", "accountId": "444455556666" }),
            "role Audit of account 444455556666, session dana",
            "arn:aws:sts::444455556666:assumed-role/Audit/dana",
        ),
        (
            json!({ "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0",
                "accountId": "111122223333", "sessionContext": { "sourceIdentity": "dana" } }),
            "role web, session i-0123456789abcdef0 (source identity dana)",
            "arn:aws:sts::111122223333:assumed-role/web#dana",
        ),
        (
            json!({ "type": "WebIdentityUser", "userName": "system:serviceaccount:shop:cart", "identityProvider": "oidc.example.com" }),
            "Kubernetes service account shop/cart (provider oidc.example.com)",
            "web:oidc.example.com:system:serviceaccount:shop:cart",
        ),
        (
            json!({ "accountId": "111122223333", "invokedBy": "AWS Internal" }),
            "AWS itself",
            "service:AWS Internal",
        ),
        (
            json!({ "type": "Unknown", "principalId": "", "arn": "", "accountId": "444455556666", "userName": "" }),
            "unknown identity of account 444455556666",
            "unknown:444455556666",
        ),
        (
            json!({ "type": "Root", "accountId": "111122223333", "invokedByDelegate": { "accountId": "444455556666" } }),
            "root of account 111122223333 (delegated to account 444455556666)",
            "root:111122223333",
        ),
        (json!("dora"), "unknown identity", "unknown:111122223333"),
        (json!(null), "unknown identity", "unknown:111122223333"),
    ] {
        assert_told(&identity(user_identity), &[("who", json!(words)), ("identityKey", json!(key))]);
    }
}

#[test]
fn what_is_long_is_cut_and_what_deceives_is_blanked() {
    let long = "x".repeat(1000);
    let told = told(&identity(
        json!({ "type": "IAMUser", "userName": long, "arn": format!("arn:aws:iam::111122223333:user/{long}\u{202e}") }),
    ));
    assert_eq!(told["who"].as_str().unwrap().chars().count(), "IAM user ".len() + 96);
    assert_eq!(told["identityKey"].as_str().unwrap().chars().count(), 512);
    assert!(!told.to_string().contains('\u{202e}'));
}

#[test]
fn outcomes_are_said_as_plainly_when_they_are_good() {
    let of = |name: &str, members: Value| {
        let mut record = call("iam", name, json!(null));
        for (member, value) in members.as_object().unwrap() {
            record[member] = value.clone();
        }
        outcome(&Record::of_tree(&record)).unwrap().to_string()
    };
    for (name, members, expected) in [
        ("CreateUser", json!({}), "succeeded"),
        ("CreateUser", json!({ "errorCode": "" }), "succeeded"),
        (
            "CreateUser",
            json!({ "errorCode": "EntityAlreadyExistsException" }),
            "failed (EntityAlreadyExistsException)",
        ),
        ("RunInstances", json!({ "errorCode": "Client.DryRunOperation" }), "dry run: would have succeeded"),
        (
            "RunInstances",
            json!({ "errorCode": "Client.UnauthorizedOperation" }),
            "refused (Client.UnauthorizedOperation)",
        ),
        (
            "SwitchRole",
            json!({ "responseElements": { "SwitchRole": "Failure" }, "errorMessage": "No" }),
            "failed: No",
        ),
        ("CheckMfa", json!({ "responseElements": { "CheckMfa": "Success" } }), "succeeded"),
        (
            "DeleteMembers",
            json!({ "responseElements": { "unprocessedAccounts": [{}] } }),
            "succeeded in part",
        ),
        ("DeleteMembers", json!({ "responseElements": { "unprocessedAccounts": [] } }), "succeeded"),
        (
            "CreateAccountResult",
            json!({ "serviceEventDetails": { "createAccountStatus": { "state": "FAILED", "failureReason": "EMAIL_ALREADY_EXISTS" } } }),
            "failed: EMAIL_ALREADY_EXISTS",
        ),
    ] {
        assert_eq!(of(name, members.clone()), expected, "{name} {members}");
    }
}

#[test]
fn a_target_falls_back_from_the_table_to_what_else_the_record_names() {
    for (record, expected) in [
        (call("example", "DeleteThing", json!({ "streamName": "clicks" })), json!("stream clicks")),
        (
            call(
                "example",
                "DeleteThing",
                json!({ "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs" }),
            ),
            json!("queue jobs"),
        ),
        (
            call("example", "DeleteThing", json!({ "name": "https://hooks.example.com/SECRET" })),
            json!("name hooks.example.com"),
        ),
        (call("example", "DeleteThing", json!({ "color": "red" })), json!(null)),
        (call("s3", "PutBucketPolicy", json!("null")), json!(null)),
        (call("account", "CloseAccount", json!(null)), json!("account 111122223333")),
        (
            call("account", "CloseAccount", json!({ "accountId": "444455556666" })),
            json!("account 444455556666"),
        ),
        (call("organizations", "CloseAccount", json!(null)), json!(null)),
        (
            call(
                "lambda",
                "UpdateFunctionCode20150331v2",
                json!({ "functionName": "arn:aws:lambda:eu-west-1:111122223333:function:report:live" }),
            ),
            json!("function report:live"),
        ),
        (
            call("ssm", "GetParameter", json!({ "name": "/prod/db", "withDecryption": true })),
            json!("parameter /prod/db, decrypted"),
        ),
        (
            call(
                "s3",
                "PutBucketLogging",
                json!({ "bucketName": "amzn-s3-demo-bucket", "BucketLoggingStatus": "" }),
            ),
            json!("bucket amzn-s3-demo-bucket, logging off"),
        ),
        (
            call(
                "s3",
                "PutBucketPublicAccessBlock",
                json!({ "bucketName": "amzn-s3-demo-bucket", "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false } }),
            ),
            json!("bucket amzn-s3-demo-bucket: BlockPublicPolicy, RestrictPublicBuckets off"),
        ),
    ] {
        assert_told(&record, &[("target", expected)]);
    }
    let mut refused = call("example", "DescribeThing", json!(null));
    refused["errorCode"] = json!("AccessDenied");
    refused["errorMessage"] = json!(
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: example:DescribeThing on resource: arn:aws:example:eu-west-1:111122223333:thing/1 because no policy allows it"
    );
    assert_told(&refused, &[("target", json!("arn:aws:example:eu-west-1:111122223333:thing/1"))]);
}

#[test]
fn links_lead_to_the_console_of_the_partition_while_it_has_the_event() {
    let of = |change: &dyn Fn(&mut Value), age: Option<i64>| {
        let mut record = call("iam", "CreateUser", json!(null));
        change(&mut record);
        link(&Record::of_tree(&record), age).url
    };
    let day = 24 * 60 * 60;
    assert_eq!(
        of(&|_| {}, Some(90 * day)).as_deref(),
        Some(
            "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/78afd2c1-0d0b-5b8e-b19d-14ab3635a446"
        )
    );
    assert_eq!(of(&|_| {}, Some(91 * day)), None, "it is too old");
    for (region, expected) in [
        ("cn-north-1", Some("https://cn-north-1.console.amazonaws.cn/")),
        ("us-gov-west-1", Some("https://us-gov-west-1.console.amazonaws-us-gov.com/")),
        ("us-iso-east-1", None),
        ("eusc-de-east-1", None),
        ("a/../b", None),
    ] {
        let url = of(&|record| record["awsRegion"] = json!(region), None);
        assert_eq!(url.is_some(), expected.is_some(), "{region}");
        assert!(url.is_none_or(|url| url.starts_with(expected.unwrap())));
    }
    for hostile in ["javascript:alert(1)", "a?b", "a#b", "a b", "", &"a".repeat(65)] {
        assert_eq!(of(&|record| record["eventID"] = json!(hostile), None), None, "{hostile}");
    }
    assert_eq!(of(&|record| record["eventCategory"] = json!("Data"), None), None);
}
