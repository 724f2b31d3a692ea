//! The ledger as a batch uses it, including what happens when the ledger is unreachable.
//!
//! An unreachable ledger never stops a batch: it processes and publishes anyway, because a late duplicate is better than
//! a lost alert. Every failed call is counted. After [`FAILURES_IN_A_ROW`] failures in a row the batch stops calling the
//! ledger, so that a slow one cannot use up the batch's time; each call that is skipped counts as failed too.
//!
//! A file whose publish options turn everything off leaves no mark in the ledger. Otherwise anyone who may announce files
//! could hide one for good.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use cloudtrail::S3Object;
use time::OffsetDateTime;

use super::deadline::{Deadline, within};
use crate::cause::{Cause, chain};
use crate::operational_event::{OperationalEvent, log_event};
use crate::ports::{Claim, Clock, Ledger, PublishedParts};
use crate::publish_options::PublishOptions;

/// Failed calls in a row after which a batch stops calling the ledger.
const FAILURES_IN_A_ROW: u32 = 3;

/// One call for sightings may take this fraction of the time left for publishing. All of these calls are made before
/// anything is published.
const SIGHTINGS_PART: i32 = 4;

/// The ledger for one batch.
#[derive(Debug)]
pub(super) struct BestEffortLedger<'b, L, C> {
    ledger: &'b L,
    clock: &'b C,
    deadline: Option<Deadline>,
    /// Bucket and key of each file of which nothing is published.
    silent: HashSet<(&'b str, &'b str)>,
    errors: AtomicU64,
    in_a_row: AtomicU32,
}

impl<'b, L: Ledger, C: Clock> BestEffortLedger<'b, L, C> {
    /// The ledger for a batch of these files.
    pub(super) fn open(
        ledger: &'b L,
        clock: &'b C,
        deadline: Option<Deadline>,
        files: impl Iterator<Item = (&'b S3Object, PublishOptions)>,
    ) -> Self {
        let silent = files.filter(|(_, options)| options.is_silent()).map(|(file, _)| name(file)).collect();
        Self { ledger, clock, deadline, silent, errors: AtomicU64::new(0), in_a_row: AtomicU32::new(0) }
    }

    /// When the invocation ends: calls and claims end by then.
    fn end(&self) -> Option<OffsetDateTime> {
        self.deadline.map(|deadline| deadline.end)
    }

    fn is_silent(&self, file: &S3Object) -> bool {
        self.silent.contains(&name(file))
    }

    /// Calls that failed or were skipped.
    pub(super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Claims a file. Without an answer, the claim counts as granted.
    pub(super) async fn claim(&self, file: &S3Object) -> Claim {
        if self.is_silent(file) {
            return Claim::Granted(PublishedParts::default());
        }
        let claim = self.call("claim", self.end(), self.ledger.claim(file, self.end())).await;
        claim.unwrap_or(Claim::Granted(PublishedParts::default()))
    }

    /// For each sighting, whether it is new. If no answer arrives in a quarter of the time left for publishing, all count
    /// as new.
    pub(super) async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Vec<bool> {
        if self.is_silent(file) {
            return vec![true; sightings.len()];
        }
        let now = self.clock.now();
        let until = self.deadline.map(|deadline| now + (deadline.last_publish - now) / SIGHTINGS_PART);
        let first = self.call("first sightings", until, self.ledger.first_sightings(file, sightings)).await;
        first.unwrap_or_else(|| vec![true; sightings.len()])
    }

    /// Records the published parts of a file that is still being processed.
    pub(super) async fn note(&self, file: &S3Object, published: &PublishedParts) {
        if !self.is_silent(file) {
            self.call("note", self.end(), self.ledger.note(file, published)).await;
        }
    }

    /// Marks a file as done.
    pub(super) async fn finish(&self, file: &S3Object) {
        if !self.is_silent(file) {
            self.call("finish", self.end(), self.ledger.finish(file)).await;
        }
    }

    /// Releases a file that failed with `code`.
    pub(super) async fn release(&self, file: &S3Object, published: PublishedParts, code: &'static str) {
        if !self.is_silent(file) {
            self.call("release", self.end(), self.ledger.release(file, published, code)).await;
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
            None => "no answer arrived in time".to_owned(),
        };
        self.errors.fetch_add(1, Ordering::Relaxed);
        let in_a_row = self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        log_event!(
            OperationalEvent::LedgerUnavailable,
            step,
            "the ledger is unreachable; redelivered files may be counted twice: {reason}",
        );
        if in_a_row == FAILURES_IN_A_ROW {
            log_event!(OperationalEvent::LedgerGivenUp, "this batch stops calling the ledger");
        }
        None
    }
}

/// What a file is known by.
fn name(file: &S3Object) -> (&str, &str) {
    (&file.bucket, &file.key)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use super::*;
    use crate::ports::SystemClock;

    /// Answers `finish` as prepared, and nothing else.
    #[derive(Debug)]
    struct Answers(Mutex<VecDeque<bool>>);

    impl Ledger for Answers {
        async fn claim(&self, _: &S3Object, _: Option<OffsetDateTime>) -> Result<Claim, Cause> {
            Err("unexpected".into())
        }

        async fn first_sightings(&self, _: &S3Object, _: &[String]) -> Result<Vec<bool>, Cause> {
            Err("unexpected".into())
        }

        async fn note(&self, _: &S3Object, _: &PublishedParts) -> Result<(), Cause> {
            Err("unexpected".into())
        }

        async fn finish(&self, _: &S3Object) -> Result<(), Cause> {
            if self.0.lock().unwrap().pop_front().unwrap() { Ok(()) } else { Err("made to fail".into()) }
        }

        async fn release(&self, _: &S3Object, _: PublishedParts, _: &'static str) -> Result<(), Cause> {
            Err("unexpected".into())
        }
    }

    #[tokio::test]
    async fn only_failures_in_a_row_end_the_calls() {
        let file =
            S3Object { bucket: "b".into(), key: "k".into(), size: None, version_id: None, region: None };
        let answers = [false, false, true, false, false, true, false, false, false, true];
        let ledger = Answers(Mutex::new(answers.into()));
        let best_effort = BestEffortLedger::open(&ledger, &SystemClock, None, std::iter::empty());
        for _ in answers {
            best_effort.finish(&file).await;
        }
        assert_eq!(ledger.0.lock().unwrap().len(), 1, "the last answer is never asked for");
        assert_eq!(best_effort.errors(), 8, "the skipped call counts as failed");
    }
}
