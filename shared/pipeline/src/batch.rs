//! One batch: the order of effects.
//!
//! 1. Messages become a list of files, each to be read once, and the rules in force become those of the batch, to its
//!    end. Where there are none, every file fails here.
//! 2. Every file is claimed in the ledger, fetched and evaluated, several at a time. Nothing of it is published yet.
//!    The next steps are for all files that are read by then: one that takes long delays the others by
//!    [`Settings::patience`] at most, and has a round of its own.
//! 3. In the order of the batch, findings that the ledger knows from another file are taken out.
//! 4. File by file, datapoints are published, and the ledger is told: that the file is done, where it has no alerts,
//!    or else what is out.
//! 5. Alerts are published for the files whose datapoints are out, one by one; after each one the ledger is told.
//! 6. Each file that is still open is marked done in the ledger, or given back with what is already out, so that the
//!    next attempt publishes the rest only.
//! 7. The telemetry of the batch is published; its failure fails no message.
//!
//! Something can be published twice in these cases only, because neither PutMetricData nor Publish has an idempotency
//! token: the process dies after the one request of 4 or 5 that is under way, and before the ledger knows of it (that is
//! one file's datapoints, or one alert); a request takes effect and its answer is lost; the ledger is out of reach and the
//! file comes again. Nothing is lost in any of them, because the message is still in the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cloudtrail::Limits;
use futures::StreamExt as _;
use time::OffsetDateTime;

use crate::alert::{Alert, Group, key_of};
use crate::book::Book;
use crate::commit::Contribution;
use crate::deadline::{Deadline, publish_within, within};
use crate::error::{Abort, FileError, Retry, chain};
use crate::evaluate::{DeliveryTime, Evaluator, FileFindings, GroupKey, RejectedRecord};
use crate::intake::ReadFile;
use crate::outcome::{BatchOutcome, Fault, Message, MessageOutcome, RecordCounts, RuleCounts};
use crate::ports::{AlertSink, Clock, CurrentRules, Ledger, LogStore, MetricSink, Progress, RuleSource};
use crate::publish::{Publisher, Unpublished};
use crate::rule_source::RulesError;
use crate::telemetry;
use crate::treatment::Treatment;
pub use crate::work::UnrecognizedKeys;
use crate::work::{Mention, Plan, PlannedFile, PlannedMessage};

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Files that are fetched and evaluated at the same time; at least 1.
    pub concurrency: usize,
    /// How long files that are read wait for the next one of their batch before they are published without those that
    /// are still being read; `None` lets them wait for all.
    pub patience: Option<Duration>,
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
            patience: Some(Duration::from_secs(2)),
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
    Unread,
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

