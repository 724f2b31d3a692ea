//! When a failed message becomes visible in the queue again.
//!
//! The delay itself is decided by the function.
//!
//! Source: the Amazon SQS API reference, ChangeMessageVisibilityBatch.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use pipeline::{OperationalEvent, chain, log_event};

use crate::client::{AtFirstUse, Aws, timeouts};

/// The most entries in one request (ChangeMessageVisibilityBatch).
const ENTRIES: usize = 10;
/// The longest delay. SQS allows twelve hours from the receipt of a message; the difference covers the time since then.
const LONGEST_DELAY: Duration = Duration::from_secs(11 * 3600);

/// The longest time for a request with all its attempts. The request is sent at the very end of an invocation, and a failed
/// message also returns without it, only later.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(800);

/// When one message returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// The message's receipt handle.
    pub receipt_handle: String,
    /// The delay from now, at most eleven hours.
    pub delay: Duration,
}

/// The queue that the messages were received from.
#[derive(Debug, Clone)]
pub struct SqsRedelivery {
    client: AtFirstUse<Client>,
    url: String,
}

impl Aws {
    /// The queue at `url`.
    pub fn redelivery(&self, url: String) -> SqsRedelivery {
        let timeouts = timeouts().to_builder().operation_timeout(OPERATION_TIMEOUT).build();
        let config = aws_sdk_sqs::config::Builder::from(self.config()).timeout_config(timeouts).build();
        SqsRedelivery { client: AtFirstUse::new(|| Client::from_conf(config)), url }
    }
}

impl SqsRedelivery {
    /// The queue at `url`.
    pub fn new(client: Client, url: String) -> Self {
        Self { client: AtFirstUse::new(|| client), url }
    }

    /// Sets when messages return. If that fails, a message returns after the queue's visibility timeout, so a failure is
    /// only logged.
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
    log_event!(
        OperationalEvent::RedeliveryUnchanged,
        "could not set when a message returns; it returns after the queue's visibility timeout: {reason}",
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
    async fn an_unreachable_queue_fails_nothing() {
        queue(&FakeService::new([])).delay(&delays(1)).await;
    }
}
