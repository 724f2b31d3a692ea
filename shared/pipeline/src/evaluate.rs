//! The work for one log file: bytes in, findings out. Synchronous, in constant memory but for the matches.
//!
//! Nothing here is published or remembered: a file that breaks in the middle leaves no trace, so that the next
//! attempt counts each of its records once.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use cloudtrail::{Limits, LogFileError, Record, Rejection, open_log_file};
use filter_pattern::{Matches, PatternSet, Selector};
use rules::{MetricValue, Rule, RuleSet, TimestampSource};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::alert::EventSummary;
use crate::datapoint::{LARGEST_VALUE, SeriesKey, minute};
use crate::outcome::RecordCounts;
use crate::text;

/// Rejected records that are described one by one; all are counted.
pub const REPORTED_REJECTIONS: usize = 20;
/// Matched records that an alert describes, for each group and file.
pub const SAMPLES_PER_GROUP: usize = 5;
/// Groups of one rule that get an alert of their own, for each file and for each batch. The findings beyond are
/// counted in one further alert of the rule, so that no file can send thousands of messages.
pub const GROUPS_PER_RULE: usize = 50;
/// Longest group value, in characters.
const GROUP_VALUE_CHARS: usize = 512;

/// Which time a datapoint of `timestamp: delivery` gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryTime {
    /// The present, as a metric filter on a log group does. An alarm never misses a late file.
    Present,
    /// The minute in the log file's name, or else the record's `eventTime`: for replays, which must not depend on
    /// when they run.
    LogFile,
}

/// The times that stamp the datapoints of one file, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// Where delivery timestamps come from.
    pub delivery: DeliveryTime,
    /// The present.
    pub now: i64,
    /// The delivery minute in the log file's name.
    pub delivered: Option<i64>,
}

/// A rule set with its patterns compiled.
#[derive(Debug)]
pub struct Evaluator {
    rules: RuleSet,
    patterns: PatternSet,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// The stable code.
    pub code: &'static str,
    /// One line: which record, what is wrong with it.
    pub message: String,
}

/// What one log file holds.
#[derive(Debug, Default)]
pub struct FileFindings {
    /// Record counts.
    pub records: RecordCounts,
    /// The first [`REPORTED_REJECTIONS`] rejected records.
    pub rejected: Vec<RejectedRecord>,
    /// Matching records for each rule, in the order of the rule set; duplicates included.
    pub matches: Vec<u64>,
    /// The matched records, each `eventID` once.
    pub matched: Vec<MatchedRecord>,
    /// Series that the findings refer to by index.
    pub series: Vec<SeriesKey>,
    /// Groups that the findings refer to by index.
    pub groups: Vec<GroupKey>,
    /// Matches whose metric value is a selector that gave no usable number.
    pub without_value: u64,
}

/// One record that at least one rule matched.
#[derive(Debug)]
pub struct MatchedRecord {
    /// `eventID`; a record without one is always counted.
    pub event_id: Option<Box<str>>,
    /// `eventTime` in Unix seconds.
    pub event_time: Option<i64>,
    /// What an alert says about it; present for the first few of each group only.
    pub summary: Option<Box<EventSummary>>,
    /// One finding for each rule that matched.
    pub findings: Vec<Finding>,
}

/// What one rule made of one record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Index of the rule in the rule set.
    pub rule: usize,
    /// Index of the series, and the value to add to it.
    pub datapoint: Option<(usize, f64)>,
    /// Index of the group.
    pub group: Option<usize>,
}

/// What findings are grouped by for an alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Index of the rule in the rule set.
    pub rule: usize,
    /// The values of the rule's `groupBy` selectors, in their order; `None` for the group that takes the
    /// findings beyond [`GROUPS_PER_RULE`].
    pub values: Option<Vec<Option<String>>>,
}

impl Evaluator {
    /// Compiles a rule set.
    pub fn new(rules: RuleSet) -> Self {
        let patterns = PatternSet::new(rules.rules().iter().map(|rule| rule.pattern.clone()));
        Self { rules, patterns }
    }

    /// The rules, in the order of all indices.
    pub fn rules(&self) -> &[Rule] {
        self.rules.rules()
    }

    /// Reads a log file to its verified end and evaluates every rule on every record.
    ///
    /// # Errors
    ///
    /// [`LogFileError`] when the file is no log file or is not intact. A record that cannot be read is no error:
    /// it is counted and described, and the rest of the file goes on.
    pub fn evaluate<R: Read>(
        &self,
        body: R,
        limits: Limits,
        stamp: Stamp,
    ) -> Result<FileFindings, LogFileError> {
        let mut reader = open_log_file(body, limits);
        let mut matches = Matches::default();
        let mut collector = Collector::new(self.rules(), stamp);
        while let Some(record) = reader.next_record()? {
            match record {
                Record::Rejected(rejection) => {
                    let Rejection { index, offset, reason } = rejection;
                    let what = format_args!("record {index} at byte {offset}: {reason}");
                    collector.reject(reason.code(), &what);
                }
                Record::Complete(bytes) => match self.patterns.matches_into(bytes, &mut matches) {
                    Ok(()) => collector.evaluated(bytes, &matches),
                    Err(error) => {
                        let index = collector.findings.records.seen;
                        collector.reject("record.malformed", &format_args!("record {index}: {error}"));
                    }
                },
            }
        }
        Ok(collector.findings)
    }
}

/// Gathers the findings of one file.
struct Collector<'r> {
    rules: &'r [Rule],
    stamp: Stamp,
    findings: FileFindings,
    event_ids: HashSet<Box<str>>,
    series: HashMap<SeriesKey, usize>,
    groups: HashMap<GroupKey, usize>,
    groups_of_rule: Vec<usize>,
    samples_of_group: Vec<usize>,
}

