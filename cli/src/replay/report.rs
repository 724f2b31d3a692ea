//! The report of a replay. Scripts rely on its JSON form.
//!
//! The names, the order of members and the codes are an interface. Fields that are skipped are only for the
//! text report.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cloudtrail::LogFileError;
use cloudtrail::shapes::InputError;
use pipeline::chain;
use pipeline::{Alert, BatchOutcome, FileCounts, FileError, MessageOutcome, RecordCounts, RuleCounts};
use rules::{Rule, Severity};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::batch::{BatchResult, Pass};
use super::error_entry::ErrorEntry;
use super::files::{BUCKET, FileList};
use super::ignored::IgnoredFiles;
use super::misnamed::{Misnamed, only_error};
use super::shapes::{FileShape, ShapeError};
use super::sinks::{CollectedAlerts, CollectedDatapoints};

/// Integers up to this size are exact in a 64-bit float: 2^53.
const LARGEST_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

/// What a replay found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayReport {
    pub(crate) files: FileCounts,
    pub(crate) records: RecordCounts,
    /// Every rule, in the order of the rule set.
    pub(crate) rules: Vec<RuleEntry>,
    /// Sorted by namespace, metric, dimensions and time.
    pub(crate) datapoints: Vec<Datapoint>,
    /// The most severe first, then in the order of the rule set.
    pub(crate) alerts: Vec<Alert>,
    /// Unreachable paths, then files and records in the order in which they were first listed.
    pub(crate) errors: Vec<ErrorEntry>,
    /// Entries of folders that contain no CloudTrail records. They do not count as files.
    pub(crate) skipped: Vec<ErrorEntry>,
    /// Matches and default values without a datapoint because their records have no time.
    pub(crate) without_time: u64,
    /// The files in `files.ignored`, by kind.
    #[serde(skip)]
    pub(crate) ignored: IgnoredFiles,
    /// Rejected records that are counted but have no entry in `errors`.
    #[serde(skip)]
    pub(crate) unlisted_rejections: u64,
    /// Matches without a number to publish.
    #[serde(skip)]
    pub(crate) matches_without_value: u64,
}

impl ReplayReport {
    /// Whether the rules were evaluated on the contents of a file.
    pub(crate) fn is_evaluated(&self) -> bool {
        self.files.processed + self.files.duplicate > 0
    }
}

/// The matches of one rule.
#[derive(Debug, Serialize)]
pub(crate) struct RuleEntry {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) counts: RuleCounts,
}

/// The sum of one metric in one minute.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Datapoint {
    pub(crate) namespace: String,
    pub(crate) metric_name: String,
    pub(crate) dimensions: BTreeMap<String, String>,
    /// RFC 3339 in UTC.
    pub(crate) timestamp: String,
    #[serde(serialize_with = "plain_number")]
    pub(crate) value: f64,
}

/// Writes whole numbers without a fraction, so that counts look like counts.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn plain_number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && value.abs() <= LARGEST_EXACT_INTEGER {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of this size is exact")]
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// An error of a file: the index of the file, the code and the message.
type ErrorOfFile = (Option<usize>, &'static str, String);

/// The outcomes of the batches, added up.
#[derive(Debug)]
pub(crate) struct ReplayTotals<'a> {
    list: &'a FileList,
    rules: &'a [Rule],
    files: FileCounts,
    records: RecordCounts,
    counts: Vec<RuleCounts>,
    errors: Vec<ErrorOfFile>,
    skipped: BTreeMap<usize, ErrorEntry>,
    listed_rejections: u64,
    matches_without_value: u64,
    without_time: u64,
}

impl<'a> ReplayTotals<'a> {
    /// Starts with the unreachable files of the list.
    pub(crate) fn new(list: &'a FileList, rules: &'a [Rule]) -> Self {
        let unreachable = list.unreachable_files;
        Self {
            list,
            rules,
            files: FileCounts { seen: unreachable, failed: unreachable, ..FileCounts::default() },
            records: RecordCounts::default(),
            counts: vec![RuleCounts::default(); rules.len()],
            errors: Vec::new(),
            skipped: BTreeMap::new(),
            listed_rejections: 0,
            matches_without_value: 0,
            without_time: 0,
        }
    }

