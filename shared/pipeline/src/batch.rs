//! One batch: the order of effects.
//!
//! 1. Messages become a list of files, each to be read once, and the rules in force become those of the batch, to its
//!    end. Where there are none, every file fails here.
//! 2. Every file is claimed in the ledger, fetched and evaluated, several at a time. Nothing is published yet.
//! 3. In the order of the batch, findings that the ledger knows from another file are taken out.
//! 4. Datapoints are merged over all files and published.
//! 5. Alerts are published for the files whose datapoints are out.
//! 6. Each file is marked done in the ledger, or given back with what is already out, so that the next attempt
//!    publishes the rest only.
//! 7. The telemetry of the batch is published; its failure fails no message.
//!
//! A datapoint can be published twice in these cases only, because PutMetricData has no idempotency token: the
//! process dies between 4 and 6; a request takes effect and its answer is lost; the ledger is out of reach in 6 and
//! the file comes again. Nothing is lost in any of them, because the message is still in the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudtrail::Limits;
use futures::StreamExt as _;
use time::OffsetDateTime;

use crate::alert::{Alert, Group, key_of};
use crate::commit::Contribution;
use crate::deadline::{Deadline, within};
use crate::error::{Abort, FileError, Retry, chain};
use crate::evaluate::{DeliveryTime, Evaluator, FileFindings, GroupKey, RejectedRecord};
use crate::intake::{ReadFile, report_ledger};
use crate::outcome::{BatchOutcome, Fault, Message, MessageOutcome, RecordCounts, RuleCounts};
use crate::ports::{AlertSink, Clock, CurrentRules, Ledger, LogStore, MetricSink, Progress, RuleSource};
use crate::publish::{Published, Publisher, Share, Unpublished};
use crate::rule_source::RulesError;
use crate::telemetry;
pub use crate::work::UnrecognizedKeys;
use crate::work::{Mention, Plan, PlannedFile, PlannedMessage};

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Files that are fetched and evaluated, and alerts that are published, at the same time; at least 1.
    pub concurrency: usize,
    /// Caps on what a log file may hold.
    pub limits: Limits,
    /// Which time a datapoint of `timestamp: delivery` gets.
    pub delivery_time: DeliveryTime,
    /// What to do with keys that name neither a kind of CloudTrail file nor another service.
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
pub struct Pipeline<S, L, M, A, C, R = Arc<Evaluator>> {
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
    /// Where a batch gets its rules; an evaluator stands for itself.
    pub evaluator: R,
    /// How it behaves.
    pub settings: Settings,
}

/// One file on its way through the batch.
enum FileState {
    Done,
    Failed(Arc<FileError>),
    /// Claimed and evaluated; to be finished or released.
    Open(Box<OpenFile>),
    Processed,
}

impl FileState {
    fn without_rules(file: &PlannedFile, reason: &Arc<RulesError>) -> Self {
        let source = Abort::Rules(Arc::clone(reason));
        Self::Failed(Arc::new(FileError::Aborted { object: file.object.clone(), source }))
    }
}

struct OpenFile {
    contribution: Contribution,
    records: RecordCounts,
    rejections: Vec<Fault>,
    lag: Option<i64>,
    progress: Progress,
    failure: Option<FileError>,
}

/// An alert to publish, with the files whose findings it tells of and the keys that it stands for in each.
struct PendingAlert {
    alert: Alert,
    members: Vec<(usize, String)>,
}

