//! One queue: receives its messages, hides them and shows them again, sends and deletes them, ten per call.
//!
//! A batch call of SQS can succeed for only some of its entries, so every method here returns a result for each entry.
//!
//! Source: the Amazon SQS API reference, ReceiveMessage, ChangeMessageVisibilityBatch, SendMessageBatch, DeleteMessageBatch,
//! GetQueueAttributes.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Region;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use time::OffsetDateTime;

use super::error::{CallError, CallErrorKind, EntryError, call_error};
use super::queue_url::QueueUrl;
use crate::client::Aws;

/// How long a receive waits for messages. With any wait, SQS asks all of its servers, so an empty response means that there
/// are no messages.
const WAIT_SECONDS: i32 = 1;

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueMessage {
    /// The message's id, the same at every receive.
    pub id: String,
    /// The receipt handle for deleting the message or showing it again, new at every receive.
    pub receipt: String,
    /// The body.
    pub body: String,
    /// When the message was sent. It keeps this time when it moves to a dead-letter queue.
    pub sent_at: Option<OffsetDateTime>,
    /// The number of receives, including this one.
    pub receives: Option<u64>,
    /// The ARN of the queue that moved it to this dead-letter queue.
    pub source_arn: Option<String>,
    /// The attributes that the sender added.
    pub attributes: BTreeMap<String, MessageAttribute>,
}

/// A message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, possibly followed by a custom label.
    pub data_type: String,
    /// The value.
    pub value: AttributeValue,
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text or a number.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl MessageAttribute {
    /// Returns an attribute of the type `String`.
    pub fn text(value: impl Into<String>) -> Self {
        Self { data_type: "String".to_owned(), value: AttributeValue::Text(value.into()) }
    }
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutgoingMessage {
    /// The body.
    pub body: String,
    /// The attributes.
    pub attributes: BTreeMap<String, MessageAttribute>,
}

/// The result of each entry of a batch, in order.
type Entries = Vec<Result<(), EntryError>>;

/// A standard queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: QueueUrl,
}

impl Aws {
    /// A queue, in the region that its URL names, or else in the environment's region.
    pub fn queue(&self, url: QueueUrl) -> SqsQueue {
        let mut config = aws_sdk_sqs::config::Builder::from(self.config());
        if let Some(region) = url.region() {
            config = config.region(Region::new(region.to_owned()));
        }
        SqsQueue::new(Client::from_conf(config.build()), url)
    }
}

impl SqsQueue {
    /// The most entries in a batch (Amazon SQS quotas).
    pub const BATCH: usize = 10;
    /// The most bytes in a batch, counting bodies and attributes. This is the smallest limit that applies by default, so a
    /// batch within it always fits (Amazon SQS quotas).
    pub const BATCH_BYTES: usize = 256 * 1024;

    /// The queue with this URL, in the client's region.
    pub fn new(client: Client, url: QueueUrl) -> Self {
        Self { client, url }
    }

