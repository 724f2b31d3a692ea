//! One file on its way in: claimed, fetched and evaluated.
//!
//! Nothing is published here.

use std::sync::Arc;

use super::best_effort_ledger::BestEffortLedger;
use super::deadline::{Deadline, within};
use super::plan::PlannedFile;
use crate::error::{Abort, FileError};
use crate::evaluator::Evaluator;
use crate::findings::{DeliveryTime, FileFindings, Stamp};
use crate::pipeline::Pipeline;
use crate::ports::{Claim, Clock as _, LogStore as _, Ports, PublishedParts};
use crate::publish_options::MetricOptions;

/// The result of reading one file.
pub(super) enum ReadFile {
    /// The ledger says that the file is done.
    Done,
    Failed(FileError),
    Evaluated {
        findings: Box<FileFindings>,
        /// What an earlier attempt published.
        published: PublishedParts,
        stamp: Stamp,
    },
}

/// Reads the files of one batch.
pub(super) struct FileReader<'b, P: Ports> {
    pub(super) pipeline: &'b Pipeline<P>,
    pub(super) evaluator: &'b Arc<Evaluator>,
    pub(super) ledger: &'b BestEffortLedger<'b, P::Ledger, P::Clock>,
    pub(super) deadline: Option<Deadline>,
}

impl<P: Ports> FileReader<'_, P> {
    /// Claims and evaluates one file. A file that fails after its claim is released here.
    pub(super) async fn read(&self, file: &PlannedFile) -> ReadFile {
        let object = &file.object;
        if !file.allowed {
            return ReadFile::Failed(FileError::BucketNotAllowed { object: object.clone() });
        }
        let now = self.pipeline.clock.now();
        if self.deadline.is_some_and(|deadline| now >= deadline.last_start) {
            return ReadFile::Failed(FileError::Deadline { object: object.clone() });
        }
        let published = match self.ledger.claim(object).await {
            Claim::Granted(published) => published,
            Claim::Done => return ReadFile::Done,
            Claim::InProgress => {
                return ReadFile::Failed(FileError::InProgress { object: object.clone() });
            }
        };
        let delivery = match file.options.metrics {
            MetricOptions::AsConfigured | MetricOptions::Off => self.pipeline.settings.delivery_time,
            MetricOptions::LogFileTime => DeliveryTime::LogFile,
        };
        let stamp = Stamp { delivery, now: now.unix_timestamp(), delivered: file.delivered };
        let last_read = self.deadline.map(|deadline| deadline.last_read);
        let evaluated = match within(&self.pipeline.clock, last_read, self.evaluate(file, stamp)).await {
            Some(evaluated) => evaluated,
            None => Err(FileError::Deadline { object: object.clone() }),
        };
        match evaluated {
            Ok(findings) => ReadFile::Evaluated { findings: Box::new(findings), published, stamp },
            Err(error) => {
                self.ledger.release(object, published, error.code()).await;
                ReadFile::Failed(error)
            }
        }
    }

    /// Fetches and evaluates one file; decompression and evaluation run on a blocking thread while bytes arrive.
    async fn evaluate(&self, file: &PlannedFile, stamp: Stamp) -> Result<FileFindings, FileError> {
        let object = &file.object;
        let opened = self.pipeline.store.open(object).await;
        let body = opened.map_err(|source| FileError::Fetch { object: object.clone(), source })?;
        let evaluator = Arc::clone(self.evaluator);
        let limits = self.pipeline.settings.limits;
        tokio::task::spawn_blocking(move || evaluator.evaluate(body, limits, stamp))
            .await
            .map_err(|source| FileError::Aborted {
                object: object.clone(),
                source: Abort::Task(source.into()),
            })?
            .map_err(|source| FileError::Read { object: object.clone(), source })
    }
}
