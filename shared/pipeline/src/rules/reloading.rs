//! Rules that are reloaded when their document changes.
//!
//! Each batch asks for the rules in force when it starts, and keeps them to its end. At most once per interval, this
//! reads the document, unless it is still the version that was read before. A separate task does the reading: a batch
//! waits for it only briefly, and a later batch takes the result.
//!
//! An invalid version never replaces a valid one: the last good version stays in force, and every batch reports the
//! problem until the document is valid again. A process that starts in the meantime takes the newest usable earlier
//! version, if the store keeps versions. Without any usable version, the messages return to the queue.
//!
//! Where the document is kept is up to the [`RuleStore`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::task::JoinHandle;

use super::error::RulesError;
use super::load::{Loaded, Reading, read, report_diagnostics};
use super::source::{CurrentRules, RuleSource};
use super::store::RuleStore;
use crate::cause::chain;
use crate::evaluator::Evaluator;
use crate::operational_event::{OperationalEvent, Retry, log_event};

/// The longest time that a batch with usable rules waits for newer ones.
const PATIENCE: Duration = Duration::from_millis(1500);
/// This many checks in a row may fail for a transient reason before the rules count as rejected. With fewer, a throttled
/// request would raise an alarm; with more, nobody would notice that changes do not arrive.
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
    /// Why the current document is unusable.
    fault: Option<Arc<RulesError>>,
    /// The version that was read last, good or not.
    seen: Option<Seen>,
    /// A read that is still under way.
    loading: Option<Loading>,
    /// When the last read started.
    checked: Option<OffsetDateTime>,
    /// Checks in a row that failed for a transient reason.
    failures: u32,
}

/// A read that is under way.
type Loading = JoinHandle<Reading<Arc<Evaluator>>>;

#[derive(Debug)]
struct Seen {
    version: String,
    fault: Option<Arc<RulesError>>,
}

impl<S: RuleStore + 'static> ReloadingRules<S> {
    /// Rules from the document in `store`, which is checked at most once per `interval`. Nothing is read yet.
    pub fn new(store: S, interval: Duration) -> Self {
        Self { store: Arc::new(store), interval, state: Mutex::default() }
    }

    /// The read that this batch waits for, and for how long; `None` if no read is due.
    fn begin(&self, now: OffsetDateTime, until: Option<OffsetDateTime>) -> Option<(Loading, Duration)> {
        let mut state = self.state();
        let has_good = state.good.is_some();
        let left = match until {
            Some(until) => Duration::try_from(until - now).unwrap_or_default(),
            None => Duration::MAX,
        };
        if let Some(loading) = state.loading.take() {
            // An earlier batch has already waited. Only a batch without any rules must wait again.
            return Some((loading, if has_good { Duration::ZERO } else { left }));
        }
        // Without usable rules, every batch would fail until the next check, so every batch checks.
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
        // Every update leaves the state usable, so a poisoned state is usable too.
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
    /// The rules for the next batches.
    fn in_force(&self, location: &str) -> CurrentRules {
        let evaluator = match (&self.good, &self.fault) {
            (Some(good), _) => Ok(Arc::clone(good)),
            (None, Some(fault)) => Err(Arc::clone(fault)),
            (None, None) => Err(Arc::new(RulesError::Slow { location: location.to_owned() })),
        };
        CurrentRules { rejected: self.fault.is_some() || evaluator.is_err(), evaluator }
    }

    /// Takes the result of a read.
    fn settle(&mut self, reading: Reading<Arc<Evaluator>>, location: &str) {
        if let (Some(earlier), None) = (reading.earlier, &self.good) {
            let (version, rules) = (earlier.version, earlier.rules.rules().len());
            log_event!(
                OperationalEvent::RulesEarlierVersion,
                location,
                version,
                rules,
                "an earlier version of the rules is in force"
            );
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
                tracing::info!(location, version, rules, "rules loaded");
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

    /// Remembers the version that was read.
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
            None => "there is no usable version, so the messages return to the queue",
        };
        log_event!(error.event(), "{}; {consequence}", chain(error));
    }
}
