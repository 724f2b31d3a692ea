//! One invocation: what it asks for, done in its time, and told.
//!
//! A request of CloudFormation is answered whatever happens: when the configuration cannot be used, and when the work fails
//! or panics. Every wait of the work has an end, so that there is time for the answer. For everything else a failure is an
//! error of the function, which its alarm sees.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use alarms::{
    AlarmStore, Outcome, Ownership, Prefix, ReconcileError, Reconciler, Report, RuleVersions, remove,
};
use aws::PutError;
use function::ConfigurationError;
use futures::FutureExt as _;
use lambda_runtime::Diagnostic;
use pipeline::error::chain;
use pipeline::{Clock, MetricSink};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::custom_resource::{Request, RequestType};
use crate::deadline::Times;
use crate::event::{Event, EventError};
use crate::metrics::metrics;

/// How long work for CloudFormation is tried again when a permission is missing: a grant of the same update is not known
/// everywhere at once.
const GRANT_PATIENCE: Duration = Duration::from_secs(60);
/// The time between two such attempts.
const GRANT_PAUSE: Duration = Duration::from_secs(10);

/// The function: the reconciler, and what goes with it.
#[derive(Debug)]
pub struct Function<R, S, M> {
    /// Keeps the alarms as the rules ask.
    pub reconciler: Reconciler<R, S>,
    /// Bucket and key of the rules, where they are an object in S3.
    pub rules_object: Option<(String, String)>,
    /// Where the function's own metrics go.
    pub metrics: M,
    /// Their namespace; without one there are none.
    pub metric_namespace: Option<String>,
}

/// Why the function could not start its work.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment cannot be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The rules of the deployment package cannot be used.
    #[error(transparent)]
    Rules(#[from] function::rule_file::RuleFileError),
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The event means nothing to the function.
    #[error("the event cannot be used")]
    Event(#[from] EventError),
    /// The function could not start.
    #[error("the function cannot work")]
    Start(#[source] Arc<StartError>),
    /// The alarms are not as they have to be.
    #[error("the alarms are not reconciled")]
    Reconcile(#[from] ReconcileError),
    /// The work panicked.
    #[error("the work ended early, which is a fault of the function; its log has more")]
    Panic,
    /// CloudFormation was not answered.
    #[error("the response did not reach CloudFormation")]
    Response(#[from] PutError),
}

impl HandlerError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Event(_) => "event.unknown",
            Self::Start(_) => "start.failed",
            Self::Reconcile(error) => error.code(),
            Self::Panic => "alarms.aborted",
            Self::Response(_) => "response.failed",
        }
    }
}

/// What Lambda records about the failed invocation.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self { error_type: error.code().to_owned(), error_message: chain(&error) }
    }
}

/// A function that works, or why it does not.
pub type Started<R, S, M> = Result<Function<R, S, M>, Arc<StartError>>;

/// What is to become of the alarms.
enum Work {
    /// They have to be those of the rules.
    Reconcile {
        /// Whether what differs is drift, because nobody has changed anything that is known of.
        is_scheduled: bool,
    },
    /// Those of a prefix have to go.
    Remove(Prefix),
}

/// Serves one event; `deadline_ms` is the invocation's deadline in Unix milliseconds. The answer is what was done, or
/// `None` for an event that asks for nothing.
///
/// # Errors
///
/// [`HandlerError`] when alarms are not as they have to be. CloudFormation is told so itself: for its requests there is an
/// error only if the answer does not reach it.
pub async fn handle<R, S, M, C>(
    event: Value,
    deadline_ms: u64,
    clock: &C,
    started: &Started<R, S, M>,
) -> Result<Option<Report>, HandlerError>
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
                tracing::warn!("the object is not that of the rules, so there is nothing to do");
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
    Ok(Some(outcome.report))
}

impl<R: RuleVersions, S: AlarmStore, M: MetricSink> Function<R, S, M> {
    /// Does the work, and says in log and metrics what came of it.
    async fn work(&self, work: &Work, now: OffsetDateTime, times: Times) -> Outcome {
        let Reconciler { store, settings, .. } = &self.reconciler;
        let (outcome, is_scheduled) = match work {
            Work::Reconcile { is_scheduled } => (self.reconciler.reconcile(times.work).await, *is_scheduled),
            Work::Remove(prefix) => {
                let ownership = Ownership { prefix: prefix.clone(), owner: settings.ownership.owner.clone() };
                (remove(&ownership, store, times.work).await, false)
            }
        };
        log(&outcome);
        self.publish(&outcome, is_scheduled, now, times).await;
        outcome
    }

    /// Publishes metrics. They are no reason to fail.
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
            Ok(Err(error)) => tracing::warn!(code = "metrics.failed", "{}", chain(&error)),
            Err(_elapsed) => {
                tracing::warn!(code = "metrics.failed", "the metrics were not published in time")
            }
        }
    }
}

fn log(outcome: &Outcome) {
    let Report { differences, created, updated, deleted, unchanged, conflicts } = &outcome.report;
    let conflicts = conflicts.len();
    match &outcome.result {
        Ok(()) => {
            tracing::info!(
                differences,
                created,
                updated,
                deleted,
                unchanged,
                "the alarms are as they have to be"
            );
        }
        Err(error) => {
            let code = error.code();
            tracing::error!(code, created, updated, deleted, unchanged, conflicts, "{}", chain(error));
        }
    }
}

/// Does what CloudFormation asks for, and answers it.
async fn respond<R: RuleVersions, S: AlarmStore, M: MetricSink>(
    request: &Request,
    started: &Started<R, S, M>,
    now: OffsetDateTime,
    times: Times,
) -> Result<Report, HandlerError> {
    let work = carry_out(request, started, now, times);
    let (report, result) = match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_panic) => (Report::default(), Err(HandlerError::Panic)),
    };
    let reason = result.err().map(|error| chain(&error));
    let prefix = started.as_ref().ok().map(|function| &function.reconciler.settings.ownership.prefix);
    let answer = request.answer(&request.answered_id(prefix), &report, reason.as_deref());
    request.send(&answer, times.end).await?;
    Ok(report)
}

async fn carry_out<R: RuleVersions, S: AlarmStore, M: MetricSink>(
    request: &Request,
    started: &Started<R, S, M>,
    now: OffsetDateTime,
    times: Times,
) -> (Report, Result<(), HandlerError>) {
    let work = match request.request_type {
        RequestType::Create | RequestType::Update => Work::Reconcile { is_scheduled: false },
        RequestType::Delete => match request.prefix_to_delete() {
            Some(prefix) => Work::Remove(prefix),
            None => return (Report::default(), Ok(())),
        },
    };
    match started {
        Ok(function) => {
            let patience = Instant::now() + GRANT_PATIENCE;
            loop {
                let outcome = function.work(&work, now, times).await;
                let is_denied =
                    outcome.result.as_ref().is_err_and(|error| error.code().ends_with("access-denied"));
                let next = Instant::now() + GRANT_PAUSE;
                if !is_denied || next > patience || times.work.is_some_and(|end| next >= end) {
                    return (outcome.report, outcome.result.map_err(HandlerError::from));
                }
                sleep_until(next).await;
            }
        }
        Err(error) => (Report::default(), Err(HandlerError::Start(Arc::clone(error)))),
    }
}

#[cfg(test)]
mod tests;
