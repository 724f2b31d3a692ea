//! One batch: the order of effects.
//!
//! 1. Messages become a list of files, each to be read once ([`crate::work`]).
//! 2. Every file is claimed in the ledger, fetched and evaluated, several at a time. Nothing is published yet.
//! 3. In the order of the batch, matched records that the ledger knows from another file are taken out.
//! 4. Datapoints are merged over all files and published.
//! 5. Alerts are published for the files whose datapoints are out.
//! 6. Each file is marked done in the ledger, or given back with what is already out, so that the next attempt
//!    publishes the rest only.
//! 7. The telemetry of the batch is published; its failure fails no message.
//!
//! A crash between 4 and 6 is the only way to publish a datapoint twice, because PutMetricData has no idempotency
//! token; a crash before 4 loses nothing, because the message is still in the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudtrail::Limits;
use futures::StreamExt as _;
use time::OffsetDateTime;

use crate::alert::{Group, key_of};
use crate::commit::{Contribution, Window};
use crate::error::{FileError, Retry, SinkError, chain};
use crate::evaluate::{DeliveryTime, Evaluator, FileFindings, GROUPS_PER_RULE, GroupKey, Stamp};
use crate::outcome::{BatchOutcome, Fault, Message, MessageOutcome, RuleCounts};
use crate::ports::{AlertSink, Claim, Clock, Ledger, LogStore, MetricSink, Progress};
use crate::publish::{Published, Share, publish_namespace};
use crate::telemetry;
pub use crate::work::UnrecognizedKeys;
use crate::work::{Mention, Plan, PlannedFile, PlannedMessage};

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Files that are fetched and evaluated at the same time; at least 1.
    pub concurrency: usize,
    /// Caps on what a log file may hold.
    pub limits: Limits,
    /// Which time a datapoint of `timestamp: delivery` gets.
    pub delivery_time: DeliveryTime,
    /// What to do with keys that follow no `AWSLogs` layout.
    pub unrecognized_keys: UnrecognizedKeys,
    /// Buckets that may be read; `None` allows every bucket that the role can read.
    pub allowed_buckets: Option<BTreeSet<String>>,
    /// The metric namespace of Trailbell's own metrics; `None` publishes none.
    pub telemetry_namespace: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 8,
            limits: Limits::default(),
            delivery_time: DeliveryTime::Present,
            unrecognized_keys: UnrecognizedKeys::Ignore,
            allowed_buckets: None,
            telemetry_namespace: Some("Trailbell".to_owned()),
        }
    }
}

/// The ports, the rules and the settings of one process.
#[derive(Debug)]
pub struct Pipeline<S, L, M, A, C> {
    /// Where log files are read from.
    pub store: S,
    /// What was done before.
    pub ledger: L,
    /// Where datapoints go.
    pub metrics: M,
    /// Where alerts go.
    pub alerts: A,
    /// The time.
    pub clock: C,
    /// The rules.
    pub evaluator: Arc<Evaluator>,
    /// How it behaves.
    pub settings: Settings,
}

/// What reading one file came to.
enum ReadFile {
    /// The ledger knows it as done.
    Done,
    Failed(FileError),
    Evaluated {
        findings: FileFindings,
        progress: Progress,
        stamp: Stamp,
    },
}

/// One file on its way through the batch.
enum FileState {
    Done,
    Failed(Arc<FileError>),
    /// Claimed and evaluated; to be finished or released.
    Open(Box<OpenFile>),
    Processed,
}

struct OpenFile {
    contribution: Contribution,
    progress: Progress,
    failure: Option<FileError>,
}

