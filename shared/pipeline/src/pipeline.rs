//! The parts of a pipeline: its ports and its settings.
//!
//! What the pipeline does with them is in `batch`.

use std::collections::BTreeSet;
use std::time::Duration;

use cloudtrail::Limits;

use crate::findings::DeliveryTime;
use crate::ports::Ports;

/// What happens to keys that name neither a CloudTrail file of any kind nor a file of another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnrecognizedKeys {
    /// They do not belong to CloudTrail: they are ignored and counted.
    Ignore,
    /// They are log files that somebody named, as in a folder on a laptop.
    LogFile,
}

/// How a pipeline behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many files are fetched and evaluated at the same time; at least 1.
    pub concurrency: usize,
    /// How long files that have been read wait for the next file of their batch. When this time has passed, they are
    /// published without the files that are still being read. With `None` they wait for all files.
    pub patience: Option<Duration>,
    /// The limits of what a log file may contain.
    pub limits: Limits,
    /// Which time a datapoint of `timestamp: delivery` gets.
    pub delivery_time: DeliveryTime,
    /// What happens to keys that name neither a CloudTrail file of any kind nor a file of another service.
    pub unrecognized_keys: UnrecognizedKeys,
    /// The buckets that may be read; `None` allows every bucket that the role can read.
    pub allowed_buckets: Option<BTreeSet<String>>,
    /// The namespace of Trailbell's own metrics; with `None` there are none.
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

/// The ports and settings of one process.
#[derive(Debug)]
pub struct Pipeline<P: Ports> {
    /// Where log files are read from.
    pub store: P::Store,
    /// What was done before.
    pub ledger: P::Ledger,
    /// Where datapoints go.
    pub metrics: P::Metrics,
    /// Where alerts go.
    pub alerts: P::Alerts,
    /// The time.
    pub clock: P::Clock,
    /// Where a batch gets its rules; an [`Evaluator`](crate::Evaluator) stands for rules that never change.
    pub rules: P::Rules,
    /// How the pipeline behaves.
    pub settings: Settings,
}
