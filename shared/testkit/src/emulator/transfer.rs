//! Messages that are taken out of queues, for good or to another queue.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageAttributeValue};

use super::{EmulatedCloud, Queue};

impl EmulatedCloud {
    /// Deletes all messages that are visible, and answers their bodies.
    pub async fn take_messages(&self, queue: &Queue) -> Vec<String> {
        let client = Client::new(self.sdk_config());
        let mut bodies = Vec::new();
        loop {
            let batch = receive(&client, queue).await;
            if batch.is_empty() {
                return bodies;
            }
            delete(&client, queue, &batch).await;
            bodies.extend(batch.into_iter().filter_map(|message| message.body));
        }
    }

    /// Sends all visible messages of a dead-letter queue back to where they came from, with their attributes, as a redrive
    /// does. Answers how many.
    pub async fn redrive(&self, from: &Queue, to: &Queue) -> usize {
        let client = Client::new(self.sdk_config());
        let mut moved = 0;
        loop {
            let batch = receive(&client, from).await;
            if batch.is_empty() {
                return moved;
            }
            for message in &batch {
                let request = client.send_message().queue_url(&to.url);
                let request = request.message_body(message.body().unwrap_or_default());
                let request = request.set_message_attributes(attributes(message));
                request.send().await.expect("send a message back");
            }
            delete(&client, from, &batch).await;
            moved += batch.len();
        }
    }
}

fn attributes(message: &Message) -> Option<HashMap<String, MessageAttributeValue>> {
    message.message_attributes.clone().filter(|attributes| !attributes.is_empty())
}

async fn receive(client: &Client, queue: &Queue) -> Vec<Message> {
    let request = client.receive_message().queue_url(&queue.url).message_attribute_names("All");
    let request = request.max_number_of_messages(10).visibility_timeout(30).wait_time_seconds(0);
    request.send().await.expect("receive").messages.unwrap_or_default()
}

async fn delete(client: &Client, queue: &Queue, messages: &[Message]) {
    let entry = |(index, message): (usize, &Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
        entry.receipt_handle(message.receipt_handle.clone().unwrap_or_default()).build().expect("all is set")
    };
    let entries = messages.iter().enumerate().map(entry).collect();
    let request = client.delete_message_batch().queue_url(&queue.url).set_entries(Some(entries));
    request.send().await.expect("delete messages");
}
