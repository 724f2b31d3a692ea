//! Files with the name of a log file that the strict reader refuses and that may have another shape.

use std::sync::Arc;

use pipeline::{BatchOutcome, FileError, MessageOutcome};

use super::files::FileList;
use crate::inputs::may_have_another_shape;

/// A file with the name of a log file that may have another shape: its index, its message and the error of the strict
/// reader.
pub(crate) type Misnamed = (usize, String, Arc<FileError>);

/// Takes out the messages about files that the strict reader refused and that may have another shape.
pub(crate) fn take_misnamed(outcome: &mut BatchOutcome, list: &FileList) -> Vec<Misnamed> {
    let mut misnamed = Vec::new();
    outcome.messages.retain(|(id, message)| {
        let Some(error) = only_error(message) else { return true };
        let index = list.index(&error.object().key).filter(|index| list.is_log_file(*index));
        let is_refused =
            matches!(error.as_ref(), FileError::Read { source, .. } if may_have_another_shape(source));
        let Some(index) = index.filter(|_| is_refused) else { return true };
        misnamed.push((index, id.clone(), Arc::clone(error)));
        false
    });
    outcome.files.seen -= misnamed.len() as u64;
    outcome.files.failed -= misnamed.len() as u64;
    misnamed
}

/// The error of a message, which names one file.
pub(super) fn only_error(message: &MessageOutcome) -> Option<&Arc<FileError>> {
    match message {
        MessageOutcome::Failed(errors) => errors.first(),
        MessageOutcome::Processed | MessageOutcome::Ignored(_) | MessageOutcome::Unreadable(_) => None,
    }
}