    /// Adds one batch.
    pub(crate) fn add(&mut self, result: BatchResult) {
        self.add_pass(result.first);
        if let Some((pass, misnamed)) = result.second {
            self.add_second(pass, &misnamed);
        }
    }

    /// Adds the pass in which these files were read in any shape. A file that failed again keeps its first error.
    fn add_second(&mut self, mut pass: Pass, misnamed: &[Misnamed]) {
        for (id, message) in &mut pass.outcome.messages {
            if let MessageOutcome::Failed(errors) = message
                && let Some((.., first)) = misnamed.iter().find(|(_, misnamed, _)| misnamed == id)
            {
                *errors = vec![Arc::clone(first)];
            }
        }
        self.add_pass(pass);
    }

    fn add_pass(&mut self, Pass { mut outcome, shapes }: Pass) {
        self.add_shapes(&mut outcome, shapes);
        self.files += outcome.files;
        self.records += outcome.records;
        for (total, counts) in self.counts.iter_mut().zip(&outcome.rules) {
            *total += *counts;
        }
        self.matches_without_value += outcome.dropped.without_value;
        self.without_time += outcome.dropped.without_time;
        self.listed_rejections += outcome.rejections.len() as u64;
        self.add_failures(&outcome);
        self.errors.extend(outcome.rejections.into_iter().map(|rejection| {
            let key = rejection.object.map(|object| object.key).unwrap_or_default();
            let prefix = format!("`s3://{BUCKET}/{key}`: ");
            let message = rejection.message.strip_prefix(&prefix).unwrap_or(&rejection.message).to_owned();
            (self.list.index(&key), rejection.event.code(), message)
        }));
    }

    /// Adds what the reader of any shape rejected, and takes out the files of folders that contain no records.
    fn add_shapes(&mut self, outcome: &mut BatchOutcome, shapes: BTreeMap<usize, FileShape>) {
        let mut failed = Vec::new();
        let (list, skipped) = (self.list, &mut self.skipped);
        let files = &mut outcome.files;
        outcome.messages.retain(|(_, message)| {
            let Some(error) = only_error(message) else { return true };
            let Some(index) = list.index(&error.object().key) else { return true };
            failed.push(index);
            let is_foreign = ShapeError::of_file(error).is_some_and(|error| error.is_foreign());
            if !is_foreign || !list.is_in_folder(index) {
                return true;
            }
            let file = list.name(index).to_owned();
            skipped.entry(index).or_insert_with(|| ErrorEntry {
                file,
                code: code(error),
                message: explain(error),
            });
            files.seen -= 1;
            files.failed -= 1;
            false
        });
        for (index, shape) in shapes {
            if failed.contains(&index) {
                continue;
            }
            outcome.records.seen += shape.rejected;
            outcome.records.rejected += shape.rejected;
            self.listed_rejections += shape.listed.len() as u64;
            self.errors.extend(shape.listed.into_iter().map(|(code, message)| (Some(index), code, message)));
        }
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
                    .extend(failed.iter().map(|e| (self.list.index(&e.object().key), code(e), explain(e)))),
            }
        }
    }

    /// Completes the totals for a caller that keeps datapoints and alerts itself.
    pub(crate) fn into_counts(self) -> ReplayReport {
        self.into_report(CollectedDatapoints::default(), CollectedAlerts::default())
    }

    /// Completes the totals with what the sinks collected.
    pub(crate) fn into_report(
        self,
        datapoints: CollectedDatapoints,
        alerts: CollectedAlerts,
    ) -> ReplayReport {
        let rules = self.rules.iter().zip(&self.counts);
        ReplayReport {
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
            skipped: self.list.skipped.iter().cloned().chain(self.skipped.into_values()).collect(),
            without_time: self.without_time,
            ignored: IgnoredFiles::of(self.list.mentions.iter().map(|index| self.list.key(*index))),
            unlisted_rejections: self.records.rejected.saturating_sub(self.listed_rejections),
            matches_without_value: self.matches_without_value,
        }
    }
}

