//! Alerts: one for each group of findings. It says who did what, to what, with which outcome, when and from where.
//!
//! Counts and lists cover all findings of the group, in constant memory; a few findings are shown one by one.
//! Where an alert goes is up to the [`crate::AlertSink`].

mod insight;
mod render;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use activity::{Identity, Member, Record, cut, outcome, source};
use cloudtrail::S3Object;
use rules::{GroupBy, Rule, Severity};
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::words::Words;
use crate::event_summary::EventSummary;
use crate::facets::{FacetInterner, FacetTable, Facets};
use crate::findings::{GroupKey, SAMPLES_PER_GROUP};
use crate::text::{rfc3339, seconds};
use crate::totals::Totals;

/// An alert names this many log files and counts the rest.
pub const LOG_FILES_PER_ALERT: usize = 10;
/// The version of the JSON form of [`Alert`].
const ALERT_VERSION: u32 = 2;
/// The number of hexadecimal digits in an alert's id and in the key that its repetitions share.
const ID_DIGITS: usize = 32;
/// The longest group value, in characters.
pub(crate) const GROUP_VALUE_CHARS: usize = 512;

/// What is published for one group of findings. Programs receive it serialised as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// The version of this form.
    pub version: u32,
    /// The id of this alert: its rule, its group and the time of its first finding.
    pub alert_id: String,
    /// What all alerts of the same rule and group share.
    pub dedup_key: String,
    /// `open`.
    pub status: &'static str,
    /// The severity: the rule's, or the lesser one of calls that all failed; that of a broader rule if it is higher.
    #[serde(serialize_with = "severity_name")]
    pub severity: Severity,
    /// The subject: one line of ASCII.
    pub summary: String,
    /// The rule.
    pub rule: AlertRule,
    /// What the findings have in common; empty if there are too many groups for an alert each.
    pub group: Vec<GroupValue>,
    /// Whether this alert covers all groups beyond the limit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overflow: bool,
    /// The number of findings.
    pub count: u64,
    /// `eventTime` of the earliest finding, RFC 3339 in UTC.
    pub first_event_time: Option<String>,
    /// `eventTime` of the latest finding, RFC 3339 in UTC.
    pub last_event_time: Option<String>,
    /// When the alert was made, RFC 3339 in UTC; `None` in replays, which do not depend on the time.
    pub told: Option<String>,
    /// What all findings add up to.
    pub totals: Totals,
    /// The totals in words.
    pub words: Words,
    /// A few findings: the first, the last, and of the others those that succeeded before those that did not.
    #[serde(serialize_with = "shared_events")]
    pub events: Vec<Arc<EventSummary>>,
    /// The first few log files, as `s3://bucket/key`.
    pub log_files: Vec<String>,
    /// The number of log files that the findings come from.
    pub log_file_count: usize,
    /// The most findings in `events`.
    #[serde(skip)]
    described: usize,
}

/// The rule of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertRule {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What happened and why it matters; may be empty.
    pub summary: String,
    /// What to do; may be empty.
    pub response: String,
    /// Controls, techniques and pages.
    pub references: Vec<String>,
    /// The broader rules that match the same records, and whose alerts leave them to this one.
    pub also: Vec<String>,
    /// Harmless activity that also matches; may be empty.
    #[serde(skip)]
    pub known_noise: String,
    /// How severe the findings are, also according to the broader rules.
    #[serde(skip)]
    severities: Severities,
}

/// How severe findings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Severities {
    /// Unless every call failed or was refused.
    usual: Severity,
    /// If every call failed or was refused.
    if_all_failed: Severity,
}

impl Severities {
    fn of(rule: &Rule) -> Self {
        Self { usual: rule.severity, if_all_failed: rule.severity_if_all_failed.unwrap_or(rule.severity) }
    }

    fn max(self, other: Self) -> Self {
        Self {
            usual: self.usual.max(other.usual),
            if_all_failed: self.if_all_failed.max(other.if_all_failed),
        }
    }
}

/// A record with the log file that contains it.
#[derive(Debug, Clone)]
pub struct RecordInFile {
    /// The record.
    pub record: Value,
    /// The name of the file.
    pub log_file: Arc<str>,
}

/// One property of `groupBy` with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupValue {
    /// The property: `identity`, `account`, `region` or a selector.
    pub by: String,
    /// Its value; `None` if the records do not have it.
    pub value: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn severity_name<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.as_str())
}

