//! One invocation: the batch through the pipeline, and the answer for the event source mapping.

use aws::Delay;
use aws_lambda_events::sqs::SqsBatchResponse;
use pipeline::{AlertSink, Clock, Deadline, Ledger, LogStore, MetricSink, Pipeline, RuleSource};
use time::{Duration, OffsetDateTime};

use crate::batch::{MissingMessageId, QueueBatch, response};
use crate::redelivery::Receipts;

/// What is kept of the remaining time for files in flight, publishing and the answer.
const WORK_MARGIN: Margin = Margin { part: 5, least: Duration::seconds(2), most_part: 2 };
/// What is kept of it for the ledger and the answer alone.
const ANSWER_MARGIN: Margin = Margin { part: 20, least: Duration::seconds(1), most_part: 4 };

/// What became of one batch.
#[derive(Debug)]
pub struct Handled {
    /// The answer for the event source mapping.
    pub response: SqsBatchResponse,
    /// When the messages that failed are to come back.
    pub delays: Vec<Delay>,
    /// How long it may take to tell the queue; `None` without a deadline.
    pub time_left: Option<std::time::Duration>,
}

/// Processes one batch; `deadline_ms` is the invocation's deadline in Unix milliseconds.
///
/// # Errors
///
/// [`MissingMessageId`] before anything is done. Every other failure is a message's own and is in the answer.
pub async fn handle<S, L, M, A, C, R>(
    batch: QueueBatch,
    deadline_ms: u64,
    pipeline: &Pipeline<S, L, M, A, C, R>,
) -> Result<Handled, MissingMessageId>
where
    S: LogStore,
    L: Ledger,
    M: MetricSink,
    A: AlertSink,
    C: Clock,
    R: RuleSource,
{
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

/// What is left of the invocation but for the answer.
fn time_left(deadline_ms: u64, now: OffsetDateTime) -> Option<std::time::Duration> {
    let deadline = function::deadline(deadline_ms)?;
    Some(std::time::Duration::try_from((deadline - now) / 2).unwrap_or_default())
}

/// A part of the remaining time, with a least length that yields when it is short.
struct Margin {
    /// Divides the remaining time.
    part: i32,
    /// The least that is kept.
    least: Duration,
    /// Divides the remaining time into the most that is kept: a function with a short timeout has to get on, too.
    most_part: i32,
}

impl Margin {
    fn of(&self, left: Duration) -> Duration {
        (left / self.part).max(self.least).min(left / self.most_part)
    }
}

/// How long the batch may work, so that what it begins is finished before Lambda ends the invocation.
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
