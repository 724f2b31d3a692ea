//! The alarm reconciler: keeps the CloudWatch alarms of an account and region in line with the rules.
//!
//! Wiring, configuration, and the formats of Lambda's input and of CloudFormation's requests and responses; the `alarms`
//! crate does the work. It is a library so that tests call [`handle`] with ports of their own; `main.rs` calls it with
//! AWS behind them.
//!
//! Source: the AWS CloudFormation user guide, "Custom resources"; the EventBridge user guide, "Amazon S3 events" and
//! "Scheduled events".

pub mod configuration;
pub mod custom_resource;
pub mod event;
pub mod handler;
pub mod metrics;
pub mod rules;

mod deadline;

pub use configuration::Configuration;
pub use handler::{Function, HandlerError, handle};
