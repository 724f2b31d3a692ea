//! When a failed message returns.
//!
//! By default, every message would return after the queue's visibility timeout, which is six times as long as a batch may
//! take. Permanent failures return immediately instead, so that they reach the dead-letter queue within seconds and not
//! within hours. Transient failures wait a few seconds at first, and longer with each attempt: five attempts take about
//! twenty minutes. Jitter keeps messages that failed together from returning together.

use std::collections::HashMap;
use std::time::Duration;

use aws::Delay;
use pipeline::{BatchOutcome, MessageOutcome, Retry};

use crate::batch::QueueRecord;

/// The delay after the first attempt.
const FIRST: Duration = Duration::from_secs(15);
/// Each delay is this many times as long as the one before.
const GROWTH: u32 = 4;
/// The longest delay. After the last failed attempt, a message waits once more before it goes to the dead-letter queue.
const LONGEST: Duration = Duration::from_secs(900);

/// How a message is known to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    handle: String,
    /// The number of receives, including this one.
    receives: u32,
}

/// The receipts of a batch, by message id.
#[derive(Debug, Clone, Default)]
pub struct Receipts(HashMap<String, Receipt>);

impl Receipts {
    /// The receipts of all messages that have one.
    pub fn of(messages: &[QueueRecord]) -> Self {
        let receipts = messages.iter().filter_map(|message| {
            let receives = message.attributes.receive_count.as_deref().and_then(|count| count.parse().ok());
            let receipt =
                Receipt { handle: message.receipt_handle.clone()?, receives: receives.unwrap_or(1) };
            Some((message.message_id.clone()?, receipt))
        });
        Self(receipts.collect())
    }

    /// When each failed message returns. `share` returns random numbers from 0 to 1.
    pub fn delays(&self, outcome: &BatchOutcome, mut share: impl FnMut() -> f64) -> Vec<Delay> {
        let failed = outcome.messages.iter().filter_map(|(id, message)| {
            let retry = match message {
                MessageOutcome::Processed | MessageOutcome::Ignored(_) => return None,
                MessageOutcome::Unreadable(error) => error.retry(),
                MessageOutcome::Failed(errors) => {
                    let is_transient = errors.iter().any(|error| error.retry() == Retry::Transient);
                    if is_transient { Retry::Transient } else { Retry::Permanent }
                }
            };
            let receipt = self.0.get(id)?;
            let delay = match retry {
                Retry::Transient => jittered(wait(receipt.receives), share()),
                Retry::Permanent => Duration::ZERO,
            };
            Some(Delay { receipt_handle: receipt.handle.clone(), delay })
        });
        failed.collect()
    }
}

fn wait(receives: u32) -> Duration {
    let factor = GROWTH.saturating_pow(receives.saturating_sub(1));
    FIRST.saturating_mul(factor).min(LONGEST)
}

/// Between three quarters and five quarters of a time.
fn jittered(time: Duration, share: f64) -> Duration {
    time.mul_f64(0.75 + share.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cloudtrail::S3Object;
    use pipeline::{FileError, MessageError};
    use serde_json::json;

    use super::*;
    use crate::QueueBatch;

    fn object() -> S3Object {
        S3Object { bucket: "b".into(), key: "k".into(), size: None, version_id: None, region: None }
    }

    fn transient() -> Arc<FileError> {
        Arc::new(FileError::Deadline { object: object() })
    }

    fn permanent() -> Arc<FileError> {
        Arc::new(FileError::BucketNotAllowed { object: object() })
    }

    fn receipts(receives: &[(&str, u32)]) -> Receipts {
        let records: Vec<_> = receives
            .iter()
            .map(|(id, count)| {
                json!({
                    "messageId": id, "body": "", "receiptHandle": format!("receipt-{id}"),
                    "attributes": { "ApproximateReceiveCount": count.to_string() },
                })
            })
            .collect();
        let batch: QueueBatch = serde_json::from_value(json!({ "Records": records })).unwrap();
        Receipts::of(&batch.records)
    }

    #[test]
    fn a_transient_failure_waits_longer_with_each_attempt() {
        let receipts = receipts(&[("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5), ("6", 4_000_000_000)]);
        let messages = ["1", "2", "3", "4", "5", "6"]
            .map(|id| (id.to_owned(), MessageOutcome::Failed(vec![permanent(), transient()])));
        let outcome = BatchOutcome { messages: messages.into(), ..BatchOutcome::default() };
        for (share, expected) in [
            (0.5, [15, 60, 240, 900, 900, 900]),
            (0.0, [11, 45, 180, 675, 675, 675]),
            (1.0, [18, 75, 300, 1125, 1125, 1125]),
        ] {
            let delays = receipts.delays(&outcome, || share);
            let seconds: Vec<u64> = delays.iter().map(|delay| delay.delay.as_secs()).collect();
            assert_eq!(seconds, expected, "{share}");
        }
        assert_eq!(receipts.delays(&outcome, || 0.5)[1].receipt_handle, "receipt-2");
    }

    #[test]
    fn a_permanent_failure_returns_immediately_and_a_processed_message_not_at_all() {
        let receipts = receipts(&[("1", 4), ("2", 4), ("3", 1), ("4", 1)]);
        let unreadable = MessageError::Notification(cloudtrail::parse_notification("").unwrap_err());
        let messages = vec![
            ("1".to_owned(), MessageOutcome::Failed(vec![permanent()])),
            ("2".to_owned(), MessageOutcome::Unreadable(unreadable)),
            ("3".to_owned(), MessageOutcome::Processed),
            ("without a receipt".to_owned(), MessageOutcome::Failed(vec![transient()])),
        ];
        let outcome = BatchOutcome { messages, ..BatchOutcome::default() };
        let delays = receipts.delays(&outcome, || 0.5);
        let expected =
            ["1", "2"].map(|id| Delay { receipt_handle: format!("receipt-{id}"), delay: Duration::ZERO });
        assert_eq!(delays, expected);
    }
}