fn shared_events<S: Serializer>(events: &[Arc<EventSummary>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(events.iter().map(|event| &**event))
}

/// The findings of one group, gathered over the files that are published together.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) count: u64,
    first: Option<i64>,
    last: Option<i64>,
    totals: Totals,
    samples: Samples,
    log_files: BTreeSet<Arc<str>>,
    /// The broader rules that leave findings to this group's rule.
    broader: BTreeMap<String, Severities>,
}

/// A finding that an alert may show.
#[derive(Debug, Clone)]
struct Sample {
    event: Arc<EventSummary>,
    log_file: Option<Arc<str>>,
    is_silent: bool,
}

/// The findings that an alert shows.
#[derive(Debug, Clone, Default)]
struct Samples {
    events: Vec<Sample>,
    limit: usize,
}

impl Sample {
    fn event(&self) -> Arc<EventSummary> {
        let Self { event, log_file, is_silent } = self;
        if event.log_file == *log_file && event.is_silent == *is_silent {
            return Arc::clone(event);
        }
        let event = EventSummary::clone(event);
        Arc::new(EventSummary { log_file: log_file.clone(), is_silent: *is_silent, ..event })
    }
}

impl From<Arc<EventSummary>> for Sample {
    fn from(event: Arc<EventSummary>) -> Self {
        Self { log_file: event.log_file.clone(), is_silent: event.is_silent, event }
    }
}

impl Samples {
    fn new(limit: usize) -> Self {
        Self { events: Vec::new(), limit }
    }

    /// Keeps the first, the last, and others: those that succeeded first.
    fn add(&mut self, sample: Sample) {
        self.events.push(sample);
        if self.events.len() <= self.limit {
            return;
        }
        let time = |at: usize| self.events.get(at).and_then(|sample| sample.event.event_time.as_deref());
        let inner = 0..self.events.len();
        let first = inner.clone().min_by_key(|at| (time(*at), *at));
        let last = inner.clone().max_by_key(|at| (time(*at), *at));
        // The latest of those that did not succeed goes, or else the latest one that did.
        let spare = inner
            .filter(|at| Some(*at) != first && Some(*at) != last)
            .max_by_key(|at| (self.events.get(*at).is_some_and(|sample| !sample.event.has_succeeded()), *at));
        if let Some(spare) = spare {
            self.events.remove(spare);
        }
    }

    fn events(&self) -> Vec<Arc<EventSummary>> {
        let mut events: Vec<Arc<EventSummary>> = self.events.iter().map(Sample::event).collect();
        events.sort_by(|a, b| a.event_time.cmp(&b.event_time));
        events
    }
}

impl Group {
    /// An empty group whose alert describes at most `samples` findings.
    pub(crate) fn new(samples: usize) -> Self {
        Self { samples: Samples::new(samples), ..Self::default() }
    }

    /// Counts one finding.
    pub(crate) fn add(
        &mut self,
        event_time: Option<i64>,
        summary: Option<&Arc<EventSummary>>,
        log_file: &Arc<str>,
        is_silent: bool,
    ) {
        self.count += 1;
        self.widen(event_time, event_time);
        if let Some(event) = summary {
            let (event, log_file) = (Arc::clone(event), Some(Arc::clone(log_file)));
            self.samples.add(Sample { event, log_file, is_silent });
        }
        if !self.log_files.contains(log_file) {
            self.log_files.insert(Arc::clone(log_file));
        }
    }

    /// Adds the target of a finding that has been counted; `None` if its record has none.
    pub(crate) fn add_target(&mut self, target: Option<&Arc<str>>, has_succeeded: bool) {
        self.totals.add_target(target, has_succeeded);
    }

    /// Adds the facets of findings that have been counted.
    pub(crate) fn add_facets(&mut self, facets: &Facets, table: &FacetTable, count: u64) {
        self.totals.add(facets, table, count);
    }

    /// Names a broader rule that leaves findings to this group's rule.
    pub(crate) fn add_broader(&mut self, rule: &Rule) {
        if !self.broader.contains_key(&rule.id) {
            self.broader.insert(rule.id.clone(), Severities::of(rule));
        }
    }

