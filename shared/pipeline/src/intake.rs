//! One file on its way in: claimed, fetched, evaluated, and freed of what other files have brought before.
//!
//! Nothing is published here.

use std::sync::Arc;

use crate::batch::Pipeline;
use crate::book::Book;
use crate::commit::{Contribution, Window};
use crate::deadline::{Deadline, within};
use crate::error::{Abort, FileError};
use crate::evaluate::{DeliveryTime, Evaluator, FileFindings, Stamp, position};
use crate::ports::{AlertSink, Claim, Clock, Ledger, LogStore, MetricSink, Progress, RuleSource};
use crate::treatment::MetricTreatment;
use crate::work::PlannedFile;

/// Sightings asked for in one call of the ledger; so many go without an answer when one of them does.
const SIGHTINGS_PER_CALL: usize = 100;

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
    /// Claims and evaluates one file.
    pub(crate) async fn read(
        &self,
        file: &PlannedFile,
        evaluator: &Arc<Evaluator>,
        book: &Book<'_, L, C>,
        deadline: Option<Deadline>,
    ) -> ReadFile {
        let object = &file.object;
        if !file.allowed {
            return ReadFile::Failed(FileError::BucketNotAllowed { object: object.clone() });
        }
        let now = self.clock.now();
        if deadline.is_some_and(|deadline| now >= deadline.last_start) {
            return ReadFile::Failed(FileError::Deadline { object: object.clone() });
        }
        let progress = match book.claim(file).await {
            Claim::Granted(progress) => progress,
            Claim::Done => return ReadFile::Done,
            Claim::InProgress => {
                return ReadFile::Failed(FileError::InProgress { object: object.clone() });
            }
        };
        let delivery = match file.treatment.metrics {
            MetricTreatment::AsConfigured | MetricTreatment::Off => self.settings.delivery_time,
            MetricTreatment::LogFileTime => DeliveryTime::LogFile,
        };
        let stamp = Stamp { delivery, now: now.unix_timestamp(), delivered: file.delivered };
        let last_read = deadline.map(|deadline| deadline.last_read);
        let evaluated = match within(&self.clock, last_read, self.evaluate(file, evaluator, stamp)).await {
            Some(evaluated) => evaluated,
            None => Err(FileError::Deadline { object: object.clone() }),
        };
        match evaluated {
            Ok(findings) => ReadFile::Evaluated { findings, progress, stamp },
            Err(error) => {
                book.release(file, progress, error.code()).await;
                ReadFile::Failed(error)
            }
        }
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
        book: &Book<'_, L, C>,
    ) -> Contribution {
        let counted = counted(file, evaluator, findings, book).await;
        let window = Window::around(stamp.now, self.metrics.accepted_seconds());
        Contribution::of(&file.object, findings, &counted, evaluator.rules(), stamp, window)
            .treated(file.treatment)
    }
}

/// For each finding, whether it is new.
async fn counted<L: Ledger, C: Clock>(
    file: &PlannedFile,
    evaluator: &Evaluator,
    findings: &FileFindings,
    book: &Book<'_, L, C>,
) -> Vec<bool> {
    let mut counted = vec![true; findings.findings.len()];
    let mut asked = Vec::new();
    let mut index = 0;
    for (record, own) in findings.by_record() {
        for finding in own {
            let rule = evaluator.rules().get(position(finding.rule)).filter(|rule| rule.deduplicate);
            if let (Some(event_id), Some(rule)) = (&record.event_id, rule) {
                asked.push((index, format!("{event_id} {}", rule.id)));
            }
            index += 1;
        }
    }
    for asked in asked.chunks(SIGHTINGS_PER_CALL) {
        let sightings: Vec<String> = asked.iter().map(|(_, sighting)| sighting.clone()).collect();
        let first = book.first_sightings(file, &sightings).await;
        for ((index, _), first) in asked.iter().zip(first) {
            if let Some(counted) = counted.get_mut(*index) {
                *counted = first;
            }
        }
    }
    counted
}
