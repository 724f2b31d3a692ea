//! One batch of log files on its way through the pipeline, and the settings of a pipeline on this machine.
//!
//! What the pipeline reads, publishes and remembers is up to its ports.

use std::collections::BTreeMap;

use cloudtrail::Limits;
use pipeline::{
    BatchOutcome, DeliveryTime, Message, Pipeline, Ports, PublishOptions, Settings, UnrecognizedKeys,
};

use super::files::{BUCKET, FileList};
use super::misnamed::{Misnamed, take_misnamed};
use super::shapes::{FileShape, Shapes};

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct BatchResult {
    pub(crate) first: Pass,
    /// The files that the strict reader refused, read in any shape, and what it said about them.
    pub(crate) second: Option<(Pass, Vec<Misnamed>)>,
}

/// One pass of files through the pipeline.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) outcome: BatchOutcome,
    /// What the reader of any shape said about the files, by their indices.
    pub(crate) shapes: BTreeMap<usize, FileShape>,
}

/// Runs one batch: the files at the positions from `first` on in the list. Files that turn out to have another shape go
/// through the pipeline once more.
pub(crate) async fn run_batch<P: Ports>(
    pipeline: &Pipeline<P>,
    files: &FileList,
    shapes: &Shapes,
    (first, indices): (usize, &[usize]),
) -> BatchResult {
    let messages: Vec<Message> = (first..)
        .zip(indices)
        .map(|(position, index)| message(position.to_string(), files.key(*index)))
        .collect();
    let mut outcome = pipeline.process(&messages, None).await;
    let misnamed = take_misnamed(&mut outcome, files);
    let first = Pass { outcome, shapes: shapes.take(indices) };
    if misnamed.is_empty() {
        return BatchResult { first, second: None };
    }
    let again: Vec<usize> = misnamed.iter().map(|(index, ..)| *index).collect();
    shapes.expect_any_shape(again.iter().copied());
    let messages: Vec<Message> =
        misnamed.iter().map(|(index, id, _)| message(id.clone(), files.key(*index))).collect();
    let outcome = pipeline.process(&messages, None).await;
    let second = Pass { outcome, shapes: shapes.take(&again) };
    BatchResult { first, second: Some((second, misnamed)) }
}

/// Settings with which the same files always give the same report.
pub(crate) fn settings(concurrency: usize, limits: Limits) -> Settings {
    Settings {
        patience: None,
        concurrency,
        limits,
        delivery_time: DeliveryTime::LogFile,
        unrecognized_keys: UnrecognizedKeys::LogFile,
        allowed_buckets: None,
        telemetry_namespace: None,
    }
}

/// The message with which CloudTrail announces a log file; its id is the file's position in the list.
fn message(id: String, key: &str) -> Message {
    Message {
        id,
        body: serde_json::json!({ "s3Bucket": BUCKET, "s3ObjectKey": [key] }).to_string(),
        options: PublishOptions::default(),
    }
}
