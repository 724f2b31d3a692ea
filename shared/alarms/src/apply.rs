//! Carries out a plan, call after call.
//!
//! The order: metric alarms, then the composite alarms over them, then what is to go, composite alarms first; so nothing
//! is ever named that does not exist. What fails does not keep the rest from being done. Every call can be made again, so
//! that an application that was cut off anywhere is completed by the next plan.
//!
//! An alarm that has become one of another kind is deleted and made anew. While a composite alarm watches it, CloudWatch
//! refuses that, and so it remains a failure.

mod calls;

use std::sync::Arc;

use pipeline::error::chain;
use tokio::time::Instant;

pub(crate) use self::calls::Calls;
use crate::alarm::Kind;
use crate::plan::{Conflict, Deletion, Plan, Update};
use crate::store::{AlarmStore, AlarmStoreError, AlarmStoreErrorKind};

/// Alarms that one call can delete (DeleteAlarms).
const DELETIONS: usize = 100;

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Applied {
    /// How many alarms were created.
    pub created: usize,
    /// How many were updated.
    pub updated: usize,
    /// How many were deleted.
    pub deleted: usize,
    /// What was not done, and why.
    pub failures: Vec<Failure>,
}

/// An alarm that is not as the rules ask.
#[derive(Debug, thiserror::Error)]
#[error("alarm `{name}`")]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// Why it is not.
    #[source]
    pub cause: Arc<ApplyError>,
}

/// Why an alarm is not as the rules ask.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else has an alarm of this name.
    #[error(
        "an alarm of this name exists, and {}; rename or delete it, or choose another prefix",
        belongs(owner.as_deref())
    )]
    Conflict {
        /// Whose it is, as far as its tag says.
        owner: Option<String>,
    },
    /// CloudWatch refused, or gave no answer.
    #[error(transparent)]
    Store(AlarmStoreError),
    /// The time ran out before its turn.
    #[error("not reached before the deadline")]
    Deadline,
}

fn belongs(owner: Option<&str>) -> String {
    owner.map_or_else(|| "it has no owner".to_owned(), |owner| format!("it belongs to `{owner}`"))
}

impl ApplyError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "alarms.conflict",
            Self::Store(error) => error.kind.code(),
            Self::Deadline => "alarms.deadline",
        }
    }

    fn has_kind(&self, kind: AlarmStoreErrorKind) -> bool {
        match self {
            Self::Store(error) => error.kind == kind,
            Self::Conflict { .. } | Self::Deadline => false,
        }
    }
}

impl From<&Conflict> for Failure {
    fn from(conflict: &Conflict) -> Self {
        let cause = Arc::new(ApplyError::Conflict { owner: conflict.owner.clone() });
        Self { name: conflict.name.clone(), cause }
    }
}

/// Carries out a plan until `until` at the latest. Conflicts are failures, too.
pub async fn apply<S: AlarmStore>(plan: &Plan, store: &S, until: Option<Instant>) -> Applied {
    apply_with(plan, &mut Calls::new(store, until)).await
}

/// Carries out a plan with calls that keep the pace of those before.
pub(crate) async fn apply_with<S: AlarmStore>(plan: &Plan, calls: &mut Calls<'_, S>) -> Applied {
    let mut applied = Applied::default();
    applied.failures.extend(plan.conflicts.iter().map(Failure::from));
    for kind in [Kind::Metric, Kind::Composite] {
        for alarm in plan.create.iter().filter(|alarm| alarm.kind() == kind) {
            let result = calls.put(alarm).await;
            applied.note(Deed::Created, &alarm.name, result);
        }
        for one in plan.update.iter().filter(|one| one.alarm.kind() == kind) {
            let result = update(one, calls).await;
            applied.note(Deed::Updated, &one.alarm.name, result);
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

/// Updates what differs of an alarm: its definition, its tags, or both.
async fn update<S: AlarmStore>(update: &Update, calls: &mut Calls<'_, S>) -> Result<(), ApplyError> {
    if update.replaces.is_some() {
        gone(calls.delete(std::slice::from_ref(&update.alarm.name)).await)?;
        // The tags come with a new alarm.
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

/// Deletes alarms with one call; where one of them is in the way of the others, with a call for each.
async fn delete<S: AlarmStore>(names: Vec<String>, calls: &mut Calls<'_, S>, applied: &mut Applied) {
    match calls.delete(&names).await {
        Err(error)
            if names.len() > 1
                && (error.has_kind(AlarmStoreErrorKind::NotFound)
                    || error.has_kind(AlarmStoreErrorKind::Refused)) =>
        {
            for name in &names {
                let result = calls.delete(std::slice::from_ref(name)).await;
                applied.note(Deed::Deleted, name, gone(result));
            }
        }
        Err(cause) => applied.fail(names, cause),
        Ok(()) => names.iter().for_each(|name| applied.note(Deed::Deleted, name, Ok(()))),
    }
}

/// An alarm that does not exist is as deleted as it can be.
fn gone(result: Result<(), ApplyError>) -> Result<(), ApplyError> {
    match result {
        Err(error) if error.has_kind(AlarmStoreErrorKind::NotFound) => Ok(()),
        other => other,
    }
}

/// What was done with an alarm.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Created,
    Updated,
    Deleted,
}

impl Applied {
    /// Notes that a call for several alarms came to nothing.
    fn fail(&mut self, names: Vec<String>, cause: ApplyError) {
        let cause = Arc::new(cause);
        for name in names {
            tracing::error!(code = cause.code(), alarm = name, "{}", chain(&*cause));
            self.failures.push(Failure { name, cause: Arc::clone(&cause) });
        }
    }

    fn note(&mut self, deed: Deed, name: &str, result: Result<(), ApplyError>) {
        match result {
            Ok(()) => {
                let (count, word) = match deed {
                    Deed::Created => (&mut self.created, "created"),
                    Deed::Updated => (&mut self.updated, "updated"),
                    Deed::Deleted => (&mut self.deleted, "deleted"),
                };
                *count += 1;
                tracing::info!(alarm = name, "alarm {word}");
            }
            Err(cause) => self.fail(vec![name.to_owned()], cause),
        }
    }
}