impl<'r> Collector<'r> {
    fn new(rules: &'r [Rule], stamp: Stamp) -> Self {
        Self {
            rules,
            stamp,
            findings: FileFindings { matches: vec![0; rules.len()], ..FileFindings::default() },
            event_ids: HashSet::new(),
            series: HashMap::new(),
            groups: HashMap::new(),
            groups_of_rule: vec![0; rules.len()],
            samples_of_group: Vec::new(),
        }
    }

    fn reject(&mut self, code: &'static str, what: &dyn std::fmt::Display) {
        self.findings.records.seen += 1;
        self.findings.records.rejected += 1;
        if self.findings.rejected.len() < REPORTED_REJECTIONS {
            self.findings.rejected.push(RejectedRecord { code, message: what.to_string() });
        }
    }

    fn evaluated(&mut self, bytes: &[u8], matches: &Matches) {
        self.findings.records.seen += 1;
        self.findings.records.evaluated += 1;
        if matches.is_empty() {
            return;
        }
        for rule in matches.iter() {
            if let Some(count) = self.findings.matches.get_mut(rule) {
                *count += 1;
            }
        }
        // The pattern set has parsed these bytes; a failure here would mean that it did not.
        let Ok(record) = serde_json::from_slice::<Value>(bytes) else { return };
        let event_id: Option<Box<str>> = record.get("eventID").and_then(Value::as_str).map(Into::into);
        if let Some(id) = &event_id
            && !self.event_ids.insert(id.clone())
        {
            return;
        }
        let event_time = event_time(&record);
        let findings: Vec<Finding> =
            matches.iter().filter_map(|index| self.finding(index, &record, event_time)).collect();
        let summary = self.wants_sample(&findings).then(|| Box::new(EventSummary::of(&record)));
        self.findings.matched.push(MatchedRecord { event_id, event_time, summary, findings });
    }

    fn finding(&mut self, index: usize, record: &Value, event_time: Option<i64>) -> Option<Finding> {
        let rule = self.rules.get(index)?;
        let datapoint = match metric_value(&rule.metric.value, record) {
            Some(value) => Some((self.series(rule, record, event_time), value)),
            None => {
                self.findings.without_value += 1;
                None
            }
        };
        let group = rule.alert.as_ref().map(|alert| self.group(index, &alert.group_by, record));
        Some(Finding { rule: index, datapoint, group })
    }

    fn series(&mut self, rule: &Rule, record: &Value, event_time: Option<i64>) -> usize {
        let delivery = match self.stamp.delivery {
            DeliveryTime::Present => self.stamp.now,
            DeliveryTime::LogFile => self.stamp.delivered.or(event_time).unwrap_or(self.stamp.now),
        };
        let timestamp = match rule.metric.timestamp {
            TimestampSource::Delivery => delivery,
            TimestampSource::Event => event_time.unwrap_or(delivery),
        };
        // A dimension that the record lacks is left out: the datapoint counts, under fewer dimensions.
        let dimensions = rule
            .metric
            .dimensions
            .iter()
            .filter_map(|dimension| {
                let value = scalar_text(dimension.selector.first(record)?)?;
                Some((dimension.name.clone(), text::dimension_value(&value)?))
            })
            .collect();
        let key = SeriesKey {
            namespace: rule.metric.namespace.clone(),
            name: rule.metric.name.clone(),
            dimensions,
            timestamp: minute(timestamp),
            unit: rule.metric.unit,
        };
        intern(&mut self.series, &mut self.findings.series, key)
    }

    fn group(&mut self, rule: usize, group_by: &[Selector], record: &Value) -> usize {
        let values = group_by
            .iter()
            .map(|selector| scalar_text(selector.first(record)?))
            .map(|value| value.map(|text| text::clean(&text, GROUP_VALUE_CHARS)))
            .collect();
        let mut key = GroupKey { rule, values: Some(values) };
        if !self.groups.contains_key(&key) {
            let groups = self.groups_of_rule.get_mut(rule);
            match groups {
                Some(count) if *count < GROUPS_PER_RULE => *count += 1,
                Some(_) | None => key.values = None,
            }
        }
        intern(&mut self.groups, &mut self.findings.groups, key)
    }

    fn wants_sample(&mut self, findings: &[Finding]) -> bool {
        let mut wanted = false;
        self.samples_of_group.resize(self.findings.groups.len(), 0);
        for group in findings.iter().filter_map(|finding| finding.group) {
            if let Some(samples) = self.samples_of_group.get_mut(group)
                && *samples < SAMPLES_PER_GROUP
            {
                *samples += 1;
                wanted = true;
            }
        }
        wanted
    }
}

fn intern<K: Clone + Eq + std::hash::Hash>(
    index: &mut HashMap<K, usize>,
    list: &mut Vec<K>,
    key: K,
) -> usize {
    *index.entry(key).or_insert_with_key(|key| {
        list.push(key.clone());
        list.len() - 1
    })
}

/// `eventTime` in Unix seconds.
fn event_time(record: &Value) -> Option<i64> {
    let text = record.get("eventTime")?.as_str()?;
    Some(OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp())
}

/// The number that a match adds: the constant, or the selected number or numeric string.
fn metric_value(value: &MetricValue, record: &Value) -> Option<f64> {
    let number = match value {
        MetricValue::Constant(number) => *number,
        MetricValue::Field(selector) => match selector.first(record)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.parse().ok()?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        },
    };
    (number.is_finite() && number.abs() <= LARGEST_VALUE).then_some(number)
}

/// The text of a string, number or boolean.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
