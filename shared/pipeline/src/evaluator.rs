//! The work for one log file: bytes in, findings out. It is synchronous, and only the matches take memory that grows.
//!
//! Nothing is published or remembered here. A file that breaks off in the middle leaves no trace, so the next attempt
//! counts each of its records once.

mod alerting;
mod counted;
mod insights;
mod samples;
mod spellings;
mod targets;

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity::{KnownIdentities, Record as ActivityRecord};
use cloudtrail::{Limits, LogFileError, LogFileReader, ReadBuffers, Record, Rejection, open_log_file_with};
use filter_pattern::{Matches, PatternSet, ProjectedRecord, ProjectionBuffer, Scalar};
use foldhash::quality::RandomState;
use rules::{Rule, RuleSet, TimestampSource};

use self::alerting::Told;
use self::counted::CountedEvents;
use self::insights::{end_of_insight, rules_of_start};
use self::samples::Samples;
use self::spellings::Spellings;
use self::targets::Targets;
use crate::datapoint::{SeriesKey, minute};
use crate::error::rejection_event;
use crate::facets::FacetInterner;
use crate::findings::{
    DeliveryTime, FileFindings, Finding, GROUPS_PER_RULE, GroupKey, MatchedRecord, REPORTED_REJECTIONS,
    RejectedRecord, SAMPLES_PER_GROUP, Stamp, index, position,
};
use crate::operational_event::OperationalEvent;
use crate::record_fields::{RecordFields, RuleFields, event_id, event_time};
use crate::text;

/// A rule set with its patterns compiled.
#[derive(Debug)]
pub struct Evaluator {
    rules: RuleSet,
    patterns: PatternSet,
    fields: RecordFields,
    /// For each rule, the rules that alert in its place where both match a record.
    superseded_by: Vec<Vec<u32>>,
    groups_per_rule: usize,
    samples_per_group: usize,
    lists_every_finding: bool,
    applies_thresholds: bool,
    /// Whether what alerts count is counted of every match, also where no alert is about it.
    counts_every_match: bool,
    /// One for each file that has been evaluated at the same time as others.
    idle: Mutex<Vec<Scratch>>,
}

/// The memory for reading a file. It contains nothing of the file itself.
#[derive(Debug, Default)]
struct Scratch {
    buffers: ReadBuffers,
    matches: Matches,
    projected: ProjectionBuffer,
}

impl Evaluator {
    /// Compiles a rule set.
    pub fn new(rules: RuleSet) -> Self {
        let own = rules.rules().iter().map(|rule| rule.pattern.clone());
        let patterns = PatternSet::new(own.chain(end_of_insight(rules.rules())));
        let fields = RecordFields::new(rules.rules());
        let superseded_by = superseded_by(rules.rules());
        Self {
            rules,
            patterns,
            fields,
            superseded_by,
            groups_per_rule: GROUPS_PER_RULE,
            samples_per_group: SAMPLES_PER_GROUP,
            lists_every_finding: false,
            applies_thresholds: true,
            counts_every_match: false,
            idle: Mutex::default(),
        }
    }

    /// Replaces [`GROUPS_PER_RULE`] by another limit, for reports that send no messages.
    #[must_use]
    pub fn with_group_limit(self, groups_per_rule: usize) -> Self {
        Self { groups_per_rule, ..self }
    }

    /// Lets alerts describe every finding, for reports that list them all, and makes alerts also for the rules that send
    /// none and for the records that broader rules leave to narrower ones. Memory then grows with the findings.
    #[must_use]
    pub fn with_every_finding(self) -> Self {
        Self { samples_per_group: usize::MAX, lists_every_finding: true, ..self }
    }

    /// Makes alerts also of fewer findings than their rule's threshold, for reports that merge alerts before they apply it.
    #[must_use]
    pub fn without_thresholds(self) -> Self {
        Self { applies_thresholds: false, ..self }
    }

    /// How many findings an alert of a rule needs.
    pub(crate) fn threshold(&self, rule: &Rule) -> u64 {
        let threshold = rule.alert.as_ref().filter(|_| self.applies_thresholds).map(|alert| alert.threshold);
        threshold.map_or(1, u64::from)
    }

    /// Counts of every match what alerts count, also where no alert is about it, for reports that name who did it.
    #[must_use]
    pub fn with_facets_of_every_match(self) -> Self {
        Self { counts_every_match: true, ..self }
    }

