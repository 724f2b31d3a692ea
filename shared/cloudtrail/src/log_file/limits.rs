//! [`Limits`]: how large a log file and its records may be, and how deep records may nest.
//!
//! It only holds numbers; `reader.rs` and `gunzip.rs` enforce them.
//!
//! Source: the CloudTrail user guide, "Quotas in AWS CloudTrail".

/// The limits beyond which a log file or a record is rejected.
///
/// The defaults are at least four times the sizes that CloudTrail documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The decompressed bytes of a file, 256 MiB by default: CloudTrail's own quota is 50 MB before compression. A
    /// larger file is an error.
    pub decompressed_bytes: u64,
    /// The bytes of a record, 1 MiB by default: CloudTrail's own quota is 256 KB since event version 1.05. A longer
    /// record is rejected. The read window never grows beyond this size either.
    pub record_bytes: usize,
    /// The nested objects and lists in a record, including the record itself, 100 by default: below the 128 at which
    /// `serde_json` stops. A deeper record is rejected.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { decompressed_bytes: 256 * 1024 * 1024, record_bytes: 1024 * 1024, depth: 100 }
    }
}
