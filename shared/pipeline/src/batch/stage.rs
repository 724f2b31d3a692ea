//! How far each file of a batch has come.
//!
//! Only `run` and `settle` move a file from one stage to the next.

use std::sync::Arc;

use super::contribution::Contribution;
use crate::alert::{Group, key_of};
use crate::counts::RecordCounts;
use crate::error::FileError;
use crate::evaluator::Evaluator;
use crate::findings::GroupKey;
use crate::outcome::Fault;
use crate::ports::PublishedParts;

/// One file on its way through the batch.
pub(super) enum FileStage {
    /// The file has not been read yet.
    Unread,
    /// An earlier batch finished the file.
    Done,
    /// The file failed; its message returns to the queue.
    Failed(Arc<FileError>),
    /// The file is claimed and evaluated. It must still be finished or released.
    Open(Box<OpenFile>),
    /// This batch finished the file.
    Processed,
}

/// A file that is evaluated and not yet closed.
pub(super) struct OpenFile {
    pub(super) contribution: Contribution,
    pub(super) records: RecordCounts,
    pub(super) rejections: Vec<Fault>,
    /// Seconds from the minute in the file's name to the start of its evaluation.
    pub(super) lag: Option<i64>,
    pub(super) published: PublishedParts,
    pub(super) failure: Option<FileError>,
}

impl OpenFile {
    /// The groups whose alerts are not published yet, each with the key of its alert.
    pub(super) fn unpublished_alerts<'f>(
        &'f self,
        evaluator: &'f Evaluator,
    ) -> impl Iterator<Item = (&'f GroupKey, &'f Group, String)> {
        self.contribution.groups.iter().filter_map(|(key, group)| {
            let alert_key = key_of(key, evaluator.rules().get(key.rule)?);
            (!self.published.alerts.contains(&alert_key)).then_some((key, group, alert_key))
        })
    }
}