    /// How many groups of one rule get an alert of their own.
    pub fn group_limit(&self) -> usize {
        self.groups_per_rule
    }

    /// The rules, in the order that all indices refer to.
    pub fn rules(&self) -> &[Rule] {
        self.rules.rules()
    }

    /// Reads a log file to its verified end and evaluates every rule on every record.
    ///
    /// # Errors
    ///
    /// [`LogFileError`] if the file is not a log file or is not intact. A record that cannot be read is not an error: it
    /// is counted and described, and the rest of the file is evaluated.
    pub fn evaluate(
        &self,
        mut body: impl Read,
        limits: Limits,
        stamp: Stamp,
    ) -> Result<FileFindings, LogFileError> {
        self.evaluate_all(&mut body, limits, stamp)
    }

    // Not generic: the loop over a file's bytes must be compiled in this crate, which is optimised for speed, and not in
    // the crate that knows the type of the body, which is optimised for size.
    fn evaluate_all(
        &self,
        body: &mut dyn Read,
        limits: Limits,
        stamp: Stamp,
    ) -> Result<FileFindings, LogFileError> {
        let mut scratch = self.idle_scratch().pop().unwrap_or_default();
        let mut reader = open_log_file_with(body, limits, std::mem::take(&mut scratch.buffers));
        let mut collector = Collector::new(self, stamp);
        let end = collector.read_all(&self.patterns, &mut reader, limits, &mut scratch);
        scratch.buffers = reader.into_buffers();
        self.idle_scratch().push(scratch);
        end.map(|()| collector.finish())
    }

    /// What is in there is as good as new, even after a panic elsewhere.
    fn idle_scratch(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For each rule, the alerting rules that name it in `supersedes`. A rule without an alert cannot report in another's place.
fn superseded_by(rules: &[Rule]) -> Vec<Vec<u32>> {
    let narrower_than = |broad: &Rule| {
        let is_narrower = |narrow: &Rule| narrow.alert.is_some() && narrow.supersedes.contains(&broad.id);
        rules.iter().zip(0..).filter(|(narrow, _)| is_narrower(narrow)).map(|(_, index)| index).collect()
    };
    rules.iter().map(narrower_than).collect()
}

/// Collects the findings of one file.
struct Collector<'r> {
    rules: &'r [Rule],
    fields: &'r RecordFields,
    groups_per_rule: usize,
    lists_every_finding: bool,
    counts_every_match: bool,
    stamp: Stamp,
    file: FileFindings,
    counted: CountedEvents,
    /// For each rule, the rules that alert in its place.
    superseded_by: &'r [Vec<u32>],
    /// The rules that match the present record.
    matching: Vec<u32>,
    /// The rules whose alerts it continues.
    sequels: Vec<u32>,
    /// Those of all of them that count it.
    counting: Vec<u32>,
    series: HashMap<SeriesKey, u32, RandomState>,
    series_spellings: Spellings,
    identities: KnownIdentities,
    facets: FacetInterner,
    facet_spellings: Spellings,
    groups: HashMap<GroupKey, u32, RandomState>,
    group_spellings: Spellings,
    groups_of_rule: Vec<usize>,
    samples: Samples,
    targets: Targets,
}

impl<'r> Collector<'r> {
    fn new(evaluator: &'r Evaluator, stamp: Stamp) -> Self {
        let rules = evaluator.rules();
        Self {
            rules,
            fields: &evaluator.fields,
            groups_per_rule: evaluator.groups_per_rule,
            lists_every_finding: evaluator.lists_every_finding,
            counts_every_match: evaluator.counts_every_match,
            stamp,
            file: FileFindings {
                matches: vec![0; rules.len()],
                samples_per_group: evaluator.samples_per_group,
                ..FileFindings::default()
            },
            counted: CountedEvents::default(),
            superseded_by: &evaluator.superseded_by,
            matching: Vec::new(),
            sequels: Vec::new(),
            counting: Vec::new(),
            series: HashMap::default(),
            series_spellings: Spellings::default(),
            identities: KnownIdentities::default(),
            facets: FacetInterner::default(),
            facet_spellings: Spellings::default(),
            groups: HashMap::default(),
            group_spellings: Spellings::default(),
            groups_of_rule: vec![0; rules.len()],
            samples: Samples::default(),
            targets: Targets::default(),
        }
    }

