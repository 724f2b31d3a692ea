//! The ledger as a batch uses it, with the answer to the question what happens when it is out of reach.
//!
//! The batch goes on: it processes and publishes, because a late duplicate is better than a lost alert. Every call that
//! failed is counted. After [`FAILURES_IN_A_ROW`] the ledger is not asked again in this batch, so that one that answers
//! slowly does not cost the batch its time; what is not asked counts as failed, too.
//!
//! A file of which nothing is to be published leaves no mark: else whoever may announce files could hide one for good.

use std::future::Future;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use time::OffsetDateTime;

use crate::deadline::{Deadline, within};
use crate::error::{Cause, chain};
use crate::ports::{Claim, Clock, Ledger, Progress};
use crate::work::PlannedFile;

/// Failed calls after which a batch does without the ledger.
const FAILURES_IN_A_ROW: u32 = 3;

/// Divides the time that is left for publishing into what one call for sightings may take. All of them are made before
/// anything is published.
const SIGHTINGS_PART: i32 = 4;

/// The ledger for one batch.
#[derive(Debug)]
pub(crate) struct Book<'b, L, C> {
    ledger: &'b L,
    clock: &'b C,
    deadline: Option<Deadline>,
    errors: AtomicU64,
    in_a_row: AtomicU32,
}

impl<'b, L: Ledger, C: Clock> Book<'b, L, C> {
    pub(crate) fn open(ledger: &'b L, clock: &'b C, deadline: Option<Deadline>) -> Self {
        Self { ledger, clock, deadline, errors: AtomicU64::new(0), in_a_row: AtomicU32::new(0) }
    }

    /// When the invocation ends: calls end by then, and so do claims.
    fn end(&self) -> Option<OffsetDateTime> {
        self.deadline.map(|deadline| deadline.end)
    }

    /// Calls that failed or were left out.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Asks for the right to process a file; without an answer it is the caller's.
    pub(crate) async fn claim(&self, file: &PlannedFile) -> Claim {
        if file.treatment.is_silent() {
            return Claim::Granted(Progress::default());
        }
        let claim = self.call("claim", self.end(), self.ledger.claim(&file.object, self.end())).await;
        claim.unwrap_or(Claim::Granted(Progress::default()))
    }

    /// For each sighting, whether it is new; without an answer in a part of the time that is left for publishing, all are.
    pub(crate) async fn first_sightings(&self, file: &PlannedFile, sightings: &[String]) -> Vec<bool> {
        if file.treatment.is_silent() {
            return vec![true; sightings.len()];
        }
        let now = self.clock.now();
        let until = self.deadline.map(|deadline| now + (deadline.last_publish - now) / SIGHTINGS_PART);
        let work = self.ledger.first_sightings(&file.object, sightings);
        let first = self.call("first sightings", until, work).await;
        first.unwrap_or_else(|| vec![true; sightings.len()])
    }

    /// Writes down what is out of a file that is still being worked on.
    pub(crate) async fn note(&self, file: &PlannedFile, progress: &Progress) {
        if !file.treatment.is_silent() {
            self.call("note", self.end(), self.ledger.note(&file.object, progress)).await;
        }
    }

    /// Marks a file as done.
    pub(crate) async fn finish(&self, file: &PlannedFile) {
        if !file.treatment.is_silent() {
            self.call("finish", self.end(), self.ledger.finish(&file.object)).await;
        }
    }

    /// Gives a file back that failed for the reason `code`.
    pub(crate) async fn release(&self, file: &PlannedFile, progress: Progress, code: &'static str) {
        if !file.treatment.is_silent() {
            self.call("release", self.end(), self.ledger.release(&file.object, progress, code)).await;
        }
    }

    async fn call<T>(
        &self,
        step: &'static str,
        until: Option<OffsetDateTime>,
        work: impl Future<Output = Result<T, Cause>>,
    ) -> Option<T> {
        if self.in_a_row.load(Ordering::Relaxed) >= FAILURES_IN_A_ROW {
            self.errors.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let reason = match within(self.clock, until, work).await {
            Some(Ok(answer)) => {
                self.in_a_row.store(0, Ordering::Relaxed);
                return Some(answer);
            }
            Some(Err(error)) => chain(&*error),
            None => "there was no answer in time".to_owned(),
        };
        self.errors.fetch_add(1, Ordering::Relaxed);
        let in_a_row = self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(
            code = "ledger.unavailable",
            step,
            "the ledger is out of reach, so a redelivered file may count twice: {reason}",
        );
        if in_a_row == FAILURES_IN_A_ROW {
            tracing::error!(code = "ledger.given-up", "the ledger is not asked again in this batch");
        }
        None
    }
}
