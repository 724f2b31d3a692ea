//! What a replay found: the report whose JSON form scripts rely on.
//!
//! Names, order of members and codes are an interface. Whatever is not in the form below is for people only, and in
//! the text.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use cloudtrail::LogFileError;
use pipeline::error::chain;
use pipeline::{Alert, BatchOutcome, FileCounts, FileError, MessageOutcome, RecordCounts, RuleCounts};
use rules::{Rule, Severity};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::BUCKET;
use super::files::FileList;
use super::ignored::IgnoredFiles;
use super::sinks::{GatheredAlerts, GatheredDatapoints};

/// Integers up to this size are exact in a 64-bit float: 2^53.
const LARGEST_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

/// What a replay found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) files: FileCounts,
    pub(super) records: RecordCounts,
    /// Every rule, in the order of the rule set.
    pub(super) rules: Vec<RuleEntry>,
    /// Sorted by namespace, metric, dimensions and time.
    pub(super) datapoints: Vec<Datapoint>,
    /// The most severe first, then in the order of the rule set.
    pub(super) alerts: Vec<Alert>,
    /// Paths out of reach, then files and records in the order in which they are first named.
    pub(super) errors: Vec<ErrorEntry>,
    /// What `files.ignored` counts, by kind.
    #[serde(skip)]
    pub(super) ignored: IgnoredFiles,
    /// Rejected records that are counted and have no entry of their own.
    #[serde(skip)]
    pub(super) unlisted_rejections: u64,
    /// Matches whose rule found no number to publish.
    #[serde(skip)]
    pub(super) matches_without_value: u64,
}

/// Matches of one rule.
#[derive(Debug, Serialize)]
pub(super) struct RuleEntry {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) counts: RuleCounts,
}

/// The sum of one metric in one minute.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Datapoint {
    pub(super) namespace: String,
    pub(super) metric_name: String,
    pub(super) dimensions: BTreeMap<String, String>,
    /// RFC 3339 in UTC.
    pub(super) timestamp: String,
    #[serde(serialize_with = "plain_number")]
    pub(super) value: f64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ErrorEntry {
    /// The path.
    pub(super) file: String,
    /// The stable code.
    pub(super) code: &'static str,
    /// One line for a person.
    pub(super) message: String,
}

/// Whole numbers without a fraction: what is counted is shown as a count.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn plain_number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT_INTEGER {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size is exact")]
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// What went wrong with a file: its index, code and message.
type FileFault = (Option<usize>, &'static str, String);

/// Adds up the outcomes of the batches.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    list: &'a FileList,
    rules: &'a [Rule],
    files: FileCounts,
    records: RecordCounts,
    counts: Vec<RuleCounts>,
    errors: Vec<FileFault>,
    listed_rejections: u64,
    matches_without_value: u64,
}

impl<'a> Tally<'a> {
    /// Starts with what the list of files could not reach.
    pub(super) fn new(list: &'a FileList, rules: &'a [Rule]) -> Self {
        let unreachable = list.unreachable_files;
        Self {
            list,
            rules,
            files: FileCounts { seen: unreachable, failed: unreachable, ..FileCounts::default() },
            records: RecordCounts::default(),
            counts: vec![RuleCounts::default(); rules.len()],
            errors: Vec::new(),
            listed_rejections: 0,
            matches_without_value: 0,
        }
    }

    /// Adds one batch.
    pub(super) fn add(&mut self, outcome: BatchOutcome) {
        self.files += outcome.files;
        self.records += outcome.records;
        for (total, counts) in self.counts.iter_mut().zip(&outcome.rules) {
            *total += *counts;
        }
        self.matches_without_value += outcome.dropped.without_value;
        self.listed_rejections += outcome.rejections.len() as u64;
        self.add_failures(&outcome);
        self.errors.extend(outcome.rejections.into_iter().map(|fault| {
            let key = fault.object.map(|object| object.key).unwrap_or_default();
            let prefix = format!("`s3://{BUCKET}/{key}`: ");
            let message = fault.message.strip_prefix(&prefix).unwrap_or(&fault.message).to_owned();
            (self.list.index(&key), fault.code, message)
        }));
    }