    fn read_all(
        &mut self,
        patterns: &PatternSet,
        reader: &mut LogFileReader<&mut dyn Read>,
        limits: Limits,
        scratch: &mut Scratch,
    ) -> Result<(), LogFileError> {
        let Scratch { matches, projected, .. } = scratch;
        loop {
            // A record in the usual form is evaluated in place, which also finds its end.
            let decide = |text: &[u8]| Some((patterns.matches_next_into(text, limits.depth, matches)?, ()));
            match reader.next_record_with(decide)? {
                None => return Ok(()),
                Some((Record::Rejected(rejection), _)) => {
                    let Rejection { index, offset, reason } = rejection;
                    let what = format_args!("record {index} at byte {offset}: {reason}");
                    self.reject(rejection_event(reason), &what);
                }
                Some((Record::Complete(bytes), Some(()))) => {
                    self.evaluated(bytes, matches, patterns, projected);
                }
                Some((Record::Complete(bytes), None)) => match patterns.matches_into(bytes, matches) {
                    Ok(()) => self.evaluated(bytes, matches, patterns, projected),
                    Err(error) => {
                        let index = self.file.records.seen;
                        self.reject(
                            OperationalEvent::RecordMalformed,
                            &format_args!("record {index}: {error}"),
                        );
                    }
                },
            }
        }
    }

    fn reject(&mut self, event: OperationalEvent, what: &dyn std::fmt::Display) {
        self.file.records.seen += 1;
        self.file.records.rejected += 1;
        if self.file.rejected.len() < REPORTED_REJECTIONS {
            self.file.rejected.push(RejectedRecord { event, message: what.to_string() });
        }
    }

    fn evaluated(
        &mut self,
        bytes: &[u8],
        matches: &Matches,
        patterns: &PatternSet,
        projected: &mut ProjectionBuffer,
    ) {
        if matches.is_empty() {
            self.file.records.seen += 1;
            self.file.records.evaluated += 1;
            return;
        }
        let fields = self.fields;
        match fields.read(bytes, projected) {
            Ok(record) => self.matched(&record, matches, patterns),
            // The pattern set has already read these bytes, so this should not happen; but a match must never be dropped
            // silently.
            Err(error) => {
                let index = self.file.records.seen;
                self.reject(OperationalEvent::RecordMalformed, &format_args!("record {index}: {error}"));
            }
        }
    }

    fn matched(&mut self, record: &ProjectedRecord<'_>, matches: &Matches, patterns: &PatternSet) {
        self.file.records.seen += 1;
        self.file.records.evaluated += 1;
        for rule in matches.iter() {
            if let Some(count) = self.file.matches.get_mut(rule) {
                *count += 1;
            }
        }
        self.matching.clear();
        self.matching.extend(matches.iter().filter(|rule| *rule < self.rules.len()).map(index));
        self.counting.clone_from(&self.matching);
        self.sequels.clear();
        if matches.contains(self.rules.len()) {
            let starts = rules_of_start(record.bytes(), patterns, self.rules);
            self.sequels.extend(starts.into_iter().filter(|rule| !self.matching.contains(rule)));
            self.counting.extend_from_slice(&self.sequels);
        }
        let rules = self.rules;
        let deduplicates = |rule: u32| rules.get(position(rule)).is_none_or(|rule| rule.deduplicate);
        let event_id = event_id(record);
        let event_id = event_id
            .as_ref()
            .and_then(Scalar::as_str)
            .map(|event_id| self.counted.count(event_id, &mut self.counting, deduplicates));
        if self.counting.is_empty() {
            return;
        }
        let event_time = event_time(record);
        let first = self.file.findings.len();
        let activity = ActivityRecord::of_projected(*record, 0);
        let told = self.told(&activity, record);
        for position in 0..self.counting.len() {
            if let Some(&rule) = self.counting.get(position) {
                self.add_finding(rule, record, told.as_ref(), &activity, event_time);
            }
        }
        let facets = told.as_ref().map(|told| told.index);
        let (summary, target) = self.described(first, told.as_ref(), event_time, &activity, record.bytes());
        let findings = index(self.file.findings.len() - first);
        self.file.matched.push(MatchedRecord { event_id, event_time, summary, facets, target, findings });
    }

