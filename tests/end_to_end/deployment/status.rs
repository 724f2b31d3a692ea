//! `trailbell status` on a deployed stack: healthy, and then broken piece by piece.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::log_file;
use super::stack::{Deployment, TRAIL, cloudtrail};
use crate::end_to_end::cli::run;
use crate::end_to_end::stage::failed_login;

/// The checks with this verdict.
async fn checks(deployment: &Deployment, verdict: &str, code: i32) -> BTreeSet<String> {
    let arguments = ["status", "--stack", &deployment.stack.name, "--format", "json"];
    let report: Value =
        serde_json::from_str(&run(&deployment.cloud.endpoint(), &arguments, code).await).unwrap();
    let lines = report["checks"].as_array().unwrap().iter();
    let lines = lines.filter(|line| line["verdict"] == verdict);
    lines.map(|line| line["check"].as_str().unwrap().to_owned()).collect()
}

/// The key of a log file of another region that was delivered 20 minutes ago.
fn recent_key(region: &str) -> String {
    let time = OffsetDateTime::now_utc() - time::Duration::minutes(20);
    let day = time.format(format_description!("[year]/[month]/[day]")).unwrap();
    let minute = time.format(format_description!("[year][month][day]T[hour][minute]Z")).unwrap();
    format!(
        "AWSLogs/111122223333/CloudTrail/{region}/{day}/111122223333_CloudTrail_{region}_{minute}_{:016}.json.gz",
        1
    )
}

#[tokio::test]
async fn status_names_what_is_broken_in_a_stack() {
    let deployment = Deployment::with_rules(&super::rules("Logins"), &[]).await;
    // The emulator's CloudFormation makes tables whose items do not expire.
    set_expiry(&deployment, true);
    let log = log_file(&[failed_login("alice", 1)]);
    deployment.deliver(&recent_key("us-east-1"), log.clone()).await;
    deployment.wait_for_total("Trailbell", "FilesProcessed", 1.0).await;
    deployment.wait_for_alarm("HeartbeatAlarm", "OK").await;
    assert_eq!(checks(&deployment, "broken", 0).await, BTreeSet::new());
    let fine = checks(&deployment, "ok", 0).await;
    for check in [
        "trail.logging",
        "bucket.policy",
        "topic.subscription",
        "queue.policy",
        "files.evaluated",
        "alarms.drift",
    ] {
        assert!(fine.contains(check), "{check}: {fine:?}");
    }

    let mut expected = BTreeSet::new();
    for (checks_of_fault, fault) in FAULTS {
        inflict(&deployment, *fault, &log).await;
        expected.extend(checks_of_fault.iter().map(|check| (*check).to_owned()));
        if matches!(fault, Fault::BrokenRules) {
            // Without rules, nobody knows which alarms there should be: that is unknown, no longer broken.
            expected.remove("alarms.drift");
        }
        assert_eq!(checks(&deployment, "broken", 1).await, expected, "after {fault:?}");
    }
}

/// What people and other programs do to a stack.
#[derive(Debug, Clone, Copy)]
enum Fault {
    StopTrail,
    OtherBucket,
    OneRegion,
    NoBucketPolicy,
    DisabledKey,
    OtherTopicPolicy,
    Unsubscribed,
    NoQueuePolicy,
    DeadLetter,
    Undelivered,
    NoExpiry,
    BrokenRules,
    NotAnnounced,
    DeletedAlarm,
    RingingAlarm,
}

/// Each fault with the checks that name it. They add up, each to those before it.
const FAULTS: &[(&[&str], Fault)] = &[
    (&["alarms.drift"], Fault::DeletedAlarm),
    (&["trail.logging"], Fault::StopTrail),
    (&["trail.bucket"], Fault::OtherBucket),
    (&["trail.regions"], Fault::OneRegion),
    (&["bucket.policy"], Fault::NoBucketPolicy),
    (&["topic.policy"], Fault::OtherTopicPolicy),
    (&["queue.policy"], Fault::NoQueuePolicy),
    (&["queue.deadLetters"], Fault::DeadLetter),
    (&["queue.undelivered"], Fault::Undelivered),
    (&["ledger.table"], Fault::NoExpiry),
    (&["files.evaluated"], Fault::NotAnnounced),
    (&["alarms.health"], Fault::RingingAlarm),
    (&["topic.subscription"], Fault::Unsubscribed),
    (&["rules.source"], Fault::BrokenRules),
    (&["key.logFiles", "key.messages"], Fault::DisabledKey),
];

fn set_expiry(deployment: &Deployment, is_on: bool) {
    let expiry = json!({ "AttributeName": "expires", "Enabled": is_on });
    let table =
        json!({ "TableName": deployment.output("LedgerTableName"), "TimeToLiveSpecification": expiry });
    deployment.cloud.call("dynamodb", "DynamoDB_20120810.UpdateTimeToLive", &table);
}

async fn inflict(deployment: &Deployment, fault: Fault, log: &[u8]) {
    let cloud = &deployment.cloud;
    let update = |change: Value| {
        let mut trail = json!({ "Name": TRAIL });
        trail.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        cloud.call("cloudtrail", &cloudtrail("UpdateTrail"), &trail);
    };
    match fault {
        Fault::StopTrail => drop(deployment.trail("StopLogging")),
        Fault::OtherBucket => {
            cloud.create_bucket("amzn-s3-demo-bucket-other").await;
            update(json!({ "S3BucketName": "amzn-s3-demo-bucket-other" }));
        }
        Fault::OneRegion => update(json!({ "IsMultiRegionTrail": false })),
        Fault::NoBucketPolicy => cloud.delete_bucket_policy(deployment.output("LogBucketName")).await,
        Fault::DisabledKey => {
            let key = json!({ "KeyId": deployment.output("MessageKeyArn") });
            cloud.call("kms", "TrentService.DisableKey", &key);
        }
        Fault::OtherTopicPolicy => {
            let policy = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
            cloud.set_topic_policy(deployment.output("DeliveryTopicArn"), &policy).await;
        }
        Fault::Unsubscribed => cloud.unsubscribe_all(deployment.output("DeliveryTopicArn")).await,
        Fault::NoQueuePolicy => {
            let attributes = json!({ "Policy": "" });
            let queue =
                json!({ "QueueUrl": deployment.output("DeliveryQueueUrl"), "Attributes": attributes });
            cloud.call("sqs", "AmazonSQS.SetQueueAttributes", &queue);
        }
        Fault::DeadLetter => cloud.send(&deployment.queue("DeadLetterQueueUrl").await, "{}").await,
        Fault::Undelivered => {
            cloud.send(&deployment.queue("SubscriptionDeadLetterQueueUrl").await, "{}").await;
        }
        Fault::NoExpiry => set_expiry(deployment, false),
        Fault::BrokenRules => deployment.put_rules(super::BROKEN).await,
        Fault::NotAnnounced => {
            let bucket = deployment.output("LogBucketName");
            cloud.put_object(bucket, &recent_key("eu-west-1"), log.to_vec()).await;
        }
        Fault::DeletedAlarm => cloud.delete_alarm("trailbell/sign-ins").await,
        Fault::RingingAlarm => cloud.ring_alarm(&deployment.stack.resources["ErrorsAlarm"]).await,
    }
}