impl OpenFile {
    /// The groups whose alerts are not out, with the keys of these alerts.
    fn alert_keys<'f>(
        &'f self,
        evaluator: &'f Evaluator,
    ) -> impl Iterator<Item = (&'f GroupKey, &'f Group, String)> {
        self.contribution.groups.iter().filter_map(|(key, group)| {
            let alert_key = key_of(key, evaluator.rules().get(key.rule)?);
            (!self.progress.alerts.contains(&alert_key)).then_some((key, group, alert_key))
        })
    }
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
        outcome.files_backfilled =
            plan.files.iter().map(|file| u64::from(file.treatment != Treatment::default())).sum();
        let states = match evaluator {
            Ok(evaluator) => self.process_files(&plan.files, &evaluator, deadline, &mut outcome).await,
            Err(reason) => plan.files.iter().map(|file| FileState::without_rules(file, &reason)).collect(),
        };
        settle(messages, plan, &states, &mut outcome);
        self.publish_telemetry(&outcome, deadline.map(|deadline| deadline.end)).await;
        outcome
    }

    /// Steps 2 to 6, in one round, or in several where a file takes long.
    async fn process_files(
        &self,
        files: &[PlannedFile],
        evaluator: &Arc<Evaluator>,
        deadline: Option<Deadline>,
        outcome: &mut BatchOutcome,
    ) -> Vec<FileState> {
        outcome.rules = vec![RuleCounts::default(); evaluator.rules().len()];
        let book = Book::open(&self.ledger, &self.clock, deadline);
        let mut states: Vec<FileState> = files.iter().map(|_| FileState::Unread).collect();
        let reads = files.iter().zip(0..).map(|(file, index)| {
            let read = self.read(file, evaluator, &book, deadline);
            async move { (index, read.await) }
        });
        let mut reads =
            std::pin::pin!(futures::stream::iter(reads).buffer_unordered(self.settings.concurrency.max(1)));
        while let Some(first) = reads.next().await {
            let mut round = BTreeMap::from([first]);
            while let Ok(Some((index, read))) = self.patiently(reads.next()).await {
                round.insert(index, read);
            }
            for (index, read) in round {
                if let (Some(file), Some(state)) = (files.get(index), states.get_mut(index)) {
                    *state = self.evaluated(file, read, evaluator, &book).await;
                }
            }
            self.publish_metrics(files, &mut states, evaluator, &book, deadline, outcome).await;
            let pending = pending_alerts(&states, evaluator);
            self.publish_alerts(files, &pending, &mut states, &book, deadline, outcome).await;
            for (file, state) in files.iter().zip(&mut states) {
                close(file, state, &book, outcome).await;
            }
        }
        outcome.ledger_errors += book.errors();
        states
    }

    /// Waits for the next file that is read, for as long as those that are read may wait.
    async fn patiently<T>(&self, next: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
        match self.settings.patience {
            Some(patience) => tokio::time::timeout(patience, next).await,
            None => Ok(next.await),
        }
    }

    /// Step 3 for one file.
    async fn evaluated(
        &self,
        file: &PlannedFile,
        read: ReadFile,
        evaluator: &Evaluator,
        book: &Book<'_, L, C>,
    ) -> FileState {
        match read {
            ReadFile::Done => FileState::Done,
            ReadFile::Failed(error) => FileState::Failed(Arc::new(error)),
            ReadFile::Evaluated { findings, progress, stamp } => FileState::Open(Box::new(OpenFile {
                contribution: self.contribution(file, evaluator, &findings, stamp, book).await,
                records: findings.records,
                rejections: rejections(file, &findings),
                lag: stamp.delivered.map(|at| (stamp.now - at).max(0)),
                progress,
                failure: None,
            })),
        }
    }

    /// Step 4.
    async fn publish_metrics(
        &self,
        files: &[PlannedFile],
        states: &mut [FileState],
        evaluator: &Evaluator,
        book: &Book<'_, L, C>,
        deadline: Option<Deadline>,
        outcome: &mut BatchOutcome,
    ) {
        let publisher = Publisher { sink: &self.metrics, clock: &self.clock, deadline };
        for (file, state) in files.iter().zip(states) {
            let FileState::Open(open) = state else { continue };
            let known = open.progress.clone();
            let (refused, result) = publisher.publish(&open.contribution.series, &mut open.progress).await;
            outcome.dropped.refused += refused;
            open.failure = result.err().map(|reason| reason.of_metrics(&file.object));
            if open.failure.is_none() && open.alert_keys(evaluator).next().is_none() {
                close(file, state, book, outcome).await;
            } else if open.progress != known {
                book.note(file, &open.progress).await;
            }
        }
    }

    /// Step 5.
    async fn publish_alerts(
        &self,
        files: &[PlannedFile],
        pending: &[PendingAlert],
        states: &mut [FileState],
        book: &Book<'_, L, C>,
        deadline: Option<Deadline>,
        outcome: &mut BatchOutcome,
    ) {
        for PendingAlert { alert, members } in pending {
            let result = self.publish_alert(alert, deadline).await;
            outcome.alerts_published += u64::from(result.is_ok());
            for (member, key) in members {
                let (Some(file), Some(FileState::Open(open))) = (files.get(*member), states.get_mut(*member))
                else {
                    continue;
                };
                match &result {
                    Ok(()) => {
                        open.progress.alerts.insert(key.clone());
                        book.note(file, &open.progress).await;
                    }
                    Err(reason) => {
                        open.failure.get_or_insert_with(|| reason.of_alerts(&file.object));
                    }
                }
            }
        }
    }

    async fn publish_alert(&self, alert: &Alert, deadline: Option<Deadline>) -> Result<(), Unpublished> {
        match publish_within(&self.clock, deadline, self.alerts.publish(alert)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Unpublished::Refused(Arc::new(error))),
            None => Err(Unpublished::Deadline),
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

/// Step 6 for one file, unless it is closed.
async fn close<L: Ledger, C: Clock>(
    file: &PlannedFile,
    state: &mut FileState,
    book: &Book<'_, L, C>,
    outcome: &mut BatchOutcome,
) {
    let FileState::Open(open) = state else { return };
    *state = match open.failure.take() {
        None => {
            outcome.count(&open.contribution, open.records, open.lag);
            outcome.rejections.append(&mut open.rejections);
            book.finish(file).await;
            FileState::Processed
        }
        Some(error) => {
            book.release(file, std::mem::take(&mut open.progress), error.code()).await;
            FileState::Failed(Arc::new(error))
        }
    };
}

/// The alerts of all files whose datapoints are out, without what an earlier attempt has published.
fn pending_alerts(states: &[FileState], evaluator: &Evaluator) -> Vec<PendingAlert> {
    let mut merged: BTreeMap<GroupKey, (Group, Vec<(usize, String)>)> = BTreeMap::new();
    let mut groups_of_rule: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, state) in states.iter().enumerate() {
        let FileState::Open(open) = state else { continue };
        if open.failure.is_some() {
            continue;
        }
        for (key, group, alert_key) in open.alert_keys(evaluator) {
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
                            // Every file is read and closed by then; should one not be, its message must not be lost.
                            Some(FileState::Open(_) | FileState::Unread) | None => {
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