    fn add_failures(&mut self, outcome: &BatchOutcome) {
        for (id, message) in &outcome.messages {
            match message {
                MessageOutcome::Processed | MessageOutcome::Ignored(_) => {}
                MessageOutcome::Unreadable(error) => {
                    let file = id.parse().ok().and_then(|at: usize| self.list.mentions.get(at)).copied();
                    self.errors.push((file, error.code(), chain(error)));
                }
                MessageOutcome::Failed(failed) => self
                    .errors
                    .extend(failed.iter().map(|e| (self.list.index(&e.object().key), e.code(), explain(e)))),
            }
        }
    }

    /// Closes the tally with what the sinks have gathered.
    pub(super) fn into_report(self, datapoints: GatheredDatapoints, alerts: GatheredAlerts) -> Report {
        let rules = self.rules.iter().zip(&self.counts);
        Report {
            files: self.files,
            records: self.records,
            rules: rules.map(|(rule, counts)| RuleEntry { id: rule.id.clone(), counts: *counts }).collect(),
            datapoints: datapoints
                .into_sums()
                .into_iter()
                .map(|(key, value)| Datapoint {
                    namespace: key.namespace,
                    metric_name: key.metric_name,
                    dimensions: key.dimensions,
                    timestamp: rfc3339(key.timestamp),
                    value,
                })
                .collect(),
            alerts: sorted_alerts(alerts, self.rules, self.list),
            errors: errors_in_order(self.errors, self.list),
            ignored: IgnoredFiles::of(self.list.mentions.iter().map(|index| self.list.key(*index))),
            unlisted_rejections: self.records.rejected.saturating_sub(self.listed_rejections),
            matches_without_value: self.matches_without_value,
        }
    }
}

/// Paths out of reach, then the faults in the order of the list, wherever a batch has ended.
fn errors_in_order(mut faults: Vec<FileFault>, list: &FileList) -> Vec<ErrorEntry> {
    // Stable, so that the rejected records of a file stay in their order.
    faults.sort_by_key(|(file, ..)| *file);
    let faults = faults.into_iter().map(|(file, code, message)| ErrorEntry {
        file: file.map(|index| list.name(index).to_owned()).unwrap_or_default(),
        code,
        message,
    });
    list.errors.iter().cloned().chain(faults).collect()
}

/// What went wrong with a file, without its name and without what is true of buckets only.
fn explain(error: &FileError) -> String {
    match error {
        FileError::Fetch { source, .. } => {
            format!("the file cannot be opened: {}", chain(source.source.as_ref()))
        }
        FileError::Read { source: source @ LogFileError::TooLarge { .. }, .. } => {
            format!("{}; a greater `--max-file-bytes` lets it be read", chain(source))
        }
        FileError::Read { source, .. } => chain(source),
        FileError::BucketNotAllowed { .. }
        | FileError::InProgress { .. }
        | FileError::Deadline { .. }
        | FileError::Aborted { .. }
        | FileError::Metrics { .. }
        | FileError::Alerts { .. } => chain(error),
    }
}

/// The alerts in reading order, their log files under the names that the caller knows.
fn sorted_alerts(alerts: GatheredAlerts, rules: &[Rule], list: &FileList) -> Vec<Alert> {
    let order: HashMap<&str, (Reverse<Severity>, usize)> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| (rule.id.as_str(), (Reverse(rule.severity), index)))
        .collect();
    let bucket = format!("s3://{BUCKET}/");
    let mut alerts: Vec<Alert> = alerts
        .into_alerts()
        .map(|mut alert| {
            for file in &mut alert.log_files {
                if let Some(index) = file.strip_prefix(&bucket).and_then(|key| list.index(key)) {
                    *file = list.name(index).to_owned();
                }
            }
            alert
        })
        .collect();
    // They come sorted by rule and group, and the sort is stable.
    alerts.sort_by_key(|alert| order.get(alert.rule_id.as_str()).copied());
    alerts
}

/// Times of real records always have a form; a made-up year beyond 9999 is shown as seconds.
fn rfc3339(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}