    /// Adds the findings of the same group in another file.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.widen(other.first, other.last);
        self.totals.merge(&other.totals);
        self.samples.limit = self.samples.limit.max(other.samples.limit);
        other.samples.events.iter().for_each(|sample| self.samples.add(sample.clone()));
        self.log_files.extend(other.log_files.iter().cloned());
        self.broader.extend(other.broader.iter().map(|(id, severities)| (id.clone(), *severities)));
    }

    fn widen(&mut self, first: Option<i64>, last: Option<i64>) {
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = [self.last, last].into_iter().flatten().max();
    }

    /// The alert of this group, made at `now` in Unix seconds; `None` for replays.
    pub(crate) fn alert(&self, key: &GroupKey, rule: &Rule, now: Option<i64>) -> Alert {
        let group_by = rule.alert.as_ref().map(|alert| alert.group_by.as_slice()).unwrap_or_default();
        let values = key.values.iter().flatten();
        let group = group_by
            .iter()
            .zip(values)
            .map(|(by, value)| GroupValue { by: by.to_string(), value: value.clone() });
        let mut alert = Alert {
            version: ALERT_VERSION,
            alert_id: String::new(),
            dedup_key: String::new(),
            status: "open",
            severity: rule.severity,
            summary: String::new(),
            rule: AlertRule::of(rule, &self.broader),
            group: group.collect(),
            overflow: key.values.is_none(),
            count: self.count,
            first_event_time: self.first.and_then(rfc3339),
            last_event_time: self.last.and_then(rfc3339),
            told: now.and_then(rfc3339),
            totals: self.totals.clone(),
            words: Words::default(),
            events: self.samples.events(),
            log_files: self.log_files.iter().take(LOG_FILES_PER_ALERT).map(|file| file.to_string()).collect(),
            log_file_count: self.log_files.len(),
            described: self.samples.limit,
        };
        alert.complete();
        alert
    }
}

impl AlertRule {
    fn of(rule: &Rule, broader: &BTreeMap<String, Severities>) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            summary: rule.summary.trim().to_owned(),
            response: rule.response.trim().to_owned(),
            references: rule.references.clone(),
            also: broader.keys().cloned().collect(),
            known_noise: rule.known_noise.trim().to_owned(),
            severities: broader.values().fold(Severities::of(rule), |all, broader| all.max(*broader)),
        }
    }
}

impl Alert {
    /// The alert about records of one group, whatever the pattern and the group say. For previews and tests.
    pub fn about(records: &[Value], rule: &Rule, log_file: &str) -> Self {
        let log_file: Arc<str> = log_file.into();
        let in_file =
            |record: &Value| RecordInFile { record: record.clone(), log_file: Arc::clone(&log_file) };
        let records: Vec<RecordInFile> = records.iter().map(in_file).collect();
        Self::about_group(&records.iter().collect::<Vec<_>>(), rule)
    }

    fn about_group(records: &[&RecordInFile], rule: &Rule) -> Self {
        let mut table = FacetTable::default();
        let mut interner = FacetInterner::default();
        let mut group = Group::new(SAMPLES_PER_GROUP);
        for RecordInFile { record, log_file } in records {
            let parsed = Record::of_tree(record);
            let outcome = outcome(&parsed);
            let identity = Arc::new(Identity::of(&parsed));
            let index = interner.add(&parsed, outcome.as_ref(), &identity, &mut table);
            let summary = Arc::new(EventSummary::of_record(
                &parsed,
                outcome.as_ref(),
                identity,
                &source(&parsed),
                None,
            ));
            let time = summary.event_time.as_deref().and_then(seconds);
            group.add(time, Some(&summary), log_file, false);
            group.add_target(summary.target.as_ref(), summary.has_succeeded());
            if let Some(facets) = table.get(index) {
                group.add_facets(facets, &table, 1);
            }
        }
        let values = records.first().map(|first| group_values(&first.record, rule)).unwrap_or_default();
        group.alert(&GroupKey { rule: 0, values: Some(values) }, rule, None)
    }

    /// The alerts about records, whatever the pattern says: one for each group of the rule, in order. For previews.
    pub fn of_each_group(records: &[RecordInFile], rule: &Rule) -> Vec<Self> {
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<&RecordInFile>> = BTreeMap::new();
        for record in records {
            groups.entry(group_values(&record.record, rule)).or_default().push(record);
        }
        groups.values().map(|records| Self::about_group(records, rule)).collect()
    }

