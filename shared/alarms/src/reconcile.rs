//! Repeats rounds of reading and writing until the alarms match the rules.
//!
//! A round reads the rules, reads the alarms, and carries out the difference. The last round finds no difference, so
//! every reconciler reads the rules again after its last write. If several reconcilers run with older and newer
//! rules, the last one to write therefore leaves the newest. Rules that change during a run take effect in the next
//! round.
//!
//! Invalid rules end the run before any alarm is changed.
//!
//! CloudWatch does not promise that a write is visible immediately. A second round therefore waits a little, and an
//! alarm that was just created but has no owner tag yet is read again. A run that deletes all alarms reads them
//! several times, because an earlier run may still be writing.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use pipeline::{OperationalEvent, RejectedRules, Retry, chain};
use rules::RuleSet;
use serde::Serialize;
use tokio::time::Instant;

use crate::alarm::Alarm;
use crate::apply::{ApplyError, Calls, Failure, apply_with};
use crate::desired::{DesiredError, desired};
use crate::plan::Plan;
use crate::settings::{AlarmSettings, Ownership};
use crate::store::AlarmStore;
use crate::versions::RuleVersions;

/// The maximum number of rounds that write. Every round after the first is due to concurrent changes by someone else.
const ROUNDS: usize = 5;
/// The waits before a further round, in seconds.
const PAUSES: [u64; ROUNDS] = [1, 2, 4, 8, 8];
/// The waits when all alarms are deleted, in seconds: long enough for another run to end.
const DELETION_PAUSES: [u64; ROUNDS] = [10, 20, 40, 80, 80];
/// How many consecutive reads must find no alarm before a deletion is complete, and the wait between two of them.
const EMPTY_READS: usize = 3;
const EMPTY_READS_PAUSE: Duration = Duration::from_secs(5);
/// How many alarms an error lists; the log has all of them.
const NAMED: usize = 5;

/// Keeps the alarms of an account and region in line with the rules.
#[derive(Debug)]
pub struct Reconciler<R, S> {
    /// The source of the rules.
    pub rules: R,
    /// The alarms.
    pub store: S,
    /// How alarms are made from rules.
    pub settings: AlarmSettings,
}

/// What a reconciliation did, and whether the alarms match the rules.
#[derive(Debug)]
pub struct Outcome {
    /// What it did, even if it failed.
    pub counts: ReconcileCounts,
    /// Why the alarms do not match the rules, if they do not.
    pub result: Result<(), ReconcileError>,
}

/// What a reconciliation did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconcileCounts {
    /// The number of alarms that the first round found to create, update or delete.
    pub differences: usize,
    /// The number of alarms that were created.
    pub created: usize,
    /// The number of alarms that were updated.
    pub updated: usize,
    /// The number of alarms that were deleted.
    pub deleted: usize,
    /// The number of alarms that matched the rules in the last round.
    pub unchanged: usize,
    /// The names of required alarms that belong to someone else.
    pub conflicts: Vec<String>,
}

impl ReconcileCounts {
    /// The number of alarms that were created, updated or deleted.
    #[must_use]
    pub fn written(&self) -> usize {
        self.created + self.updated + self.deleted
    }
}

/// Why the alarms do not match the rules.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The rules cannot be read, or are invalid.
    #[error(transparent)]
    Rules(#[from] RejectedRules),
    /// The rules require an impossible alarm.
    #[error(transparent)]
    Desired(#[from] DesiredError),
    /// The alarms could not be read.
    #[error("the alarms could not be read")]
    Describe(#[source] ApplyError),
    /// The rules could not be read in time.
    #[error("the rules could not be read before the deadline")]
    RulesDeadline,
    /// Some alarms do not match the rules; the others do.
    #[error("some alarms do not match the rules: {}", named(failures))]
    Incomplete {
        /// The alarms, and why they do not match; at least one.
        failures: Vec<Failure>,
    },
    /// Someone else keeps changing the alarms.
    #[error(
        "after {ROUNDS} rounds, some alarms still do not match the rules, perhaps because something else changes them: {}",
        shortened(names)
    )]
    Unsettled {
        /// The names of the alarms that do not match.
        names: Vec<String>,
    },
}

