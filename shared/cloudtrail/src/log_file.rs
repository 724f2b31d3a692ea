//! One log file: `{"Records":[ ... ]}`, compressed, read record by record in constant memory.
//!
//! A record is delimited exactly (strings, escapes and brackets are followed) and handed out as borrowed bytes. Whether
//! those bytes are valid JSON inside is left to the consumer, which has to read them anyway; the faults that can be seen
//! from outside (depth, size, encoding, brackets) are reported here as rejections, and the file goes on behind them.
//! A fault after which the next record cannot be found is an error of the file.
//!
//! Source: the CloudTrail user guide, "CloudTrail log file examples" and "CloudTrail record contents"; RFC 8259.

mod block;
mod error;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod window;

pub use error::{JsonFault, LogFileError};
pub use reader::{LogFileReader, ReadBuffers, open_log_file, open_log_file_with};

/// What a log file may cost before it is refused.
///
/// The defaults leave a factor of four or more above what CloudTrail documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Decompressed bytes of one file, 256 MiB by default: CloudTrail's own quota is 50 MB before compression.
    /// Going past it is an error of the file.
    pub decompressed_bytes: u64,
    /// Bytes of one record, 1 MiB by default: CloudTrail's own quota is 256 KB since event version 1.05.
    /// A longer record is rejected. This is also the largest size to which the read window grows.
    pub record_bytes: usize,
    /// Nested objects and lists in one record, itself included, 100 by default: below the 128 at which `serde_json` stops.
    /// A deeper record is rejected.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { decompressed_bytes: 256 * 1024 * 1024, record_bytes: 1024 * 1024, depth: 100 }
    }
}

/// One element of `Records`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// The bytes of one JSON object, from `{` to its `}`: valid UTF-8 with balanced brackets outside of strings.
    ///
    /// Anything else about it is unchecked; `{1 2}` is complete. A consumer that finds it invalid reports `record.malformed`.
    Complete(&'a [u8]),
    /// An element that cannot be evaluated.
    Rejected(Rejection),
}

/// Where and why an element of `Records` was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The element's place among all elements of the file, from 0, complete and rejected ones alike.
    pub index: u64,
    /// Offset in bytes of the element's first character in the decompressed file.
    pub offset: u64,
    /// What is wrong with it; the first of the reasons in the order of [`RejectReason`]'s variants.
    pub reason: RejectReason,
}

/// Why an element of `Records` was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// The element is a string, number, literal or list.
    #[error("the record is not a JSON object")]
    NotAnObject,
    /// The record is longer than [`Limits::record_bytes`].
    #[error("the record is larger than {limit} bytes")]
    TooLarge {
        /// Largest accepted size in bytes.
        limit: usize,
    },
    /// The record nests deeper than [`Limits::depth`].
    #[error("the record nests deeper than {limit} levels")]
    TooDeep {
        /// Largest accepted depth in levels.
        limit: usize,
    },
    /// A bracket inside the record closes what another kind of bracket opened, or nothing at all.
    #[error("the brackets of the record do not match")]
    Unbalanced,
    /// The record holds bytes that are not UTF-8.
    #[error("the record is not valid UTF-8")]
    InvalidUtf8,
}

impl RejectReason {
    /// A stable name for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnObject => "record.not-an-object",
            Self::TooLarge { .. } => "record.too-large",
            Self::TooDeep { .. } => "record.too-deep",
            Self::Unbalanced => "record.unbalanced",
            Self::InvalidUtf8 => "record.invalid-utf8",
        }
    }
}
