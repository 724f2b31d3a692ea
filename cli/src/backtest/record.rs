//! Everything that a backtest remembers of the log files, in memory that is bounded by rules and minutes.
//!
//! For each rule and minute with a match there are a cell of 32 bytes with counts and, for each alarm's metric, a cell of 32
//! bytes for each value. The loudest callers of a rule have cells of 24 bytes. The rest is counts, and a few records as
//! examples. `cells` merges the cells of a minute.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use alarm_simulation::Sample;
use pipeline::{Datum, MetricRequest};

use super::callers::{CallerCell, Callers};
use super::cells::{Cell, Cells};
use super::differences::Differences;
use super::findings::FirstFindings;
use super::notes::{AlertNote, Notes, SeenRecord};
use super::side::{RuleSets, Side, unmarked};
use super::times::{MINUTE, day, minute};
use super::watched::{MetricKey, Watched};

/// Metrics without an alarm that are distinguished. More of them are counted as this number.
const OTHER_METRICS: usize = 100_000;

/// The time that the backtest covers, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The first minute.
    pub(super) from: i64,
    /// The end.
    pub(super) until: i64,
}

/// A sample of a metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct MetricCell(pub(super) Sample);

impl Cell for MetricCell {
    type Key = (i64, i64, u64);

    fn key(&self) -> Self::Key {
        (self.0.visible, self.0.at, self.0.value.to_bits())
    }

    fn absorb(&mut self, other: Self) {
        self.0.count += other.0.count;
    }
}

/// What a rule did in a minute of delivery.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleMinute {
    /// Unix seconds.
    pub(super) minute: i64,
    /// Matches that count.
    pub(super) matches: u64,
    /// Alerts.
    pub(super) alerts: u64,
    /// The time of the earliest call among the matches, in Unix seconds; `i64::MAX` if it is unknown.
    pub(super) first_call: i64,
}

impl Cell for RuleMinute {
    type Key = i64;

    fn key(&self) -> i64 {
        self.minute
    }

    fn absorb(&mut self, other: Self) {
        self.matches += other.matches;
        self.alerts += other.alerts;
        self.first_call = self.first_call.min(other.first_call);
    }
}

/// What a rule found.
#[derive(Debug, Default)]
pub(super) struct RuleRecord {
    pub(super) minutes: Cells<RuleMinute>,
    pub(super) callers: Callers,
    pub(super) findings: FirstFindings,
    /// Matches without a place on the time line, because neither the record nor the file has a time.
    pub(super) without_time: u64,
}

/// The recorder.
#[derive(Debug)]
pub(super) struct Recorder<'s> {
    pub(super) sets: &'s RuleSets,
    window: Window,
    visible_after: i64,
    /// The positions of the metrics that an alarm watches.
    metric_places: HashMap<(Side, MetricKey), usize>,
    metrics: Vec<Cells<MetricCell>>,
    /// Hashes of the other metrics.
    others: HashSet<u64>,
    hasher: RandomState,
    ids: HashMap<String, usize>,
    /// Every rule, in the order of the evaluator.
    pub(super) rules: Vec<RuleRecord>,
    pub(super) differences: Option<Differences>,
    /// The days with log files.
    pub(super) days: BTreeSet<i64>,
}

impl<'s> Recorder<'s> {
    /// Nothing is recorded yet. `watched` has the alarms of each side.
    pub(super) fn new(
        sets: &'s RuleSets,
        watched: &[(Side, &Watched)],
        window: Window,
        visible_after: u32,
    ) -> Self {
        let mut metric_places = HashMap::new();
        for (side, watched) in watched {
            for alarm in &watched.alarms {
                let next = metric_places.len();
                metric_places.entry((*side, alarm.metric.clone())).or_insert(next);
            }
        }
        let together = sets.together();
        Self {
            sets,
            window,
            visible_after: i64::from(visible_after),
            metrics: vec![Cells::default(); metric_places.len()],
            metric_places,
            others: HashSet::new(),
            hasher: RandomState::new(),
            ids: together.rules().iter().map(|rule| rule.id.clone()).zip(0..).collect(),
            rules: std::iter::repeat_with(RuleRecord::default).take(sets.count()).collect(),
            differences: Differences::of(sets),
            days: BTreeSet::new(),
        }
    }

    /// Adds what a batch noted. `delivered` is the minute in the names of its files, in Unix seconds.
    pub(super) fn add(&mut self, notes: Notes, delivered: Option<i64>) {
        for request in &notes.requests {
            self.add_request(request, delivered);
        }
        for record in &notes.records {
            self.add_record(record, delivered);
        }
        for alert in &notes.alerts {
            self.add_alert(alert, delivered);
        }
        if let Some(delivered) = delivered.filter(|delivered| self.covers(*delivered)) {
            self.days.insert(day(delivered));
        }
    }

