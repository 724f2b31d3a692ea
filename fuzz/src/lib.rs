//! Properties that must hold for every input. Each function panics if one does not hold.
//!
//! `fuzz/run.sh` searches for inputs that violate them; `cargo test` runs the stored inputs without a fuzzer.

mod alert;
mod analysis;
mod digest;
mod digest_chain;
mod import;
mod log_file;
mod notification;
mod pattern;
mod projection;
mod rule_document;
mod shapes;
mod shown;

pub use alert::alert;
pub use analysis::analysis;
pub use digest::{digest, public_keys};
pub use digest_chain::digest_chain;
pub use import::import;
pub use log_file::log_file;
pub use notification::{notification, object_key};
pub use pattern::{pattern, pattern_set};
pub use projection::projection;
pub use rule_document::rule_document;
pub use shapes::shapes;
