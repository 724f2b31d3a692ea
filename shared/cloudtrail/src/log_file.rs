//! Reads one log file, `{"Records":[ ... ]}`, usually compressed, record by record in constant memory.
//!
//! The reader finds the exact end of a record by following strings, escapes and brackets, and hands out its bytes as
//! a borrowed slice. The consumer must parse those bytes anyway, so it checks whether they are valid JSON. Problems
//! visible from outside (depth, size, encoding, brackets) are reported as rejections, and the reader continues after
//! the record. A problem that hides the start of the next record is an error of the file.
//!
//! Source: the CloudTrail user guide, "CloudTrail log file examples" and "CloudTrail record contents"; RFC 8259.

mod block;
pub(crate) mod error;
mod limits;
mod reader;
mod record;
pub(crate) mod scan;
#[cfg(test)]
mod tests;
pub(crate) mod window;

pub use limits::Limits;
pub use reader::{LogFileReader, ReadBuffers, open_log_file, open_log_file_with};
pub use record::{Record, RejectReason, Rejection};
