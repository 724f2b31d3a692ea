//! What the errors of the two readers say about an input: whether it belongs to CloudTrail, and whether the other reader
//! should try it.

use cloudtrail::LogFileError;
use cloudtrail::shapes::{InputError, InputFault};

/// Whether a file with the name of a log file may have another shape, so that the reader of any shape should try it.
///
/// Damaged gzip and text after the gzip member never do: they are signs of tampering.
pub(crate) fn may_have_another_shape(error: &LogFileError) -> bool {
    matches!(
        error,
        LogFileError::NotGzip
            | LogFileError::NotJson { .. }
            | LogFileError::NoRecords
            | LogFileError::RecordsNotAList
    )
}

/// Whether an input is in a format that no log file has, or empty.
pub(crate) fn is_foreign_format(error: &InputError) -> bool {
    matches!(error, InputError::Format(_) | InputError::Empty)
}

/// Whether a value has nothing to do with CloudTrail, or is known to contain no records.
pub(crate) fn is_foreign_value(fault: &InputFault) -> bool {
    matches!(
        fault,
        InputFault::NotJsonText(_)
            | InputFault::UnknownShape { .. }
            | InputFault::Digest
            | InputFault::Notification
            | InputFault::OtherEvent
            | InputFault::Ocsf
    )
}
