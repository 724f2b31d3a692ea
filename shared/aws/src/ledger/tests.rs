//! The requests of the ledger, and what it makes of the answers.

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Answer, FakeService};

const NOW: i64 = 1_789_387_200;
const KEY: &str = "AWSLogs/111122223333/CloudTrail/us-east-2/2026/09/14/111122223333_CloudTrail_us-east-2_20260914T1215Z_a.json.gz";

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        at(0)
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW + seconds).unwrap()
}

fn file() -> S3Object {
    S3Object {
        bucket: "amzn-s3-demo-bucket".into(),
        key: KEY.into(),
        size: Some(1),
        version_id: Some("v".into()),
        region: None,
    }
}

fn ledger(service: &FakeService) -> DynamoDbLedger<StoppedClock> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(FakeService::credentials())
        .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
        .http_client(service.http_client())
        .build();
    DynamoDbLedger::new(Client::from_conf(config), "trailbell-ledger".into(), StoppedClock)
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, body.to_string()).header("content-type", "application/x-amz-json-1.0")
}

fn refusal(item: Option<Value>) -> Answer {
    let mut body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    if let Some(item) = item {
        body["Item"] = item;
    }
    answer(400, &body)
}

fn sent(service: &FakeService) -> Vec<Value> {
    service.requests().iter().map(|sent| serde_json::from_str(&sent.body).unwrap()).collect()
}

fn progress() -> PublishedParts {
    PublishedParts {
        namespaces: ["CloudTrailMetrics".to_owned()].into(),
        series: ["Other/M".to_owned()].into(),
        alerts: ["root-usage".to_owned()].into(),
    }
}

