//! Why no records can be read from an input, or from a value in it.
//!
//! Messages name what was found and, where possible, what to do instead. From the content, they show at most the names of
//! a few members, shortened and escaped, and never a value.

use super::format::Format;
use crate::log_file::RejectReason;
use crate::log_file::error::{GzipFault, JsonFault, LogFileError};
use crate::notification::MemberNames;
use std::io;

/// Why an input cannot be read further. Records handed out before the error are unverified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The input has no text, or only whitespace.
    #[error("the input is empty")]
    Empty,
    /// The input ends inside a gzip member.
    #[error("the input ends in the middle of a gzip member")]
    Truncated,
    /// A gzip member is invalid.
    #[error("the input is corrupt gzip")]
    CorruptGzip(#[source] GzipFault),
    /// A gzip member does not match its trailer, or unknown data follows it.
    #[error(transparent)]
    Gzip(LogFileError),
    /// The bytes are in a format that this reader does not support.
    #[error("the input is {0}")]
    Format(Format),
    /// Too many layers of gzip are nested.
    #[error("the input is compressed more than {limit} times")]
    TooManyLayers {
        /// The most layers accepted.
        limit: usize,
    },
    /// The text starts like UTF-16 but is invalid.
    #[error("the input starts like UTF-16, but is not valid UTF-16")]
    InvalidUtf16,
    /// The text is larger than [`Limits::decompressed_bytes`](crate::Limits::decompressed_bytes).
    #[error("the input is larger than {limit} bytes after decompression")]
    TooLarge {
        /// The largest accepted size in bytes.
        limit: u64,
    },
    /// Reading from the source failed.
    #[error("reading the input failed")]
    Read(#[source] io::Error),
    /// The reader was called again after an error.
    #[error("the input cannot be read further after an earlier error")]
    AfterFailure,
}

impl InputError {
    /// The error of the gzip layer, worded for an input rather than a log file.
    pub(super) fn of_gzip(error: LogFileError) -> Self {
        match error {
            LogFileError::Truncated => Self::Truncated,
            LogFileError::CorruptGzip(fault) => Self::CorruptGzip(fault),
            LogFileError::TooLarge { limit } => Self::TooLarge { limit },
            LogFileError::Read(cause) => Self::Read(cause),
            LogFileError::Empty
            | LogFileError::NotGzip
            | LogFileError::ChecksumMismatch
            | LogFileError::TrailingData
            | LogFileError::NotJson { .. }
            | LogFileError::NoRecords
            | LogFileError::RecordsNotAList
            | LogFileError::AfterFailure => Self::Gzip(error),
        }
    }

    /// A stable name for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file.empty",
            Self::Truncated => "file.truncated-gzip",
            Self::CorruptGzip(_) => "file.corrupt-gzip",
            Self::Gzip(error) => error.code(),
            Self::Format(_) => "file.format",
            Self::TooManyLayers { .. } => "file.too-many-layers",
            Self::InvalidUtf16 => "file.invalid-utf16",
            Self::TooLarge { .. } => "file.too-large",
            Self::Read(_) => "file.read",
            Self::AfterFailure => "file.after-failure",
        }
    }
}

/// A value of an input from which no record can be read. The reader continues after it.
#[derive(Debug)]
pub struct RejectedInput {
    /// The line on which the value starts, counted from 1.
    pub line: u64,
    /// The member whose text contains the fault, if the value was JSON text inside JSON, base64 or similar.
    pub within: Option<&'static str>,
    /// What is wrong with it.
    pub fault: InputFault,
}

impl std::fmt::Display for RejectedInput {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        if let Some(member) = self.within {
            write!(formatter, "in `{member}`: ")?;
        }
        write!(formatter, "{}", self.fault)
    }
}

/// Why no record can be read from a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputFault {
    /// The value is a record that cannot be evaluated, or is in the place of a record but is not one.
    #[error(transparent)]
    Record(RejectReason),
    /// The value is not JSON.
    #[error("not JSON: {0}")]
    NotJson(JsonFault),
    /// The text is in another format.
    #[error("not JSON but {0}")]
    NotJsonText(Format),
    /// The members of the object match no known shape.
    #[error(
        "an object with the members {members} matches no shape that contains CloudTrail records; expected a record, a log \
         file (`Records`), the output of lookup-events (`Events`), an EventBridge event (`detail`), or log events of \
         CloudWatch Logs (`events`, `logEvents`, `results`)"
    )]
    UnknownShape {
        /// The names of its first members.
        members: MemberNames,
    },
    /// The members of the object match two shapes.
    #[error(
        "an object has both `{first}` and `{second}`, so it is unclear which of them contains the records; remove one"
    )]
    Ambiguous {
        /// A member that identifies one shape.
        first: &'static str,
        /// A member that identifies the other.
        second: &'static str,
    },
    /// The members of the record have a different spelling from CloudTrail's.
    #[error(
        "the member names of the record differ from CloudTrail's (`eventName`) in letter case or underscores; filter \
         patterns are case-sensitive, so they would not match; use the original record"
    )]
    OtherSpelling,
    /// The object is a digest file.
    #[error(
        "a digest file lists log files and contains no records; check it with `aws cloudtrail validate-logs`"
    )]
    Digest,
    /// The object is a notification about new objects.
    #[error("a notification names log files and contains no records; download the log files that it names")]
    Notification,
    /// The object is an event of another service.
    #[error("the event is not from CloudTrail and contains no record")]
    OtherEvent,
    /// The object is an event in the Open Cybersecurity Schema Framework.
    #[error(
        "an OCSF event, as Security Lake writes it, contains no CloudTrail record; use the log files of the trail"
    )]
    Ocsf,
    /// An event in the output of lookup-events lacks its record.
    #[error(
        "an event of lookup-events without `CloudTrailEvent` contains no record; include that member in `--query`"
    )]
    LookupWithoutRecord,
    /// A result row lacks the column with the record.
    #[error(
        "a result row contains no record; select `CloudTrailEvent` in lookup-events, `@message` in Logs Insights \
         (`fields @message`), or `eventJson` in CloudTrail Lake"
    )]
    RowWithoutRecord,
    /// The text contains no JSON object.
    #[error("the text contains no JSON object")]
    TextWithoutRecord,
    /// The text should be base64, but is not.
    #[error("the text is not valid base64")]
    NotBase64,
    /// Too many texts or lists are nested.
    #[error("more than {limit} lists or texts are nested around the records")]
    TooNested {
        /// The most levels accepted.
        limit: usize,
    },
    /// The text inside the value cannot be read to the end.
    #[error(transparent)]
    Inner(Box<InputError>),
}

impl InputFault {
    /// A stable name for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Record(reason) => reason.code(),
            Self::NotJson(_) => "input.not-json",
            Self::NotJsonText(_) => "input.format",
            Self::UnknownShape { .. } => "input.unknown-shape",
            Self::Ambiguous { .. } => "input.ambiguous",
            Self::OtherSpelling => "input.other-spelling",
            Self::Digest => "input.digest",
            Self::Notification => "input.notification",
            Self::OtherEvent => "input.other-event",
            Self::Ocsf => "input.ocsf",
            Self::LookupWithoutRecord => "input.lookup-without-record",
            Self::RowWithoutRecord => "input.row-without-record",
            Self::TextWithoutRecord => "input.text-without-record",
            Self::NotBase64 => "input.not-base64",
            Self::TooNested { .. } => "input.too-nested",
            Self::Inner(error) => error.code(),
        }
    }
}
