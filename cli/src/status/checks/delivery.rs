//! From the trail to the queue: the policies of bucket, topic and queue, and the subscription between them.

use aws::{QueueState, Subscription, TopicState};

use super::{permission, seen};
use crate::status::facts::Facts;
use crate::status::policy::ServiceCall;
use crate::status::report::Line;

const REDEPLOY: &str = "deploy the stack again to put its policies back; a bucket, topic or key of your own needs the statements in docs/deploy.md";
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

pub(super) fn checks(facts: &Facts) -> Vec<Line> {
    let redeploy = || REDEPLOY.to_owned();
    let mut lines =
        seen("bucket.policy", &facts.bucket_policy, redeploy, |policy| bucket(facts, policy.as_deref()));
    lines.extend(seen("topic.policy", &facts.topic.state, redeploy, |state| vec![topic(facts, state)]));
    lines.extend(seen("topic.subscription", &facts.topic.subscriptions, redeploy, |subscriptions| {
        vec![subscription(facts, subscriptions)]
    }));
    lines.extend(seen("queue.policy", &facts.queues.delivery, redeploy, |queue| {
        vec![queue_policy(facts, queue)]
    }));
    lines
}

/// What every call of a service is known to have.
fn context<'a>(source: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("aws:SourceArn", source),
        ("aws:SourceAccount", account(source)),
        ("aws:SecureTransport", "true"),
        ("s3:TlsVersion", "1.3"),
    ]
}

fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn partition(arn: &str) -> &str {
    arn.split(':').nth(1).unwrap_or("aws")
}

fn bucket(facts: &Facts, policy: Option<&str>) -> Vec<Line> {
    let trail = facts.trail.arn.as_str();
    let name = facts.stack.outputs.get("LogBucketName").map_or("", String::as_str);
    let prefix = facts.stack.parameters.get("LogFilePrefix").map_or("", String::as_str);
    let root = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let arn = format!("arn:{}:s3:::{name}", partition(trail));
    let file = format!("{arn}/{root}AWSLogs/{}/CloudTrail/", account(trail));
    let what = format!("bucket {name}");
    let acl = ServiceCall {
        service: CLOUDTRAIL,
        action: "s3:GetBucketAcl",
        resource: &arn,
        context: &context(trail),
    };
    let mut writing = context(trail).to_vec();
    writing.push(("s3:x-amz-acl", "bucket-owner-full-control"));
    let put = ServiceCall { service: CLOUDTRAIL, action: "s3:PutObject", resource: &file, context: &writing };
    vec![
        permission("bucket.policy", &what, policy, &acl, REDEPLOY),
        permission("bucket.policy", &what, policy, &put, REDEPLOY),
    ]
}

fn topic(facts: &Facts, state: &TopicState) -> Line {
    let arn = facts.stack.outputs.get("DeliveryTopicArn").map_or("", String::as_str);
    let call = ServiceCall {
        service: CLOUDTRAIL,
        action: "sns:Publish",
        resource: arn,
        context: &context(&facts.trail.arn),
    };
    permission("topic.policy", &format!("topic {arn}"), state.policy.as_deref(), &call, REDEPLOY)
}

/// Whether the queue has subscribed to the topic.
fn subscription(facts: &Facts, subscriptions: &[Subscription]) -> Line {
    let Ok(queue) = &facts.queues.delivery else {
        return Line::unknown(
            "topic.subscription",
            "the queue could not be read, and so its subscription not be recognized",
        );
    };
    let found = subscriptions.iter().find(|subscription| subscription.endpoint == queue.arn);
    match found {
        Some(subscription) if subscription.is_confirmed => {
            Line::ok("topic.subscription", "the queue has subscribed to the topic")
        }
        Some(_) => Line::broken(
            "topic.subscription",
            "the queue's subscription is not confirmed, so no announcement arrives",
            "deploy the stack again as a user of the topic's account, or confirm the subscription",
        ),
        None => {
            let topic = facts.stack.outputs.get("DeliveryTopicArn").map_or("", String::as_str);
            let cure = format!(
                "aws sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {}",
                queue.arn
            );
            Line::broken(
                "topic.subscription",
                "the queue has not subscribed to the topic, so no announcement arrives",
                cure,
            )
        }
    }
}

fn queue_policy(facts: &Facts, queue: &QueueState) -> Line {
    let topic = facts.stack.outputs.get("DeliveryTopicArn").map_or("", String::as_str);
    let region = facts.stack.parameters.get("OptInRegion").filter(|region| !region.is_empty());
    let service =
        region.map_or("sns.amazonaws.com".to_owned(), |region| format!("sns.{region}.amazonaws.com"));
    let call = ServiceCall {
        service: &service,
        action: "sqs:SendMessage",
        resource: &queue.arn,
        context: &context(topic),
    };
    permission("queue.policy", "the queue", queue.policy.as_deref(), &call, REDEPLOY)
}
