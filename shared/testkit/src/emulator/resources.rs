//! Buckets, topics, queues and subscriptions, made and read in one call each.
//!
//! A call that fails ends the test: the emulator has no permissions to lack and no limits to hit, so that a failure here
//! is a mistake in the test. What it should do about failures is for the code under test, with its own clients.

use std::collections::HashMap;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, Event, EventBridgeConfiguration, NotificationConfiguration, QueueConfiguration,
    TopicConfiguration, VersioningConfiguration,
};
use aws_sdk_sqs::types::QueueAttributeName;

use super::EmulatedCloud;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// How SQS clients name it.
    pub url: String,
    /// How policies, subscriptions and event source mappings name it.
    pub arn: String,
}

/// How a queue hands out and gives up messages.
#[derive(Debug, Clone, Default)]
pub struct QueueOptions<'a> {
    /// How long a received message stays hidden. AWS's own default is 30 s.
    pub visibility_timeout_seconds: Option<u32>,
    /// The dead-letter queue, and how often a message is received before it goes there.
    pub dead_letters: Option<(&'a Queue, u32)>,
}

impl EmulatedCloud {
    /// Creates a bucket.
    pub async fn create_bucket(&self, name: &str) {
        self.s3().create_bucket().bucket(name).send().await.expect("create a bucket");
    }

    /// Switches versioning on.
    pub async fn keep_versions(&self, bucket: &str) {
        let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request = self.s3().put_bucket_versioning().bucket(bucket).versioning_configuration(versioning);
        request.send().await.expect("switch versioning on");
    }

    /// Puts an object.
    pub async fn put_object(&self, bucket: &str, key: &str, contents: Vec<u8>) {
        let body = ByteStream::from(contents);
        self.s3().put_object().bucket(bucket).key(key).body(body).send().await.expect("put an object");
    }

    /// Whether there is such an object.
    pub async fn has_object(&self, bucket: &str, key: &str) -> bool {
        self.s3().head_object().bucket(bucket).key(key).send().await.is_ok()
    }

    /// The policy of a bucket, in JSON; none if there is none.
    pub async fn bucket_policy(&self, bucket: &str) -> Option<String> {
        self.s3().get_bucket_policy().bucket(bucket).send().await.ok()?.policy
    }

    /// Takes the policy of a bucket away.
    pub async fn delete_bucket_policy(&self, bucket: &str) {
        self.s3().delete_bucket_policy().bucket(bucket).send().await.expect("delete a bucket policy");
    }

    /// Lets a bucket announce new objects at a topic. S3 sends its test event at once.
    pub async fn announce_objects_at_topic(&self, bucket: &str, topic_arn: &str) {
        let topic = TopicConfiguration::builder().topic_arn(topic_arn).events(Event::S3ObjectCreated).build();
        let configuration = NotificationConfiguration::builder();
        self.put_notifications(
            bucket,
            configuration.topic_configurations(topic.expect("all is set")).build(),
        )
        .await;
    }

    /// Lets a bucket announce new objects at a queue. S3 sends its test event at once.
    pub async fn announce_objects_at_queue(&self, bucket: &str, queue: &Queue) {
        let queue =
            QueueConfiguration::builder().queue_arn(&queue.arn).events(Event::S3ObjectCreated).build();
        let configuration = NotificationConfiguration::builder();
        self.put_notifications(
            bucket,
            configuration.queue_configurations(queue.expect("all is set")).build(),
        )
        .await;
    }

    /// Lets a bucket send its events to EventBridge.
    pub async fn send_events_to_eventbridge(&self, bucket: &str) {
        let configuration = NotificationConfiguration::builder();
        let bridge = EventBridgeConfiguration::builder().build();
        self.put_notifications(bucket, configuration.event_bridge_configuration(bridge).build()).await;
    }

    async fn put_notifications(&self, bucket: &str, configuration: NotificationConfiguration) {
        let request = self.s3().put_bucket_notification_configuration().bucket(bucket);
        request.notification_configuration(configuration).send().await.expect("configure notifications");
    }

    /// Creates a topic and answers its ARN.
    pub async fn create_topic(&self, name: &str) -> String {
        let topic = self.sns().create_topic().name(name).send().await.expect("create a topic");
        topic.topic_arn.expect("a topic has an ARN")
    }

