//! The log processor: an SQS batch of log-file deliveries in, `batchItemFailures` out.
//!
//! Wiring, configuration, and the formats of Lambda's input and output; the `pipeline` crate does the work.
//! It is a library so that tests call [`handle`] with ports of their own; `main.rs` calls it with AWS behind them.
//!
//! Source: the AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event
//! source".

pub mod batch;
pub mod configuration;
pub mod handler;
pub mod ledger;
pub mod redelivery;
pub mod rule_source;

pub use batch::QueueBatch;
pub use configuration::Configuration;
pub use handler::handle;
pub use ledger::FunctionLedger;
pub use rule_source::FunctionRules;