impl<S, L, M, A, C> Pipeline<S, L, M, A, C>
where
    S: LogStore,
    L: Ledger,
    M: MetricSink,
    A: AlertSink,
    C: Clock,
{
    /// Processes a batch to its end. Never fails as a whole: what failed is in the outcome, message by message.
    ///
    /// No file is begun once the clock has reached `deadline`.
    pub async fn process(&self, messages: &[Message], deadline: Option<OffsetDateTime>) -> BatchOutcome {
        let mut outcome = BatchOutcome {
            rules: vec![RuleCounts::default(); self.evaluator.rules().len()],
            ..BatchOutcome::default()
        };
        let plan =
            Plan::new(messages, self.settings.unrecognized_keys, self.settings.allowed_buckets.as_ref());
        let mut states = self.evaluate_files(&plan.files, deadline, &mut outcome).await;
        self.publish_metrics(&plan.files, &mut states, &mut outcome).await;
        self.publish_alerts(&plan.files, &mut states, &mut outcome).await;
        self.close_files(&plan.files, &mut states, &mut outcome).await;
        settle(messages, plan, &states, &mut outcome);
        self.publish_telemetry(&outcome).await;
        outcome
    }

    /// Steps 2 and 3.
    async fn evaluate_files(
        &self,
        files: &[PlannedFile],
        deadline: Option<OffsetDateTime>,
        outcome: &mut BatchOutcome,
    ) -> Vec<FileState> {
        let mut states = Vec::with_capacity(files.len());
        let mut reads = futures::stream::iter(files)
            .map(|file| self.read(file, deadline))
            .buffered(self.settings.concurrency.max(1));
        for file in files {
            let Some((read, ledger_errors)) = reads.next().await else { break };
            outcome.ledger_errors += ledger_errors;
            states.push(match read {
                ReadFile::Done => FileState::Done,
                ReadFile::Failed(error) => FileState::Failed(Arc::new(error)),
                ReadFile::Evaluated { findings, progress, stamp } => {
                    let contribution = self.contribution(file, &findings, stamp, outcome).await;
                    record_rejections(file, &findings, outcome);
                    outcome.records += findings.records;
                    outcome.delivery_lags.extend(stamp.delivered.map(|at| (stamp.now - at).max(0)));
                    FileState::Open(Box::new(OpenFile { contribution, progress, failure: None }))
                }
            });
        }
        states
    }

    async fn read(&self, file: &PlannedFile, deadline: Option<OffsetDateTime>) -> (ReadFile, u64) {
        let object = &file.object;
        if !file.allowed {
            return (ReadFile::Failed(FileError::BucketNotAllowed { object: object.clone() }), 0);
        }
        let now = self.clock.now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            return (ReadFile::Failed(FileError::Deadline { object: object.clone() }), 0);
        }
        let mut ledger_errors = 0;
        let claim = match self.ledger.claim(object).await {
            Ok(claim) => claim,
            Err(error) => {
                ledger_errors += 1;
                report_ledger("claim", &*error);
                Claim::Granted(Progress::default())
            }
        };
        let progress = match claim {
            Claim::Granted(progress) => progress,
            Claim::Done => return (ReadFile::Done, ledger_errors),
            Claim::InProgress => {
                let error = FileError::InProgress { object: object.clone() };
                return (ReadFile::Failed(error), ledger_errors);
            }
        };
        let stamp = Stamp {
            delivery: self.settings.delivery_time,
            now: now.unix_timestamp(),
            delivered: file.delivered,
        };
        let read = match self.evaluate(file, stamp).await {
            Ok(findings) => ReadFile::Evaluated { findings, progress, stamp },
            Err(error) => {
                if let Err(error) = self.ledger.release(object, progress).await {
                    ledger_errors += 1;
                    report_ledger("release", &*error);
                }
                ReadFile::Failed(error)
            }
        };
        (read, ledger_errors)
    }

    /// Fetches and evaluates one file; decompression and evaluation run on a blocking thread while bytes arrive.
    async fn evaluate(&self, file: &PlannedFile, stamp: Stamp) -> Result<FileFindings, FileError> {
        let object = &file.object;
        let body = self
            .store
            .open(object)
            .await
            .map_err(|source| FileError::Fetch { object: object.clone(), source })?;
        let evaluator = Arc::clone(&self.evaluator);
        let limits = self.settings.limits;
        tokio::task::spawn_blocking(move || evaluator.evaluate(body, limits, stamp))
            .await
            .map_err(|source| FileError::Aborted { object: object.clone(), source })?
            .map_err(|source| FileError::Read { object: object.clone(), source })
    }

    /// Step 3 for one file.
    async fn contribution(
        &self,
        file: &PlannedFile,
        findings: &FileFindings,
        stamp: Stamp,
        outcome: &mut BatchOutcome,
    ) -> Contribution {
        let ids: Vec<&str> =
            findings.matched.iter().filter_map(|record| record.event_id.as_deref()).collect();
        let sightings = if ids.is_empty() {
            Vec::new()
        } else {
            match self.ledger.first_sightings(&file.object, &ids).await {
                Ok(sightings) => sightings,
                Err(error) => {
                    outcome.ledger_errors += 1;
                    report_ledger("first sightings", &*error);
                    Vec::new()
                }
            }
        };
        // Without an answer every record counts: a late duplicate is better than a lost alert.
        let mut sightings = sightings.into_iter();
        let counted: Vec<bool> = findings
            .matched
            .iter()
            .map(|record| record.event_id.is_none() || sightings.next().unwrap_or(true))
            .collect();
        let window = Window::around(stamp.now, self.metrics.accepted_seconds());
        Contribution::of(&file.object, findings, &counted, self.evaluator.rules(), stamp, window)
    }

    /// Step 4.
    async fn publish_metrics(
        &self,
        files: &[PlannedFile],
        states: &mut [FileState],
        outcome: &mut BatchOutcome,
    ) {
        let mut published = Published::default();
        let mut namespaces: BTreeMap<&str, Vec<Share<'_>>> = BTreeMap::new();
        for (file, state) in states.iter().enumerate() {
            let FileState::Open(open) = state else { continue };
            for (namespace, series) in &open.contribution.series {
                if !open.progress.namespaces.contains(namespace) {
                    namespaces.entry(namespace).or_default().push(Share { file, series });
                }
            }
        }
        for (namespace, shares) in &namespaces {
            publish_namespace(&self.metrics, namespace, shares, &mut published).await;
        }
        drop(namespaces);
        outcome.dropped.refused += published.refused;
        for (index, (file, state)) in files.iter().zip(states).enumerate() {
            let FileState::Open(open) = state else { continue };
            open.progress.namespaces.extend(published.namespaces.remove(&index).unwrap_or_default());
            open.failure = published
                .failed
                .remove(&index)
                .map(|source| FileError::Metrics { object: file.object.clone(), source });
        }
    }

    /// Step 5.
    async fn publish_alerts(
        &self,
        files: &[PlannedFile],
        states: &mut [FileState],
        outcome: &mut BatchOutcome,
    ) {
        let rules = self.evaluator.rules();
        for (key, (group, members)) in
            merged_groups(states, |key| rules.get(key.rule).map(|rule| key_of(key, rule)).unwrap_or_default())
        {
            let Some(rule) = rules.get(key.rule) else { continue };
            let alert = group.alert(&key, rule);
            let alert_key = alert.key();
            let result: Result<(), Arc<SinkError>> = self.alerts.publish(&alert).await.map_err(Arc::new);
            if result.is_ok() {
                outcome.alerts_published += 1;
            }
            for member in members {
                let (Some(file), Some(FileState::Open(open))) = (files.get(member), states.get_mut(member))
                else {
                    continue;
                };
                match &result {
                    Ok(()) => {
                        open.progress.alerts.insert(alert_key.clone());
                    }
                    Err(source) => {
                        let error =
                            || FileError::Alerts { object: file.object.clone(), source: Arc::clone(source) };
                        open.failure.get_or_insert_with(error);
                    }
                }
            }
        }
    }

    /// Step 6.
    async fn close_files(&self, files: &[PlannedFile], states: &mut [FileState], outcome: &mut BatchOutcome) {
        for (file, state) in files.iter().zip(states) {
            let FileState::Open(open) = state else { continue };
            let OpenFile { contribution, progress, failure } = open.as_mut();
            for (total, counts) in outcome.rules.iter_mut().zip(&contribution.rules) {
                *total += *counts;
            }
            outcome.dropped += contribution.dropped;
            let (next, result) = match failure.take() {
                None => (FileState::Processed, self.ledger.finish(&file.object).await),
                Some(error) => {
                    let progress = std::mem::take(progress);
                    (FileState::Failed(Arc::new(error)), self.ledger.release(&file.object, progress).await)
                }
            };
            if let Err(error) = result {
                outcome.ledger_errors += 1;
                report_ledger("close", &*error);
            }
            *state = next;
        }
    }

    /// Step 7.
    async fn publish_telemetry(&self, outcome: &BatchOutcome) {
        telemetry::log(outcome);
        let Some(namespace) = &self.settings.telemetry_namespace else { return };
        let now = self.clock.now().unix_timestamp();
        for request in telemetry::metrics(outcome, namespace, now) {
            if let Err(error) = self.metrics.put(&request).await {
                tracing::error!(
                    code = "telemetry.not-published",
                    "Trailbell's own metrics were not published: {}",
                    chain(&error),
                );
            }
        }
    }
}

