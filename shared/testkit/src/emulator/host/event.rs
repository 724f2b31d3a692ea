//! A batch of messages: received, written as the event of an SQS event source mapping, and settled by the answer.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use serde_json::{Value, json};

use super::super::{Queue, REGION};

/// How long a request for messages waits for the first.
const WAIT_SECONDS: i32 = 1;
/// The most messages of a batch, without a batching window.
const BATCH_SIZE: i32 = 10;

/// The messages of one invocation.
pub(super) struct Batch(Vec<Message>);

impl Batch {
    /// Waits a second at most for messages. A queue that does not answer has none: it may be gone with its emulator.
    pub(super) async fn receive(client: &Client, queue: &Queue) -> Self {
        let request = client
            .receive_message()
            .queue_url(&queue.url)
            .max_number_of_messages(BATCH_SIZE)
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All");
        Self(request.send().await.ok().and_then(|answer| answer.messages).unwrap_or_default())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What Lambda hands to the function.
    pub(super) fn event(&self, queue: &Queue) -> String {
        let record = |message: &Message| {
            let system = message.attributes.iter().flatten();
            let system: HashMap<&str, &str> =
                system.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let own = message.message_attributes.iter().flatten();
            let own: HashMap<&str, Value> =
                own.map(|(name, value)| (name.as_str(), attribute(value))).collect();
            json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": system,
                "messageAttributes": own,
                "md5OfBody": message.md5_of_body,
                "eventSource": "aws:sqs",
                "eventSourceARN": queue.arn,
                "awsRegion": REGION,
            })
        };
        json!({ "Records": self.0.iter().map(record).collect::<Vec<_>>() }).to_string()
    }

    /// The messages that the answer leaves to be deleted, and how many it returns.
    pub(super) fn settle(&self, answer: &[u8]) -> (Vec<&Message>, u64) {
        let whole = || (Vec::new(), self.0.len() as u64);
        let failures = match serde_json::from_slice::<Value>(answer) {
            Ok(Value::Null) => Vec::new(),
            Ok(Value::Object(members)) => match members.get("batchItemFailures") {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(failures)) => failures.clone(),
                Some(_) => return whole(),
            },
            Ok(_) | Err(_) => return whole(),
        };
        let failed: Vec<Option<&str>> =
            failures.iter().map(|failure| failure["itemIdentifier"].as_str()).collect();
        let is_known = |id: &Option<&str>| id.is_some() && self.0.iter().any(|m| m.message_id() == *id);
        if !failed.iter().all(is_known) {
            return whole();
        }
        let done: Vec<&Message> =
            self.0.iter().filter(|message| !failed.contains(&message.message_id())).collect();
        let returned = (self.0.len() - done.len()) as u64;
        (done, returned)
    }

    pub(super) async fn delete(&self, client: &Client, queue: &Queue, done: &[&Message]) {
        if done.is_empty() {
            return;
        }
        let entry = |(index, message): (usize, &&Message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            entry.receipt_handle(message.receipt_handle.clone().unwrap_or_default()).build()
        };
        let entries: Result<Vec<_>, _> = done.iter().enumerate().map(entry).collect();
        let request = client.delete_message_batch().queue_url(&queue.url);
        // A message whose handle has expired comes again; so it does on AWS.
        let _ = request.set_entries(Some(entries.expect("all is set"))).send().await;
    }
}

fn attribute(value: &MessageAttributeValue) -> Value {
    json!({
        "dataType": value.data_type(),
        "stringValue": value.string_value(),
        "stringListValues": [],
        "binaryListValues": [],
    })
}