    fn covers(&self, time: i64) -> bool {
        (self.window.from..self.window.until).contains(&time)
    }

    fn add_request(&mut self, request: &MetricRequest, delivered: Option<i64>) {
        let (side, namespace) = unmarked(&request.namespace);
        for datum in &request.datums {
            let key = metric_key(namespace, datum);
            let Some(&place) = self.metric_places.get(&(side, key.clone())) else {
                if side == Side::New && self.others.len() < OTHER_METRICS {
                    self.others.insert(self.hasher.hash_one(&key));
                }
                continue;
            };
            let visible = delivered.unwrap_or(datum.timestamp) + self.visible_after;
            if let Some(cells) = self.metrics.get_mut(place) {
                for (&value, &count) in datum.values.iter().zip(&datum.counts) {
                    cells.push(MetricCell(Sample { at: datum.timestamp, visible, value, count }));
                }
            }
        }
    }

    fn add_record(&mut self, record: &SeenRecord, delivered: Option<i64>) {
        let Some(time) = delivered.or(record.event_time.map(minute)) else {
            for finding in &record.findings {
                if let Some(rule) = self.rules.get_mut(finding.rule) {
                    rule.without_time += 1;
                }
            }
            return;
        };
        if !self.covers(time) {
            return;
        }
        self.days.insert(day(time));
        if let Some(differences) = &mut self.differences {
            differences.count(record, self.sets);
        }
        for finding in &record.findings {
            let is_new = self.sets.at(finding.rule).side == Side::New;
            let Some(rule) = self.rules.get_mut(finding.rule) else { continue };
            let first_call = record.event_time.unwrap_or(i64::MAX);
            rule.minutes.push(RuleMinute { minute: time, matches: 1, alerts: 0, first_call });
            if is_new {
                let visible = time + self.visible_after;
                let cell = finding.at.map(|at| CallerCell { at, visible, matches: 1 });
                rule.callers.count(&record.told, cell);
                rule.findings.add(record);
            }
        }
    }

    fn add_alert(&mut self, alert: &AlertNote, delivered: Option<i64>) {
        let Some(minute) = delivered.or(alert.last_event.map(minute)) else { return };
        let rule = self.ids.get(&alert.rule).and_then(|place| self.rules.get_mut(*place));
        if (self.window.from..self.window.until).contains(&minute)
            && let Some(rule) = rule
        {
            rule.minutes.push(RuleMinute { minute, matches: 0, alerts: 1, first_call: i64::MAX });
        }
    }

    /// The window, cut to the first and last match and to the first and last minute in the name of a log file (`span`).
    /// Without any of them it is empty.
    pub(super) fn covered(&self, window: Window, span: Option<(i64, i64)>) -> Window {
        let minutes = self.rules.iter().flat_map(|rule| rule.minutes.as_slice()).map(|cell| cell.minute);
        let known = || span.into_iter().flat_map(|(first, last)| [first, last]);
        let (first, last) = minutes
            .chain(known())
            .fold((i64::MAX, i64::MIN), |(first, last), minute| (first.min(minute), last.max(minute)));
        let end = last.saturating_add(self.visible_after.max(MINUTE));
        let from = if window.from == i64::MIN { first } else { window.from };
        Window { from, until: window.until.min(end).max(from) }
    }

    /// Ends a minute of delivery: no more files of it follow.
    pub(super) fn end_minute(&mut self) {
        self.metrics.iter_mut().for_each(Cells::end_minute);
        for rule in &mut self.rules {
            rule.minutes.end_minute();
            rule.callers.end_minute();
        }
    }

    /// The samples of a metric that an alarm watches.
    pub(super) fn samples(&self, side: Side, metric: &MetricKey) -> Vec<Sample> {
        let place = self.metric_places.get(&(side, metric.clone()));
        let cells = place.and_then(|place| self.metrics.get(*place));
        cells.map(|cells| cells.as_slice().iter().map(|cell| cell.0).collect()).unwrap_or_default()
    }

    /// The number of metrics that no alarm watches.
    pub(super) fn metrics_without_alarm(&self) -> usize {
        self.others.len()
    }

    /// The number of cells in memory.
    #[cfg(test)]
    pub(super) fn cells(&self) -> usize {
        let metrics: usize = self.metrics.iter().map(|cells| cells.as_slice().len()).sum();
        let callers = |rule: &RuleRecord| -> usize {
            rule.callers.by_matches().iter().map(|caller| caller.cells.as_slice().len()).sum()
        };
        metrics + self.rules.iter().map(|rule| rule.minutes.as_slice().len() + callers(rule)).sum::<usize>()
    }
}

fn metric_key(namespace: &str, datum: &Datum) -> MetricKey {
    let mut dimensions = datum.dimensions.clone();
    dimensions.sort();
    MetricKey { namespace: namespace.to_owned(), name: datum.name.clone(), dimensions }
}

#[cfg(test)]
mod tests;
