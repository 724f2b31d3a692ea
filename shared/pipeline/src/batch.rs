//! One batch: which effects it has, and in what order.
//!
//! 1. The messages become a list of files, each of which is read once. The rules in force at this point apply to the
//!    whole batch; if there are none, every file fails here.
//! 2. Each file is claimed in the ledger, fetched and evaluated, several files at a time. Nothing is published yet.
//!    The files that have been read by then go through steps 3 to 6 as one round. A slow file delays the others by
//!    [`Settings::patience`](crate::Settings) at most, and then gets a round of its own.
//! 3. In the order of the batch, findings that the ledger knows from another file are removed.
//! 4. File by file, the datapoints are published. The ledger then records that the file is done, if it has no alerts,
//!    or else which of its parts are published.
//! 5. The alerts of files whose datapoints are published are published one by one. The ledger is updated after each.
//! 6. Each file that is still open is marked done in the ledger or, if something failed, released together with a list
//!    of its published parts, so that the next attempt publishes only the rest.
//! 7. The metrics of the batch itself are published. If that fails, no message fails with it.
//!
//! Neither PutMetricData nor Publish has an idempotency token, so something can be published twice in three cases. The
//! process dies after a request of step 4 or 5 and before the ledger records it: the next attempt repeats that one
//! request (one file's datapoints, or one alert). A request takes effect, but its response is lost. Or the ledger is
//! unreachable, and the file is delivered again. Nothing is lost in any of these cases, because the message is still in
//! the queue.

mod best_effort_ledger;
mod contribution;
mod deadline;
mod new_findings;
mod pending_alerts;
mod plan;
mod publish;
mod read;
mod run;
mod settle;
mod stage;

use std::sync::Arc;

use time::OffsetDateTime;

use self::best_effort_ledger::BestEffortLedger;
pub use self::deadline::Deadline;
use self::deadline::within;
use self::plan::{Plan, PlannedFile};
use self::run::BatchRun;
use self::settle::settle;
use self::stage::FileStage;
use crate::cause::chain;
use crate::error::{Abort, FileError};
use crate::operational_event::{OperationalEvent, log_event};
use crate::outcome::{BatchOutcome, Message};
use crate::pipeline::Pipeline;
use crate::ports::{Clock as _, MetricSink as _, Ports};
use crate::publish_options::PublishOptions;
use crate::rules::error::RulesError;
use crate::rules::source::{CurrentRules, RuleSource as _};
use crate::telemetry;

impl<P: Ports> Pipeline<P> {
    /// Processes a batch to its end. The batch never fails as a whole: the outcome says which messages failed.
    pub async fn process(&self, messages: &[Message], deadline: Option<Deadline>) -> BatchOutcome {
        let plan = Plan::new(messages, &self.settings);
        let last_start = deadline.map(|deadline| deadline.last_start);
        let CurrentRules { evaluator, rejected } = self.rules.current(self.clock.now(), last_start).await;
        let (stages, mut outcome) = match evaluator {
            Ok(evaluator) => {
                let files = plan.files.iter().map(|file| (&file.object, file.options));
                let ledger = BestEffortLedger::open(&self.ledger, &self.clock, deadline, files);
                BatchRun::new(self, &plan.files, &evaluator, &ledger, deadline).finish().await
            }
            Err(reason) => {
                let stages = plan.files.iter().map(|file| without_rules(file, &reason)).collect();
                (stages, BatchOutcome::default())
            }
        };
        outcome.rules_rejected = rejected;
        outcome.files_backfilled =
            plan.files.iter().map(|file| u64::from(file.options != PublishOptions::default())).sum();
        settle(messages, plan, &stages, &mut outcome);
        self.publish_telemetry(&outcome, deadline.map(|deadline| deadline.end)).await;
        outcome
    }

    /// Step 7.
    async fn publish_telemetry(&self, outcome: &BatchOutcome, until: Option<OffsetDateTime>) {
        telemetry::log(outcome);
        let Some(namespace) = &self.settings.telemetry_namespace else { return };
        let now = self.clock.now().unix_timestamp();
        for request in telemetry::metrics(outcome, namespace, now) {
            let reason = match within(&self.clock, until, self.metrics.put(&request)).await {
                Some(Ok(())) => continue,
                Some(Err(error)) => chain(&error),
                None => "the invocation's deadline is too near".to_owned(),
            };
            log_event!(
                OperationalEvent::TelemetryNotPublished,
                "Trailbell's own metrics were not published: {reason}",
            );
        }
    }
}

fn without_rules(file: &PlannedFile, reason: &Arc<RulesError>) -> FileStage {
    let source = Abort::Rules(Arc::clone(reason));
    FileStage::Failed(Arc::new(FileError::Aborted { object: file.object.clone(), source }))
}
