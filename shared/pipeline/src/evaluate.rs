//! The work for one log file: bytes in, findings out. Synchronous, in constant memory but for the matches.
//!
//! Nothing here is published or remembered: a file that breaks in the middle leaves no trace, so that the next
//! attempt counts each of its records once.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloudtrail::{Limits, LogFileError, LogFileReader, ReadBuffers, Record, Rejection, open_log_file_with};
use filter_pattern::{Matches, PatternSet, Selector};
use rules::{MetricValue, Rule, RuleSet, TimestampSource};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::alert::EventSummary;
use crate::datapoint::{LARGEST_VALUE, SeriesKey, minute};
use crate::outcome::RecordCounts;
use crate::text;

/// Longest event id that is one; CloudTrail's have 36 bytes.
const EVENT_ID_BYTES: usize = 256;
/// Rejected records that are described one by one; all are counted.
pub const REPORTED_REJECTIONS: usize = 20;
/// Matched records that an alert describes.
pub const SAMPLES_PER_GROUP: usize = 5;
/// Matched records that are summarised, for each file, besides the first few of each group: which of them turn out
/// to be repetitions is known only later, and an alert must describe one that counts.
const SUMMARIES_PER_FILE: usize = 500;
/// Groups of one rule that get an alert of their own, for each file, and for the files that are
/// published together. The findings beyond are
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
    groups_per_rule: usize,
    /// One for each file that has been under way at once.
    idle: Mutex<Vec<Scratch>>,
}

/// The memory that reading a file takes, without anything of the file.
#[derive(Debug, Default)]
struct Scratch {
    buffers: ReadBuffers,
    matches: Matches,
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
    /// The matched records, in the order of the file.
    pub matched: Vec<MatchedRecord>,
    /// The findings of all matched records, in their order; for each rule an `eventID` once.
    pub findings: Vec<Finding>,
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
    pub event_id: Option<Arc<str>>,
    /// `eventTime` in Unix seconds.
    pub event_time: Option<i64>,
    /// What an alert says about it.
    pub summary: Option<Box<EventSummary>>,
    /// How many of the findings are its own.
    pub findings: u32,
}

/// What one rule made of one record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Index of the rule in the rule set.
    pub rule: u32,
    /// Index of the group.
    pub group: Option<u32>,
    /// Index of the series, if there is a value to add to it.
    pub series: Option<u32>,
    /// The value.
    pub value: f64,
}

impl FileFindings {
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

/// Indices are kept in 32 bits: a file of the largest size has fewer records than that.
fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The inverse of [`index`].
pub(crate) fn position(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
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
        Self { rules, patterns, groups_per_rule: GROUPS_PER_RULE, idle: Mutex::default() }
    }

    /// Gives every group an alert of its own up to another limit than [`GROUPS_PER_RULE`]; for reports, which send
    /// no messages.
    #[must_use]
    pub fn with_group_limit(self, groups_per_rule: usize) -> Self {
        Self { groups_per_rule, ..self }
    }

