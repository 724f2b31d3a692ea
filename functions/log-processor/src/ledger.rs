//! The ledger that the configuration selects: a table, or the function's own memory.

use aws::{Aws, DynamoDbLedger};
use cloudtrail::S3Object;
use pipeline::{Cause, Claim, Ledger, MemoryLedger, PublishedParts, SystemClock};
use time::OffsetDateTime;

/// An execution environment without a table remembers at least this many files and event ids. They take at most about
/// 25 MB, which fits into a function of 128 MB. Redeliveries come within minutes, after fewer files than this.
const REMEMBERED: usize = 20_000;

/// The ledger of the function.
#[derive(Debug)]
pub enum FunctionLedger {
    /// In memory: execution environments do not know what others have done.
    Memory(MemoryLedger),
    /// In DynamoDB.
    Table(DynamoDbLedger<SystemClock>),
}

impl FunctionLedger {
    /// The ledger in `table`, or else one in memory. No request is sent.
    pub fn open(table: Option<String>, aws: &Aws) -> Self {
        match table {
            Some(table) => Self::Table(aws.ledger(table, SystemClock)),
            None => Self::Memory(MemoryLedger::with_capacity(REMEMBERED)),
        }
    }
}

impl Ledger for FunctionLedger {
    async fn claim(&self, file: &S3Object, until: Option<OffsetDateTime>) -> Result<Claim, Cause> {
        match self {
            Self::Memory(ledger) => ledger.claim(file, until).await,
            Self::Table(ledger) => ledger.claim(file, until).await,
        }
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        match self {
            Self::Memory(ledger) => ledger.first_sightings(file, sightings).await,
            Self::Table(ledger) => ledger.first_sightings(file, sightings).await,
        }
    }

    async fn note(&self, file: &S3Object, published: &PublishedParts) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.note(file, published).await,
            Self::Table(ledger) => ledger.note(file, published).await,
        }
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.finish(file).await,
            Self::Table(ledger) => ledger.finish(file).await,
        }
    }

    async fn release(
        &self,
        file: &S3Object,
        published: PublishedParts,
        code: &'static str,
    ) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.release(file, published, code).await,
            Self::Table(ledger) => ledger.release(file, published, code).await,
        }
    }
}
