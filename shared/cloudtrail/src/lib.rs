//! What CloudTrail delivers, from the text of a queue message down to the bytes of one record.
//!
//! Three questions, three entry points:
//!
//! | question | answer |
//! |---|---|
//! | which objects does this message announce? | [`parse_notification`] |
//! | what kind of object has this key? | [`classify_key`] |
//! | which records are in this log file? | [`open_log_file`] |
//!
//! The crate knows nothing of AWS clients, clocks, the environment or the network: it is given text, keys and
//! [`std::io::Read`]ers. It delimits records but does not interpret them, and it never follows a key to its object.
//! Every input is taken as hostile: sizes, depths and counts are bounded, and each bound has its own error.
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

#[cfg(test)]
mod fixtures;
mod gunzip;
mod key;
mod log_file;
mod notification;

pub use gunzip::{Gunzip, GzipFault, InflateFault, Inflater};
pub use key::{LogFileKey, ObjectKind, classify_key};
pub use log_file::{
    JsonFault, Limits, LogFileError, LogFileReader, ReadBuffers, Record, RejectReason, Rejection,
    open_log_file, open_log_file_with,
};
pub use notification::{
    IgnoreReason, MAX_OBJECTS, MemberNames, Notification, NotificationError, S3Object, Shape,
    parse_notification,
};
