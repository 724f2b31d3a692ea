//! The files of one batch from reading to closing: steps 2 to 6 of the order of effects.
//!
//! What a message becomes when its files are closed is decided in `settle`.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures::StreamExt as _;

use super::best_effort_ledger::BestEffortLedger;
use super::contribution::{AcceptedTimestamps, Contribution};
use super::deadline::{Deadline, publish_within};
use super::new_findings::new_findings;
use super::pending_alerts::{PendingAlert, pending_alerts};
use super::plan::PlannedFile;
use super::publish::{Publisher, Unpublished};
use super::read::{FileReader, ReadFile};
use super::stage::{FileStage, OpenFile};
use crate::alert::Alert;
use crate::counts::{RecordCounts, RuleCounts};
use crate::evaluator::Evaluator;
use crate::findings::{DeliveryTime, FileFindings, RejectedRecord, Stamp};
use crate::outcome::{BatchOutcome, Fault};
use crate::pipeline::Pipeline;
use crate::ports::{AlertSink as _, Clock as _, MetricSink as _, Ports, SeenFile};

/// The work on one batch.
pub(super) struct BatchRun<'b, P: Ports> {
    pipeline: &'b Pipeline<P>,
    files: &'b [PlannedFile],
    evaluator: &'b Arc<Evaluator>,
    ledger: &'b BestEffortLedger<'b, P::Ledger, P::Clock>,
    deadline: Option<Deadline>,
    /// One for each file, in the order of `files`.
    stages: Vec<FileStage>,
    outcome: BatchOutcome,
}

impl<'b, P: Ports> BatchRun<'b, P> {
    /// The run over `files` with the rules of `evaluator`. Nothing is done yet.
    pub(super) fn new(
        pipeline: &'b Pipeline<P>,
        files: &'b [PlannedFile],
        evaluator: &'b Arc<Evaluator>,
        ledger: &'b BestEffortLedger<'b, P::Ledger, P::Clock>,
        deadline: Option<Deadline>,
    ) -> Self {
        let rules = vec![RuleCounts::default(); evaluator.rules().len()];
        let outcome = BatchOutcome { rules, ..BatchOutcome::default() };
        let stages = files.iter().map(|_| FileStage::Unread).collect();
        Self { pipeline, files, evaluator, ledger, deadline, stages, outcome }
    }

    /// Reads, publishes and closes all files: in one round, or in several if a file takes long to read.
    pub(super) async fn finish(mut self) -> (Vec<FileStage>, BatchOutcome) {
        let reader = FileReader {
            pipeline: self.pipeline,
            evaluator: self.evaluator,
            ledger: self.ledger,
            deadline: self.deadline,
        };
        let reads = self.files.iter().enumerate().map(|(index, file)| {
            let read = reader.read(file);
            async move { (index, read.await) }
        });
        let concurrency = self.pipeline.settings.concurrency.max(1);
        let mut reads = std::pin::pin!(futures::stream::iter(reads).buffer_unordered(concurrency));
        while let Some(first) = reads.next().await {
            let mut round = BTreeMap::from([first]);
            while let Ok(Some((index, read))) = self.patiently(reads.next()).await {
                round.insert(index, read);
            }
            self.finish_round(round).await;
        }
        self.outcome.ledger_errors += self.ledger.errors();
        (self.stages, self.outcome)
    }

    /// Waits for the next file to be read, for as long as the files already read may wait.
    async fn patiently<T>(&self, next: impl Future<Output = T>) -> Result<T, tokio::time::error::Elapsed> {
        match self.pipeline.settings.patience {
            Some(patience) => tokio::time::timeout(patience, next).await,
            None => Ok(next.await),
        }
    }

    /// Steps 3 to 6 for the files of one round, in the order of the batch.
    async fn finish_round(&mut self, round: BTreeMap<usize, ReadFile>) {
        for (index, read) in round {
            if let Some(file) = self.files.get(index) {
                let next = self.open(file, read).await;
                if let Some(stage) = self.stages.get_mut(index) {
                    *stage = next;
                }
            }
        }
        self.publish_metrics().await;
        self.publish_alerts().await;
        for index in 0..self.files.len() {
            self.close(index).await;
        }
    }

    /// Step 3 for one file: removes findings that belong to another file.
    async fn open(&self, file: &PlannedFile, read: ReadFile) -> FileStage {
        match read {
            ReadFile::Done => FileStage::Done,
            ReadFile::Failed(error) => FileStage::Failed(Arc::new(error)),
            ReadFile::Evaluated { findings, published, stamp } => FileStage::Open(Box::new(OpenFile {
                contribution: self.contribution(file, &findings, stamp).await,
                records: findings.records,
                rejections: rejections(file, &findings),
                lag: stamp.delivered.map(|at| (stamp.now - at).max(0)),
                published,
                failure: None,
            })),
        }
    }