    /// Groups of one rule that get an alert of their own.
    pub fn group_limit(&self) -> usize {
        self.groups_per_rule
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
    pub fn evaluate(
        &self,
        mut body: impl Read,
        limits: Limits,
        stamp: Stamp,
    ) -> Result<FileFindings, LogFileError> {
        self.evaluate_all(&mut body, limits, stamp)
    }

    // Not generic, so that the loop over a file's bytes is compiled here and not where the body's type is known:
    // that crate is built for size.
    fn evaluate_all(
        &self,
        body: &mut dyn Read,
        limits: Limits,
        stamp: Stamp,
    ) -> Result<FileFindings, LogFileError> {
        let Scratch { buffers, mut matches } = self.idle_scratch().pop().unwrap_or_default();
        let mut reader = open_log_file_with(body, limits, buffers);
        let mut collector = Collector::new(self, stamp);
        let end = collector.read_all(&self.patterns, &mut reader, limits, &mut matches);
        self.idle_scratch().push(Scratch { buffers: reader.into_buffers(), matches });
        end.map(|()| collector.file)
    }

    /// What is in there is as good as new, also after a panic elsewhere.
    fn idle_scratch(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gathers the findings of one file.
struct Collector<'r> {
    rules: &'r [Rule],
    groups_per_rule: usize,
    stamp: Stamp,
    file: FileFindings,
    /// The rules that have counted an event.
    counted: HashMap<Arc<str>, Vec<u32>>,
    series: HashMap<SeriesKey, u32>,
    groups: HashMap<GroupKey, u32>,
    groups_of_rule: Vec<usize>,
    samples_of_group: Vec<usize>,
    summaries: usize,
}

impl<'r> Collector<'r> {
    fn new(evaluator: &'r Evaluator, stamp: Stamp) -> Self {
        let rules = evaluator.rules();
        Self {
            rules,
            groups_per_rule: evaluator.groups_per_rule,
            stamp,
            file: FileFindings { matches: vec![0; rules.len()], ..FileFindings::default() },
            counted: HashMap::new(),
            series: HashMap::new(),
            groups: HashMap::new(),
            groups_of_rule: vec![0; rules.len()],
            samples_of_group: Vec::new(),
            summaries: 0,
        }
    }

    fn read_all(
        &mut self,
        patterns: &PatternSet,
        reader: &mut LogFileReader<&mut dyn Read>,
        limits: Limits,
        matches: &mut Matches,
    ) -> Result<(), LogFileError> {
        loop {
            // A record in the usual form is decided where it stands, which finds its end as well.
            let decide = |text: &[u8]| Some((patterns.matches_next_into(text, limits.depth, matches)?, ()));
            match reader.next_record_with(decide)? {
                None => return Ok(()),
                Some((Record::Rejected(rejection), _)) => {
                    let Rejection { index, offset, reason } = rejection;
                    let what = format_args!("record {index} at byte {offset}: {reason}");
                    self.reject(reason.code(), &what);
                }
                Some((Record::Complete(bytes), Some(()))) => self.evaluated(bytes, matches),
                Some((Record::Complete(bytes), None)) => match patterns.matches_into(bytes, matches) {
                    Ok(()) => self.evaluated(bytes, matches),
                    Err(error) => {
                        let index = self.file.records.seen;
                        self.reject("record.malformed", &format_args!("record {index}: {error}"));
                    }
                },
            }
        }
    }

    fn reject(&mut self, code: &'static str, what: &dyn std::fmt::Display) {
        self.file.records.seen += 1;
        self.file.records.rejected += 1;
        if self.file.rejected.len() < REPORTED_REJECTIONS {
            self.file.rejected.push(RejectedRecord { code, message: what.to_string() });
        }
    }

    fn evaluated(&mut self, bytes: &[u8], matches: &Matches) {
        let record =
            if matches.is_empty() { Ok(None) } else { filter_pattern::parse_record(bytes).map(Some) };
        let record = match record {
            Ok(record) => record,
            // The pattern set has read these bytes, so this is not to be expected; but a match must not be dropped in silence.
            Err(error) => {
                let index = self.file.records.seen;
                return self.reject("record.malformed", &format_args!("record {index}: {error}"));
            }
        };
        self.file.records.seen += 1;
        self.file.records.evaluated += 1;
        let Some(record) = record else { return };
        for rule in matches.iter() {
            if let Some(count) = self.file.matches.get_mut(rule) {
                *count += 1;
            }
        }
        let event_id = event_id(&record);
        let new_rules = self.not_counted(event_id.as_ref(), matches);
        if new_rules.is_empty() {
            return;
        }
        let event_time = event_time(&record);
        let first = self.file.findings.len();
        for rule in new_rules {
            self.add_finding(rule, &record, event_time);
        }
        let summary = self.wants_summary(first).then(|| Box::new(EventSummary::of(&record)));
        let findings = index(self.file.findings.len() - first);
        self.file.matched.push(MatchedRecord { event_id, event_time, summary, findings });
    }

    /// The matched rules that have not counted this event in this file.
    fn not_counted(&mut self, event_id: Option<&Arc<str>>, matches: &Matches) -> Vec<u32> {
        let Some(event_id) = event_id else { return matches.iter().map(index).collect() };
        let deduplicates = |rule: u32| self.rules.get(position(rule)).is_none_or(|rule| rule.deduplicate);
        let counted = self.counted.entry(Arc::clone(event_id)).or_default();
        let is_new = |rule: &u32| !deduplicates(*rule) || !counted.contains(rule);
        let new: Vec<u32> = matches.iter().map(index).filter(is_new).collect();
        counted.extend_from_slice(&new);
        new
    }

    fn add_finding(&mut self, index: u32, record: &Value, event_time: Option<i64>) {
        let Some(rule) = self.rules.get(position(index)) else { return };
        let value = metric_value(&rule.metric.value, record);
        let series = match value {
            Some(_) => Some(self.series(rule, record, event_time)),
            None => {
                self.file.without_value += 1;
                None
            }
        };
        let group = rule.alert.as_ref().map(|alert| self.group(index, &alert.group_by, record));
        self.file.findings.push(Finding { rule: index, group, series, value: value.unwrap_or_default() });
    }

    fn series(&mut self, rule: &Rule, record: &Value, event_time: Option<i64>) -> u32 {
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
            by_event: rule.metric.timestamp == TimestampSource::Event && event_time.is_some(),
        };
        intern(&mut self.series, &mut self.file.series, key)
    }

    fn group(&mut self, rule: u32, group_by: &[Selector], record: &Value) -> u32 {
        let values = group_by
            .iter()
            .map(|selector| scalar_text(selector.first(record)?))
            .map(|value| value.map(|text| text::clean(&text, GROUP_VALUE_CHARS)))
            .collect();
        let rule = position(rule);
        let mut key = GroupKey { rule, values: Some(values) };
        if !self.groups.contains_key(&key) {
            let groups = self.groups_of_rule.get_mut(rule);
            match groups {
                Some(count) if *count < self.groups_per_rule => *count += 1,
                Some(_) | None => key.values = None,
            }
        }
        intern(&mut self.groups, &mut self.file.groups, key)
    }

    /// Whether the record of the findings from `first` on is to be described.
    fn wants_summary(&mut self, first: usize) -> bool {
        self.samples_of_group.resize(self.file.groups.len(), 0);
        let mut grouped = false;
        let mut wanted = false;
        for finding in self.file.findings.get(first..).unwrap_or_default() {
            let Some(samples) =
                finding.group.and_then(|group| self.samples_of_group.get_mut(position(group)))
            else {
                continue;
            };
            grouped = true;
            if *samples < SAMPLES_PER_GROUP {
                *samples += 1;
                wanted = true;
            }
        }
        if grouped && self.summaries < SUMMARIES_PER_FILE {
            self.summaries += 1;
            wanted = true;
        }
        wanted
    }
}

fn intern<K: Clone + Eq + std::hash::Hash>(indices: &mut HashMap<K, u32>, list: &mut Vec<K>, key: K) -> u32 {
    *indices.entry(key).or_insert_with_key(|key| {
        list.push(key.clone());
        index(list.len() - 1)
    })
}

/// `eventID`, unless it is blank, since a sanitised log must not look like one event, or longer than any that CloudTrail
/// writes, since a ledger has to take it.
fn event_id(record: &Value) -> Option<Arc<str>> {
    let id = record.get("eventID")?.as_str()?;
    (!id.trim().is_empty() && id.len() <= EVENT_ID_BYTES).then(|| id.into())
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