impl ReconcileError {
    /// The event that this error reports.
    #[must_use]
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::Rules(error) => error.event(),
            Self::Desired(error) => error.event(),
            Self::Describe(error) => error.event(),
            Self::RulesDeadline => OperationalEvent::RulesSlow,
            Self::Incomplete { failures } => {
                failures.first().map_or(OperationalEvent::AlarmsIncomplete, |failure| failure.cause.event())
            }
            Self::Unsettled { .. } => OperationalEvent::AlarmsUnsettled,
        }
    }

    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.event().code()
    }

    /// Whether the rules are at fault and must be fixed.
    #[must_use]
    pub fn rejects_rules(&self) -> bool {
        match self {
            Self::Rules(error) => error.retry() == Retry::Permanent,
            Self::Desired(_) => true,
            Self::Describe(_) | Self::RulesDeadline | Self::Incomplete { .. } | Self::Unsettled { .. } => {
                false
            }
        }
    }
}

/// The first few names with their codes, the number of further ones, and the first failure's cause.
fn named(failures: &[Failure]) -> String {
    let listed = listed(
        failures.iter().map(|failure| format!("`{}` ({})", failure.name, failure.cause.event().code())),
    );
    let first = failures.first().map(|first| format!("; first failure: {}", chain(&*first.cause)));
    format!("{listed}{}", first.unwrap_or_default())
}