    async fn contribution(&self, file: &PlannedFile, findings: &FileFindings, stamp: Stamp) -> Contribution {
        let rules = self.evaluator.rules();
        let counted = new_findings(&file.object, rules, findings, self.ledger).await;
        let seen = SeenFile { object: &file.object, findings, counted: &counted, stamp };
        self.pipeline.metrics.see(&seen);
        let accepted = AcceptedTimestamps::around(stamp.now, self.pipeline.metrics.accepted_seconds());
        Contribution::of(&file.object, findings, &counted, rules, stamp, accepted).limited_to(file.options)
    }

    /// Step 4: publishes the datapoints, file by file.
    async fn publish_metrics(&mut self) {
        let (metrics, clock) = (&self.pipeline.metrics, &self.pipeline.clock);
        let publisher = Publisher { sink: metrics, clock, deadline: self.deadline };
        for (index, file) in self.files.iter().enumerate() {
            let Some(FileStage::Open(open)) = self.stages.get_mut(index) else { continue };
            let before = open.published.clone();
            let (refused, result) = publisher.publish(&open.contribution.series, &mut open.published).await;
            self.outcome.dropped.refused += refused;
            open.failure = result.err().map(|reason| reason.of_metrics(&file.object));
            if open.failure.is_none() && open.unpublished_alerts(self.evaluator).next().is_none() {
                self.close(index).await;
            } else if open.published != before {
                self.ledger.note(&file.object, &open.published).await;
            }
        }
    }

    /// Step 5: publishes the alerts, one by one.
    async fn publish_alerts(&mut self) {
        let told = match self.pipeline.settings.delivery_time {
            DeliveryTime::Present => Some(self.pipeline.clock.now().unix_timestamp()),
            DeliveryTime::LogFile => None,
        };
        let evaluator: &'b Evaluator = self.evaluator;
        for PendingAlert { alert, members } in pending_alerts(&self.stages, evaluator, told) {
            let result = self.publish_alert(&alert).await;
            self.outcome.alerts_published += u64::from(result.is_ok());
            for (index, key) in members {
                let (Some(file), Some(FileStage::Open(open))) =
                    (self.files.get(index), self.stages.get_mut(index))
                else {
                    continue;
                };
                match &result {
                    Ok(()) => {
                        open.published.alerts.insert(key);
                        self.ledger.note(&file.object, &open.published).await;
                    }
                    Err(reason) => {
                        open.failure.get_or_insert_with(|| reason.of_alerts(&file.object));
                    }
                }
            }
        }
    }

    async fn publish_alert(&self, alert: &Alert) -> Result<(), Unpublished> {
        let publish = self.pipeline.alerts.publish(alert);
        match publish_within(&self.pipeline.clock, self.deadline, publish).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Unpublished::Refused(Arc::new(error))),
            None => Err(Unpublished::Deadline),
        }
    }

    /// Step 6 for one file. Does nothing unless the file is open.
    async fn close(&mut self, index: usize) {
        let (Some(file), Some(stage)) = (self.files.get(index), self.stages.get_mut(index)) else { return };
        let FileStage::Open(open) = stage else { return };
        *stage = match open.failure.take() {
            None => {
                count(&mut self.outcome, &open.contribution, open.records, open.lag);
                self.outcome.rejections.append(&mut open.rejections);
                self.ledger.finish(&file.object).await;
                FileStage::Processed
            }
            Some(error) => {
                let published = std::mem::take(&mut open.published);
                self.ledger.release(&file.object, published, error.code()).await;
                FileStage::Failed(Arc::new(error))
            }
        };
    }
}

/// Counts one processed file.
fn count(outcome: &mut BatchOutcome, contribution: &Contribution, records: RecordCounts, lag: Option<i64>) {
    outcome.records += records;
    outcome.delivery_lags.extend(lag);
    outcome.dropped += contribution.dropped;
    for (total, counts) in outcome.rules.iter_mut().zip(&contribution.rules) {
        *total += *counts;
    }
}

fn rejections(file: &PlannedFile, findings: &FileFindings) -> Vec<Fault> {
    let fault = |rejected: &RejectedRecord| Fault {
        object: Some(file.object.clone()),
        message_id: String::new(),
        event: rejected.event,
        message: format!("`{}`: {}", file.object, rejected.message),
    };
    findings.rejected.iter().map(fault).collect()
}
