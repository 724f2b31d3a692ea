//! The keys of log files and messages: whether they can be used, and by the services that need them.

use aws::KeyState;

use super::{permission, seen};
use crate::status::facts::Facts;
use crate::status::policy::ServiceCall;
use crate::status::report::Line;

const CURE: &str = "deploy the stack again to put the key's policy back; a key of your own needs the statements in docs/deploy.md";

pub(super) fn checks(facts: &Facts) -> Vec<Line> {
    let output = |name: &str| facts.stack.outputs.get(name).map_or("", String::as_str);
    let missing = || "without its key nothing can be decrypted; restore it, or set another".to_owned();
    let trail = facts.trail.arn.as_str();
    let mut lines = Vec::new();
    match &facts.log_key {
        None => lines.push(Line::note("key.logFiles", "log files have no key of KMS; S3 encrypts them")),
        Some(key) => lines.extend(seen("key.logFiles", key, missing, |key| {
            let arn = output("LogKeyArn");
            let context = [
                ("aws:SourceArn", trail),
                ("aws:SourceAccount", trail.split(':').nth(4).unwrap_or_default()),
                ("kms:EncryptionContext:aws:cloudtrail:arn", trail),
            ];
            let call = ServiceCall {
                service: "cloudtrail.amazonaws.com",
                action: "kms:GenerateDataKey",
                resource: arn,
                context: &context,
            };
            usable("key.logFiles", arn, key, &[call])
        })),
    }
    lines.extend(seen("key.messages", &facts.message_key, missing, |key| {
        let arn = output("MessageKeyArn");
        let topic = output("DeliveryTopicArn");
        let of_trail =
            [("aws:SourceArn", trail), ("aws:SourceAccount", trail.split(':').nth(4).unwrap_or_default())];
        let of_topic =
            [("aws:SourceArn", topic), ("aws:SourceAccount", topic.split(':').nth(4).unwrap_or_default())];
        let call =
            |service, context| ServiceCall { service, action: "kms:GenerateDataKey", resource: arn, context };
        usable(
            "key.messages",
            arn,
            key,
            &[call("cloudtrail.amazonaws.com", &of_trail), call("sns.amazonaws.com", &of_topic)],
        )
    }));
    lines
}

fn usable(check: &'static str, arn: &str, key: &KeyState, calls: &[ServiceCall<'_>]) -> Vec<Line> {
    match key.unusable.as_deref() {
        Some("PendingDeletion") => {
            vec![Line::broken(
                check,
                format!("{arn} is about to be deleted"),
                format!("aws kms cancel-key-deletion --key-id {arn}"),
            )]
        }
        Some(state) => {
            vec![Line::broken(
                check,
                format!("{arn} cannot be used: {state}"),
                format!("aws kms enable-key --key-id {arn}"),
            )]
        }
        None => {
            let what = format!("key {arn}");
            calls.iter().map(|call| permission(check, &what, Some(&key.policy), call, CURE)).collect()
        }
    }
}
