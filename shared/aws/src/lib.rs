//! The ports over AWS: log files and rules in S3, datapoints and alarms in CloudWatch, alerts through SNS, the ledger in
//! DynamoDB, the delays of failed messages in SQS, and for the operator's tool CloudTrail's own answers.
//!
//! This is the only crate that names an SDK. [`Aws`] holds what the clients share (credentials, region, connections,
//! timeouts); each adapter has its own file with its port, its table of errors and the method of [`Aws`] that makes it.
//! The crate decides nothing: an SDK's error becomes one of the kinds of `pipeline` or `alarms`, and these crates decide
//! what follows from a kind.
//!
//! With the features `alarms`, `alerts`, `ledger` and `redelivery`, a function includes only the adapters that it needs;
//! its role allows exactly the calls in its program. The feature `operator` is for the operator's tool only.
//!
//! Source: the API references of Amazon S3, Amazon CloudWatch, Amazon CloudWatch Logs, Amazon SNS, Amazon DynamoDB, Amazon
//! SQS and AWS CloudTrail.

#[cfg(feature = "alarms")]
mod alarms;
#[cfg(feature = "alerts")]
mod alerts;
mod client;
mod environment;
mod failure;
#[cfg(feature = "ledger")]
mod ledger;
mod log_store;
mod metrics;
mod objects;
#[cfg(feature = "operator")]
mod operator;
#[cfg(feature = "alarms")]
mod presigned_url;
#[cfg(feature = "redelivery")]
mod redelivery;
mod region;
mod rule_store;
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
#[cfg(feature = "operator")]
pub use ledger::{FileState, LedgerEntry, LedgerReader};
pub use log_store::{ObjectBody, S3LogStore};
pub use metrics::CloudWatchMetricSink;
#[cfg(feature = "operator")]
pub use operator::{
    AttributeValue, CallError, CallErrorKind, Delivery, Download, EntryError, KeyState, ListedKey,
    ListedObject, ListedPage, LookUp, LookUpAttribute, LookedUpPage, MessageAttribute, OutgoingMessage,
    PatternAnswer, PatternTests, QueueMessage, QueueState, QueueUrl, QueueUrlError, S3Downloads, S3Listing,
    S3Prefix, S3PrefixError, Selector, SelectorField, Session, SessionError, SqsQueue, Stack, StackAlarm,
    StackReader, Subscription, TESTED_MESSAGES, TableState, TopicState, Trail, TrailStatus, Trails,
};
#[cfg(feature = "alarms")]
pub use presigned_url::{PresignedUrl, PutError};
#[cfg(feature = "redelivery")]
pub use redelivery::{Delay, SqsRedelivery};
pub use rule_store::S3RuleStore;
pub use topic::{TopicArn, TopicArnError};
pub use uri::{S3Uri, S3UriError};
