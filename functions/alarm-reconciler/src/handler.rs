//! One invocation: does what the event asks for, in time, and reports the result.
//!
//! A request from CloudFormation gets a response whatever happens, even if the configuration is unusable or the work fails or
//! panics. Every wait has a limit, so there is always time for the response. For all other events a failure is an error of
//! the function, which raises its alarm.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use alarms::{
    AlarmStore, Outcome, Ownership, Prefix, ReconcileCounts, ReconcileError, Reconciler, RuleVersions, remove,
};
use aws::PutError;
use function::ConfigurationError;
use futures::FutureExt as _;
use lambda_runtime::Diagnostic;
use pipeline::{Clock, MetricSink, OperationalEvent, chain, log_event};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::custom_resource::{Request, RequestType};
use crate::deadline::Times;
use crate::event::{Event, EventError};
use crate::metrics::metrics;

/// How long work for CloudFormation is retried if a permission is missing. A permission that the same update grants takes a
/// while to be known everywhere.
const GRANT_PATIENCE: Duration = Duration::from_secs(60);
/// The delay between two such attempts.
const GRANT_PAUSE: Duration = Duration::from_secs(10);

/// The minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// The function: the reconciler and what surrounds it.
#[derive(Debug)]
pub struct Function<R, S, M> {
    /// Keeps the alarms in line with the rules.
    pub reconciler: Reconciler<R, S>,
    /// Bucket and key of the rules, if they are in S3.
    pub rules_object: Option<(String, String)>,
    /// Where the function's own metrics go.
    pub metrics: M,
    /// The namespace of these metrics; with `None` there are none.
    pub metric_namespace: Option<String>,
    /// The minutes between two scheduled looks at the alarms, if they are known.
    pub look_minutes: Option<u32>,
}

/// Why the function could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment variables are unusable.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The rules in the deployment package are unusable.
    #[error(transparent)]
    Rules(#[from] function::rule_file::RuleFileError),
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The function cannot handle the event.
    #[error("the event cannot be handled")]
    Event(#[from] EventError),
    /// The function could not start.
    #[error("the function could not start")]
    Start(#[source] Arc<StartError>),
    /// The alarms do not match the rules.
    #[error("the alarms could not be reconciled")]
    Reconcile(#[from] ReconcileError),
    /// The work panicked.
    #[error("the work panicked, which is a bug in the function; see its log")]
    Panic,
    /// CloudFormation did not receive a response.
    #[error("the response did not reach CloudFormation")]
    Response(#[from] PutError),
}

impl HandlerError {
    /// The event that this error reports.
    #[must_use]
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::Event(_) => OperationalEvent::EventUnknown,
            Self::Start(_) => OperationalEvent::StartFailed,
            Self::Reconcile(error) => error.event(),
            Self::Panic => OperationalEvent::AlarmsAborted,
            Self::Response(_) => OperationalEvent::ResponseFailed,
        }
    }

    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.event().code()
    }
}

/// What Lambda records about a failed invocation.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self { error_type: error.code().to_owned(), error_message: chain(&error) }
    }
}

/// A function that works, or the reason why it does not.
pub type Started<R, S, M> = Result<Function<R, S, M>, Arc<StartError>>;

/// What to do with the alarms.
enum Work {
    /// Bring them in line with the rules.
    Reconcile {
        /// Whether differences are drift, because neither rules nor configuration have changed.
        is_scheduled: bool,
    },
    /// Delete the alarms with a prefix.
    Remove(Prefix),
}

/// Handles one event; `deadline_ms` is the invocation's deadline in Unix milliseconds. Returns what was done, or `None` for
/// an event that asks for nothing.
///
/// # Errors
///
/// [`HandlerError`] if the alarms do not match the rules. For a request from CloudFormation to create or delete, the response
/// reports that, and there is an error only if the response does not arrive.
pub async fn handle<R, S, M, C>(
    event: Value,
    deadline_ms: u64,
    clock: &C,
    started: &Started<R, S, M>,
) -> Result<Option<ReconcileCounts>, HandlerError>
where
    R: RuleVersions,
    S: AlarmStore,
    M: MetricSink,
    C: Clock,
{
    let now = clock.now();
    let times = Times::new(function::deadline(deadline_ms), now);
    let is_scheduled = match Event::read(event)? {
        Event::CustomResource(request) => {
            return respond(&request, started, now, times).await.map(Some);
        }
        Event::ObjectCreated { bucket, key } => {
            if let Ok(function) = started
                && function.rules_object.as_ref() != Some(&(bucket, key))
            {
                log_event!(
                    OperationalEvent::EventOtherObject,
                    "the new object is not the rule file; nothing to do"
                );
                return Ok(None);
            }
            false
        }
        Event::Schedule => true,
        Event::Manual => false,
    };
    let function = started.as_ref().map_err(|error| HandlerError::Start(Arc::clone(error)))?;
    let outcome = function.work(&Work::Reconcile { is_scheduled }, now, times).await;
    outcome.result?;
    Ok(Some(outcome.counts))
}

