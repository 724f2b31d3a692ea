//! Why a log file could not be read to its end.
//!
//! Whether an error is worth a retry is the pipeline's decision; only [`LogFileError::Read`] comes from outside the file.
//! No variant carries contents of the file.

use crate::gunzip::GzipFault;
use std::io;

/// Why a log file could not be read to its end.
///
/// Records may have been handed out before the error; until the file is complete they are unverified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogFileError {
    /// The file has no bytes, or the gzip member in it has no content.
    #[error("the log file is empty")]
    Empty,
    /// The file has neither the gzip magic nor the look of JSON.
    #[error("the log file is neither gzip nor JSON")]
    NotGzip,
    /// The file ends inside the gzip member.
    #[error("the log file ends in the middle of its gzip member")]
    Truncated,
    /// The gzip member is invalid.
    #[error("the log file is corrupt gzip")]
    CorruptGzip(#[source] GzipFault),
    /// The content does not match the checksum or the size in the gzip trailer.
    #[error("the content of the log file does not match its gzip trailer")]
    ChecksumMismatch,
    /// Bytes follow the gzip member: a second member, or anything else that the digest does not cover.
    #[error("unexpected data after the gzip member of the log file")]
    TrailingData,
    /// The content is larger than [`Limits::decompressed_bytes`](super::Limits::decompressed_bytes).
    #[error("the log file is larger than {limit} bytes after decompression")]
    TooLarge {
        /// Largest accepted size in bytes.
        limit: u64,
    },
    /// The content is not JSON where the structure around the records has to be read.
    #[error("the log file is not JSON at byte {offset}: {fault}")]
    NotJson {
        /// Offset in bytes in the decompressed file.
        offset: u64,
        /// What is wrong there.
        fault: JsonFault,
    },
    /// The content is JSON, but not an object with a member `Records`.
    #[error("the log file has no `Records`")]
    NoRecords,
    /// A member `Records` is something else than a list.
    #[error("`Records` is not a list in the log file")]
    RecordsNotAList,
    /// The source of the file failed.
    #[error("reading the log file failed")]
    Read(#[source] io::Error),
    /// The reader was asked to go on after an error.
    #[error("the log file cannot be read any further after an earlier error")]
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
    /// Something else stands where this should.
    #[error("expected {0}")]
    Expected(&'static str),
    /// The content ends inside this.
    #[error("the text ends in the middle of {0}")]
    EndsInside(&'static str),
    /// A bracket in a member other than `Records` closes what another kind of bracket opened, or nothing at all.
    #[error("the brackets before it do not match")]
    Unbalanced,
}
