//! What every input has to satisfy. Each function panics if one does not.
//!
//! `fuzz/run.sh` looks for such inputs; `cargo test` runs the kept ones without a fuzzer.

mod alert;
mod import;
mod log_file;
mod notification;
mod pattern;
mod rule_document;
mod shown;

pub use alert::alert;
pub use import::import;
pub use log_file::log_file;
pub use notification::{notification, object_key};
pub use pattern::{pattern, pattern_set};
pub use rule_document::rule_document;
