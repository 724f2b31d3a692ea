//! Rounds of looking and writing, until the alarms are those of the rules.
//!
//! A round reads the rules, looks at the alarms, and carries out the difference. The last round finds none: so whoever
//! writes has read the rules after its last write, and of several reconcilers with older and newer rules the last to write
//! leaves the newest. Rules that change half-way are met in the next round.
//!
//! Rules that cannot be used end it before anything of theirs is touched.
//!
//! CloudWatch is not said to show at once what was written. So a second round waits a little, and an alarm that was just
//! created and has no owner yet is looked at again. Whoever deletes all alarms looks several times, because a run that
//! began before may still write.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use pipeline::error::chain;
use pipeline::{RejectedRules, Retry};
use rules::RuleSet;
use serde::Serialize;
use tokio::time::Instant;

use crate::alarm::Alarm;
use crate::apply::{ApplyError, Calls, Failure, apply_with};
use crate::desired::{DesiredError, desired};
use crate::plan::Plan;
use crate::settings::{Ownership, Settings};
use crate::store::AlarmStore;
use crate::versions::RuleVersions;

/// Rounds that may write. Each one beyond the first is due to somebody else's writing at the same time.
const ROUNDS: usize = 5;
/// Seconds that are waited where a look found something unexpected.
const PAUSES: [u64; ROUNDS] = [1, 2, 4, 8, 8];
/// The same where all alarms are deleted: long enough for another run to come to its end and write no more.
const DELETION_PAUSES: [u64; ROUNDS] = [10, 20, 40, 80, 80];
/// Looks in a row that have to find no alarm before all are gone, and the time between two of them.
const EMPTY_LOOKS: usize = 3;
const EMPTY_LOOKS_PAUSE: Duration = Duration::from_secs(5);
/// Alarms that an error names; the log has all.
const NAMED: usize = 5;

/// Keeps the alarms of an account and region as the rules ask.
#[derive(Debug)]
pub struct Reconciler<R, S> {
    /// Where the rules come from.
    pub rules: R,
    /// The alarms.
    pub store: S,
    /// How alarms are made from rules.
    pub settings: Settings,
}

/// What a reconciliation did, and whether the alarms are as they have to be.
#[derive(Debug)]
pub struct Outcome {
    /// What it did, up to its end.
    pub report: Report,
    /// Why the alarms are not as they have to be.
    pub result: Result<(), ReconcileError>,
}

/// What a reconciliation did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Alarms that were to be created, updated or deleted at the first look.
    pub differences: usize,
    /// Alarms that were created.
    pub created: usize,
    /// Alarms that were updated.
    pub updated: usize,
    /// Alarms that were deleted.
    pub deleted: usize,
    /// Alarms that were right at the last look.
    pub unchanged: usize,
    /// Names of alarms that the rules ask for and that somebody else has.
    pub conflicts: Vec<String>,
}

impl Report {
    /// How many alarms were created, updated or deleted.
    #[must_use]
    pub fn written(&self) -> usize {
        self.created + self.updated + self.deleted
    }
}

/// Why alarms are not as the rules ask.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The rules cannot be read or used.
    #[error(transparent)]
    Rules(#[from] RejectedRules),
    /// The rules ask for an alarm that can't be.
    #[error(transparent)]
    Desired(#[from] DesiredError),
    /// The alarms could not be read.
    #[error("the alarms could not be read")]
    Describe(#[source] ApplyError),
    /// The rules did not arrive in time.
    #[error("the rules did not arrive before the deadline")]
    RulesDeadline,
    /// Some alarms are not as they have to be; the others are.
    #[error("alarms that are not as the rules ask: {}", named(failures))]
    Incomplete {
        /// Which ones, and why. There is at least one.
        failures: Vec<Failure>,
    },
    /// Somebody changes the alarms all the time.
    #[error(
        "alarms that are not as the rules ask after {ROUNDS} rounds, as if somebody changed them: {}",
        shortened(names)
    )]
    Unsettled {
        /// Which ones are not.
        names: Vec<String>,
    },
}

impl ReconcileError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rules(error) => error.code(),
            Self::Desired(error) => error.code(),
            Self::Describe(error) => error.code(),
            Self::RulesDeadline => "rules.slow",
            Self::Incomplete { failures } => {
                failures.first().map_or("alarms.incomplete", |failure| failure.cause.code())
            }
            Self::Unsettled { .. } => "alarms.unsettled",
        }
    }

    /// Whether it is the rules that have to be mended.
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

/// Names, each with its code, how many more there are, and what is the matter with the first.
fn named(failures: &[Failure]) -> String {
    let listed =
        listed(failures.iter().map(|failure| format!("`{}` ({})", failure.name, failure.cause.code())));
    let first = failures.first().map(|first| format!("; the first: {}", chain(&*first.cause)));
    format!("{listed}{}", first.unwrap_or_default())
}

