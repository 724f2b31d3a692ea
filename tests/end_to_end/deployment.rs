//! `infra/template.yaml`, deployed by CloudFormation into an emulated AWS with the packages that `cargo lambda` built: a
//! log file and CloudTrail's own message go in, and metrics, alerts and alarms come out of what the stack made.
//!
//! Only three lines of the template are others: the code of both functions is their packages, and the log processor looks
//! at the rule file every second.
//!
//! What the emulator does not do, the tests of `template` show in the transformed template:
//!
//! - It refuses templates with a trail. The stack joins a trail of its own account, which is made through CloudTrail's API.
//! - It delivers no log files. The tests put them, and publish CloudTrail's message.
//! - It enforces neither policies nor keys, and encrypts nothing by default.
//! - It publishes no metrics of SQS, so that the alarms on queues stay silent; it looks at no alarm on its metrics of
//!   Lambda; and at others only when a value arrives, so that none returns to `OK` and the heartbeat is never missed.

mod alarms;
mod stack;
mod status;
mod template;

use serde_json::{Value, json};

use super::stage::{failed_login, gzip, key};
use stack::{Deployment, FEW_RULES, RULES_BUCKET, RULES_KEY, TRAIL, cloud_with_template, create_stack};

/// A rule file that cannot be used.
const BROKEN: &str = "version: 1\nrules: [{ id: Broken }]\n";

fn log_file(records: &[Value]) -> Vec<u8> {
    gzip(json!({ "Records": records }).to_string().as_bytes())
}

#[tokio::test]
async fn a_log_file_in_the_bucket_of_the_stack_becomes_metrics_and_alerts() {
    let deployment = Deployment::with(&[FEW_RULES]).await;
    let trail = deployment.trail("GetTrail")["Trail"].clone();
    assert_eq!(trail["S3BucketName"], deployment.output("LogBucketName"));
    assert_eq!(trail["KmsKeyId"], deployment.output("LogKeyArn"));
    assert_eq!(deployment.trail("GetTrailStatus")["IsLogging"], true);

    deployment.publish("CloudTrail validation message.").await;
    let records = [failed_login("alice", 1), failed_login("alice", 2), failed_login("alice", 3)];
    deployment.deliver(&key("", 1), log_file(&records)).await;

    deployment.wait_for_total("CloudTrailMetrics", "ConsoleSignInFailureCount", 3.0).await;
    deployment.wait_for_total("Trailbell", "FilesProcessed", 1.0).await;
    let alert =
        deployment.wait_for_message(|message| message["rule"]["id"] == "console-login-failures").await;
    assert_eq!((&alert["count"], &alert["severity"]), (&json!(3), &json!("medium")));
    assert_eq!(alert["events"][0]["identity"]["words"], "IAM user alice");
    let table = json!({ "TableName": deployment.output("LedgerTableName") });
    let items = deployment.cloud.call("dynamodb", "DynamoDB_20120810.Scan", &table)["Items"].clone();
    let phases: Vec<&Value> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["phase"]["S"])
        .filter(|phase| !phase.is_null())
        .collect();
    assert_eq!(phases, ["done"], "{items}");
    // A file has arrived, so the trail is alive.
    deployment.wait_for_alarm("HeartbeatAlarm", "OK").await;
    let log = deployment.cloud.log_group(deployment.output("LogProcessorLogGroupName"));
    assert!(log.contains("batch processed"), "{log}");
}

#[tokio::test]
async fn a_poisonous_log_file_sounds_an_alarm_and_ends_in_the_dead_letter_queue_of_the_stack() {
    let deployment = Deployment::with(&[FEW_RULES]).await;
    // Its visibility timeout is minutes long, and a message is tried five times: the function lets what no attempt can
    // mend come back at once.
    let queue = deployment.queue("DeliveryQueueUrl").await;
    let (good, poisonous) = (key("", 1), key("", 2));
    deployment.deliver(&poisonous, b"\x00\x01\x02".to_vec()).await;
    deployment.deliver(&good, log_file(&[failed_login("alice", 1)])).await;

    deployment.wait_for_alarm("FilesFailedAlarm", "ALARM").await;
    deployment.wait_for_total("CloudTrailMetrics", "ConsoleSignInFailureCount", 1.0).await;
    let dead = deployment.queue("DeadLetterQueueUrl").await;
    let messages = deployment.wait_for("a dead letter", async || {
        let messages = deployment.cloud.messages(&dead).await;
        (!messages.is_empty()).then_some(messages)
    });
    let messages = messages.await;
    assert!(messages.len() == 1 && messages[0].contains(&poisonous), "{messages:?}");
    assert_eq!(deployment.cloud.queue_depth(&queue).await, (0, 0));
}

