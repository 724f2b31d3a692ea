//! What the Lambda functions have in common: their configuration, rules at hand, logs, deadlines.
//!
//! It decides nothing about what a function does, and knows neither the Lambda runtime nor its events.

mod deadline;
pub mod environment;
pub mod logging;
pub mod rule_file;

pub use deadline::deadline;
pub use environment::{ConfigurationError, Fault, Reader};
pub use rule_file::RuleLocation;