fn shortened(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{name}`")))
}

/// The first few of some texts, and how many more there are.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = match texts.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", texts.take(NAMED).collect::<Vec<_>>().join(", "))
}

impl<R: RuleVersions, S: AlarmStore> Reconciler<R, S> {
    /// What has to change; nothing is changed.
    ///
    /// # Errors
    ///
    /// [`ReconcileError`] when the rules cannot be used, or the alarms not be read.
    pub async fn plan(&self, until: Option<Instant>) -> Result<Plan, ReconcileError> {
        let mut calls = Calls::new(&self.store, until);
        look(&Target::Rules(self), &self.settings.ownership, &mut calls).await
    }

    /// Makes the alarms those of the rules, until `until` at the latest.
    pub async fn reconcile(&self, until: Option<Instant>) -> Outcome {
        let calls = Calls::new(&self.store, until);
        settle(&Target::Rules(self), &self.settings.ownership, calls).await
    }
}

/// Deletes all alarms that are ours, until `until` at the latest. It needs no rules.
pub async fn remove<S: AlarmStore>(ownership: &Ownership, store: &S, until: Option<Instant>) -> Outcome {
    settle(&Target::<Arc<RuleSet>, S>::Nothing, ownership, Calls::new(store, until)).await
}

/// What the alarms have to be.
enum Target<'r, R, S> {
    /// Those of the rules.
    Rules(&'r Reconciler<R, S>),
    /// None.
    Nothing,
}

impl<R: RuleVersions, S: AlarmStore> Target<'_, R, S> {
    /// The waits between rounds, in seconds.
    fn pauses(&self) -> [u64; ROUNDS] {
        match self {
            Self::Rules(_) => PAUSES,
            Self::Nothing => DELETION_PAUSES,
        }
    }

    /// How many looks in a row have to find nothing to do.
    fn empty_looks(&self) -> usize {
        match self {
            Self::Rules(_) => 1,
            Self::Nothing => EMPTY_LOOKS,
        }
    }

    async fn desired(&self, calls: &Calls<'_, S>) -> Result<Vec<Alarm>, ReconcileError> {
        match self {
            Self::Nothing => Ok(Vec::new()),
            Self::Rules(reconciler) => {
                let latest = calls.within(reconciler.rules.latest()).await;
                let rules = latest.or(Err(ReconcileError::RulesDeadline))??;
                Ok(desired(rules.rules(), &reconciler.settings)?)
            }
        }
    }
}

async fn look<R: RuleVersions, S: AlarmStore>(
    target: &Target<'_, R, S>,
    ownership: &Ownership,
    calls: &mut Calls<'_, S>,
) -> Result<Plan, ReconcileError> {
    let desired = target.desired(calls).await?;
    let existing = calls.describe(&ownership.prefix).await.map_err(ReconcileError::Describe)?;
    Ok(Plan::new(&desired, &existing, ownership))
}

async fn settle<R: RuleVersions, S: AlarmStore>(
    target: &Target<'_, R, S>,
    ownership: &Ownership,
    mut calls: Calls<'_, S>,
) -> Outcome {
    let mut report = Report::default();
    let mut last: Option<(Plan, Vec<Failure>)> = None;
    let mut round = 0;
    let mut created = HashSet::new();
    let mut pauses = target.pauses().into_iter().map(Duration::from_secs);
    let mut empty_looks = 0;
    let result = loop {
        let plan = match look(target, ownership, &mut calls).await {
            Ok(plan) => plan,
            // What could not be done explains more than that time ran out in the end.
            Err(error) => break end_of_time(error, last),
        };
        report.look(&plan, round == 0);
        if plan.is_empty() {
            empty_looks += 1;
            let again = if plan.conflicts.iter().any(|conflict| created.contains(&conflict.name)) {
                pauses.next()
            } else {
                (empty_looks < target.empty_looks()).then_some(EMPTY_LOOKS_PAUSE)
            };
            match again {
                Some(pause) if calls.pause(pause).await => continue,
                Some(_) | None => break settled(&plan),
            }
        }
        empty_looks = 0;
        if let Some((before, failures)) = last
            && before == plan
            && !failures.is_empty()
        {
            break Err(ReconcileError::Incomplete { failures });
        }
        if round == ROUNDS {
            break Err(ReconcileError::Unsettled { names: plan.names() });
        }
        // Only what somebody else does at the same time, or what shows late, makes another round.
        if let Some(pause) = pauses.next().filter(|_| round > 0) {
            calls.pause(pause).await;
        }
        let applied = apply_with(&plan, &mut calls).await;
        created.extend(plan.create.iter().map(|alarm| alarm.name.clone()));
        report.created += applied.created;
        report.updated += applied.updated;
        report.deleted += applied.deleted;
        last = Some((plan, applied.failures));
        round += 1;
    };
    Outcome { report, result }
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

/// There is nothing to do; conflicts are all that can be wrong.
fn settled(plan: &Plan) -> Result<(), ReconcileError> {
    if plan.conflicts.is_empty() {
        return Ok(());
    }
    Err(ReconcileError::Incomplete { failures: plan.conflicts.iter().map(Failure::from).collect() })
}

impl Report {
    fn look(&mut self, plan: &Plan, is_first: bool) {
        if is_first {
            self.differences = plan.differences();
        }
        self.unchanged = plan.unchanged.len();
        self.conflicts = plan.conflicts.iter().map(|conflict| conflict.name.clone()).collect();
    }
}
