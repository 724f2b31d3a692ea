//! The findings of a log file, as plain values that refer to each other by index.
//!
//! `evaluator` produces them, and `batch` publishes them.

use std::sync::Arc;

use crate::counts::RecordCounts;
use crate::datapoint::SeriesKey;
use crate::event_summary::EventSummary;
use crate::facets::FacetTable;
use crate::operational_event::OperationalEvent;

/// This many rejected records per file are described one by one; all are counted.
pub const REPORTED_REJECTIONS: usize = 20;
/// An alert describes this many matched records.
pub const SAMPLES_PER_GROUP: usize = 5;
/// The number of groups of one rule that get an alert of their own, per file and per set of files that are
/// published together. Further findings are counted in one additional alert of the rule, so that no file can
/// send thousands of messages.
pub const GROUPS_PER_RULE: usize = 50;

/// Which time a datapoint of `timestamp: delivery` gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryTime {
    /// The present, as with a metric filter on a log group. An alarm never misses a late file.
    Present,
    /// The minute in the log file's name, or else the record's `eventTime`. A record that has neither gets no
    /// datapoint. This is for replays, whose result must not depend on when they run.
    LogFile,
}

/// The times for the datapoints of one file, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// Where delivery timestamps come from.
    pub delivery: DeliveryTime,
    /// The present.
    pub now: i64,
    /// The delivery minute in the log file's name.
    pub delivered: Option<i64>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// What is wrong with it.
    pub event: OperationalEvent,
    /// One line: which record, and what is wrong with it.
    pub message: String,
}

/// What was found in one log file.
#[derive(Debug, Default)]
pub struct FileFindings {
    /// The record counts.
    pub records: RecordCounts,
    /// The first [`REPORTED_REJECTIONS`] rejected records.
    pub rejected: Vec<RejectedRecord>,
    /// The number of matching records for each rule, in the order of the rule set, duplicates included.
    pub matches: Vec<u64>,
    /// The matched records, in the order of the file.
    pub matched: Vec<MatchedRecord>,
    /// The findings of all matched records, in their order. A rule has at most one finding for each
    /// `eventID`.
    pub findings: Vec<Finding>,
    /// The series that the findings refer to by index.
    pub series: Vec<SeriesKey>,
    /// The groups that the findings refer to by index.
    pub groups: Vec<GroupKey>,
    /// For each group, the indices of the broader rules that leave findings to the group's rule.
    pub broader: Vec<Vec<u32>>,
    /// The most findings that an alert describes one by one.
    pub samples_per_group: usize,
    /// What is counted of the matched records.
    pub facets: FacetTable,
    /// The targets of the matched records, in words.
    pub targets: Vec<Arc<str>>,
    /// The number of matches without a usable number where the rule's metric value is a selector.
    pub without_value: u64,
    /// The number of findings without a datapoint because neither the record nor the file has a time.
    pub without_time: u64,
}

/// One record that at least one rule matched.
#[derive(Debug)]
pub struct MatchedRecord {
    /// `eventID`; a record without an id is always counted.
    pub event_id: Option<Arc<str>>,
    /// `eventTime` in Unix seconds.
    pub event_time: Option<i64>,
    /// What an alert says about it.
    pub summary: Option<Arc<EventSummary>>,
    /// The index of its facets; `None` if no alert is about it.
    pub facets: Option<u32>,
    /// What it was done to.
    pub target: Target,
    /// The number of findings that belong to this record.
    pub findings: u32,
}

/// What a matched record was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// It was not looked for, or there was no room for it.
    Unread,
    /// The record does not say.
    Absent,
    /// The index of its words in the targets of the file.
    At(u32),
}

/// One rule's result for one record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The index of the rule in the rule set.
    pub rule: u32,
    /// The index of the group; `None` if the rule sends no alerts.
    pub group: Option<u32>,
    /// The index of the series; `None` if there is no value to add, or no time to add it to.
    pub series: Option<u32>,
    /// The value.
    pub value: f64,
    /// Whether the finding only continues the story of an alert: the end of an Insight whose start the rule matches. It
    /// is no match, and counts in no metric.
    pub is_sequel: bool,
    /// Whether no alert reports the finding. It has a group only in reports that list every finding.
    pub is_silent: bool,
}

/// Findings with the same key share an alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The index of the rule in the rule set.
    pub rule: usize,
    /// The values of the rule's `groupBy` selectors, in their order; `None` for the group of all findings
    /// beyond [`GROUPS_PER_RULE`].
    pub values: Option<Vec<Option<String>>>,
}

impl FileFindings {
    /// The target of a matched record, if it was looked for; the inner option is empty if the record does not say.
    pub(crate) fn target(&self, target: Target) -> Option<Option<&Arc<str>>> {
        match target {
            Target::Unread => None,
            Target::Absent => Some(None),
            Target::At(index) => self.targets.get(position(index)).map(Some),
        }
    }

    /// Every matched record with its findings.
    pub fn by_record(&self) -> impl Iterator<Item = (&MatchedRecord, &[Finding])> {
        let mut rest = self.findings.as_slice();
        self.matched.iter().map(move |record| {
            let (own, others) = rest.split_at_checked(position(record.findings)).unwrap_or((rest, &[]));
            rest = others;
            (record, own)
        })
    }
}

/// Indices have 32 bits: even the largest accepted file has fewer records than that.
pub(crate) fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The inverse of [`index`].
pub(crate) fn position(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