    /// Publishes a message as it is, such as the one that CloudTrail sends.
    pub async fn publish(&self, topic_arn: &str, message: &str) {
        self.sns().publish().topic_arn(topic_arn).message(message).send().await.expect("publish");
    }

    /// Subscribes a queue to a topic: wrapped in SNS's envelope, or `raw`.
    pub async fn subscribe(&self, topic_arn: &str, queue: &Queue, raw: bool) {
        let request = self.sns().subscribe().topic_arn(topic_arn).protocol("sqs").endpoint(&queue.arn);
        let request = request.attributes("RawMessageDelivery", raw.to_string());
        request.send().await.expect("subscribe");
    }

    /// Replaces the policy of a topic.
    pub async fn set_topic_policy(&self, topic_arn: &str, policy: &str) {
        let request = self.sns().set_topic_attributes().topic_arn(topic_arn).attribute_name("Policy");
        request.attribute_value(policy).send().await.expect("set a topic's policy");
    }

    /// Ends all subscriptions of a topic.
    pub async fn unsubscribe_all(&self, topic_arn: &str) {
        let client = self.sns();
        let listed = client.list_subscriptions_by_topic().topic_arn(topic_arn).send().await;
        for subscription in listed.expect("list subscriptions").subscriptions() {
            let arn = subscription.subscription_arn().expect("a subscription has an ARN");
            client.unsubscribe().subscription_arn(arn).send().await.expect("unsubscribe");
        }
    }

    /// Creates a queue.
    pub async fn create_queue(&self, name: &str, options: QueueOptions<'_>) -> Queue {
        let mut attributes = HashMap::new();
        if let Some(seconds) = options.visibility_timeout_seconds {
            attributes.insert(QueueAttributeName::VisibilityTimeout, seconds.to_string());
        }
        if let Some((queue, receives)) = options.dead_letters {
            let policy = serde_json::json!({ "deadLetterTargetArn": queue.arn, "maxReceiveCount": receives });
            attributes.insert(QueueAttributeName::RedrivePolicy, policy.to_string());
        }
        let request = self.sqs().create_queue().queue_name(name).set_attributes(Some(attributes));
        let url = request.send().await.expect("create a queue").queue_url.expect("a queue has a URL");
        self.queue(url).await
    }

    /// The queue of a URL, such as one that a stack has made.
    pub async fn queue(&self, url: String) -> Queue {
        let arn = self.queue_attribute(&url, QueueAttributeName::QueueArn).await;
        Queue { url, arn }
    }

    /// Whether a queue of this URL is there.
    pub async fn has_queue(&self, url: &str) -> bool {
        self.sqs().get_queue_attributes().queue_url(url).send().await.is_ok()
    }

    /// Sends a message to a queue.
    pub async fn send(&self, queue: &Queue, body: &str) {
        self.sqs().send_message().queue_url(&queue.url).message_body(body).send().await.expect("send");
    }

    /// The bodies of all messages that are visible, in no order. They stay in the queue, visible as before.
    pub async fn messages(&self, queue: &Queue) -> Vec<String> {
        let mut received = Vec::new();
        loop {
            let request = self.sqs().receive_message().queue_url(&queue.url);
            let request = request.max_number_of_messages(10).visibility_timeout(30).wait_time_seconds(0);
            let batch = request.send().await.expect("receive").messages.unwrap_or_default();
            if batch.is_empty() {
                break;
            }
            received.extend(batch);
        }
        for message in &received {
            let request = self.sqs().change_message_visibility().queue_url(&queue.url).visibility_timeout(0);
            let request = request.set_receipt_handle(message.receipt_handle.clone());
            request.send().await.expect("make a message visible again");
        }
        received.into_iter().filter_map(|message| message.body).collect()
    }

    /// How many messages a queue has: visible, and hidden while somebody works on them.
    pub async fn queue_depth(&self, queue: &Queue) -> (u32, u32) {
        let count = async |name| self.queue_attribute(&queue.url, name).await.parse().expect("a count");
        let visible = count(QueueAttributeName::ApproximateNumberOfMessages).await;
        (visible, count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await)
    }

    async fn queue_attribute(&self, url: &str, name: QueueAttributeName) -> String {
        let request = self.sqs().get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let attributes = request.send().await.expect("read a queue's attribute").attributes;
        attributes.unwrap_or_default().remove(&name).expect("a queue has this attribute")
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(self.sdk_config())
    }

    fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(self.sdk_config())
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(self.sdk_config())
    }
}
