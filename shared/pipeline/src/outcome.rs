//! What goes into a batch and what comes out of it.

use std::sync::Arc;

use cloudtrail::{IgnoreReason, S3Object};

use crate::cause::chain;
use crate::counts::{DroppedDatapoints, FileCounts, RecordCounts, RuleCounts};
use crate::error::{FileError, MessageError};
use crate::operational_event::OperationalEvent;
use crate::publish_options::PublishOptions;

/// One message of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The queue's id of the message; failures are reported by this id.
    pub id: String,
    /// The body: one of the notifications that [`cloudtrail::parse_notification`] accepts.
    pub body: String,
    /// What to publish for the files that the message announces.
    pub options: PublishOptions,
}

/// The outcome of one message.
#[derive(Debug)]
pub enum MessageOutcome {
    /// Every file that it names was processed, was known, or is not a log file.
    Processed,
    /// It announces nothing: a test message or a confirmation.
    Ignored(IgnoreReason),
    /// It is not a notification about log files.
    Unreadable(MessageError),
    /// At least one of its files failed.
    Failed(Vec<Arc<FileError>>),
}

impl MessageOutcome {
    /// Whether the message must return to the queue.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Processed | Self::Ignored(_) => false,
            Self::Unreadable(_) | Self::Failed(_) => true,
        }
    }
}

/// One failure, for logs, metrics and reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The affected file; `None` for an unreadable message.
    pub object: Option<S3Object>,
    /// The queue's id of the message.
    pub message_id: String,
    /// What happened; it decides the code and whether a retry can help.
    pub event: OperationalEvent,
    /// One line for a person: what failed, why, and what to do. It contains nothing from records.
    pub message: String,
}

/// The result of one batch.
#[derive(Debug, Default)]
pub struct BatchOutcome {
    /// Each message's id and outcome, in the order of the batch.
    pub messages: Vec<(String, MessageOutcome)>,
    /// The file counts.
    pub files: FileCounts,
    /// The record counts.
    pub records: RecordCounts,
    /// The matches of each rule in the processed files, in the order of the rule set.
    pub rules: Vec<RuleCounts>,
    /// Rejected records, at most [`crate::REPORTED_REJECTIONS`] for each file; `records` counts all of them.
    pub rejections: Vec<Fault>,
    /// Samples that were not published, by reason.
    pub dropped: DroppedDatapoints,
    /// Calls of the ledger that failed or were skipped.
    pub ledger_errors: u64,
    /// Whether the stored rules are unusable, so that older rules or none were in force.
    pub rules_rejected: bool,
    /// Files whose message switched datapoints or alerts off, or asked for datapoints with the time of the log file.
    pub files_backfilled: u64,
    /// The number of published alerts.
    pub alerts_published: u64,
    /// Seconds from delivery to processing, for each processed file whose key contains the delivery minute.
    pub delivery_lags: Vec<i64>,
}

impl BatchOutcome {
    /// The ids of the messages that must return to the queue.
    pub fn failed_ids(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().filter(|(_, outcome)| outcome.is_failure()).map(|(id, _)| id.as_str())
    }

    /// Everything that failed: one entry for each file and each unreadable message.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (id, outcome) in &self.messages {
            match outcome {
                MessageOutcome::Processed | MessageOutcome::Ignored(_) => {}
                MessageOutcome::Unreadable(error) => faults.push(Fault {
                    object: None,
                    message_id: id.clone(),
                    event: error.event(),
                    message: chain(error),
                }),
                MessageOutcome::Failed(errors) => faults.extend(errors.iter().map(|error| Fault {
                    object: Some(error.object().clone()),
                    message_id: id.clone(),
                    event: error.event(),
                    message: chain(error),
                })),
            }
        }
        faults
    }
}
