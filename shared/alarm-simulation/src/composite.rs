//! A composite alarm: its state from the states of other alarms, and its actions with their suppression.
//!
//! It is in `ALARM` while its expression is true, and in `OK` otherwise. Changes of several alarms at the
//! same time take effect together; the documentation does not say whether a composite alarm could change its
//! state in between. The simulation starts in the state that follows from the initial states of the alarms.
//!
//! Actions run on every change of state. A suppressor holds them back while it is in `ALARM`. To give the
//! suppressor time to change, the actions first wait for the wait period. When the suppressor leaves `ALARM`,
//! actions that were held back wait for the extension period. If the composite alarm changes during either
//! period, that period ends and a new wait period starts. When actions run, they are the actions of the state
//! at that time. At a tie, a change comes before the end of a period: a suppressor that goes into `ALARM`
//! just as the wait period ends still holds the actions back. The documentation does not cover this case.
//!
//! Source: the CloudWatch User Guide, "Composite alarms" and "Suppressing composite alarm actions".

mod expression;

use std::collections::BTreeMap;

use crate::state::{Change, State};

pub use expression::{ExpressionError, ExpressionErrorKind, RuleExpression};

/// States of alarms by name.
pub type States = BTreeMap<String, State>;

/// The alarm that holds back the actions of a composite alarm, and how long they wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressor {
    /// The name of the alarm.
    pub alarm: String,
    /// How long actions wait for the suppressor to go into `ALARM`, in seconds.
    pub wait_period: i64,
    /// How long suppressed actions wait after the suppressor leaves `ALARM`, in seconds.
    pub extension_period: i64,
}

/// A change of an alarm that the composite alarm watches, or of its suppressor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildChange {
    /// When, in seconds.
    pub at: i64,
    /// The name of the alarm.
    pub alarm: String,
    /// Its state from then on.
    pub to: State,
}

/// Actions that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// When, in seconds.
    pub at: i64,
    /// The state whose actions ran.
    pub state: State,
}

/// The changes and actions of a composite alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompositeTimeline {
    /// The changes of its state, in order.
    pub changes: Vec<Change>,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// Simulates a composite alarm, given the changes of other alarms in any order, up to and including `end`.
///
/// An alarm without an initial state is in `INSUFFICIENT_DATA`.
#[must_use]
pub fn simulate(
    rule: &RuleExpression,
    suppressor: Option<&Suppressor>,
    initial: States,
    changes: &[ChildChange],
    end: i64,
) -> CompositeTimeline {
    let mut changes: Vec<&ChildChange> = changes.iter().filter(|change| change.at <= end).collect();
    changes.sort_by_key(|change| change.at);
    let mut composite = Composite::new(rule, suppressor, initial);
    for together in changes.chunk_by(|a, b| a.at == b.at) {
        let Some(at) = together.first().map(|change| change.at) else { continue };
        composite.act_before(at);
        composite.change(at, together);
    }
    composite.act_before(end.saturating_add(1));
    composite.timeline
}

struct Composite<'a> {
    rule: &'a RuleExpression,
    suppressor: Option<&'a Suppressor>,
    states: States,
    state: State,
    /// Whether the actions of the latest change still have to run.
    is_held_back: bool,
    /// When a wait period or an extension period ends.
    due: Option<i64>,
    timeline: CompositeTimeline,
}

impl<'a> Composite<'a> {
    fn new(rule: &'a RuleExpression, suppressor: Option<&'a Suppressor>, states: States) -> Self {
        let state = state_by(rule, &states);
        let timeline = CompositeTimeline::default();
        Self { rule, suppressor, states, state, is_held_back: false, due: None, timeline }
    }

    fn is_suppressed(&self) -> bool {
        self.suppressor.is_some_and(|suppressor| state_of(&self.states, &suppressor.alarm) == State::Alarm)
    }

    /// Runs the actions that are due before `at`.
    fn act_before(&mut self, at: i64) {
        if let Some(due) = self.due.filter(|due| *due < at) {
            self.act(due);
        }
    }

    fn act(&mut self, at: i64) {
        self.due = None;
        self.is_held_back = false;
        self.timeline.actions.push(Action { at, state: self.state });
    }

    fn change(&mut self, at: i64, together: &[&ChildChange]) {
        let was_suppressed = self.is_suppressed();
        for change in together {
            self.states.insert(change.alarm.clone(), change.to);
        }
        let is_suppressed = self.is_suppressed();
        let state = state_by(self.rule, &self.states);
        let is_changed = state != self.state;
        if is_changed {
            self.timeline.changes.push(Change { at, from: self.state, to: state });
            self.state = state;
            self.is_held_back = true;
        }
        let wait = match self.suppressor {
            _ if is_suppressed => None,
            Some(suppressor) if was_suppressed && self.is_held_back && !is_changed => {
                Some(suppressor.extension_period)
            }
            Some(suppressor) if is_changed => Some(suppressor.wait_period),
            None if is_changed => Some(0),
            Some(_) | None => return self.act_by(at),
        };
        self.due = wait.map(|seconds| at.saturating_add(seconds.max(0)));
        self.act_by(at);
    }

    /// Runs the actions that are due at `at`.
    fn act_by(&mut self, at: i64) {
        if self.due == Some(at) {
            self.act(at);
        }
    }
}

fn state_by(rule: &RuleExpression, states: &States) -> State {
    if rule.holds(|alarm| state_of(states, alarm)) { State::Alarm } else { State::Ok }
}

/// The state of an alarm that is referred to by its name or by its ARN.
fn state_of(states: &States, alarm: &str) -> State {
    let by_arn = || alarm.split_once(":alarm:").and_then(|(_, name)| states.get(name));
    states.get(alarm).or_else(by_arn).copied().unwrap_or(State::InsufficientData)
}

#[cfg(test)]
mod tests;
