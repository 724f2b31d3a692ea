//! The ports over AWS: log files and rules from S3, datapoints and alarms of CloudWatch, alerts to SNS, the ledger in
//! DynamoDB, and when a message of SQS comes back.
//!
//! This is the only crate that names an SDK. [`Aws`] holds what the clients share (credentials, region, connections,
//! timeouts) and makes the ports from it. Nothing is decided here that the pipeline decides: an SDK's error becomes
//! one of the pipeline's kinds, or of those of `alarms`, and what follows from the kind is their business.
//!
//! What a function has no need for it leaves out with the features `alarms`, `alerts`, `ledger` and `redelivery`: its role
//! grants no calls that are not in its program. The feature `operator` is for the operator's tool only.
//!
//! Source: the API references of Amazon S3, Amazon CloudWatch, Amazon SNS, Amazon DynamoDB and Amazon
//! SQS.

#[cfg(feature = "alarms")]
mod alarms;
#[cfg(feature = "alerts")]
mod alerts;
mod client;
mod failure;
#[cfg(feature = "ledger")]
mod ledger;
mod metrics;
mod objects;
#[cfg(feature = "operator")]
mod operator;
#[cfg(feature = "redelivery")]
mod redelivery;
mod region;
#[cfg(feature = "alarms")]
mod response;
mod rule_store;
mod store;
mod topic;
mod uri;

#[cfg(test)]
mod testing;

#[cfg(feature = "alarms")]
pub use self::alarms::CloudWatchAlarmStore;
#[cfg(feature = "alerts")]
pub use alerts::{MESSAGE_BYTES, SnsAlertSink};
pub use client::Aws;
#[cfg(feature = "ledger")]
pub use ledger::{DynamoDbLedger, RETENTION};
pub use metrics::CloudWatchMetricSink;
#[cfg(feature = "operator")]
pub use operator::{
    AttributeValue, CallError, CallErrorKind, EntryError, FileState, LedgerEntry, LedgerReader, ListedObject,
    ListedPage, MessageAttribute, OutgoingMessage, QueueMessage, QueueUrl, QueueUrlError, S3Listing,
    S3Prefix, S3PrefixError, SqsQueue,
};
#[cfg(feature = "redelivery")]
pub use redelivery::{Delay, SqsRedelivery};
#[cfg(feature = "alarms")]
pub use response::{PresignedUrl, PutError};
pub use rule_store::S3RuleStore;
pub use store::{ObjectBody, S3LogStore};
pub use topic::{TopicArn, TopicArnError};
pub use uri::{S3Uri, S3UriError};
