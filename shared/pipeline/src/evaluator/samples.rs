//! Which records of a file are described one by one.
//!
//! Only later does it turn out which records are repetitions, and an alert must describe findings that count. Therefore
//! more records are described than an alert shows, and the latest record of each group always is.

use crate::event_summary::EventSummary;
use crate::findings::{Finding, MatchedRecord, position};

/// This many records for each rule are described in addition to the first few of each group.
const SAMPLES_PER_RULE: usize = 100;
/// The most bytes of all records that are kept because they might be the latest of their group.
const LATEST_BYTES: usize = 4 * 1024 * 1024;

/// What is known of the records that are described.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// For each group, how many records are described that did not succeed, and how many that did.
    of_group: Vec<[usize; 2]>,
    /// For each rule, how many records are described.
    of_rule: Vec<usize>,
    /// For each group, its latest record.
    latest: Vec<Latest>,
    latest_bytes: usize,
}

/// The latest record of a group.
#[derive(Debug, Clone, Default)]
struct Latest {
    event_time: Option<i64>,
    /// The index of the matched record.
    matched: usize,
    /// The record, unless it is already described.
    record: Vec<u8>,
}

impl Samples {
    /// Whether to describe a record with these findings. A group has `per_group` records for either outcome.
    pub(super) fn wants(&mut self, findings: &[Finding], has_succeeded: bool, per_group: usize) -> bool {
        let mut is_wanted = false;
        for finding in findings {
            let Some(group) = finding.group.map(position) else { continue };
            self.make_room(group, position(finding.rule));
            let of_group = self.of_group.get_mut(group);
            let of_group = of_group.and_then(|samples| samples.get_mut(usize::from(has_succeeded)));
            if let Some(count) = of_group.filter(|count| **count < per_group) {
                *count += 1;
                is_wanted = true;
            }
            let of_rule = self.of_rule.get_mut(position(finding.rule));
            if let Some(count) = of_rule.filter(|count| **count < SAMPLES_PER_RULE) {
                *count += 1;
                is_wanted = true;
            }
        }
        is_wanted
    }

    fn make_room(&mut self, group: usize, rule: usize) {
        if self.of_group.len() <= group {
            self.of_group.resize(group + 1, [0; 2]);
            self.latest.resize(group + 1, Latest::default());
        }
        if self.of_rule.len() <= rule {
            self.of_rule.resize(rule + 1, 0);
        }
    }

    /// Notes the next matched record. It is kept where it is the latest of its group and `is_described` is false.
    pub(super) fn note(
        &mut self,
        findings: &[Finding],
        (matched, event_time): (usize, Option<i64>),
        is_described: bool,
        record: &[u8],
    ) {
        for group in findings.iter().filter_map(|finding| finding.group).map(position) {
            let Some(latest) = self.latest.get_mut(group).filter(|latest| event_time >= latest.event_time)
            else {
                continue;
            };
            let record = if is_described { &[] } else { record };
            let bytes = self.latest_bytes - latest.record.len() + record.len();
            if bytes > LATEST_BYTES {
                continue;
            }
            self.latest_bytes = bytes;
            latest.event_time = event_time;
            latest.matched = matched;
            latest.record.clear();
            latest.record.extend_from_slice(record);
        }
    }

    /// Describes the latest record of each group, if it is not described yet. `now` is in Unix seconds.
    pub(super) fn describe_latest(self, matched: &mut [MatchedRecord], now: i64) {
        for Latest { event_time, matched: index, record } in self.latest {
            let Some(matched) = matched.get_mut(index).filter(|matched| matched.summary.is_none()) else {
                continue;
            };
            if let Ok(record) = serde_json::from_slice(&record) {
                let age = event_time.map(|time| now - time);
                matched.summary = Some(EventSummary::of(&record, age).into());
            }
        }
    }
}
