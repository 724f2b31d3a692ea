//! Rules that are read again when their document changes.
//!
//! A batch that begins asks for the rules in force, and keeps them to its end. At most once in an interval that
//! question reads the document, unless it is still the version that was read before. The reading goes on in a task of
//! its own: a batch waits for it a little while only, and a later one takes its result.
//!
//! A document that cannot be used never displaces one that can: the last good version stays in force, and until the
//! document is good again every batch tells so. A process that starts meanwhile takes the newest earlier version that
//! can be used, from a store that keeps versions. Without any good version there is nothing to evaluate with, and the
//! batch returns to the queue.
//!
//! Where the document is kept is the [`RuleStore`]'s business.

mod error;
mod load;
mod read;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::JoinHandle;

pub use self::error::RulesError;
use self::load::{Loaded, Reading, read, report_diagnostics};
pub use self::read::{ReadRules, RejectedRules, read_rules};
use crate::error::{Retry, chain};
use crate::evaluate::Evaluator;
use crate::ports::{CurrentRules, RuleSource, RuleStore};

/// The largest rule document that is read, in bytes: some thousand rules.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Longest time that a batch with good rules waits for newer ones.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Longest time for fetching a version of the document once.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
/// Checks in a row that may fail in passing before the rules count as rejected. Fewer would make an alarm of a
/// throttled request, more would hide that changes do not arrive.
const FAILURES_IN_PASSING: u32 = 4;

/// [`RuleSource`] over a document that changes.
#[derive(Debug)]
pub struct ReloadingRules<S> {
    store: Arc<S>,
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last good version.
    good: Option<Arc<Evaluator>>,
    /// Why the document as it is cannot be used.
    fault: Option<Arc<RulesError>>,
    /// The version that was read last, good or not.
    seen: Option<Seen>,
    /// A reading that no batch has waited for to its end.
    loading: Option<Loading>,
    /// When the last reading began.
    checked: Option<OffsetDateTime>,
    /// Checks in a row that failed in passing.
    failures: u32,
}

/// A reading that goes on.
type Loading = JoinHandle<Reading<Arc<Evaluator>>>;

#[derive(Debug)]
struct Seen {
    version: String,
    fault: Option<Arc<RulesError>>,
}

impl<S: RuleStore + 'static> ReloadingRules<S> {
    /// Rules of the document in `store`, which is looked at once in `interval` at most. Nothing is read yet.
    pub fn new(store: S, interval: Duration) -> Self {
        Self { store: Arc::new(store), interval, state: Mutex::default() }
    }

    /// The reading that this batch waits for, and for how long; `None` where none is due.
    fn begin(&self, now: OffsetDateTime, until: Option<OffsetDateTime>) -> Option<(Loading, Duration)> {
        let mut state = self.state();
        let has_good = state.good.is_some();
        let left = match until {
            Some(until) => Duration::try_from(until - now).unwrap_or_default(),
            None => Duration::MAX,
        };
        if let Some(loading) = state.loading.take() {
            // Another batch has waited for it; the one that comes without any rules has to.
            return Some((loading, if has_good { Duration::ZERO } else { left }));
        }
        // Without good rules each batch would fail until the next check, and so each one checks.
        if has_good && state.checked.is_some_and(|checked| (now - checked).unsigned_abs() < self.interval) {
            return None;
        }
        state.checked = Some(now);
        let known = state.seen.as_ref().map(|seen| seen.version.clone());
        let store = Arc::clone(&self.store);
        let make = |rules| Arc::new(Evaluator::new(rules));
        let loading = tokio::spawn(async move { read(&*store, known.as_deref(), has_good, make).await });
        Some((loading, if has_good { left.min(PATIENCE) } else { left }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every update leaves the state usable, so that a poisoned one is, too.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: RuleStore + 'static> RuleSource for ReloadingRules<S> {
    async fn current(&self, now: OffsetDateTime, until: Option<OffsetDateTime>) -> CurrentRules {
        if let Some((mut loading, patience)) = self.begin(now, until) {
            let finished = tokio::time::timeout(patience, &mut loading).await;
            let mut state = self.state();
            match finished {
                Ok(Ok(reading)) => state.settle(reading, self.store.location()),
                Ok(Err(source)) => {
                    let location = self.store.location().to_owned();
                    let document = Loaded::Failed(RulesError::Aborted { location, source });
                    state.settle(Reading { document, earlier: None }, self.store.location());
                }
                Err(_elapsed) => state.loading = Some(loading),
            }
        }
        self.state().in_force(self.store.location())
    }
}

impl State {
    /// What the next batches get.
    fn in_force(&self, location: &str) -> CurrentRules {
        let evaluator = match (&self.good, &self.fault) {
            (Some(good), _) => Ok(Arc::clone(good)),
            (None, Some(fault)) => Err(Arc::clone(fault)),
            (None, None) => Err(Arc::new(RulesError::Slow { location: location.to_owned() })),
        };
        CurrentRules { rejected: self.fault.is_some() || evaluator.is_err(), evaluator }
    }

    /// Takes the result of a reading.
    fn settle(&mut self, reading: Reading<Arc<Evaluator>>, location: &str) {
        if let (Some(earlier), None) = (reading.earlier, &self.good) {
            let (version, rules) = (earlier.version, earlier.rules.rules().len());
            tracing::warn!(location, version, rules, "an earlier version of the rules is in force");
            self.good = Some(earlier.rules);
        }
        match reading.document {
            Loaded::Unchanged => {
                let fault = self.seen.as_ref().and_then(|seen| seen.fault.clone());
                if self.fault.is_some() && fault.is_none() {
                    tracing::info!(location, "the rules can be read again");
                }
                self.succeed(fault);
            }
            Loaded::Good { version, rules: evaluator, warnings } => {
                report_diagnostics(&warnings);
                let rules = evaluator.rules().len();
                tracing::info!(location, version, rules, "the rules are loaded");
                self.good = Some(evaluator);
                self.see(version, None);
            }
            Loaded::Bad { version, error, diagnostics } => {
                report_diagnostics(&diagnostics);
                self.report(&error);
                self.see(version, Some(Arc::new(error)));
            }
            Loaded::Failed(error) => {
                self.report(&error);
                self.failures = self.failures.saturating_add(1);
                let passing = error.retry() == Retry::Transient && self.failures <= FAILURES_IN_PASSING;
                if !passing || self.good.is_none() {
                    self.fault = Some(Arc::new(error));
                }
            }
        }
    }

    /// Notes the version that was read.
    fn see(&mut self, version: Option<String>, fault: Option<Arc<RulesError>>) {
        self.seen = version.map(|version| Seen { version, fault: fault.clone() });
        self.succeed(fault);
    }

    /// The document was reached.
    fn succeed(&mut self, fault: Option<Arc<RulesError>>) {
        self.failures = 0;
        self.fault = fault;
    }

    fn report(&self, error: &RulesError) {
        let consequence = match &self.good {
            Some(_) => "the last good version stays in force",
            None => "there is no good version, so the batch returns to the queue",
        };
        match error.retry() {
            Retry::Transient => tracing::warn!(code = error.code(), "{}; {consequence}", chain(error)),
            Retry::Permanent => tracing::error!(code = error.code(), "{}; {consequence}", chain(error)),
        }
    }
}
