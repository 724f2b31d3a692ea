//! One reader for every shape in which people keep CloudTrail records.
//!
//! [`open_log_file`](crate::open_log_file) reads a trail's own log files and is strict: one gzip member, one object, one
//! list `Records`. The reader in this module also accepts what the AWS CLI, the console, EventBridge, CloudWatch Logs and
//! common tools make of records. It recognizes a shape by its content, never by the name of a file.
//!
//! | shape | recognized by |
//! |---|---|
//! | log file | a list `Records` |
//! | `lookup-events` | `CloudTrailEvent` in the elements of `Events` |
//! | EventBridge | `detail` |
//! | `filter-log-events`, `get-log-events`, subscriptions | `message` in the elements of `events` or `logEvents` |
//! | payloads of Lambda, Kinesis and Firehose | `awslogs`, `kinesis`, `data` |
//! | messages of SNS and SQS | `Message`, `Body` |
//! | results of Logs Insights and CloudTrail Lake | `@message`, `eventJson` |
//! | an export of CloudWatch Logs | a time and an object on each line |
//! | records | `eventVersion`, `eventTime`, and `eventName` or `eventType` |
//!
//! An input is a stream of JSON values with whitespace or nothing between them. JSON lines, pretty-printed JSON and
//! concatenated files therefore need no special case. The reader opens lists and JSON text inside JSON, and decodes gzip
//! (any number of members, several layers) and UTF-16. For any other format, the error names the format and a way to
//! convert it.
//!
//! No value is skipped silently: it yields records, is known to contain none, or is rejected with a reason. This module
//! evaluates nothing and opens no files.
//!
//! ```
//! use cloudtrail::Limits;
//! use cloudtrail::shapes::{Item, open_input};
//!
//! let text = br#"{"Events":[{"CloudTrailEvent":"{\"eventVersion\":\"1.11\",\"eventTime\":\"2026-09-14T10:00:00Z\",
//!     \"eventName\":\"StopLogging\"}"}]} 42"#.map(|byte| if byte == b'\n' { b' ' } else { byte });
//! let mut input = open_input(text.as_slice(), Limits::default());
//! let (mut records, mut rejected) = (0, 0);
//! while let Some(item) = input.next_item()? {
//!     match item {
//!         Item::Record(_) => records += 1,
//!         Item::Rejected(_) => rejected += 1,
//!     }
//! }
//! assert_eq!((records, rejected), (1, 1));
//! # Ok::<(), cloudtrail::shapes::InputError>(())
//! ```

mod content;
mod error;
mod format;
mod line;
mod log_file_text;
mod members;
mod reader;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod utf16;
mod walk;

pub use error::{InputError, InputFault, RejectedInput};
pub use format::Format;
pub use log_file_text::LogFileText;
pub use reader::{InputReader, Item, open_input};
