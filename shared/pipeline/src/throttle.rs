//! How often a rule alerts about one group: after a threshold is reached it sends an alert, then keeps quiet
//! for some time, then sends one follow-up.
//!
//! Findings of a group *count* until `threshold` of them fall within `within` seconds of event time. Then the
//! alert *opens* and is sent. For the next `quiet` seconds, further findings are *held back*: they are
//! counted, but cause no alert. At the end of the quiet time, one follow-up says how many findings were held
//! back, and the quiet time starts again. If none were held back, the alert closes silently, and counting
//! starts from zero. A follow-up is sent when it is due, without waiting for another finding. A finding that
//! is more severe than the alerts sent so far is never held back.
//!
//! Each step is a pure function of a group's state, so callers can keep the state in the ledger or in memory.
//! This module does not store the state, does not recognize a step that is repeated, and does not know
//! suppressions: callers drop suppressed findings first. If a caller cannot reach the state, it sends the
//! alert.

use std::collections::{BTreeMap, BTreeSet};

use rules::Severity;

/// How long an event time is remembered in addition to `within`, measured back from the latest event of its
/// group, in seconds. CloudTrail usually delivers events within minutes.
const LATENESS_SECONDS: i64 = 3600;

/// How often a rule alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// The number of findings needed for the first alert; 0 means 1.
    pub threshold: u32,
    /// The time within which these findings must occur, in seconds of event time, both ends included.
    pub within: u32,
    /// How long further findings are held back after an alert, in seconds; 0 holds nothing back.
    pub quiet: u32,
}

/// The state of a group between two findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// Event times of the findings that count towards the threshold, in order, in seconds since 1970. Empty
    /// while an alert is open.
    pub counted: Vec<i64>,
    /// When the quiet time of the open alert ends, in seconds since 1970.
    pub quiet_until: Option<i64>,
    /// The number of findings held back since the last alert.
    pub held_back: u64,
    /// The highest severity sent so far, while an alert is open.
    pub severity: Option<Severity>,
}

/// When a finding happened, and how severe it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The time of the event, in seconds since 1970.
    pub event_time: i64,
    /// The severity of the finding.
    pub severity: Severity,
}

/// An alert to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueAlert {
    /// Why it is sent.
    pub occasion: Occasion,
    /// The number of findings that the alert covers, not including those held back.
    pub findings: u64,
    /// The number of findings that were held back before it.
    pub held_back: u64,
}

/// Why an alert is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The threshold was reached.
    Opened,
    /// A finding is more severe than the alerts sent so far.
    MoreSevere,
    /// The quiet time is over, and findings were held back.
    FollowUp,
}

impl Throttle {
    /// Adds a finding that arrives at `now`, in seconds since 1970. Returns the alert to send, if one is due.
    pub fn find(&self, state: &mut GroupState, occurrence: Occurrence, now: i64) -> Option<DueAlert> {
        if let Some(until) = state.quiet_until {
            if now >= until && state.held_back == 0 {
                *state = GroupState::default();
            } else if state.severity.is_some_and(|sent| occurrence.severity > sent) {
                return Some(self.send(state, Occasion::MoreSevere, occurrence.severity, 1, now));
            } else if now >= until {
                // The follow-up is overdue, and it covers this finding too.
                return Some(self.send(state, Occasion::FollowUp, occurrence.severity, 1, now));
            } else {
                state.held_back += 1;
                return None;
            }
        }
        let findings = self.count(state, occurrence.event_time);
        let is_reached = findings >= u64::from(self.threshold);
        is_reached.then(|| self.send(state, Occasion::Opened, occurrence.severity, findings, now))
    }

    /// Ends the quiet time if it is over at `now`, in seconds since 1970. Returns the follow-up to send, if
    /// one is due.
    pub fn follow_up(&self, state: &mut GroupState, now: i64) -> Option<DueAlert> {
        if state.quiet_until.is_none_or(|until| now < until) {
            return None;
        }
        if state.held_back == 0 {
            *state = GroupState::default();
            return None;
        }
        let severity = state.severity.unwrap_or(Severity::Low);
        Some(self.send(state, Occasion::FollowUp, severity, 0, now))
    }

    /// Counts an event. Returns the greatest number of events in any span of `within` seconds that includes
    /// it.
    fn count(&self, state: &mut GroupState, event_time: i64) -> u64 {
        let times = &mut state.counted;
        times.insert(times.partition_point(|time| *time <= event_time), event_time);
        let within = i64::from(self.within);
        let most = times
            .iter()
            .filter(|first| (event_time - within..=event_time).contains(*first))
            .map(|first| times.iter().filter(|time| (*first..=*first + within).contains(*time)).count())
            .max();
        let latest = times.last().copied().unwrap_or(event_time);
        times.retain(|time| *time >= latest - within - LATENESS_SECONDS);
        most.and_then(|most| u64::try_from(most).ok()).unwrap_or(0)
    }

    fn send(
        &self,
        state: &mut GroupState,
        occasion: Occasion,
        severity: Severity,
        findings: u64,
        now: i64,
    ) -> DueAlert {
        let sent = state.severity.map_or(severity, |sent| sent.max(severity));
        let held_back = state.held_back;
        *state = GroupState::default();
        if self.quiet > 0 {
            state.quiet_until = Some(now + i64::from(self.quiet));
            state.severity = Some(sent);
        }
        DueAlert { occasion, findings, held_back }
    }
}

/// The groups of a rule, kept in memory for simulations. Every follow-up is sent exactly when it is due.
#[derive(Clone, Debug)]
pub struct Groups<K> {
    throttle: Throttle,
    states: BTreeMap<K, GroupState>,
    /// When the quiet time of each group ends.
    due: BTreeSet<(i64, K)>,
}

impl<K: Clone + Ord> Groups<K> {
    /// No groups yet.
    #[must_use]
    pub fn new(throttle: Throttle) -> Self {
        Self { throttle, states: BTreeMap::new(), due: BTreeSet::new() }
    }

    /// The next follow-up that is due at `now` or earlier, with its time and its group. Call this before
    /// adding findings at `now`, until it returns `None`.
    pub fn follow_up(&mut self, now: i64) -> Option<(i64, K, DueAlert)> {
        while let Some((at, key)) = self.due.pop_first() {
            if at > now {
                self.due.insert((at, key));
                return None;
            }
            let Some(state) = self.states.get_mut(&key) else { continue };
            match self.throttle.follow_up(state, at) {
                Some(alert) => {
                    self.due.extend(state.quiet_until.map(|until| (until, key.clone())));
                    return Some((at, key, alert));
                }
                None if state.quiet_until.is_none() => drop(self.states.remove(&key)),
                // A more severe finding restarted the quiet time.
                None => {}
            }
        }
        None
    }

    /// Adds a finding of a group that arrives at `now`. Returns the alert to send, if one is due.
    pub fn find(&mut self, key: &K, occurrence: Occurrence, now: i64) -> Option<DueAlert> {
        let state = self.states.entry(key.clone()).or_default();
        let alert = self.throttle.find(state, occurrence, now);
        if alert.is_some() {
            match state.quiet_until {
                Some(until) => drop(self.due.insert((until, key.clone()))),
                None => drop(self.states.remove(key)),
            }
        }
        alert
    }

    /// The number of findings that are held back, over all groups, and that no alert has reported yet.
    #[must_use]
    pub fn held_back(&self) -> u64 {
        self.states.values().map(|state| state.held_back).sum()
    }
}

#[cfg(test)]
mod tests;
