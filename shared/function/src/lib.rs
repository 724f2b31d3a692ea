//! What the Lambda functions have in common: configuration, rules in the deployment package, logs, deadlines.
//!
//! It decides nothing about what a function does, and knows neither the Lambda runtime nor its events.

mod deadline;
pub mod environment;
pub mod logging;
pub mod rule_file;

pub use deadline::deadline;
pub use environment::{ConfigurationError, ConfigurationFault, Reader};
pub use rule_file::RuleLocation;
