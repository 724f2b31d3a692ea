//! One invocation: the batch goes through the pipeline, and the event source mapping gets the response.
//!
//! What happens to a message is decided in the pipeline.

use aws::Delay;
use aws_lambda_events::sqs::SqsBatchResponse;
use pipeline::{Clock as _, Deadline, Pipeline, Ports};
use time::{Duration, OffsetDateTime};

use crate::batch::{MissingMessageId, QueueBatch, response};
use crate::redelivery::Receipts;

/// The part of the remaining time that is reserved for files under way, publishing and the response.
const WORK_MARGIN: Margin = Margin { part: 5, least: Duration::seconds(2), most_part: 2 };
/// The part of the remaining time that is reserved for the ledger and the response alone.
const ANSWER_MARGIN: Margin = Margin { part: 20, least: Duration::seconds(1), most_part: 4 };

/// The result of one batch.
#[derive(Debug)]
pub struct Handled {
    /// The response for the event source mapping.
    pub response: SqsBatchResponse,
    /// When the failed messages return.
    pub delays: Vec<Delay>,
    /// How long setting the delays may take; `None` without a deadline.
    pub time_left: Option<std::time::Duration>,
}

/// Processes one batch; `deadline_ms` is the invocation's deadline in Unix milliseconds.
///
/// # Errors
///
/// [`MissingMessageId`], before anything is done. Every other failure concerns one message and is part of the response.
pub async fn handle<P: Ports>(
    batch: QueueBatch,
    deadline_ms: u64,
    pipeline: &Pipeline<P>,
) -> Result<Handled, MissingMessageId> {
    let receipts = Receipts::of(&batch.records);
    let messages = batch.into_messages()?;
    let deadline = working_time(deadline_ms, pipeline.clock.now());
    let outcome = pipeline.process(&messages, deadline).await;
    Ok(Handled {
        response: response(&outcome),
        delays: receipts.delays(&outcome, fastrand::f64),
        time_left: time_left(deadline_ms, pipeline.clock.now()),
    })
}

/// The time left in the invocation, without the time for the response.
fn time_left(deadline_ms: u64, now: OffsetDateTime) -> Option<std::time::Duration> {
    let deadline = function::deadline(deadline_ms)?;
    Some(std::time::Duration::try_from((deadline - now) / 2).unwrap_or_default())
}

/// A part of the remaining time, with a minimum that does not apply if little time remains.
struct Margin {
    /// The remaining time is divided by this.
    part: i32,
    /// The minimum.
    least: Duration,
    /// The remaining time divided by this is the maximum: a function with a short timeout must get work done, too.
    most_part: i32,
}

impl Margin {
    fn of(&self, left: Duration) -> Duration {
        (left / self.part).max(self.least).min(left / self.most_part)
    }
}

/// How long the batch may work, so that everything it starts is finished before Lambda ends the invocation.
fn working_time(deadline_ms: u64, now: OffsetDateTime) -> Option<Deadline> {
    let deadline = function::deadline(deadline_ms)?;
    let left = (deadline - now).max(Duration::ZERO);
    let work = WORK_MARGIN.of(left);
    let answer = ANSWER_MARGIN.of(left);
    Some(Deadline {
        last_start: deadline - work,
        last_read: deadline - (work + answer) / 2,
        last_publish: deadline - answer,
        end: deadline - answer / 3,
    })
}

#[cfg(test)]
mod tests;
