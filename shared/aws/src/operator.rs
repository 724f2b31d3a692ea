//! What only the operator's tool calls: queues of SQS, listings of S3, and the ledger, read and never written.
//!
//! The functions leave it out with the feature `operator`. Nothing is decided here: what a message means, and which files are
//! missing, is the tool's business. Each error names the permission and the resource, since its reader is the one who can
//! mend them.
//!
//! Source: the API references of Amazon SQS, Amazon S3 and Amazon DynamoDB.

mod error;
mod listing;
mod queue;
mod queue_url;

pub(crate) use error::call_error;
pub use error::{CallError, CallErrorKind, EntryError};
pub use listing::{ListedObject, ListedPage, S3Listing, S3Prefix, S3PrefixError};
pub use queue::{AttributeValue, MessageAttribute, OutgoingMessage, QueueMessage, SqsQueue};
pub use queue_url::{QueueUrl, QueueUrlError};

pub use crate::ledger::{FileState, LedgerEntry, LedgerReader};

use crate::client::Aws;

impl Aws {
    /// A queue, in the region that its URL names, or else in that of the environment.
    pub fn queue(&self, url: QueueUrl) -> SqsQueue {
        let mut config = aws_sdk_sqs::config::Builder::from(self.config());
        if let Some(region) = url.region() {
            config = config.region(aws_sdk_sqs::config::Region::new(region.to_owned()));
        }
        SqsQueue::new(aws_sdk_sqs::Client::from_conf(config.build()), url)
    }

    /// The objects of buckets, in whatever region these are.
    pub fn listing(&self) -> S3Listing {
        S3Listing::new(self.config())
    }

    /// A ledger's table, to be read, in `region`, or else in that of the environment.
    pub fn ledger_reader(&self, table: String, region: Option<&str>) -> LedgerReader {
        let mut config = aws_sdk_dynamodb::config::Builder::from(self.config());
        if let Some(region) = region {
            config = config.region(aws_sdk_dynamodb::config::Region::new(region.to_owned()));
        }
        LedgerReader::new(aws_sdk_dynamodb::Client::from_conf(config.build()), table)
    }
}
