//! What CloudTrail delivers, from the text of a queue message down to the bytes of one record.
//!
//! The crate answers four questions:
//!
//! | question | answer |
//! |---|---|
//! | which objects does this message announce? | [`parse_notification`] |
//! | what kind of object has this key? | [`classify_key`] |
//! | which records are in this log file? | [`open_log_file`] |
//! | what does this digest file say? | [`read_digest`], [`parse_digest`] |
//!
//! The crate has no AWS clients, clock, environment or network access: its input is text, keys and
//! [`std::io::Read`]ers. It delimits records but does not interpret them, and it never fetches the object of a key.
//! It treats all input as hostile: sizes, depths and counts are limited, and each limit has its own error.
//!
//! ```
//! use cloudtrail::{Limits, Record, open_log_file};
//!
//! let text = br#"{"Records":[{"eventName":"ConsoleLogin"},42]}"#;
//! let mut file = open_log_file(text.as_slice(), Limits::default());
//! let (mut complete, mut rejected) = (0, 0);
//! while let Some(record) = file.next_record()? {
//!     match record {
//!         Record::Complete(_) => complete += 1,
//!         Record::Rejected(_) => rejected += 1,
//!     }
//! }
//! assert_eq!((complete, rejected), (1, 1));
//! # Ok::<(), cloudtrail::LogFileError>(())
//! ```

mod digest;
#[cfg(test)]
mod fixtures;
mod gunzip;
mod key;
mod log_file;
mod notification;
pub mod shapes;

pub use digest::{
    Digest, DigestFormatError, DigestKey, DigestReadError, HASH_ALGORITHM, ListedLogFile, MAX_DIGEST_BYTES,
    PreviousDigest, SIGNATURE_ALGORITHM, parse_digest, read_digest,
};
pub use gunzip::{Gunzip, Inflater};
pub use key::{LogFileKey, ObjectKind, classify_key, is_account, is_organization, is_region};
pub use log_file::error::{GzipFault, InflateFault, JsonFault, LogFileError};
pub use log_file::{
    Limits, LogFileReader, ReadBuffers, Record, RejectReason, Rejection, open_log_file, open_log_file_with,
};
pub use notification::{
    IgnoreReason, MAX_OBJECTS, MemberNames, MessageShape, Notification, NotificationError, S3Object,
    parse_notification,
};
