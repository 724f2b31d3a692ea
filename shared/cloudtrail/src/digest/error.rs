//! Why a digest file could not be read, or is not a digest. No variant carries content of the file.

use std::io;

use crate::log_file::error::LogFileError;

/// Why the content of a digest file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DigestReadError {
    /// The file does not begin like gzip.
    #[error("the digest file is not compressed with gzip")]
    NotGzip,
    /// The file is not exactly one complete gzip member.
    #[error("the digest file is not exactly one complete gzip member")]
    Damaged(#[source] LogFileError),
    /// The content is too large.
    #[error("the digest file is larger than {limit} bytes after decompression")]
    TooLarge {
        /// Largest accepted size in bytes.
        limit: u64,
    },
    /// The source of the file failed.
    #[error("reading the digest file failed")]
    Source(#[source] io::Error),
}

/// Why a content is not that of a digest.
#[derive(Debug, thiserror::Error)]
pub enum DigestFormatError {
    /// It is not a JSON object with the members of a digest, each of the right type.
    #[error(
        "the digest file is not a JSON object with the members of a digest, at line {line}, column {column}"
    )]
    Members {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Some of the five members about the digest before it are text and some are null.
    #[error("the members `previousDigest*` of the digest file have to be all text or all null")]
    HalfALink,
    /// A member is not a time.
    #[error("`{member}` of the digest file is not a time such as `2026-09-14T09:05:41Z`")]
    NotATime {
        /// The name of the member.
        member: &'static str,
    },
    /// The span ends where it begins, or before.
    #[error("the digest file ends at or before its start")]
    EndsBeforeItStarts,
}