/// Merges the groups of all files whose datapoints are out, leaving out what an earlier attempt has published.
fn merged_groups(
    states: &[FileState],
    alert_key: impl Fn(&GroupKey) -> String,
) -> BTreeMap<GroupKey, (Group, Vec<usize>)> {
    let mut merged: BTreeMap<GroupKey, (Group, Vec<usize>)> = BTreeMap::new();
    let mut groups_of_rule: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, state) in states.iter().enumerate() {
        let FileState::Open(open) = state else { continue };
        let OpenFile { contribution, progress, failure: None } = open.as_ref() else { continue };
        for (key, group) in &contribution.groups {
            if !progress.alerts.is_empty() && progress.alerts.contains(&alert_key(key)) {
                continue;
            }
            let mut key = key.clone();
            if !merged.contains_key(&key) && key.values.is_some() {
                let groups = groups_of_rule.entry(key.rule).or_default();
                if *groups < GROUPS_PER_RULE {
                    *groups += 1;
                } else {
                    key.values = None;
                }
            }
            let (merged_group, members) = merged.entry(key).or_default();
            merged_group.merge(group);
            if members.last() != Some(&index) {
                members.push(index);
            }
        }
    }
    merged
}

fn record_rejections(file: &PlannedFile, findings: &FileFindings, outcome: &mut BatchOutcome) {
    outcome.rejections.extend(findings.rejected.iter().map(|rejected| Fault {
        object: Some(file.object.clone()),
        message_id: String::new(),
        code: rejected.code,
        message: format!("`{}`: {}", file.object, rejected.message),
        retry: Retry::Permanent,
    }));
}