/// Unreachable paths, then the errors in the order of the list, whatever the batches were.
fn errors_in_order(mut errors: Vec<ErrorOfFile>, list: &FileList) -> Vec<ErrorEntry> {
    // The sort is stable, so the rejected records of a file keep their order.
    errors.sort_by_key(|(file, ..)| *file);
    let errors = errors.into_iter().map(|(file, code, message)| ErrorEntry {
        file: file.map(|index| list.name(index).to_owned()).unwrap_or_default(),
        code,
        message,
    });
    list.errors.iter().cloned().chain(errors).collect()
}

/// The error of a file, without its name and without what applies only to buckets.
fn explain(error: &FileError) -> String {
    match error {
        FileError::Fetch { source, .. } => {
            format!("cannot open the file: {}", chain(source.source.as_ref()))
        }
        FileError::Read { source: source @ LogFileError::TooLarge { .. }, .. } => too_large(chain(source)),
        FileError::Read { source, .. } => match ShapeError::of(source) {
            Some(ShapeError::Input(error @ InputError::TooLarge { .. })) => too_large(chain(error)),
            Some(ShapeError::Input(error)) => chain(error),
            Some(ShapeError::NoRecords(error)) => chain(error),
            None => chain(source),
        },
        FileError::BucketNotAllowed { .. }
        | FileError::InProgress { .. }
        | FileError::Deadline { .. }
        | FileError::Aborted { .. }
        | FileError::Metrics { .. }
        | FileError::Alerts { .. } => chain(error),
    }
}

impl ReplayReport {
    /// Drops the alerts with fewer findings than their rule's threshold.
    pub(super) fn drop_alerts_below_thresholds(&mut self, rules: &[Rule]) {
        let thresholds: HashMap<&str, u32> = rules
            .iter()
            .filter_map(|rule| Some((rule.id.as_str(), rule.alert.as_ref()?.threshold)))
            .collect();
        let threshold = |id: &str| thresholds.get(id).copied().map_or(1, u64::from);
        self.alerts.retain(|alert| alert.count >= threshold(&alert.rule.id));
    }

    /// Drops the alerts below a severity, and the alerts of other rules if any are named.
    pub(crate) fn keep_alerts(&mut self, at_least: Option<Severity>, rules: &[String]) {
        self.alerts.retain(|alert| {
            at_least.is_none_or(|severity| alert.severity >= severity)
                && (rules.is_empty() || rules.contains(&alert.rule.id))
        });
    }
}

fn too_large(message: String) -> String {
    format!("{message}; raise `--max-file-bytes` to read it")
}

/// The stable code of a file's error.
fn code(error: &FileError) -> &'static str {
    ShapeError::of_file(error).map_or_else(|| error.code(), |error| error.code())
}

/// The alerts in the order of the report, with the names by which the caller knows the log files.
fn sorted_alerts(alerts: CollectedAlerts, rules: &[Rule], list: &FileList) -> Vec<Alert> {
    let order: HashMap<&str, usize> =
        rules.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect();
    let bucket = format!("s3://{BUCKET}/");
    let mut alerts: Vec<Alert> = alerts
        .into_alerts()
        .map(|mut alert| {
            let known = |file: &str| {
                let index = file.strip_prefix(&bucket).and_then(|key| list.index(key))?;
                Some(list.name(index))
            };
            for file in &mut alert.log_files {
                if let Some(name) = known(file) {
                    *file = name.to_owned();
                }
            }
            for event in &mut alert.events {
                if let Some(name) = event.log_file.as_deref().and_then(known) {
                    Arc::make_mut(event).log_file = Some(name.into());
                }
            }
            alert
        })
        .collect();
    // They are already sorted by rule and group, and the sort is stable.
    alerts.sort_by_key(|alert| (Reverse(alert.severity), order.get(alert.rule.id.as_str()).copied()));
    alerts
}

/// RFC 3339 in UTC. An invented year beyond 9999 has no such form, and is shown in seconds.
fn rfc3339(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}
