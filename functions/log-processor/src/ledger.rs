//! Where the function remembers what it has done, as the configuration says: in a table, or in its own memory.

use aws::{Aws, DynamoDbLedger};
use cloudtrail::S3Object;
use pipeline::error::Cause;
use pipeline::{Claim, Ledger, MemoryLedger, Progress, SystemClock};
use time::OffsetDateTime;

/// Files and event ids that an execution environment without a table remembers at least: at most about 25 MB, so that
/// they fit a function of 128 MB. A redelivery comes within minutes, and so after fewer files than that.
const REMEMBERED: usize = 20_000;

/// The ledger of the function.
#[derive(Debug)]
pub enum FunctionLedger {
    /// What one execution environment has done, the others do not know.
    Memory(MemoryLedger),
    /// In DynamoDB.
    Table(DynamoDbLedger<SystemClock>),
}

impl FunctionLedger {
    /// The ledger in `table`, or one in memory. No request is sent.
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

    async fn note(&self, file: &S3Object, progress: &Progress) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.note(file, progress).await,
            Self::Table(ledger) => ledger.note(file, progress).await,
        }
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.finish(file).await,
            Self::Table(ledger) => ledger.finish(file).await,
        }
    }

    async fn release(&self, file: &S3Object, progress: Progress, code: &'static str) -> Result<(), Cause> {
        match self {
            Self::Memory(ledger) => ledger.release(file, progress, code).await,
            Self::Table(ledger) => ledger.release(file, progress, code).await,
        }
    }
}
