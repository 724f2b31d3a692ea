//! Every notification shape that announces log files leads to the same metrics and alerts.

use std::collections::BTreeMap;

use serde_json::json;
use testkit::emulator::{Metric, QueueOptions, wait_until};

use super::stage::{BUCKET, PATIENCE, Stage, announcement, event_seconds, failed_login, key, now};

#[tokio::test]
async fn every_notification_shape_becomes_metrics_and_alerts() {
    let stage = Stage::set().await;
    let mut expected = BTreeMap::new();
    let mut files = 0;
    let mut put = async |prefix: &str, user: &str, failures: u32| -> String {
        files += 1;
        let records: Vec<_> = (0..failures)
            .map(|number| failed_login(user, number))
            .chain([json!({ "eventName": "DescribeInstances", "eventID": format!("{user}-quiet") })])
            .collect();
        let key = key(prefix, files);
        stage.put(&key, &records).await;
        *expected.entry(format!("IAM user {user}")).or_default() += u64::from(failures);
        key
    };

    // CloudTrail's own message: its validation message first, one key, several keys.
    stage.cloud.publish(&stage.topic, "CloudTrail validation message.").await;
    stage.announce(&[&put("", "envelope", 1).await]).await;
    let keys = [put("", "first-of-two", 2).await, put("o-exampleorgid/", "second-of-two", 3).await];
    stage.announce(&[&keys[0], &keys[1]]).await;

    // The same through raw delivery. A plus sign in CloudTrail's own keys is a plus sign.
    let raw_topic = stage.cloud.create_topic("raw-trail").await;
    stage.cloud.subscribe(&raw_topic, &stage.queue, true).await;
    stage.cloud.publish(&raw_topic, "CloudTrail validation message.").await;
    stage.cloud.publish(&raw_topic, &announcement(&[&put("a+b%20c/", "raw", 4).await])).await;

    // EventBridge, directly and through SNS, names the key as it is.
    let key = put("event%2Bbridge/", "eventbridge", 5).await;
    stage.cloud.send(&stage.queue, &object_created(&key)).await;
    let key = put("event+bridge/", "eventbridge-through-sns", 6).await;
    stage.cloud.publish(&stage.topic, &object_created(&key)).await;

    // S3 through SNS and directly; both send a test event first, and their keys are form-encoded.
    let s3_topic = stage.cloud.create_topic("objects").await;
    stage.cloud.subscribe(&s3_topic, &stage.queue, false).await;
    stage.cloud.announce_objects_at_topic(BUCKET, &s3_topic).await;
    put("with blank/", "s3-through-sns", 7).await;
    stage.cloud.announce_objects_at_queue(BUCKET, &stage.queue).await;
    put("plus+and=equals/", "s3-direct", 8).await;

    // What S3 and SNS send besides, as a queue without an automatic confirmation would get it.
    for (number, body) in OTHER_MESSAGES.iter().enumerate() {
        stage.cloud.send(&stage.queue, body).await;
        stage.cloud.send(&stage.queue, &envelope(body, number)).await;
    }

    // Objects beside the log files.
    let digest = key.replace("/CloudTrail/", "/CloudTrail-Digest/");
    stage.cloud.put_object(BUCKET, &digest, b"{}".to_vec()).await;
    stage.cloud.put_object(BUCKET, "AWSLogs/111122223333/CloudTrail/", Vec::new()).await;

    stage.wait_for_total("EndToEnd", "FailuresByDelivery", 36.0).await;
    stage.wait_for_empty_queue().await;
    assert_metrics(&stage).await;
    let alerted = wait_until(PATIENCE, async || {
        let users = stage.alerted_users().await;
        (users == expected).then_some(users)
    });
    assert!(alerted.await.is_some(), "{:?}\n{}", stage.alerted_users().await, stage.cloud.log());
    assert_eq!(stage.cloud.messages(&stage.dead_letters).await, Vec::<String>::new());
}