/// Turns the files' ends into the messages' outcomes, and counts every mention of a file once.
fn settle(messages: &[Message], plan: Plan, states: &[FileState], outcome: &mut BatchOutcome) {
    for (message, planned) in messages.iter().zip(plan.messages) {
        let result = match planned {
            PlannedMessage::Ignored(reason) => MessageOutcome::Ignored(reason),
            PlannedMessage::Unreadable(error) => MessageOutcome::Unreadable(error),
            PlannedMessage::Mentions(mentions) => {
                let mut errors = Vec::new();
                for mention in mentions {
                    outcome.files.seen += 1;
                    match mention {
                        Mention::Ignored => outcome.files.ignored += 1,
                        Mention::File { index, first } => match states.get(index) {
                            Some(FileState::Processed) if first => outcome.files.processed += 1,
                            Some(FileState::Processed | FileState::Done) => outcome.files.duplicate += 1,
                            Some(FileState::Failed(error)) => {
                                outcome.files.failed += 1;
                                errors.push(Arc::clone(error));
                            }
                            Some(FileState::Open(_)) | None => {}
                        },
                    }
                }
                if errors.is_empty() { MessageOutcome::Processed } else { MessageOutcome::Failed(errors) }
            }
        };
        outcome.messages.push((message.id.clone(), result));
    }
}

fn report_ledger(step: &'static str, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(
        code = "ledger.unavailable",
        step,
        "the ledger is out of reach, so a redelivered file may count twice: {}",
        chain(error),
    );
}