    /// Receives up to ten messages and hides them from all other receivers for a time, in whole seconds and up to 12 hours.
    /// An empty list means that no message is visible.
    ///
    /// # Errors
    ///
    /// [`CallError`] if messages cannot be received.
    pub async fn receive(&self, hidden: Duration) -> Result<Vec<QueueMessage>, CallError> {
        let request = self
            .client
            .receive_message()
            .queue_url(self.url.as_str())
            .max_number_of_messages(10)
            .visibility_timeout(seconds(hidden))
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::DeadLetterQueueSourceArn)
            .message_attribute_names("All");
        let answer = request.send().await;
        let answer = answer.map_err(|error| call_error("sqs:ReceiveMessage", self.url.as_str(), error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
    }

    /// Makes up to ten messages visible again, by their receipt handles.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the call fails as a whole.
    pub async fn make_visible(&self, receipts: &[String]) -> Result<Entries, CallError> {
        let entries = receipts.iter().enumerate().map(|(index, receipt)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(0)
                .build()
        });
        const ACTION: &str = "sqs:ChangeMessageVisibility";
        let entries = entries.collect::<Result<_, _>>().map_err(|error| self.not_built(ACTION, error))?;
        let request = self.client.change_message_visibility_batch().queue_url(self.url.as_str());
        let answer = request.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| call_error(ACTION, self.url.as_str(), error))?;
        Ok(by_entry(receipts.len(), answer.failed))
    }

    /// Sends up to ten messages, together at most [`Self::BATCH_BYTES`].
    ///
    /// # Errors
    ///
    /// [`CallError`] if the call fails as a whole.
    pub async fn send(&self, messages: &[OutgoingMessage]) -> Result<Entries, CallError> {
        let entries = messages.iter().enumerate().map(|(index, message)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&message.body)
                .set_message_attributes(Some(sdk_attributes(&message.attributes)?))
                .build()
        });
        const ACTION: &str = "sqs:SendMessage";
        let entries = entries.collect::<Result<_, _>>().map_err(|error| self.not_built(ACTION, error))?;
        let request = self.client.send_message_batch().queue_url(self.url.as_str());
        let answer = request.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| call_error(ACTION, self.url.as_str(), error))?;
        Ok(by_entry(messages.len(), answer.failed))
    }

    /// Deletes up to ten messages, by their receipt handles.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the call fails as a whole.
    pub async fn delete(&self, receipts: &[String]) -> Result<Entries, CallError> {
        let entries = receipts.iter().enumerate().map(|(index, receipt)| {
            DeleteMessageBatchRequestEntry::builder().id(index.to_string()).receipt_handle(receipt).build()
        });
        const ACTION: &str = "sqs:DeleteMessage";
        let entries = entries.collect::<Result<_, _>>().map_err(|error| self.not_built(ACTION, error))?;
        let request = self.client.delete_message_batch().queue_url(self.url.as_str());
        let answer = request.set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| call_error(ACTION, self.url.as_str(), error))?;
        Ok(by_entry(receipts.len(), answer.failed))
    }

    /// The approximate number of visible messages.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the number cannot be read.
    pub async fn visible(&self) -> Result<u64, CallError> {
        const COUNT: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(self.url.as_str()).attribute_names(COUNT);
        let answer = request.send().await;
        let answer =
            answer.map_err(|error| call_error("sqs:GetQueueAttributes", self.url.as_str(), error))?;
        let count = answer.attributes.and_then(|attributes| attributes.get(&COUNT)?.parse().ok());
        Ok(count.unwrap_or_default())
    }

    /// The error of an entry that lacks a required member. The callers always supply all of them.
    fn not_built(&self, action: &'static str, error: BuildError) -> CallError {
        CallError {
            action,
            resource: self.url.to_string(),
            kind: CallErrorKind::Refused,
            source: Box::new(error),
        }
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn received(message: Message) -> QueueMessage {
    let system = message.attributes.unwrap_or_default();
    let number = |name| system.get(&name).and_then(|value: &String| value.parse::<u64>().ok());
    let sent_at = number(MessageSystemAttributeName::SentTimestamp);
    let sent_at = sent_at.and_then(|milliseconds| {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).ok()
    });
    QueueMessage {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        sent_at,
        receives: number(MessageSystemAttributeName::ApproximateReceiveCount),
        source_arn: system.get(&MessageSystemAttributeName::DeadLetterQueueSourceArn).cloned(),
        attributes: attributes(message.message_attributes.unwrap_or_default()),
    }
}

fn attributes(attributes: HashMap<String, MessageAttributeValue>) -> BTreeMap<String, MessageAttribute> {
    let plain = attributes.into_iter().map(|(name, attribute)| {
        let value = match attribute.binary_value {
            Some(bytes) => AttributeValue::Binary(bytes.into_inner()),
            None => AttributeValue::Text(attribute.string_value.unwrap_or_default()),
        };
        (name, MessageAttribute { data_type: attribute.data_type, value })
    });
    plain.collect()
}

fn sdk_attributes(
    attributes: &BTreeMap<String, MessageAttribute>,
) -> Result<HashMap<String, MessageAttributeValue>, BuildError> {
    let values = attributes.iter().map(|(name, attribute)| {
        let value = MessageAttributeValue::builder().data_type(&attribute.data_type);
        let value = match &attribute.value {
            AttributeValue::Text(text) => value.string_value(text),
            AttributeValue::Binary(bytes) => value.binary_value(Blob::new(bytes.clone())),
        };
        Ok((name.clone(), value.build()?))
    });
    values.collect()
}

/// The result of each of `count` entries. The id of an entry is its index, and `failed` lists the failed ones.
fn by_entry(count: usize, failed: Vec<BatchResultErrorEntry>) -> Entries {
    let mut failed: HashMap<String, BatchResultErrorEntry> =
        failed.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
    let answers = (0..count).map(|index| match failed.remove(&index.to_string()) {
        None => Ok(()),
        Some(entry) => Err(EntryError {
            code: entry.code,
            message: entry.message.unwrap_or_default(),
            is_permanent: entry.sender_fault,
        }),
    });
    answers.collect()
}

#[cfg(test)]
mod tests;