/// Values, timestamps, dimensions, and both accounting identities.
async fn assert_metrics(stage: &Stage) {
    assert_eq!(stage.total("EndToEnd", "FailuresByDelivery", &[]).await, 36.0, "{}", stage.cloud.log());
    let dimensions = [("Account", "111122223333")];
    let by_event = Metric { namespace: "EndToEnd", name: "FailuresByEvent", dimensions: &dimensions };
    let datapoints = stage.cloud.metric_sums(&by_event, event_seconds() - 7200, now()).await;
    let sums: Vec<f64> = datapoints.iter().map(|datapoint| datapoint.sum).collect();
    assert_eq!(sums.iter().sum::<f64>(), 36.0);
    assert!(datapoints.iter().all(|datapoint| datapoint.epoch_seconds % 3600 == 0), "{datapoints:?}");
    let by_delivery = Metric { namespace: "EndToEnd", name: "FailuresByDelivery", dimensions: &[] };
    for datapoint in stage.cloud.metric_sums(&by_delivery, stage.started - 86_400, now() + 60).await {
        let minute = stage.started - stage.started % 60..=now();
        assert!(minute.contains(&datapoint.epoch_seconds), "{datapoint:?} is not of this test's minutes");
    }
    let sum = async |name| stage.total("Trailbell", name, &[]).await;
    let seen = sum("FilesSeen").await;
    let parts = [
        sum("FilesProcessed").await,
        sum("FilesDuplicate").await,
        sum("FilesIgnored").await,
        sum("FilesFailed").await,
    ];
    assert_eq!(seen, parts.iter().sum::<f64>(), "{parts:?}");
    assert_eq!((parts[0], parts[1], parts[3]), (8.0, 0.0, 0.0));
    assert!(parts[2] >= 2.0, "the digest and the marker are counted");
    assert_eq!(sum("RecordsSeen").await, 44.0);
    assert_eq!(sum("RecordsEvaluated").await, 44.0);
    // Two validation messages, and each of the others bare and in an envelope; S3 sends test events of its own.
    assert!(sum("MessagesIgnored").await >= 8.0);
    assert_eq!(sum("MessagesUnreadable").await, 0.0);
}

/// Messages that announce nothing.
const OTHER_MESSAGES: [&str; 3] = [
    r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-09-14T12:00:00.000Z","Bucket":"b"}"#,
    r#"{"Type":"SubscriptionConfirmation","Token":"2336","Message":"You have chosen to subscribe."}"#,
    r#"{"Type":"UnsubscribeConfirmation","Token":"2336","Message":"You have chosen to unsubscribe."}"#,
];

/// SNS's envelope, with a member that nobody knows yet.
fn envelope(message: &str, number: usize) -> String {
    json!({
        "Type": "Notification",
        "MessageId": format!("7f3ad0d2-5c2e-5a11-9a0b-{number:012}"),
        "TopicArn": "arn:aws:sns:us-east-1:111122223333:objects",
        "Subject": "Amazon S3 Notification",
        "Message": message,
        "Timestamp": "2026-09-14T12:16:04.512Z",
        "FutureMember": { "of": ["any", "shape"] },
    })
    .to_string()
}

fn object_created(key: &str) -> String {
    json!({
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-09-14T12:16:03Z",
        "region": "us-east-1",
        "detail": {
            "version": "0",
            "bucket": { "name": BUCKET },
            "object": { "key": key, "size": 1024, "etag": "d41d8cd98f00b204e9800998ecf8427e" },
            "reason": "PutObject",
        },
    })
    .to_string()
}

#[tokio::test]
async fn a_queue_without_anything_to_say_stays_quiet() {
    let stage = Stage::set().await;
    let other = stage.cloud.create_queue("unrelated", QueueOptions::default()).await;
    stage.cloud.publish(&stage.topic, "CloudTrail validation message.").await;
    stage.wait_for_total("Trailbell", "MessagesIgnored", 1.0).await;
    stage.wait_for_empty_queue().await;
    assert!(stage.cloud.messages(&stage.alerts).await.is_empty());
    assert!(stage.cloud.messages(&other).await.is_empty());
    assert_eq!(stage.total("Trailbell", "FilesSeen", &[]).await, 0.0);
}