impl<R: RuleVersions, S: AlarmStore, M: MetricSink> Function<R, S, M> {
    /// Does the work, and reports the result in log and metrics.
    async fn work(&self, work: &Work, now: OffsetDateTime, times: Times) -> Outcome {
        let Reconciler { store, settings, .. } = &self.reconciler;
        let (outcome, is_scheduled) = match work {
            Work::Reconcile { is_scheduled } => {
                (self.reconcile(*is_scheduled, now, times).await, *is_scheduled)
            }
            Work::Remove(prefix) => {
                let ownership = Ownership { prefix: prefix.clone(), owner: settings.ownership.owner.clone() };
                (remove(&ownership, store, times.work).await, false)
            }
        };
        log(&outcome);
        self.publish(&outcome, is_scheduled, now, times).await;
        outcome
    }

    /// Brings the alarms in line with the rules. Of the scheduled looks, only the first of each day (UTC) asks for the tags
    /// of all alarms: these calls, one for each alarm, would be most of what Trailbell calls and pays for in a quiet account.
    async fn reconcile(&self, is_scheduled: bool, now: OffsetDateTime, times: Times) -> Outcome {
        let minute = (now.unix_timestamp() / 60).rem_euclid(DAY_MINUTES);
        let is_later = self.look_minutes.is_some_and(|minutes| minute >= i64::from(minutes));
        if is_scheduled && is_later {
            self.reconciler.reconcile_definitions(times.work).await
        } else {
            self.reconciler.reconcile(times.work).await
        }
    }

    /// Publishes metrics. If that fails, the run does not.
    async fn publish(&self, outcome: &Outcome, is_scheduled: bool, now: OffsetDateTime, times: Times) {
        let namespace = self.metric_namespace.as_deref();
        let request = namespace.and_then(|namespace| metrics(outcome, is_scheduled, namespace, now));
        let Some(request) = request else { return };
        let put = self.metrics.put(&request);
        let put = match times.publish {
            Some(end) => timeout_at(end, put).await,
            None => Ok(put.await),
        };
        match put {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log_event!(OperationalEvent::MetricsFailed, "{}", chain(&error)),
            Err(_elapsed) => {
                log_event!(
                    OperationalEvent::MetricsFailed,
                    "the reconciler's own metrics were not published in time"
                )
            }
        }
    }
}

fn log(outcome: &Outcome) {
    let ReconcileCounts { differences, created, updated, deleted, unchanged, conflicts } = &outcome.counts;
    let conflicts = conflicts.len();
    match &outcome.result {
        Ok(()) => {
            tracing::info!(differences, created, updated, deleted, unchanged, "the alarms match the rules");
        }
        Err(error) => {
            let code = error.event().code();
            tracing::error!(code, created, updated, deleted, unchanged, conflicts, "{}", chain(error));
        }
    }
}

/// Does what CloudFormation asks for, and responds.
async fn respond<R: RuleVersions, S: AlarmStore, M: MetricSink>(
    request: &Request,
    started: &Started<R, S, M>,
    now: OffsetDateTime,
    times: Times,
) -> Result<ReconcileCounts, HandlerError> {
    let work = carry_out(request, started, now, times);
    let (counts, result) = match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_panic) => (ReconcileCounts::default(), Err(HandlerError::Panic)),
    };
    let prefix = started.as_ref().ok().map(|function| &function.reconciler.settings.ownership.prefix);
    let id = request.response_id(prefix);
    let is_hidden = matches!(result, Err(HandlerError::Reconcile(_) | HandlerError::Panic))
        && request.survives_a_failure(&id);
    let reason = result.as_ref().err().filter(|_| !is_hidden).map(|error| chain(error));
    request.send(&request.response(&id, &counts, reason.as_deref()), times.end).await?;
    match result {
        // CloudFormation does not know, so the invocation fails: this has an alarm, and Lambda tries again.
        Err(error) if is_hidden => Err(error),
        Ok(()) | Err(_) => Ok(counts),
    }
}

/// Whether the function lacks a permission, which CloudFormation may have granted only a moment ago.
fn is_denied(error: &ReconcileError) -> bool {
    [OperationalEvent::AlarmsAccessDenied, OperationalEvent::RulesAccessDenied].contains(&error.event())
}

async fn carry_out<R: RuleVersions, S: AlarmStore, M: MetricSink>(
    request: &Request,
    started: &Started<R, S, M>,
    now: OffsetDateTime,
    times: Times,
) -> (ReconcileCounts, Result<(), HandlerError>) {
    let work = match request.request_type {
        RequestType::Create | RequestType::Update => Work::Reconcile { is_scheduled: false },
        RequestType::Delete => match request.prefix_to_delete() {
            Some(prefix) => Work::Remove(prefix),
            None => return (ReconcileCounts::default(), Ok(())),
        },
    };
    match started {
        Ok(function) => {
            let patience = Instant::now() + GRANT_PATIENCE;
            loop {
                let outcome = function.work(&work, now, times).await;
                let is_denied = outcome.result.as_ref().is_err_and(is_denied);
                let next = Instant::now() + GRANT_PAUSE;
                if !is_denied || next > patience || times.work.is_some_and(|end| next >= end) {
                    return (outcome.counts, outcome.result.map_err(HandlerError::from));
                }
                sleep_until(next).await;
            }
        }
        Err(error) => (ReconcileCounts::default(), Err(HandlerError::Start(Arc::clone(error)))),
    }
}

#[cfg(test)]
mod tests;
