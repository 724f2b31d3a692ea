//! What the findings of an alert add up to, in words.
//!
//! Texts are cleaned but not disarmed: the renderers break links and escape markup.

use std::fmt::Write as _;

use activity::OutcomeState;
use serde::Serialize;

use super::Alert;
use super::insight::{self, Story};
use crate::top_values::{CountedValue, TopValues};
use crate::totals::Totals;

/// The most event names.
const NAMES: usize = 5;
/// The most values of another kind.
const VALUES: usize = 3;

/// The totals of an alert in words, for display only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Who did it.
    pub who: Option<String>,
    /// What they did.
    pub what: Option<String>,
    /// What they did it to.
    pub target: Option<String>,
    /// The outcome.
    pub outcome: Option<String>,
    /// From where.
    pub from: Option<String>,
}

impl Words {
    pub(super) fn of(alert: &Alert) -> Self {
        if let Some(story) = insight::story(alert) {
            return Self::of_story(&story);
        }
        let totals = &alert.totals;
        let only = alert.events.first().filter(|_| alert.count == 1);
        let one_outcome = only.and_then(|event| event.outcome_words.clone());
        Self {
            who: who(totals),
            what: Some(what(totals, alert.count)),
            target: target(totals, alert.count),
            outcome: one_outcome.or_else(|| outcome(totals)),
            from: only.and_then(|event| event.from.clone()).or_else(|| from(totals)),
        }
    }

    fn of_story(story: &Story) -> Self {
        Self {
            who: Some(story.who.clone()),
            what: Some(story.what.clone()),
            target: None,
            outcome: None,
            from: story.from.clone(),
        }
    }
}

fn who(totals: &Totals) -> Option<String> {
    match only(&totals.identities) {
        Some(only) => Some(with_sessions(only, &totals.sessions)),
        None => listed(&totals.identities, "identities", VALUES, ", "),
    }
}

/// An identity, and how many sessions of it there are if their names differ.
fn with_sessions(identity: &CountedValue, sessions: &TopValues) -> String {
    let words = identity.words();
    let role = words.split_once(", session ").map(|(role, _)| role);
    match role {
        Some(role) if sessions.distinct() > 1 && role.starts_with("role ") => {
            format!("{role}, {}{} sessions", more_than(sessions), sessions.distinct())
        }
        Some(_) | None => words.to_owned(),
    }
}

fn what(totals: &Totals, count: u64) -> String {
    let names = &totals.event_names;
    match (only(names), names.is_empty(), count) {
        (Some(name), _, 1) => name.words().to_owned(),
        (Some(name), _, count) if name.at_least() == count => format!("{}, {count} times", name.words()),
        (_, true, 1) => "an event without a name".to_owned(),
        (_, true, count) => format!("{count} events without a name"),
        (_, false, count) => {
            format!("{count} calls: {}", values(&names.sorted(), names.is_exact(), NAMES, ", "))
        }
    }
}

fn target(totals: &Totals, count: u64) -> Option<String> {
    let targets = &totals.targets;
    if targets.is_empty() {
        return None;
    }
    let mut words = match only(targets) {
        Some(only) => only.words().to_owned(),
        None => {
            let mut sorted = targets.sorted();
            // What was really reached matters most.
            sorted.sort_by_key(|target| !totals.reached.contains(&target.value));
            let shown = plain(&sorted, targets.is_exact(), VALUES, "; ");
            format!("{}{} targets: {shown}", more_than(targets), targets.distinct())
        }
    };
    if totals.targets_read < count {
        let _ = write!(words, " (of {} of the {count} calls)", totals.targets_read);
    } else if totals.with_target < count {
        let _ = write!(words, " ({} of {count} calls)", totals.with_target);
    }
    Some(words)
}

