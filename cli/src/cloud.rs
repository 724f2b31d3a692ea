//! What the commands need from AWS: the connection, and a queue, a bucket and the ledger as ports over the
//! clients of `aws`.
//!
//! Nothing is decided here. The tests implement the ports in memory.

mod options;
pub(crate) mod sending;
#[cfg(test)]
pub(crate) mod testing;

use std::time::Duration;

use aws::{
    CallError, EntryError, LedgerEntry, LedgerReader, ListedPage, OutgoingMessage, QueueMessage, S3Listing,
    SqsQueue,
};
use cloudtrail::S3Object;
use time::OffsetDateTime;

pub(crate) use self::options::{AwsOptions, ProfileOption};

/// The result of each entry of a batch, in order.
pub(crate) type Entries = Vec<Result<(), EntryError>>;

/// A queue; see [`SqsQueue`].
pub(crate) trait Queue {
    async fn receive(&self, hidden: Duration) -> Result<Vec<QueueMessage>, CallError>;
    async fn make_visible(&self, receipts: &[String]) -> Result<Entries, CallError>;
    async fn send(&self, messages: &[OutgoingMessage]) -> Result<Entries, CallError>;
    async fn delete(&self, receipts: &[String]) -> Result<Entries, CallError>;
    /// Roughly how many messages are visible; `None` if the queue does not say.
    async fn visible(&self) -> Option<u64>;
}

impl Queue for SqsQueue {
    async fn receive(&self, hidden: Duration) -> Result<Vec<QueueMessage>, CallError> {
        self.receive(hidden).await
    }

    async fn make_visible(&self, receipts: &[String]) -> Result<Entries, CallError> {
        self.make_visible(receipts).await
    }

    async fn send(&self, messages: &[OutgoingMessage]) -> Result<Entries, CallError> {
        self.send(messages).await
    }

    async fn delete(&self, receipts: &[String]) -> Result<Entries, CallError> {
        self.delete(receipts).await
    }

    async fn visible(&self) -> Option<u64> {
        self.visible().await.ok()
    }
}

/// A bucket; see [`S3Listing`].
pub(crate) trait Bucket {
    async fn folders(&self, prefix: &str) -> Result<Vec<String>, CallError>;
    async fn page(&self, prefix: &str, after: &str) -> Result<ListedPage, CallError>;
}

/// One bucket of S3.
#[derive(Debug)]
pub(crate) struct S3Bucket {
    pub(crate) listing: S3Listing,
    pub(crate) name: String,
}

impl Bucket for S3Bucket {
    async fn folders(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        self.listing.folders(&self.name, prefix).await
    }

    async fn page(&self, prefix: &str, after: &str) -> Result<ListedPage, CallError> {
        self.listing.page(&self.name, prefix, after).await
    }
}

/// The ledger, for reading; see [`LedgerReader`].
pub(crate) trait KnownFiles {
    async fn entries(
        &self,
        files: &[S3Object],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<LedgerEntry>>, CallError>;
}

impl KnownFiles for LedgerReader {
    async fn entries(
        &self,
        files: &[S3Object],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<LedgerEntry>>, CallError> {
        self.entries(files, now).await
    }
}
