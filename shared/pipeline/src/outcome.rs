//! What goes into a batch and what comes out of it.

use std::ops::AddAssign;
use std::sync::Arc;

use cloudtrail::{IgnoreReason, S3Object};
use serde::Serialize;

use crate::commit::Contribution;
use crate::error::{FileError, MessageError, Retry, chain};
use crate::treatment::Treatment;

/// One message of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The queue's id of the message, by which a failure is reported.
    pub id: String,
    /// The body: one of the notifications that `cloudtrail::parse_notification` knows.
    pub body: String,
    /// What is published of the files that it announces.
    pub treatment: Treatment,
}

/// What became of one message.
#[derive(Debug)]
pub enum MessageOutcome {
    /// Every file that it names is processed, known or of no interest.
    Processed,
    /// It announces nothing (a test message, a confirmation).
    Ignored(IgnoreReason),
    /// It is not a notification.
    Unreadable(MessageError),
    /// At least one of its files failed.
    Failed(Vec<Arc<FileError>>),
}

impl MessageOutcome {
    /// Whether the message has to return to the queue.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Processed | Self::Ignored(_) => false,
            Self::Unreadable(_) | Self::Failed(_) => true,
        }
    }
}

/// Files of a batch: `seen = processed + duplicate + ignored + failed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FileCounts {
    /// Files named by the messages.
    pub seen: u64,
    /// Files evaluated and published.
    pub processed: u64,
    /// Files that were processed before, or are named twice.
    pub duplicate: u64,
    /// Objects that are no log files: digests, folder markers, other services' files.
    pub ignored: u64,
    /// Files that failed; their messages return to the queue.
    pub failed: u64,
}

impl AddAssign for FileCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.processed += other.processed;
        self.duplicate += other.duplicate;
        self.ignored += other.ignored;
        self.failed += other.failed;
    }
}

/// Records of the processed files: `seen = evaluated + rejected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Elements of `Records`.
    pub seen: u64,
    /// Records that every rule was evaluated on.
    pub evaluated: u64,
    /// Records that could not be read.
    pub rejected: u64,
}

impl AddAssign for RecordCounts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.evaluated += other.evaluated;
        self.rejected += other.rejected;
    }
}

/// Matches of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    /// Records that matched.
    pub matches: u64,
    /// Records that matched and were not seen before under the same `eventID`.
    pub counted: u64,
}

impl AddAssign for RuleCounts {
    fn add_assign(&mut self, other: Self) {
        self.matches += other.matches;
        self.counted += other.counted;
    }
}

/// One fault, for logs, metrics and reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file concerned; `None` for an unreadable message.
    pub object: Option<S3Object>,
    /// The queue's id of the message.
    pub message_id: String,
    /// The stable code.
    pub code: &'static str,
    /// One line for a person: what failed, why, what to do. No record contents.
    pub message: String,
    /// Whether a retry can help.
    pub retry: Retry,
}

/// The result of one batch.
#[derive(Debug, Default)]
pub struct BatchOutcome {
    /// Every message's outcome under its id, in the order of the batch.
    pub messages: Vec<(String, MessageOutcome)>,
    /// File counts.
    pub files: FileCounts,
    /// Record counts.
    pub records: RecordCounts,
    /// Per rule, in the order of the rule set; of the processed files.
    pub rules: Vec<RuleCounts>,
    /// Records that were rejected, as faults of their files; at most
    /// [`crate::evaluate::REPORTED_REJECTIONS`] a file, the count is in `records`.
    pub rejections: Vec<Fault>,
    /// Datapoints that were left out, and why.
    pub dropped: crate::telemetry::DroppedDatapoints,
    /// Calls in which the ledger was out of reach.
    pub ledger_errors: u64,
    /// Whether the rules as they are stored cannot be used, so that older ones or none were in force.
    pub rules_rejected: bool,
    /// Files whose datapoints or alerts were switched off, or stamped with the file's time, by whoever announced them.
    pub files_backfilled: u64,
    /// Alerts published.
    pub alerts_published: u64,
    /// For every processed file, seconds from its delivery minute to the present, where the key tells it.
    pub delivery_lags: Vec<i64>,
}

impl BatchOutcome {
    /// Counts one processed file.
    pub(crate) fn count(&mut self, contribution: &Contribution, records: RecordCounts, lag: Option<i64>) {
        self.records += records;
        self.delivery_lags.extend(lag);
        self.dropped += contribution.dropped;
        for (total, counts) in self.rules.iter_mut().zip(&contribution.rules) {
            *total += *counts;
        }
    }

    /// The ids of the messages that have to return to the queue.
    pub fn failed_ids(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().filter(|(_, outcome)| outcome.is_failure()).map(|(id, _)| id.as_str())
    }

    /// Everything that failed, one entry a file or an unreadable message.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (id, outcome) in &self.messages {
            match outcome {
                MessageOutcome::Processed | MessageOutcome::Ignored(_) => {}
                MessageOutcome::Unreadable(error) => faults.push(Fault {
                    object: None,
                    message_id: id.clone(),
                    code: error.code(),
                    message: chain(error),
                    retry: error.retry(),
                }),
                MessageOutcome::Failed(errors) => faults.extend(errors.iter().map(|error| Fault {
                    object: Some(error.object().clone()),
                    message_id: id.clone(),
                    code: error.code(),
                    message: chain(error),
                    retry: error.retry(),
                })),
            }
        }
        faults
    }
}