/// How the calls ended: `2 of 4 refused (AccessDeniedException), 2 succeeded`.
fn outcome(totals: &Totals) -> Option<String> {
    let outcomes = totals.outcomes;
    let all = outcomes.calls();
    let states = [
        (OutcomeState::Refused, outcomes.refused, Some(&totals.refusals)),
        (OutcomeState::Failed, outcomes.failed, Some(&totals.failures)),
        (OutcomeState::SucceededInPart, outcomes.partly, None),
        (OutcomeState::DryRun, outcomes.dry_run, None),
        (OutcomeState::Succeeded, outcomes.succeeded, None),
    ];
    let mut parts = Vec::new();
    for (state, count, reasons) in states.into_iter().filter(|(_, count, _)| *count > 0) {
        let name = match state {
            OutcomeState::DryRun => "dry runs that would have succeeded",
            OutcomeState::Succeeded
            | OutcomeState::SucceededInPart
            | OutcomeState::Refused
            | OutcomeState::Failed => state.as_str(),
        };
        let reasons = reasons.and_then(reasons_in_words).map(|text| format!(" ({text})")).unwrap_or_default();
        parts.push(if count == all {
            format!("all {count} {name}{reasons}")
        } else if state == OutcomeState::Succeeded {
            format!("{count} {name}")
        } else {
            format!("{count} of {all} {name}{reasons}")
        });
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn reasons_in_words(reasons: &TopValues) -> Option<String> {
    if let Some(only) = only(reasons) {
        return Some(only.words().to_owned());
    }
    let shown = |value: &&CountedValue| format!("{} {}{}", value.words(), at_least(value), value.at_least());
    let sorted = reasons.sorted();
    let texts: Vec<String> = sorted.iter().take(VALUES).map(shown).collect();
    (!texts.is_empty()).then(|| with_more(&texts.join(", "), sorted.len(), reasons.is_exact(), VALUES))
}

fn from(totals: &Totals) -> Option<String> {
    let addresses = match only(&totals.addresses) {
        Some(only) => {
            let address = Some(only.words().to_owned());
            activity::Source { address, ..activity::Source::default() }.address_words()
        }
        None => listed(&totals.addresses, "addresses", VALUES, ", "),
    };
    let clients = &totals.clients;
    let clients = (!clients.is_empty()).then(|| plain(&clients.sorted(), clients.is_exact(), VALUES, ", "));
    let parts: Vec<String> = [addresses, clients].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The value, if there is only one.
fn only(values: &TopValues) -> Option<&CountedValue> {
    match values.sorted().as_slice() {
        [only] if values.is_exact() => Some(only),
        _ => None,
    }
}

/// `7 addresses: A, B, C and 4 more`
fn listed(of: &TopValues, noun: &str, limit: usize, separator: &str) -> Option<String> {
    if of.is_empty() {
        return None;
    }
    let shown = values(&of.sorted(), of.is_exact(), limit, separator);
    Some(format!("{}{} {noun}: {shown}", more_than(of), of.distinct()))
}

/// The first values with their counts, which are left out where all are 1.
fn values(sorted: &[&CountedValue], is_exact: bool, limit: usize, separator: &str) -> String {
    if sorted.iter().all(|value| value.count == 1) {
        return plain(sorted, is_exact, limit, separator);
    }
    let shown = sorted
        .iter()
        .take(limit)
        .map(|value| format!("{} ({}{})", value.words(), at_least(value), value.at_least()));
    with_more(&shown.collect::<Vec<_>>().join(separator), sorted.len(), is_exact, limit)
}

/// The first values without counts.
fn plain(sorted: &[&CountedValue], is_exact: bool, limit: usize, separator: &str) -> String {
    let shown: Vec<&str> = sorted.iter().take(limit).map(|value| value.words()).collect();
    with_more(&shown.join(separator), sorted.len(), is_exact, limit)
}

fn with_more(shown: &str, count: usize, is_exact: bool, limit: usize) -> String {
    match (count.saturating_sub(limit), is_exact) {
        (0, true) => shown.to_owned(),
        (more, true) => format!("{shown} and {more} more"),
        (_, false) => format!("{shown} and more"),
    }
}

fn at_least(value: &CountedValue) -> &'static str {
    if value.error > 0 { "at least " } else { "" }
}

fn more_than(values: &TopValues) -> &'static str {
    if values.is_exact() { "" } else { "more than " }
}
