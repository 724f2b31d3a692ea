//! Runs the log files through the pipeline, batch by batch.
//!
//! Reading and evaluating takes most of the time, so several batches are under way at once. A batch asks the ledger which
//! findings are new, and that answer depends on the batches before it: the ledger lets it wait for them. Notes are read in
//! the order of the batches, so the report does not depend on which batch is evaluated first.

use std::sync::Arc;

use cloudtrail::{Limits, S3Object};
use futures::StreamExt as _;
use indicatif::ProgressBar;
use pipeline::{
    Cause, Claim, Evaluator, Ledger, LogStore, MemoryLedger, Pipeline, Ports, PublishedParts, StoreError,
    SystemClock,
};
use time::OffsetDateTime;
use tokio::sync::watch;

use super::notes::NoteSinks;
use super::record::Recorder;
use super::schedule::{Batch, Schedule};
use crate::replay::{Body, FileList, LocalStore, ReplayTotals, Sources, run_batch, settings};

/// Sightings that the ledger remembers, at least. CloudTrail repeats events within hours.
const REMEMBERED_SIGHTINGS: usize = 200_000;
/// Batches under way for each file that can be read at the same time. Most batches have one file or a few.
const BATCHES_PER_READER: usize = 2;

/// This machine behind the pipeline's ports.
enum BacktestPorts {}

impl Ports for BacktestPorts {
    type Store = SharedStore;
    type Ledger = OrderedLedger;
    type Metrics = NoteSinks;
    type Alerts = NoteSinks;
    type Clock = SystemClock;
    type Rules = Arc<Evaluator>;
}

/// What a run reads.
pub(super) struct EngineInput<'i> {
    pub(super) sources: &'i Sources,
    pub(super) files: Arc<FileList>,
    pub(super) schedule: &'i Schedule,
    pub(super) limits: Limits,
    pub(super) progress: &'i ProgressBar,
}

/// Runs all batches.
///
/// # Errors
///
/// If the runtime cannot start.
pub(super) fn run(
    input: &EngineInput<'_>,
    evaluator: Evaluator,
    recorder: &mut Recorder<'_>,
    totals: &mut ReplayTotals<'_>,
) -> anyhow::Result<()> {
    let EngineInput { sources, files, schedule, limits, progress } = input;
    let concurrency = sources.concurrency();
    let store = Arc::new(LocalStore::new(Arc::clone(files), *limits, (*progress).clone(), sources));
    let evaluator = Arc::new(evaluator);
    let ledger = Arc::new(MemoryLedger::with_capacity(REMEMBERED_SIGHTINGS));
    let finished = watch::Sender::new(0_usize);
    let one = async |place: usize, batch: &Batch| {
        let sinks = NoteSinks::default();
        let pipeline = Pipeline::<BacktestPorts> {
            store: SharedStore(Arc::clone(&store)),
            ledger: OrderedLedger { ledger: Arc::clone(&ledger), place, finished: finished.subscribe() },
            metrics: sinks.clone(),
            alerts: sinks.clone(),
            clock: SystemClock,
            rules: Arc::clone(&evaluator),
            settings: settings(concurrency, *limits),
        };
        let at = (batch.first, batch.files.as_slice());
        let result = run_batch(&pipeline, files, store.shapes(), at).await;
        // An earlier batch may still be under way if this one had nothing to ask.
        pipeline.ledger.turn().await;
        finished.send_replace(place + 1);
        (sinks, result)
    };
    sources.block_on(async {
        let batches = (0..).zip(&schedule.batches).map(|(place, batch)| one(place, batch));
        let mut batches =
            std::pin::pin!(futures::stream::iter(batches).buffered(concurrency * BATCHES_PER_READER));
        for batch in &schedule.batches {
            let Some((sinks, result)) = batches.next().await else { break };
            totals.add(result);
            recorder.add(sinks.take(), batch.delivered);
            if batch.ends_minute {
                recorder.end_minute();
            }
        }
        Ok(())
    })
}

/// The log store of all batches.
#[derive(Debug)]
struct SharedStore(Arc<LocalStore>);

impl LogStore for SharedStore {
    type Body = Body;

    async fn open(&self, object: &S3Object) -> Result<Body, StoreError> {
        self.0.open(object).await
    }
}

/// The ledger as one batch sees it. It answers when all earlier batches are finished.
#[derive(Debug)]
struct OrderedLedger {
    ledger: Arc<MemoryLedger>,
    /// The place of the batch among all batches.
    place: usize,
    /// The number of finished batches.
    finished: watch::Receiver<usize>,
}

impl OrderedLedger {
    /// Waits until all earlier batches are finished.
    async fn turn(&self) {
        // The sender lives as long as the run.
        let _ = self.finished.clone().wait_for(|finished| *finished >= self.place).await;
    }
}

impl Ledger for OrderedLedger {
    async fn claim(&self, file: &S3Object, until: Option<OffsetDateTime>) -> Result<Claim, Cause> {
        self.ledger.claim(file, until).await
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        self.turn().await;
        self.ledger.first_sightings(file, sightings).await
    }

    async fn note(&self, file: &S3Object, published: &PublishedParts) -> Result<(), Cause> {
        self.ledger.note(file, published).await
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        self.ledger.finish(file).await
    }

    async fn release(
        &self,
        file: &S3Object,
        published: PublishedParts,
        code: &'static str,
    ) -> Result<(), Cause> {
        self.ledger.release(file, published, code).await
    }
}
