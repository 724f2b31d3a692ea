//! One file on its way in: claimed, fetched, evaluated, and freed of what other files have brought before.
//!
//! Nothing is published here.

use std::sync::Arc;

use crate::batch::Pipeline;
use crate::commit::{Contribution, Window};
use crate::deadline::{Deadline, within};
use crate::error::{Abort, FileError, chain};
use crate::evaluate::{Evaluator, FileFindings, Stamp, position};
use crate::outcome::BatchOutcome;
use crate::ports::{AlertSink, Claim, Clock, Ledger, LogStore, MetricSink, Progress, RuleSource};
use crate::work::PlannedFile;

/// Sightings asked for in one call of the ledger.
const SIGHTINGS_PER_CALL: usize = 1000;

/// What reading one file came to.
pub(crate) enum ReadFile {
    /// The ledger knows it as done.
    Done,
    Failed(FileError),
    Evaluated {
        findings: FileFindings,
        progress: Progress,
        stamp: Stamp,
    },
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
    /// Claims and evaluates one file. The number is that of the calls in which the ledger was out of reach.
    pub(crate) async fn read(
        &self,
        file: &PlannedFile,
        evaluator: &Arc<Evaluator>,
        deadline: Option<Deadline>,
    ) -> (ReadFile, u64) {
        let object = &file.object;
        if !file.allowed {
            return (ReadFile::Failed(FileError::BucketNotAllowed { object: object.clone() }), 0);
        }
        let now = self.clock.now();
        if deadline.is_some_and(|deadline| now >= deadline.last_start) {
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
        let last_read = deadline.map(|deadline| deadline.last_read);
        let evaluated = match within(&self.clock, last_read, self.evaluate(file, evaluator, stamp)).await {
            Some(evaluated) => evaluated,
            None => Err(FileError::Deadline { object: object.clone() }),
        };
        let read = match evaluated {
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
    async fn evaluate(
        &self,
        file: &PlannedFile,
        evaluator: &Arc<Evaluator>,
        stamp: Stamp,
    ) -> Result<FileFindings, FileError> {
        let object = &file.object;
        let body = self
            .store
            .open(object)
            .await
            .map_err(|source| FileError::Fetch { object: object.clone(), source })?;
        let evaluator = Arc::clone(evaluator);
        let limits = self.settings.limits;
        tokio::task::spawn_blocking(move || evaluator.evaluate(body, limits, stamp))
            .await
            .map_err(|source| FileError::Aborted {
                object: object.clone(),
                source: Abort::Task(source.into()),
            })?
            .map_err(|source| FileError::Read { object: object.clone(), source })
    }

    /// What a file adds once the findings that other files have brought before are taken out.
    pub(crate) async fn contribution(
        &self,
        file: &PlannedFile,
        evaluator: &Evaluator,
        findings: &FileFindings,
        stamp: Stamp,
        outcome: &mut BatchOutcome,
    ) -> Contribution {
        let counted = self.counted(file, evaluator, findings, outcome).await;
        let window = Window::around(stamp.now, self.metrics.accepted_seconds());
        Contribution::of(&file.object, findings, &counted, evaluator.rules(), stamp, window)
    }

    /// For each finding, whether it is new. Without an answer of the ledger it is: a late duplicate is better than
    /// a lost alert.
    async fn counted(
        &self,
        file: &PlannedFile,
        evaluator: &Evaluator,
        findings: &FileFindings,
        outcome: &mut BatchOutcome,
    ) -> Vec<bool> {
        let mut counted = vec![true; findings.findings.len()];
        let mut asked = Vec::new();
        let mut sightings = Vec::new();
        let mut index = 0;
        for (record, own) in findings.by_record() {
            for finding in own {
                let rule = evaluator.rules().get(position(finding.rule));
                if let (Some(event_id), Some(rule)) = (&record.event_id, rule) {
                    asked.push(index);
                    sightings.push(format!("{event_id} {}", rule.id));
                }
                index += 1;
            }
            if sightings.len() >= SIGHTINGS_PER_CALL {
                self.ask(file, &mut asked, &mut sightings, &mut counted, outcome).await;
            }
        }
        self.ask(file, &mut asked, &mut sightings, &mut counted, outcome).await;
        counted
    }

    async fn ask(
        &self,
        file: &PlannedFile,
        asked: &mut Vec<usize>,
        sightings: &mut Vec<String>,
        counted: &mut [bool],
        outcome: &mut BatchOutcome,
    ) {
        if !sightings.is_empty() {
            match self.ledger.first_sightings(&file.object, sightings).await {
                Ok(first) => {
                    for (index, first) in asked.iter().zip(first) {
                        if let Some(counted) = counted.get_mut(*index) {
                            *counted = first;
                        }
                    }
                }
                Err(error) => {
                    outcome.ledger_errors += 1;
                    report_ledger("first sightings", &*error);
                }
            }
        }
        asked.clear();
        sightings.clear();
    }
}

pub(crate) fn report_ledger(step: &'static str, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(
        code = "ledger.unavailable",
        step,
        "the ledger is out of reach, so a redelivered file may count twice: {}",
        chain(error),
    );
}