    /// What the findings say, once all records have been read.
    fn finish(mut self) -> FileFindings {
        self.samples.describe_latest(&mut self.file.matched, self.stamp.now);
        self.file
    }

    fn add_finding(
        &mut self,
        index: u32,
        record: &ProjectedRecord<'_>,
        told: Option<&Told>,
        activity: &ActivityRecord<'_>,
        event_time: Option<i64>,
    ) {
        let (Some(rule), Some(fields)) =
            (self.rules.get(position(index)), self.fields.of_rule(position(index)))
        else {
            return;
        };
        let is_sequel = self.sequels.contains(&index);
        let value = fields.metric_value(&rule.metric.value, record).filter(|_| !is_sequel);
        let series = match value {
            None if is_sequel => None,
            Some(_) => match self.timestamp(rule.metric.timestamp, event_time) {
                Some(time) => Some(self.series(index, rule, fields, record, (time, event_time.is_some()))),
                None => {
                    self.file.without_time += 1;
                    None
                }
            },
            None => {
                self.file.without_value += 1;
                None
            }
        };
        let is_silent = !self.alerts(index);
        let has_group = self.lists_every_finding || !is_silent;
        let group = told.filter(|_| has_group).map(|told| self.group(index, fields, record, told, activity));
        if let Some(group) = group {
            self.add_broader(group, rule);
        }
        let value = value.unwrap_or_default();
        self.file.findings.push(Finding { rule: index, group, series, value, is_sequel, is_silent });
    }

    /// Whether an alert of this rule reports the present record.
    fn alerts(&self, index: u32) -> bool {
        let has_alert = self.rules.get(position(index)).is_some_and(|rule| rule.alert.is_some());
        has_alert && !self.is_superseded(index)
    }

    /// Whether a narrower rule that matches the same record alerts in place of this one.
    fn is_superseded(&self, index: u32) -> bool {
        let narrower = self.superseded_by.get(position(index));
        narrower.is_some_and(|rules| rules.iter().any(|rule| self.matching.contains(rule)))
    }

    fn series(
        &mut self,
        index: u32,
        rule: &Rule,
        fields: &RuleFields,
        record: &ProjectedRecord<'_>,
        (time, has_event_time): (i64, bool),
    ) -> u32 {
        let timestamp = minute(time);
        let by_event = rule.metric.timestamp == TimestampSource::Event && has_event_time;
        let mut head = [u8::from(by_event); 13];
        for (byte, value) in
            head.iter_mut().zip(index.to_le_bytes().into_iter().chain(timestamp.to_le_bytes()))
        {
            *byte = value;
        }
        if let Some(series) = self.series_spellings.find(&head, record, fields.dimensions.clone()) {
            return series;
        }
        // A dimension that the record does not have is left out: the datapoint counts, with fewer dimensions.
        let dimensions = rule
            .metric
            .dimensions
            .iter()
            .zip(fields.dimensions.clone())
            .filter_map(|(dimension, field)| {
                let value = record.value(field)?.into_text();
                Some((dimension.name.clone(), text::dimension_value(&value)?))
            })
            .collect();
        let key = SeriesKey {
            namespace: rule.metric.namespace.clone(),
            name: rule.metric.name.clone(),
            dimensions,
            timestamp,
            unit: rule.metric.unit,
            by_event,
        };
        let series = intern(&mut self.series, &mut self.file.series, key);
        self.series_spellings.keep(series);
        series
    }

    /// The time of a datapoint, in Unix seconds; `None` if nothing has a time. The present never stands in for a time
    /// of the past.
    fn timestamp(&self, source: TimestampSource, event_time: Option<i64>) -> Option<i64> {
        let delivery = match self.stamp.delivery {
            DeliveryTime::Present => Some(self.stamp.now),
            DeliveryTime::LogFile => self.stamp.delivered.or(event_time),
        };
        match source {
            TimestampSource::Delivery => delivery,
            TimestampSource::Event => event_time.or(delivery),
        }
    }
}

fn intern<K: Clone + Eq + std::hash::Hash>(
    indices: &mut HashMap<K, u32, RandomState>,
    list: &mut Vec<K>,
    key: K,
) -> u32 {
    *indices.entry(key).or_insert_with_key(|key| {
        list.push(key.clone());
        index(list.len() - 1)
    })
}