    /// How severe one of the findings is.
    pub fn severity_of(&self, event: &EventSummary) -> Severity {
        let has_failed =
            matches!(event.outcome, Some(activity::OutcomeState::Failed | activity::OutcomeState::Refused));
        let Severities { usual, if_all_failed } = self.rule.severities;
        if has_failed { if_all_failed } else { usual }
    }

    /// A text that all alerts of the same rule and group share.
    pub fn key(&self) -> String {
        alert_key(&self.rule.id, self.group.iter().map(|group| group.value.as_deref()), self.overflow)
    }

    /// Works out what follows from the other members.
    fn complete(&mut self) {
        let Severities { usual, if_all_failed } = self.rule.severities;
        let outcomes = self.totals.outcomes;
        let has_all_failed = self.count > 0 && outcomes.failed + outcomes.refused == self.count;
        self.severity = if has_all_failed { if_all_failed } else { usual };
        self.words = Words::of(self);
        self.summary = self.subject();
        let key = self.key();
        self.dedup_key = id(&[&key]);
        self.alert_id = id(&[&key, self.first_event_time.as_deref().unwrap_or_default()]);
    }

    /// Adds a later alert with the same key, for reports that show one line per group.
    pub fn absorb(&mut self, later: Self) {
        self.count += later.count;
        // Times in RFC 3339, UTC and whole seconds sort like text.
        self.first_event_time =
            [self.first_event_time.take(), later.first_event_time].into_iter().flatten().min();
        self.last_event_time =
            [self.last_event_time.take(), later.last_event_time].into_iter().flatten().max();
        self.totals.merge(&later.totals);
        let mut samples = Samples::new(self.described.max(later.described));
        let events = std::mem::take(&mut self.events);
        events.into_iter().chain(later.events).for_each(|event| samples.add(event.into()));
        self.events = samples.events();
        let room = LOG_FILES_PER_ALERT.saturating_sub(self.log_files.len());
        self.log_files.extend(later.log_files.into_iter().take(room));
        self.log_file_count += later.log_file_count;
        self.rule.also =
            self.rule.also.drain(..).chain(later.rule.also).collect::<BTreeSet<_>>().into_iter().collect();
        self.rule.severities = self.rule.severities.max(later.rule.severities);
        self.complete();
    }
}

/// The values of a rule's `groupBy`.
fn group_values(record: &Value, rule: &Rule) -> Vec<Option<String>> {
    let parsed = Record::of_tree(record);
    let group_by = rule.alert.as_ref().map(|alert| alert.group_by.as_slice()).unwrap_or_default();
    group_by.iter().map(|by| group_value(by, &parsed, record)).collect()
}

/// The value of a property of `groupBy`.
fn group_value(by: &GroupBy, record: &Record<'_>, tree: &Value) -> Option<String> {
    match by {
        GroupBy::Identity => Some(Identity::of(record).key),
        GroupBy::Account => record.text(Member::Account).map(|text| cut(&text, GROUP_VALUE_CHARS)),
        GroupBy::Region => record.text(Member::Region).map(|text| cut(&text, GROUP_VALUE_CHARS)),
        GroupBy::Field(selector) => {
            let value = filter_pattern::Scalar::of(selector.first(tree)?)?;
            Some(cut(&value.into_text(), GROUP_VALUE_CHARS))
        }
    }
}

/// The start of a hash of some texts.
fn id(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update(b"\n");
    }
    let digits =
        hash.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).take(ID_DIGITS).collect::<Vec<_>>();
    digits.into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// The key of an alert, from its rule and the values of its group.
fn alert_key<'v>(rule_id: &str, values: impl Iterator<Item = Option<&'v str>>, overflow: bool) -> String {
    let values: Vec<Option<&str>> = values.collect();
    // JSON keeps the values apart, whatever they contain.
    let values = Value::from_iter(values);
    if overflow { format!("{rule_id} overflow") } else { format!("{rule_id} {values}") }
}

/// The key that the alert of a group will have.
pub(crate) fn key_of(key: &GroupKey, rule: &Rule) -> String {
    let values = key.values.as_deref().unwrap_or_default();
    alert_key(&rule.id, values.iter().map(Option::as_deref), key.values.is_none())
}

/// The address of a log file.
pub(crate) fn address(file: &S3Object) -> String {
    file.to_string()
}