impl<S, L, M, A, C, R> Pipeline<S, L, M, A, C, R>
where
    S: LogStore,
    L: Ledger,
    M: MetricSink,
    A: AlertSink,
    C: Clock,
    R: RuleSource,
{
    /// Processes a batch to its end. Never fails as a whole: what failed is in the outcome, message by message.
    pub async fn process(&self, messages: &[Message], deadline: Option<Deadline>) -> BatchOutcome {
        let plan =
            Plan::new(messages, self.settings.unrecognized_keys, self.settings.allowed_buckets.as_ref());
        let last_start = deadline.map(|deadline| deadline.last_start);
        let rules = self.evaluator.current(self.clock.now(), last_start).await;
        let CurrentRules { evaluator, rejected: rules_rejected } = rules;
        let mut outcome = BatchOutcome { rules_rejected, ..BatchOutcome::default() };
        let states = match evaluator {
            Ok(evaluator) => self.process_files(&plan.files, &evaluator, deadline, &mut outcome).await,
            Err(reason) => plan.files.iter().map(|file| FileState::without_rules(file, &reason)).collect(),
        };
        settle(messages, plan, &states, &mut outcome);
        self.publish_telemetry(&outcome, deadline.map(|deadline| deadline.end)).await;
        outcome
    }

    /// Steps 2 to 6.
    async fn process_files(
        &self,
        files: &[PlannedFile],
        evaluator: &Arc<Evaluator>,
        deadline: Option<Deadline>,
        outcome: &mut BatchOutcome,
    ) -> Vec<FileState> {
        outcome.rules = vec![RuleCounts::default(); evaluator.rules().len()];
        let last_publish = deadline.map(|deadline| deadline.last_publish);
        let mut states = self.evaluate_files(files, evaluator, deadline, outcome).await;
        self.publish_metrics(files, &mut states, last_publish, outcome).await;
        let pending = pending_alerts(&states, evaluator);
        self.publish_alerts(files, &pending, &mut states, last_publish, outcome).await;
        self.close_files(files, &mut states, outcome).await;
        states
    }

    /// Steps 2 and 3.
    async fn evaluate_files(
        &self,
        files: &[PlannedFile],
        evaluator: &Arc<Evaluator>,
        deadline: Option<Deadline>,
        outcome: &mut BatchOutcome,
    ) -> Vec<FileState> {
        let mut states = Vec::with_capacity(files.len());
        let mut reads = futures::stream::iter(files)
            .map(|file| self.read(file, evaluator, deadline))
            .buffered(self.settings.concurrency.max(1));
        for file in files {
            let Some((read, ledger_errors)) = reads.next().await else { break };
            outcome.ledger_errors += ledger_errors;
            states.push(match read {
                ReadFile::Done => FileState::Done,
                ReadFile::Failed(error) => FileState::Failed(Arc::new(error)),
                ReadFile::Evaluated { findings, progress, stamp } => FileState::Open(Box::new(OpenFile {
                    contribution: self.contribution(file, evaluator, &findings, stamp, outcome).await,
                    records: findings.records,
                    rejections: rejections(file, &findings),
                    lag: stamp.delivered.map(|at| (stamp.now - at).max(0)),
                    progress,
                    failure: None,
                })),
            });
        }
        states
    }

    /// Step 4.
    async fn publish_metrics(
        &self,
        files: &[PlannedFile],
        states: &mut [FileState],
        until: Option<OffsetDateTime>,
        outcome: &mut BatchOutcome,
    ) {
        let mut published = Published::default();
        let publisher = Publisher { sink: &self.metrics, clock: &self.clock, until };
        for (namespace, shares) in shares(states) {
            publisher.publish(&namespace, &shares, &mut published).await;
        }
        outcome.dropped.refused += published.refused;
        for (index, (file, state)) in files.iter().zip(states).enumerate() {
            let FileState::Open(open) = state else { continue };
            open.progress.namespaces.extend(published.namespaces.remove(&index).unwrap_or_default());
            open.progress.series.extend(published.series.remove(&index).unwrap_or_default());
            open.failure = published.failed.remove(&index).map(|reason| reason.of_metrics(&file.object));
        }
    }

    /// Step 5.
    async fn publish_alerts(
        &self,
        files: &[PlannedFile],
        pending: &[PendingAlert],
        states: &mut [FileState],
        until: Option<OffsetDateTime>,
        outcome: &mut BatchOutcome,
    ) {
        let mut results = futures::stream::iter(pending)
            .map(|pending| self.publish_alert(&pending.alert, until))
            .buffered(self.settings.concurrency.max(1));
        for PendingAlert { members, .. } in pending {
            let Some(result) = results.next().await else { break };
            outcome.alerts_published += u64::from(result.is_ok());
            for (member, key) in members {
                let (Some(file), Some(FileState::Open(open))) = (files.get(*member), states.get_mut(*member))
                else {
                    continue;
                };
                match &result {
                    Ok(()) => {
                        open.progress.alerts.insert(key.clone());
                    }
                    Err(reason) => {
                        open.failure.get_or_insert_with(|| reason.of_alerts(&file.object));
                    }
                }
            }
        }
    }

    async fn publish_alert(&self, alert: &Alert, until: Option<OffsetDateTime>) -> Result<(), Unpublished> {
        match within(&self.clock, until, self.alerts.publish(alert)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Unpublished::Refused(Arc::new(error))),
            None => Err(Unpublished::Deadline),
        }
    }

    /// Step 6.
    async fn close_files(&self, files: &[PlannedFile], states: &mut [FileState], outcome: &mut BatchOutcome) {
        for (file, state) in files.iter().zip(states) {
            let FileState::Open(open) = state else { continue };
            let progress = std::mem::take(&mut open.progress);
            let (next, result) = match open.failure.take() {
                None => {
                    outcome.count(&open.contribution, open.records, open.lag);
                    outcome.rejections.append(&mut open.rejections);
                    (FileState::Processed, self.ledger.finish(&file.object).await)
                }
                Some(error) => {
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
    async fn publish_telemetry(&self, outcome: &BatchOutcome, until: Option<OffsetDateTime>) {
        telemetry::log(outcome);
        let Some(namespace) = &self.settings.telemetry_namespace else { return };
        let now = self.clock.now().unix_timestamp();
        for request in telemetry::metrics(outcome, namespace, now) {
            let reason = match within(&self.clock, until, self.metrics.put(&request)).await {
                Some(Ok(())) => continue,
                Some(Err(error)) => chain(&error),
                None => "the invocation's deadline is too near".to_owned(),
            };
            tracing::error!(
                code = "telemetry.not-published",
                "Trailbell's own metrics were not published: {reason}",
            );
        }
    }
}

/// What every file wants published, by namespace, without what an earlier attempt has published.
fn shares(states: &[FileState]) -> BTreeMap<String, Vec<Share>> {
    let mut namespaces: BTreeMap<String, Vec<Share>> = BTreeMap::new();
    for (file, state) in states.iter().enumerate() {
        let FileState::Open(open) = state else { continue };
        let OpenFile { contribution, progress, .. } = open.as_ref();
        for (namespace, series) in &contribution.series {
            if progress.namespaces.contains(namespace) {
                continue;
            }
            let mut series = series.clone();
            if !progress.series.is_empty() {
                series.retain(|key, _| !progress.series.contains(&key.identity()));
            }
            namespaces.entry(namespace.clone()).or_default().push(Share { file, series });
        }
    }
    namespaces
}

/// The alerts of all files whose datapoints are out, without what an earlier attempt has published.
fn pending_alerts(states: &[FileState], evaluator: &Evaluator) -> Vec<PendingAlert> {
    let mut merged: BTreeMap<GroupKey, (Group, Vec<(usize, String)>)> = BTreeMap::new();
    let mut groups_of_rule: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, state) in states.iter().enumerate() {
        let FileState::Open(open) = state else { continue };
        let OpenFile { contribution, progress, failure: None, .. } = open.as_ref() else { continue };
        for (key, group) in &contribution.groups {
            let Some(rule) = evaluator.rules().get(key.rule) else { continue };
            let alert_key = key_of(key, rule);
            if progress.alerts.contains(&alert_key) {
                continue;
            }
            let mut key = key.clone();
            if !merged.contains_key(&key) && key.values.is_some() {
                let groups = groups_of_rule.entry(key.rule).or_default();
                if *groups < evaluator.group_limit() {
                    *groups += 1;
                } else {
                    key.values = None;
                }
            }
            let (merged_group, members) = merged.entry(key).or_default();
            merged_group.merge(group);
            members.push((index, alert_key));
        }
    }
    let alert = |(key, (group, members)): (GroupKey, (Group, Vec<(usize, String)>))| {
        let rule = evaluator.rules().get(key.rule)?;
        Some(PendingAlert { alert: group.alert(&key, rule), members })
    };
    merged.into_iter().filter_map(alert).collect()
}

fn rejections(file: &PlannedFile, findings: &FileFindings) -> Vec<Fault> {
    let fault = |rejected: &RejectedRecord| Fault {
        object: Some(file.object.clone()),
        message_id: String::new(),
        code: rejected.code,
        message: format!("`{}`: {}", file.object, rejected.message),
        retry: Retry::Permanent,
    };
    findings.rejected.iter().map(fault).collect()
}

/// Turns the files' ends into the messages' outcomes, and counts every mention of a file once.
fn settle(messages: &[Message], plan: Plan, states: &[FileState], outcome: &mut BatchOutcome) {
    let Plan { messages: planned, files } = plan;
    for (message, planned) in messages.iter().zip(planned) {
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
                            // Every file is closed by then; should one not be, its message must not be lost.
                            Some(FileState::Open(_)) | None => {
                                outcome.files.failed += 1;
                                let object = files.get(index).map(|file| file.object.clone());
                                errors.extend(object.map(|object| Arc::new(FileError::Deadline { object })));
                            }
                        },
                    }
                }
                if errors.is_empty() { MessageOutcome::Processed } else { MessageOutcome::Failed(errors) }
            }
        };
        outcome.messages.push((message.id.clone(), result));
    }
}
