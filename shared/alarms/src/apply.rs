//! Carries out a plan, call by call.
//!
//! The order is: metric alarms, then the composite alarms over them, then deletions, composite alarms first. A
//! composite alarm therefore never refers to an alarm that does not exist. A failed call does not stop the others.
//! Every call can be repeated, so the next plan completes a run that was interrupted anywhere.
//!
//! An alarm that must become an alarm of another kind is deleted and created again. CloudWatch refuses the deletion
//! while a composite alarm watches the alarm; this is reported as a failure.

mod calls;
mod error;

use std::sync::Arc;

use pipeline::{chain, log_event};
use tokio::time::Instant;

pub(crate) use self::calls::Calls;
pub use self::error::{ApplyError, Failure};
use crate::alarm::Kind;
use crate::plan::{Deletion, Plan, Update};
use crate::store::{AlarmStore, AlarmStoreErrorKind};

/// The maximum number of alarms that one call can delete (DeleteAlarms).
const DELETIONS: usize = 100;

/// The result of carrying out a plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// The number of alarms that were created.
    pub created: usize,
    /// The number of alarms that were updated.
    pub updated: usize,
    /// The number of alarms that were deleted.
    pub deleted: usize,
    /// The alarms that still do not match the rules, and why.
    pub failures: Vec<Failure>,
}

/// Carries out a plan, ending at `until` at the latest. Conflicts count as failures.
pub async fn apply<S: AlarmStore>(plan: &Plan, store: &S, until: Option<Instant>) -> Applied {
    apply_with(plan, &mut Calls::new(store, until)).await
}

/// Carries out a plan with an existing call limiter, which keeps pacing from earlier calls.
pub(crate) async fn apply_with<S: AlarmStore>(plan: &Plan, calls: &mut Calls<'_, S>) -> Applied {
    let mut applied = Applied::default();
    applied.failures.extend(plan.conflicts.iter().map(Failure::from));
    for kind in [Kind::Metric, Kind::Composite] {
        for alarm in plan.create.iter().filter(|alarm| alarm.kind() == kind) {
            let result = calls.put(alarm).await;
            applied.note(Operation::Created, &alarm.name, result);
        }
        for one in plan.update.iter().filter(|one| one.alarm.kind() == kind) {
            let result = update(one, calls).await;
            applied.note(Operation::Updated, &one.alarm.name, result);
        }
    }
    let (metrics, others): (Vec<&Deletion>, Vec<&Deletion>) =
        plan.delete.iter().partition(|deletion| deletion.kind == Kind::Metric);
    let names = |deletions: &[&Deletion]| -> Vec<String> {
        deletions.iter().map(|deletion| deletion.name.clone()).collect()
    };
    for deletion in others {
        delete(names(&[deletion]), calls, &mut applied).await;
    }
    for some in metrics.chunks(DELETIONS) {
        delete(names(some), calls, &mut applied).await;
    }
    applied
}

/// Updates whatever differs in an alarm: its definition, its tags, or both.
async fn update<S: AlarmStore>(update: &Update, calls: &mut Calls<'_, S>) -> Result<(), ApplyError> {
    if update.replaces.is_some() {
        deleted_or_absent(calls.delete(std::slice::from_ref(&update.alarm.name)).await)?;
        // A new alarm is created with its tags.
        return calls.put(&update.alarm).await;
    }
    if !update.changes.is_empty() {
        calls.put(&update.alarm).await?;
    }
    if !update.tag_changes.is_empty() {
        calls.tag(&update.arn, &update.alarm.tags).await?;
    }
    Ok(())
}

/// Deletes alarms with one call, or with one call each if a single alarm makes the common call fail.
async fn delete<S: AlarmStore>(names: Vec<String>, calls: &mut Calls<'_, S>, applied: &mut Applied) {
    match calls.delete(&names).await {
        Err(error)
            if names.len() > 1
                && (error.has_kind(AlarmStoreErrorKind::NotFound)
                    || error.has_kind(AlarmStoreErrorKind::Refused)) =>
        {
            for name in &names {
                let result = calls.delete(std::slice::from_ref(name)).await;
                applied.note(Operation::Deleted, name, deleted_or_absent(result));
            }
        }
        Err(cause) => applied.fail(names, cause),
        Ok(()) => names.iter().for_each(|name| applied.note(Operation::Deleted, name, Ok(()))),
    }
}

/// Treats the deletion of an alarm that does not exist as a success.
fn deleted_or_absent(result: Result<(), ApplyError>) -> Result<(), ApplyError> {
    match result {
        Err(error) if error.has_kind(AlarmStoreErrorKind::NotFound) => Ok(()),
        other => other,
    }
}

/// What a call did to an alarm.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Created,
    Updated,
    Deleted,
}

impl Applied {
    /// Records the failure of a call that concerned several alarms.
    fn fail(&mut self, names: Vec<String>, cause: ApplyError) {
        let cause = Arc::new(cause);
        for name in names {
            log_event!(cause.event(), alarm = name, "{}", chain(&*cause));
            self.failures.push(Failure { name, cause: Arc::clone(&cause) });
        }
    }

    fn note(&mut self, operation: Operation, name: &str, result: Result<(), ApplyError>) {
        match result {
            Ok(()) => {
                let (count, word) = match operation {
                    Operation::Created => (&mut self.created, "created"),
                    Operation::Updated => (&mut self.updated, "updated"),
                    Operation::Deleted => (&mut self.deleted, "deleted"),
                };
                *count += 1;
                tracing::info!(alarm = name, "alarm {word}");
            }
            Err(cause) => self.fail(vec![name.to_owned()], cause),
        }
    }
}