fn stored_progress() -> Value {
    json!({ "S": r#"{"namespaces":["CloudTrailMetrics"],"series":["Other/M"],"alerts":["root-usage"]}"# })
}

#[tokio::test]
async fn a_claim_is_one_conditional_write_that_ends_with_the_invocation() {
    let service = FakeService::new([answer(200, &json!({}))]);
    let claim = ledger(&service).claim(&file(), Some(at(48))).await.unwrap();
    assert_eq!(claim, Claim::Granted(PublishedParts::default()));
    let [request] = &sent(&service)[..] else { panic!("one request") };
    assert_eq!(request["TableName"], "trailbell-ledger");
    let id = format!("file#s3://amzn-s3-demo-bucket/{KEY}");
    assert_eq!(request["Key"], json!({ "id": { "S": id } }), "neither version nor size");
    let values = &request["ExpressionAttributeValues"];
    assert_eq!(values[":leaseEnd"], json!({ "N": ((NOW + 48) * 1000).to_string() }));
    assert_eq!(values[":nowMs"], json!({ "N": (NOW * 1000).to_string() }));
    assert!(request["UpdateExpression"].as_str().unwrap().ends_with("ADD #attempts :one"));
    assert_eq!(values[":expires"], json!({ "N": (NOW + 30 * 86_400).to_string() }));
}

#[tokio::test]
async fn what_is_in_the_ledger_decides_a_claim() {
    let claimed = |owner: &str, end: i64| json!({ "phase": { "S": "claimed" }, "owner": { "S": owner }, "leaseEnd": { "N": (end * 1000).to_string() } });
    for (name, answer, expected) in [
        ("done", refusal(Some(json!({ "phase": { "S": "done" } }))), Claim::Done),
        ("claimed by another", refusal(Some(claimed("other", NOW + 48))), Claim::InProgress),
        ("gone meanwhile", refusal(None), Claim::InProgress),
        (
            "given back with something out",
            answer(
                200,
                &json!({ "Attributes": { "phase": { "S": "released" }, "progress": stored_progress() } }),
            ),
            Claim::Granted(progress()),
        ),
        (
            "expired, and not yet deleted",
            answer(
                200,
                &json!({ "Attributes": {
                "phase": { "S": "done" }, "progress": stored_progress(), "expires": { "N": NOW.to_string() },
            } }),
            ),
            Claim::Granted(PublishedParts::default()),
        ),
    ] {
        let service = FakeService::new([answer]);
        assert_eq!(ledger(&service).claim(&file(), Some(at(48))).await.unwrap(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_its_own() {
    let service = FakeService::new([]);
    let ledger = ledger(&service);
    let own = |end: i64| {
        json!({
            "phase": { "S": "claimed" }, "owner": { "S": ledger.owner }, "leaseEnd": { "N": end.to_string() },
            "progress": stored_progress(),
        })
    };
    let end = (NOW + 48) * 1000;
    for (item, expected) in [(own(end), Claim::Granted(progress())), (own(end - 1), Claim::InProgress)] {
        service.prepare(refusal(Some(item)));
        assert_eq!(ledger.claim(&file(), Some(at(48))).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_sighting_is_the_first_unless_another_file_has_it() {
    let service = FakeService::new([answer(200, &json!({})), refusal(None), answer(200, &json!({}))]);
    let sightings = ["e1 root-usage", "e2 root-usage", "e3 root-usage"].map(str::to_owned);
    let first = ledger(&service).first_sightings(&file(), &sightings).await.unwrap();
    assert_eq!(first, [true, false, true]);
    let item = &sent(&service)[0]["Item"];
    assert_eq!(item["id"], json!({ "S": "event#e1 root-usage" }));
    assert_eq!(item["file"], json!({ "S": format!("file#s3://amzn-s3-demo-bucket/{KEY}") }));
}

#[tokio::test]
async fn a_file_that_failed_is_given_back_with_what_is_out_and_why() {
    let service = FakeService::new([answer(200, &json!({}))]);
    ledger(&service).release(&file(), progress(), "file.deadline").await.unwrap();
    let values = &sent(&service)[0]["ExpressionAttributeValues"];
    assert_eq!(values[":progress"], stored_progress());
    assert_eq!(values[":failure"], json!({ "S": "file.deadline" }));
}

#[tokio::test]
async fn an_item_that_trailbell_did_not_write_stands_in_nobody_s_way() {
    for item in [
        json!({ "phase": { "S": "finished" } }),
        json!({ "phase": { "N": "1" } }),
        json!({ "phase": { "S": "claimed" }, "owner": { "S": "other" } }),
        json!({ "phase": { "S": "claimed" }, "leaseEnd": { "S": "later" } }),
        json!({ "phase": { "S": "done" }, "progress": { "S": "{" } }),
    ] {
        let service = FakeService::new([refusal(Some(item.clone()))]);
        assert!(ledger(&service).claim(&file(), Some(at(48))).await.is_err(), "{item}");
    }
}

#[tokio::test]
async fn what_is_out_of_a_file_is_written_down_while_it_is_claimed() {
    let service = FakeService::new([answer(200, &json!({}))]);
    ledger(&service).note(&file(), &progress()).await.unwrap();
    let request = &sent(&service)[0];
    assert_eq!(request["ExpressionAttributeValues"][":progress"], stored_progress());
    assert_eq!(request["UpdateExpression"], "SET #progress = :progress");
}

#[tokio::test]
async fn a_file_that_somebody_else_has_taken_over_is_left_to_them() {
    let service = FakeService::new([refusal(None), refusal(None)]);
    let ledger = ledger(&service);
    ledger.release(&file(), progress(), "file.deadline").await.unwrap();
    ledger.note(&file(), &progress()).await.unwrap();
    for request in sent(&service) {
        assert_eq!(request["ConditionExpression"], "#phase = :claimed AND #owner = :owner");
    }
}

#[tokio::test]
async fn a_ledger_out_of_reach_is_an_error_of_every_call() {
    let throttled = || {
        answer(
            400,
            &json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow" }),
        )
    };
    let service = || FakeService::new([throttled()]);
    assert!(ledger(&service()).claim(&file(), None).await.is_err());
    assert!(ledger(&service()).first_sightings(&file(), &["e r".to_owned()]).await.is_err());
    assert!(ledger(&service()).note(&file(), &progress()).await.is_err());
    assert!(ledger(&service()).finish(&file()).await.is_err());
    assert!(ledger(&service()).release(&file(), progress(), "file.deadline").await.is_err());
    assert!(ledger(&FakeService::new([])).claim(&file(), None).await.is_err(), "no connection");
}

#[test]
fn progress_is_read_as_it_is_written() {
    for progress in [PublishedParts::default(), progress()] {
        let text = item::progress_text(&progress).unwrap();
        let item = Item::of([(item::PROGRESS.to_owned(), AttributeValue::S(text))].into()).unwrap();
        assert_eq!(item.progress, progress);
    }
    let foreign = [(item::PROGRESS.to_owned(), AttributeValue::S("{}".into()))].into();
    assert!(Item::of(foreign).unwrap_err().to_string().contains("`progress`"));
}