#[tokio::test]
async fn an_edited_rule_file_comes_into_force_and_a_broken_one_sounds_an_alarm_and_changes_nothing() {
    let deployment = Deployment::with_rules(&rules("BeforeTheEdit"), &[]).await;
    let mut files = 0;
    // Each file is evaluated by the rules of its batch; what is newer than a second may not be read yet.
    let mut deliver_until = async |namespace: &str, metric: &str, total: f64| {
        let reached = deployment.wait_for(metric, async || {
            files += 1;
            let records = [failed_login("alice", files)];
            deployment.deliver(&key("", files), log_file(&records)).await;
            deployment.wait_for_total("Trailbell", "FilesProcessed", f64::from(files)).await;
            (deployment.total(namespace, metric).await >= total).then_some(())
        });
        reached.await;
    };

    deliver_until("CloudTrailMetrics", "BeforeTheEdit", 1.0).await;
    deployment.put_rules(&rules("AfterTheEdit")).await;
    deliver_until("CloudTrailMetrics", "AfterTheEdit", 1.0).await;

    deployment.put_rules(BROKEN).await;
    deliver_until("Trailbell", "RulesRejected", 1.0).await;
    deployment.wait_for_alarm("RulesRejectedAlarm", "ALARM").await;
    let evaluated = deployment.total("CloudTrailMetrics", "AfterTheEdit").await;
    deliver_until("CloudTrailMetrics", "AfterTheEdit", evaluated + 1.0).await;

    deployment.put_rules(&rules("Repaired")).await;
    deliver_until("CloudTrailMetrics", "Repaired", 1.0).await;
    assert_eq!(deployment.total("Trailbell", "FilesFailed").await, 0.0);
}

#[tokio::test]
async fn a_function_that_starts_while_the_rule_file_is_broken_takes_its_last_good_version() {
    let deployment = Deployment::with_rules(&rules("First"), &[]).await;
    for version in [&rules("LastGood"), BROKEN] {
        deployment.put_rules(version).await;
    }
    // Its name begins with the other's, and it is newer.
    let other = format!("{RULES_KEY}.new");
    deployment.cloud.put_object(RULES_BUCKET, &other, rules("Other").into_bytes()).await;

    deployment.deliver(&key("", 1), log_file(&[failed_login("alice", 1)])).await;
    deployment.wait_for_total("CloudTrailMetrics", "LastGood", 1.0).await;
    deployment.wait_for_total("Trailbell", "FilesProcessed", 1.0).await;
    deployment.wait_for_alarm("RulesRejectedAlarm", "ALARM").await;
    for other in ["First", "Other"] {
        assert_eq!(deployment.total("CloudTrailMetrics", other).await, 0.0, "{other}");
    }
}

/// A rule on sign-ins that counts under this name.
fn rules(metric: &str) -> String {
    format!(
        "version: 1\n\
         defaults: {{ metricNamespace: CloudTrailMetrics }}\n\
         rules:\n  \
         - id: sign-ins\n    \
           filterPattern: '{{ $.eventName = ConsoleLogin }}'\n    \
           metricTransformation: {{ metricName: {metric} }}\n"
    )
}

#[tokio::test]
async fn removing_the_stack_leaves_the_trail_its_log_files_and_their_key() {
    let deployment = Deployment::with(&[FEW_RULES]).await;
    let log_file_key = key("", 1);
    deployment.deliver(&log_file_key, log_file(&[failed_login("alice", 1)])).await;
    deployment.wait_for_total("Trailbell", "FilesProcessed", 1.0).await;
    let Deployment { cloud, stack, .. } = &deployment;
    let heartbeat = &stack.resources["HeartbeatAlarm"];
    assert!(cloud.alarm_state(heartbeat).await.is_some());

    cloud.delete_stack(&stack.name).await;

    let bucket = deployment.output("LogBucketName");
    assert!(cloud.has_object(bucket, &log_file_key).await, "the log file is gone");
    let policy = cloud.bucket_policy(bucket).await.unwrap_or_default();
    assert!(policy.contains(TRAIL), "CloudTrail cannot write any more: {policy}");
    assert_eq!(deployment.trail("GetTrailStatus")["IsLogging"], true);
    let key = cloud.call("kms", "TrentService.DescribeKey", &json!({ "KeyId": stack.resources["Key"] }));
    assert_eq!(key["KeyMetadata"]["KeyState"], "Enabled", "the log files can be read");
    assert_eq!(cloud.alarm_state(heartbeat).await, None);
    for queue in ["DeliveryQueueUrl", "DeadLetterQueueUrl", "SubscriptionDeadLetterQueueUrl"] {
        assert!(!cloud.has_queue(deployment.output(queue)).await, "{queue}");
    }
}

#[tokio::test]
async fn parameters_that_cannot_work_are_refused_before_anything_is_made() {
    let cloud = cloud_with_template().await;
    let refusals: &[(&[(&str, &str)], &str)] = &[
        (&[("LogBucketName", "Trail-Logs")], "without capitals"),
        (&[("Insights", "Both"), ("ManagementEvents", "None")], "set ManagementEvents to All"),
        (&[("OrganizationTrail", "true")], "organization's id (o-...) in OrganizationId"),
        (&[("LogEncryption", "ExistingKey")], "the key in LogKeyArn"),
        (&[("LogEncryption", "ExistingKey"), ("LogKeyArn", "alias/logs")], "the whole ARN of a key"),
        (&[("RulesBucket", "amzn-s3-demo-bucket")], "both RulesBucket and RulesKey"),
        (&[("MaxReceiveCount", "2")], "a number from 5 to 100"),
    ];
    for (parameters, advice) in refusals {
        let refusal = create_stack(&cloud, parameters).await.unwrap_err();
        assert!(refusal.contains(advice), "{parameters:?}: {refusal}");
        assert!(!cloud.has_stack("trailbell").await, "{parameters:?}");
    }
}
