//! When a message that failed is seen again: its visibility in the queue.
//!
//! Source: the Amazon SQS API reference, ChangeMessageVisibilityBatch.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use pipeline::error::chain;

/// Entries in one request.
const ENTRIES: usize = 10;
/// Longest visibility timeout, counted from the message's receipt; a margin is left for what has passed since then.
const LONGEST_DELAY: Duration = Duration::from_secs(11 * 3600);

/// When one message comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// The handle of its receipt.
    pub receipt_handle: String,
    /// From the present; at most eleven hours.
    pub delay: Duration,
}

/// The queue that the messages come from.
#[derive(Debug, Clone)]
pub struct SqsRedelivery {
    client: Client,
    url: String,
}

impl SqsRedelivery {
    /// The queue at `url`.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Lets messages come back when they are to. One that cannot be told comes back after the visibility timeout of its
    /// queue, so a failure is logged and nothing else.
    pub async fn delay(&self, delays: &[Delay]) {
        for batch in delays.chunks(ENTRIES) {
            let entries = batch.iter().enumerate().filter_map(|(index, Delay { receipt_handle, delay })| {
                let seconds = delay.min(&LONGEST_DELAY).as_secs();
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(receipt_handle)
                    .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX))
                    .build()
                    .ok()
            });
            let request = self
                .client
                .change_message_visibility_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries.collect()));
            match request.send().await {
                Ok(answer) => {
                    for failed in answer.failed() {
                        report(&failed.code);
                    }
                }
                Err(error) => report(&chain(&error)),
            }
        }
    }
}

fn report(reason: &str) {
    tracing::warn!(
        code = "redelivery.unchanged",
        "a message comes back after the queue's visibility timeout: {reason}",
    );
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::config::{BehaviorVersion, Region};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Answer, FakeService};

    const URL: &str = "https://sqs.us-east-1.amazonaws.com/111122223333/trailbell-deliveries";

    fn queue(service: &FakeService) -> SqsRedelivery {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(FakeService::credentials())
            .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
            .http_client(service.http_client())
            .build();
        SqsRedelivery::new(Client::from_conf(config), URL.to_owned())
    }

    fn delays(count: u64) -> Vec<Delay> {
        let delay =
            |n: u64| Delay { receipt_handle: format!("r{n}"), delay: Duration::from_secs(n * 10_000) };
        (0..count).map(delay).collect()
    }

    #[tokio::test]
    async fn each_message_gets_its_own_time_ten_in_a_request() {
        let ok = || {
            let body = json!({ "Successful": [], "Failed": [] }).to_string();
            Answer::new(200, body).header("content-type", "application/x-amz-json-1.0")
        };
        let service = FakeService::new([ok(), ok()]);
        queue(&service).delay(&delays(12)).await;
        let sent: Vec<Value> =
            service.requests().iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
        assert_eq!(
            sent.iter().map(|body| body["Entries"].as_array().unwrap().len()).collect::<Vec<_>>(),
            [10, 2]
        );
        assert_eq!(sent[0]["QueueUrl"], URL);
        let entry = &sent[0]["Entries"][1];
        assert_eq!(entry, &json!({ "Id": "1", "ReceiptHandle": "r1", "VisibilityTimeout": 10_000 }));
        assert_eq!(sent[0]["Entries"][9]["VisibilityTimeout"], 39_600, "SQS takes twelve hours at most");
    }

    #[tokio::test]
    async fn a_queue_out_of_reach_fails_nothing() {
        queue(&FakeService::new([])).delay(&delays(1)).await;
    }
}
