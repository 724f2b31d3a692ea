//! From the end of each file to the outcome of each message.
//!
//! Every mention of a file is counted exactly once, so that `seen = processed + duplicate + ignored + failed` holds.

use std::sync::Arc;

use super::plan::{Mention, Plan, PlannedFile, PlannedMessage};
use super::stage::FileStage;
use crate::error::FileError;
use crate::outcome::{BatchOutcome, Message, MessageOutcome};

/// Adds the outcome of every message.
pub(super) fn settle(messages: &[Message], plan: Plan, stages: &[FileStage], outcome: &mut BatchOutcome) {
    let Plan { messages: planned, files } = plan;
    for (message, planned) in messages.iter().zip(planned) {
        let result = match planned {
            PlannedMessage::Ignored(reason) => MessageOutcome::Ignored(reason),
            PlannedMessage::Unreadable(error) => MessageOutcome::Unreadable(error),
            PlannedMessage::Mentions(mentions) => {
                let errors: Vec<Arc<FileError>> = mentions
                    .into_iter()
                    .filter_map(|mention| count_mention(mention, &files, stages, outcome))
                    .collect();
                if errors.is_empty() { MessageOutcome::Processed } else { MessageOutcome::Failed(errors) }
            }
        };
        outcome.messages.push((message.id.clone(), result));
    }
}

/// Counts one mention of a file; the file's error if it failed.
fn count_mention(
    mention: Mention,
    files: &[PlannedFile],
    stages: &[FileStage],
    outcome: &mut BatchOutcome,
) -> Option<Arc<FileError>> {
    let counts = &mut outcome.files;
    counts.seen += 1;
    let Mention::File { index, first } = mention else {
        counts.ignored += 1;
        return None;
    };
    match stages.get(index) {
        Some(FileStage::Processed) if first => counts.processed += 1,
        Some(FileStage::Processed | FileStage::Done) => counts.duplicate += 1,
        Some(FileStage::Failed(error)) => {
            counts.failed += 1;
            return Some(Arc::clone(error));
        }
        // Every file is read and closed by this point. If one were not, its message must not be lost.
        Some(FileStage::Open(_) | FileStage::Unread) | None => {
            counts.failed += 1;
            let object = files.get(index)?.object.clone();
            return Some(Arc::new(FileError::Deadline { object }));
        }
    }
    None
}