fn shortened(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{name}`")))
}

/// The first few texts, and the number of further ones.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = match texts.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", texts.take(NAMED).collect::<Vec<_>>().join(", "))
}

impl<R: RuleVersions, S: AlarmStore> Reconciler<R, S> {
    /// Plans the changes without making them.
    ///
    /// # Errors
    ///
    /// [`ReconcileError`] if the rules or the alarms cannot be read, or if the rules are invalid.
    pub async fn plan(&self, until: Option<Instant>) -> Result<Plan, ReconcileError> {
        let mut calls = Calls::new(&self.store, until);
        next_plan(
            &Target::Rules { reconciler: self, trusts_tags: false },
            &self.settings.ownership,
            &mut calls,
        )
        .await
    }

    /// Makes the alarms match the rules, ending at `until` at the latest.
    pub async fn reconcile(&self, until: Option<Instant>) -> Outcome {
        self.settle(false, until).await
    }

    /// Does the same with a call for each alarm less: an alarm whose definition matches the rules is taken to have the
    /// right tags, and to be ours. Changed tags are found by [`reconcile`](Self::reconcile) only.
    pub async fn reconcile_definitions(&self, until: Option<Instant>) -> Outcome {
        self.settle(true, until).await
    }

    async fn settle(&self, trusts_tags: bool, until: Option<Instant>) -> Outcome {
        let calls = Calls::new(&self.store, until);
        settle(&Target::Rules { reconciler: self, trusts_tags }, &self.settings.ownership, calls).await
    }
}

/// Deletes all alarms that are ours, ending at `until` at the latest. It needs no rules.
pub async fn remove<S: AlarmStore>(ownership: &Ownership, store: &S, until: Option<Instant>) -> Outcome {
    settle(&Target::<Arc<RuleSet>, S>::Nothing, ownership, Calls::new(store, until)).await
}

/// Which alarms should exist.
enum Target<'r, R, S> {
    /// The alarms that the rules require.
    Rules {
        /// Who knows the rules.
        reconciler: &'r Reconciler<R, S>,
        /// Whether an alarm with the right definition is taken to have the right tags.
        trusts_tags: bool,
    },
    /// None.
    Nothing,
}

impl<R: RuleVersions, S: AlarmStore> Target<'_, R, S> {
    /// The waits between rounds, in seconds.
    fn pauses(&self) -> [u64; ROUNDS] {
        match self {
            Self::Rules { .. } => PAUSES,
            Self::Nothing => DELETION_PAUSES,
        }
    }

    /// How many consecutive reads must find nothing to do.
    fn empty_reads(&self) -> usize {
        match self {
            Self::Rules { .. } => 1,
            Self::Nothing => EMPTY_READS,
        }
    }

    /// The alarms whose tags are not asked for.
    fn trusted<'d>(&self, desired: &'d [Alarm]) -> &'d [Alarm] {
        match self {
            Self::Rules { trusts_tags: true, .. } => desired,
            Self::Rules { trusts_tags: false, .. } | Self::Nothing => &[],
        }
    }

    async fn desired(&self, calls: &Calls<'_, S>) -> Result<Vec<Alarm>, ReconcileError> {
        match self {
            Self::Nothing => Ok(Vec::new()),
            Self::Rules { reconciler, .. } => {
                let latest = calls.within(reconciler.rules.latest()).await;
                let rules = latest.or(Err(ReconcileError::RulesDeadline))??;
                Ok(desired(rules.rules(), &reconciler.settings)?)
            }
        }
    }
}

async fn next_plan<R: RuleVersions, S: AlarmStore>(
    target: &Target<'_, R, S>,
    ownership: &Ownership,
    calls: &mut Calls<'_, S>,
) -> Result<Plan, ReconcileError> {
    let desired = target.desired(calls).await?;
    let existing = calls.describe(&ownership.prefix, target.trusted(&desired)).await;
    let existing = existing.map_err(ReconcileError::Describe)?;
    Ok(Plan::new(&desired, &existing, ownership))
}

async fn settle<R: RuleVersions, S: AlarmStore>(
    target: &Target<'_, R, S>,
    ownership: &Ownership,
    mut calls: Calls<'_, S>,
) -> Outcome {
    let mut counts = ReconcileCounts::default();
    let mut last: Option<(Plan, Vec<Failure>)> = None;
    let mut round = 0;
    let mut created = HashSet::new();
    let mut pauses = target.pauses().into_iter().map(Duration::from_secs);
    let mut empty_reads = 0;
    let result = loop {
        let plan = match next_plan(target, ownership, &mut calls).await {
            Ok(plan) => plan,
            // Earlier failures explain more than the deadline that finally ended the run.
            Err(error) => break end_of_time(error, last),
        };
        counts.record(&plan, round == 0);
        if plan.is_empty() {
            empty_reads += 1;
            let again = if plan.conflicts.iter().any(|conflict| created.contains(&conflict.name)) {
                pauses.next()
            } else {
                (empty_reads < target.empty_reads()).then_some(EMPTY_READS_PAUSE)
            };
            match again {
                Some(pause) if calls.pause(pause).await => continue,
                Some(_) | None => break settled(&plan),
            }
        }
        empty_reads = 0;
        if let Some((before, failures)) = last
            && before == plan
            && !failures.is_empty()
        {
            break Err(ReconcileError::Incomplete { failures });
        }
        if round == ROUNDS {
            break Err(ReconcileError::Unsettled { names: plan.names() });
        }
        // Another round is only needed because of concurrent changes, or because writes become visible late.
        if let Some(pause) = pauses.next().filter(|_| round > 0) {
            calls.pause(pause).await;
        }
        let applied = apply_with(&plan, &mut calls).await;
        created.extend(plan.create.iter().map(|alarm| alarm.name.clone()));
        counts.created += applied.created;
        counts.updated += applied.updated;
        counts.deleted += applied.deleted;
        last = Some((plan, applied.failures));
        round += 1;
    };
    Outcome { counts, result }
}

fn end_of_time(error: ReconcileError, last: Option<(Plan, Vec<Failure>)>) -> Result<(), ReconcileError> {
    match (error, last) {
        (
            ReconcileError::Describe(ApplyError::Deadline) | ReconcileError::RulesDeadline,
            Some((_, failures)),
        ) if !failures.is_empty() => Err(ReconcileError::Incomplete { failures }),
        (error, _) => Err(error),
    }
}

/// The result when there is nothing left to do: only conflicts can remain.
fn settled(plan: &Plan) -> Result<(), ReconcileError> {
    if plan.conflicts.is_empty() {
        return Ok(());
    }
    Err(ReconcileError::Incomplete { failures: plan.conflicts.iter().map(Failure::from).collect() })
}

impl ReconcileCounts {
    fn record(&mut self, plan: &Plan, is_first: bool) {
        if is_first {
            self.differences = plan.differences();
        }
        self.unchanged = plan.unchanged.len();
        self.conflicts = plan.conflicts.iter().map(|conflict| conflict.name.clone()).collect();
    }
}
