//! The reader against prepared answers of DynamoDB.

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Answer, FakeService};

const NOW: i64 = 1_789_387_200;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn file(key: &str) -> S3Object {
    S3Object {
        bucket: "amzn-s3-demo-bucket".into(),
        key: key.into(),
        size: None,
        version_id: None,
        region: None,
    }
}

fn reader(service: &FakeService) -> LedgerReader {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(FakeService::credentials())
        .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
        .http_client(service.http_client())
        .build();
    LedgerReader::new(Client::from_conf(config), "trailbell-ledger".into())
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, body.to_string()).header("content-type", "application/x-amz-json-1.0")
}

fn item(key: &str, mut attributes: Value) -> Value {
    attributes["id"] = json!({ "S": format!("file#s3://amzn-s3-demo-bucket/{key}") });
    attributes
}

fn items(items: &[Value]) -> Answer {
    answer(200, &json!({ "Responses": { "trailbell-ledger": items } }))
}

#[tokio::test]
async fn every_phase_is_told_in_the_order_of_the_files() {
    let service = FakeService::new([items(&[
        item(
            "released",
            json!({ "phase": { "S": "released" }, "failure": { "S": "file.deadline" }, "attempts": { "N": "5" } }),
        ),
        item(
            "claimed",
            json!({ "phase": { "S": "claimed" }, "leaseEnd": { "N": "1789387260500" }, "attempts": { "N": "1" } }),
        ),
        item("done", json!({ "phase": { "S": "done" }, "expires": { "N": (NOW + 1).to_string() } })),
        item("expired", json!({ "phase": { "S": "done" }, "expires": { "N": NOW.to_string() } })),
        item("strange", json!({ "phase": { "S": "lost" } })),
    ])]);
    let files = ["done", "unknown", "claimed", "released", "done", "expired", "strange"].map(file);
    let entries = reader(&service).entries(&files, now()).await.unwrap();
    let lease_end = OffsetDateTime::from_unix_timestamp_nanos(1_789_387_260_500_000_000).unwrap();
    let done = Some(LedgerEntry { state: FileState::Done, attempts: None });
    let claimed = LedgerEntry { state: FileState::Claimed { lease_end, failure: None }, attempts: Some(1) };
    let failure = Some("file.deadline".to_owned());
    let released = LedgerEntry { state: FileState::Released { failure }, attempts: Some(5) };
    assert_eq!(entries, [done.clone(), None, Some(claimed), Some(released), done, None, None]);
    let request: Value = serde_json::from_str(&service.requests()[0].body).unwrap();
    let keys = request["RequestItems"]["trailbell-ledger"]["Keys"].as_array().unwrap();
    assert_eq!(keys.len(), 6, "a file that is asked for twice is one key");
}

#[tokio::test]
async fn more_than_a_request_takes_are_several_requests() {
    let service = FakeService::new([items(&[]), items(&[])]);
    let files: Vec<S3Object> = (0..101).map(|number| file(&number.to_string())).collect();
    let entries = reader(&service).entries(&files, now()).await.unwrap();
    assert_eq!(entries, vec![None; 101]);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn what_is_left_out_of_an_answer_is_asked_for_again() {
    let done = |key| item(key, json!({ "phase": { "S": "done" } }));
    let left = |key: &str| {
        let key = json!({ "id": { "S": format!("file#s3://amzn-s3-demo-bucket/{key}") } });
        json!({ "trailbell-ledger": { "Keys": [key] } })
    };
    let partial = json!({ "Responses": { "trailbell-ledger": [done("a")] }, "UnprocessedKeys": left("b") });
    let service = FakeService::new([answer(200, &partial), items(&[done("b")])]);
    let entries = reader(&service).entries(&[file("a"), file("b")], now()).await.unwrap();
    assert!(entries.iter().all(Option::is_some), "{entries:?}");
    let again: Value = serde_json::from_str(&service.requests()[1].body).unwrap();
    assert_eq!(again["RequestItems"]["trailbell-ledger"]["Keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named() {
    let refusal = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException" });
    let service = FakeService::new([answer(400, &refusal)]);
    let error = reader(&service).entries(&[file("a")], now()).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::NotFound);
    assert!(error.to_string().starts_with("`dynamodb:BatchGetItem` on `trailbell-ledger`: "), "{error}");
}
