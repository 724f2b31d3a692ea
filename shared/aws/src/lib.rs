//! The pipeline's ports over AWS: log files and rules from S3, datapoints to CloudWatch, alerts to SNS.
//!
//! This is the only crate that names an SDK. [`Aws`] holds what the clients share (credentials, region, connections,
//! timeouts) and makes the ports from it. Nothing is decided here that the pipeline decides: an SDK's error becomes
//! one of the pipeline's kinds, and what follows from the kind is the pipeline's business.
//!
//! Source: the API references of Amazon S3, Amazon CloudWatch and Amazon SNS.

mod alerts;
mod client;
mod failure;
mod metrics;
mod objects;
mod region;
mod rule_store;
mod store;
mod topic;
mod uri;

#[cfg(test)]
mod testing;

pub use alerts::{MESSAGE_BYTES, SnsAlertSink};
pub use client::Aws;
pub use metrics::CloudWatchMetricSink;
pub use rule_store::S3RuleStore;
pub use store::{ObjectBody, S3LogStore};
pub use topic::{TopicArn, TopicArnError};
pub use uri::{S3Uri, S3UriError};
