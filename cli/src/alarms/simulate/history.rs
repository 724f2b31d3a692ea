//! The history of an account's alarms, and how it compares with the simulation.
//!
//! Only changes to ALARM are compared, because they run the alarm actions. CloudWatch evaluates each alarm at
//! its own second of the minute, and data may become visible a minute later than assumed, so two changes
//! count as the same if they are at most two minutes apart.

use alarm_simulation::{Change, State, Timeline};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::seconds::Seconds;

/// How far apart a simulated and a real change may be, in seconds.
const TOLERANCE_SECONDS: i64 = 120;

/// The changes of state in a history, in order.
#[derive(Debug)]
pub(crate) struct History {
    changes: Vec<(String, Change)>,
    /// Whether the file says that it does not hold the whole history.
    pub(crate) is_incomplete: bool,
}

/// How an alarm's simulation compares with its history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    /// Changes to ALARM in both.
    pub(crate) alike: usize,
    /// Changes to ALARM in the simulation only.
    pub(crate) only_simulated: Vec<Seconds>,
    /// Changes to ALARM in the history only.
    pub(crate) only_real: Vec<Seconds>,
}

/// The output of `describe-alarm-history`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HistoryDescription {
    alarm_history_items: Vec<HistoryItem>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HistoryItem {
    alarm_name: String,
    timestamp: Seconds,
    history_item_type: String,
    #[serde(default)]
    history_summary: String,
    #[serde(default)]
    history_data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryData {
    old_state: StateData,
    new_state: StateData,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateData {
    state_value: String,
}

/// Reads the output of `describe-alarm-history`. Items of other types are skipped.
pub(crate) fn read(text: &str) -> anyhow::Result<History> {
    let described: HistoryDescription = serde_json::from_str(text).context(
        "expected the output of `aws cloudwatch describe-alarm-history --history-item-type StateUpdate`",
    )?;
    let mut changes = Vec::new();
    for (place, item) in described.alarm_history_items.into_iter().enumerate() {
        if item.history_item_type == "StateUpdate" {
            let (from, to) = states(&item)
                .with_context(|| format!("item {} does not name the old and the new state", place + 1))?;
            changes.push((item.alarm_name, Change { at: item.timestamp.0, from, to }));
        }
    }
    changes.sort_by_key(|(_, change)| change.at);
    Ok(History { changes, is_incomplete: described.next_token.is_some() })
}

/// The states of an item, from its data or, where that is missing, from its summary.
fn states(item: &HistoryItem) -> Option<(State, State)> {
    if let Ok(HistoryData { old_state, new_state }) = serde_json::from_str(&item.history_data) {
        return Some((old_state.state_value.parse().ok()?, new_state.state_value.parse().ok()?));
    }
    let (from, to) = item.history_summary.strip_prefix("Alarm updated from ")?.split_once(" to ")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

impl History {
    fn of<'h>(&'h self, alarm: &str) -> impl Iterator<Item = &'h Change> {
        self.changes.iter().filter(move |(name, _)| name == alarm).map(|(_, change)| change)
    }

    /// When an alarm last changed its state.
    pub(crate) fn last(&self, alarm: &str) -> Option<i64> {
        self.of(alarm).map(|change| change.at).max()
    }

    /// The state of an alarm at a time, if its history says it.
    pub(crate) fn state_at(&self, alarm: &str, time: i64) -> Option<State> {
        let before = self.of(alarm).filter(|change| change.at <= time).last();
        let after = || self.of(alarm).find(|change| change.at > time);
        before.map(|change| change.to).or_else(|| after().map(|change| change.from))
    }

    /// Compares the changes to ALARM while the simulation ran.
    pub(crate) fn compare(&self, alarm: &str, timeline: &Timeline) -> Comparison {
        let into_alarm = |change: &&Change| change.to == State::Alarm;
        let span = timeline.span;
        let is_within = |at: &i64| (span.created..=span.until).contains(at);
        let mut simulated = timeline.changes.iter().filter(into_alarm).map(|change| change.at).peekable();
        let mut real = self.of(alarm).filter(into_alarm).map(|change| change.at).filter(is_within).peekable();
        let mut comparison = Comparison::default();
        while let (Some(&ours), Some(&theirs)) = (simulated.peek(), real.peek()) {
            if (ours - theirs).abs() <= TOLERANCE_SECONDS {
                comparison.alike += 1;
                simulated.next();
                real.next();
            } else if ours < theirs {
                comparison.only_simulated.extend(simulated.next().map(Seconds));
            } else {
                comparison.only_real.extend(real.next().map(Seconds));
            }
        }
        comparison.only_simulated.extend(simulated.map(Seconds));
        comparison.only_real.extend(real.map(Seconds));
        comparison
    }
}

impl Comparison {
    /// Whether anything differs.
    pub(crate) fn differs(&self) -> bool {
        !self.only_simulated.is_empty() || !self.only_real.is_empty()
    }
}
