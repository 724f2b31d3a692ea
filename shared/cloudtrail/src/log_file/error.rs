//! Why a log file could not be read to its end.
//!
//! The pipeline decides whether an error is worth a retry; only [`LogFileError::Read`] has a cause outside the file.
//! No variant carries file contents.

use std::io;

/// Why a log file could not be read to its end.
///
/// Records may have been handed out before the error; they are unverified until the file is complete.
#[derive(Debug, thiserror::Error)]
pub enum LogFileError {
    /// The file has no bytes, or its gzip member has no content.
    #[error("the log file is empty")]
    Empty,
    /// The file has no gzip magic and does not start like JSON.
    #[error("the log file is neither gzip nor JSON")]
    NotGzip,
    /// The file ends inside the gzip member.
    #[error("the log file ends in the middle of its gzip member")]
    Truncated,
    /// The gzip member is invalid.
    #[error("the gzip data of the log file is corrupt")]
    CorruptGzip(#[source] GzipFault),
    /// The content does not match the checksum or size in the gzip trailer.
    #[error("the content of the log file does not match its gzip trailer")]
    ChecksumMismatch,
    /// Bytes follow the gzip member: a second member, or other data that the digest does not cover.
    #[error("unexpected data after the gzip member of the log file")]
    TrailingData,
    /// The content is larger than [`Limits::decompressed_bytes`](crate::Limits::decompressed_bytes).
    #[error("the log file is larger than {limit} bytes after decompression")]
    TooLarge {
        /// The largest accepted size in bytes.
        limit: u64,
    },
    /// The JSON around the records is invalid.
    #[error("the log file is not JSON at byte {offset}: {fault}")]
    NotJson {
        /// The offset in the decompressed file, in bytes.
        offset: u64,
        /// What is wrong there.
        fault: JsonFault,
    },
    /// The content is JSON, but not an object with a member `Records`.
    #[error("the log file has no `Records`")]
    NoRecords,
    /// A member `Records` is not a list.
    #[error("`Records` in the log file is not a list")]
    RecordsNotAList,
    /// Reading from the source failed.
    #[error("reading the log file failed")]
    Read(#[source] io::Error),
    /// The reader was called again after an error.
    #[error("the log file cannot be read further after an earlier error")]
    AfterFailure,
}

impl LogFileError {
    /// A stable name for logs, metrics and the operator's runbook.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file.empty",
            Self::NotGzip => "file.not-gzip",
            Self::Truncated => "file.truncated-gzip",
            Self::CorruptGzip(_) => "file.corrupt-gzip",
            Self::ChecksumMismatch => "file.checksum-mismatch",
            Self::TrailingData => "file.trailing-data",
            Self::TooLarge { .. } => "file.too-large",
            Self::NotJson { .. } => "file.not-json",
            Self::NoRecords => "file.no-records",
            Self::RecordsNotAList => "file.records-not-a-list",
            Self::Read(_) => "file.read",
            Self::AfterFailure => "file.after-failure",
        }
    }
}

/// What is wrong with the JSON around the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// The named token was expected, but something else was found.
    #[error("expected {0}")]
    Expected(&'static str),
    /// The content ends inside the named part.
    #[error("the text ends inside {0}")]
    EndsInside(&'static str),
    /// In a member other than `Records`, a closing bracket matches no open bracket, or one of another kind.
    #[error("the brackets before this point do not match")]
    Unbalanced,
}

/// What is wrong with the bytes of a gzip member.
#[derive(Debug, thiserror::Error)]
pub enum GzipFault {
    /// The header names a compression method other than deflate.
    #[error("the header names compression method {0}; only 8 (deflate) is supported")]
    UnknownMethod(u8),
    /// The header sets flags that RFC 1952 reserves.
    #[error("the header sets reserved flags")]
    ReservedFlags,
    /// The header's own checksum does not match.
    #[error("the header does not match its checksum")]
    HeaderChecksum,
    /// The deflate stream is invalid.
    #[error("the deflate stream is invalid")]
    Deflate(#[source] InflateFault),
    /// The inflater makes no progress although it has input and output space.
    #[error("the deflate stream makes no progress")]
    Stalled,
}

/// The inflater's description of an invalid deflate stream.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InflateFault(#[from] flate2::DecompressError);
