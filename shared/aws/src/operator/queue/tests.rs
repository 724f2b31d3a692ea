//! The queue against prepared answers of SQS.

use aws_sdk_sqs::config::{BehaviorVersion, Region};
use serde_json::{Value, json};

use super::*;
use crate::operator::CallErrorKind;
use crate::testing::{Answer, FakeService};

const URL: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters";

fn queue(service: &FakeService) -> SqsQueue {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(FakeService::credentials())
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .http_client(service.http_client())
        .build();
    SqsQueue::new(Client::from_conf(config), QueueUrl::parse(URL).unwrap())
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, body.to_string()).header("content-type", "application/x-amz-json-1.0")
}

fn sent(service: &FakeService) -> Value {
    serde_json::from_str(&service.requests()[0].body).unwrap()
}

#[tokio::test]
async fn a_message_is_received_with_all_that_is_known_of_it() {
    let service = FakeService::new([answer(
        200,
        &json!({ "Messages": [{
            "MessageId": "m1",
            "ReceiptHandle": "r1",
            "Body": "hello",
            "MD5OfBody": "5d41402abc4b2a76b9719d911017c592",
            "Attributes": {
                "SentTimestamp": "1789387200500",
                "ApproximateReceiveCount": "6",
                "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:111122223333:deliveries",
            },
            "MessageAttributes": {
                "trailbell.alerts": { "DataType": "String", "StringValue": "off" },
                "bytes": { "DataType": "Binary", "BinaryValue": "AAE=" },
            },
        }] }),
    )]);
    let messages = queue(&service).receive(Duration::from_secs(300)).await.unwrap();
    let bytes = MessageAttribute { data_type: "Binary".into(), value: AttributeValue::Binary(vec![0, 1]) };
    let expected = QueueMessage {
        id: "m1".into(),
        receipt: "r1".into(),
        body: "hello".into(),
        sent_at: Some(OffsetDateTime::from_unix_timestamp_nanos(1_789_387_200_500_000_000).unwrap()),
        receives: Some(6),
        source_arn: Some("arn:aws:sqs:us-east-1:111122223333:deliveries".into()),
        attributes: [
            ("trailbell.alerts".to_owned(), MessageAttribute::text("off")),
            ("bytes".to_owned(), bytes),
        ]
        .into(),
    };
    assert_eq!(messages, [expected]);
    let request = sent(&service);
    assert_eq!(
        (&request["QueueUrl"], &request["VisibilityTimeout"], &request["MaxNumberOfMessages"]),
        (&json!(URL), &json!(300), &json!(10))
    );
    assert_eq!(request["MessageAttributeNames"], json!(["All"]));
}

#[tokio::test]
async fn no_messages_are_no_error() {
    let service = FakeService::new([answer(200, &json!({}))]);
    assert_eq!(queue(&service).receive(Duration::from_secs(1)).await.unwrap(), []);
}

#[tokio::test]
async fn of_a_batch_each_entry_has_its_own_end() {
    let failed = json!({ "Failed": [
        { "Id": "1", "Code": "InternalError", "Message": "later", "SenderFault": false },
        { "Id": "2", "Code": "InvalidMessageContents", "SenderFault": true },
    ], "Successful": [] });
    let failure = |code: &str, message: &str, is_permanent| {
        Err(EntryError { code: code.into(), message: message.into(), is_permanent })
    };
    let expected =
        [Ok(()), failure("InternalError", "later", false), failure("InvalidMessageContents", "", true)];

    let service = FakeService::new([answer(200, &failed)]);
    let messages = ["a", "b", "c"].map(|body| OutgoingMessage {
        body: body.into(),
        attributes: [("trailbell.metrics".to_owned(), MessageAttribute::text("off"))].into(),
    });
    assert_eq!(queue(&service).send(&messages).await.unwrap(), expected);
    let request = sent(&service);
    assert_eq!(request["Entries"][1]["MessageBody"], "b");
    assert_eq!(
        request["Entries"][1]["MessageAttributes"]["trailbell.metrics"],
        json!({ "DataType": "String", "StringValue": "off" })
    );

    let receipts = ["r0", "r1", "r2"].map(str::to_owned);
    let service = FakeService::new([answer(200, &failed)]);
    assert_eq!(queue(&service).delete(&receipts).await.unwrap(), expected);
    assert_eq!(sent(&service)["Entries"][2], json!({ "Id": "2", "ReceiptHandle": "r2" }));

    let service = FakeService::new([answer(200, &failed)]);
    assert_eq!(queue(&service).make_visible(&receipts).await.unwrap(), expected);
    assert_eq!(
        sent(&service)["Entries"][0],
        json!({ "Id": "0", "ReceiptHandle": "r0", "VisibilityTimeout": 0 })
    );
}

#[tokio::test]
async fn the_depth_is_that_of_the_visible_messages() {
    let service =
        FakeService::new([answer(200, &json!({ "Attributes": { "ApproximateNumberOfMessages": "42" } }))]);
    assert_eq!(queue(&service).visible().await.unwrap(), 42);
}

#[tokio::test]
async fn a_refusal_names_the_permission_and_the_queue() {
    for (status, code, kind) in [
        (400, "com.amazonaws.sqs#QueueDoesNotExist", CallErrorKind::NotFound),
        (403, "com.amazonaws.sqs#AccessDenied", CallErrorKind::AccessDenied),
        (400, "com.amazonaws.sqs#KmsAccessDenied", CallErrorKind::AccessDenied),
        (400, "com.amazonaws.sqs#OverLimit", CallErrorKind::Throttled),
    ] {
        let service = FakeService::new([answer(status, &json!({ "__type": code, "message": "no" }))]);
        let error = queue(&service).receive(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
        assert!(error.to_string().starts_with(&format!("`sqs:ReceiveMessage` on `{URL}`: ")), "{error}");
    }
}
