//! One batch end to end: messages in, datapoints and alerts out, over ports.
//!
//! The flow goes one way: [`Message`] → notification → log file → records → matches → findings → datapoints and
//! alerts → publish → ledger → [`BatchOutcome`]. The crate knows neither AWS clients nor files nor environment
//! variables: everything outside comes through the traits in [`ports`], so that the Lambda function and
//! `trailbell replay` run the same code.
//!
//! Where to look: [`batch`] holds the order of effects, [`evaluate`] the work for one log file, [`datapoint`] the
//! merging and the PutMetricData limits, [`alert`] what a person reads, [`rule_source`] how rules change while the
//! process runs, [`error`] the failure taxonomy.

pub mod alert;
pub mod batch;
pub mod datapoint;
pub mod error;
pub mod evaluate;
pub mod ledger;
pub mod outcome;
pub mod ports;
pub mod rule_source;
pub mod telemetry;
pub mod treatment;

mod book;
mod commit;
mod deadline;
mod intake;
mod publish;
mod text;
mod work;

pub use alert::Alert;
pub use batch::{Pipeline, Settings};
pub use datapoint::{Datum, MetricRequest, SeriesKey};
pub use deadline::Deadline;
pub use error::{
    Abort, FileError, MessageError, Retry, SinkError, SinkErrorKind, StoreError, StoreErrorKind,
};
pub use evaluate::{DeliveryTime, Evaluator};
pub use ledger::MemoryLedger;
pub use outcome::{BatchOutcome, FileCounts, Message, MessageOutcome, RecordCounts, RuleCounts};
pub use ports::{
    AlertSink, Claim, Clock, CurrentRules, FetchedRules, Ledger, LogStore, MetricSink, Progress, RuleSource,
    RuleStore, SystemClock,
};
pub use rule_source::{ReadRules, RejectedRules, ReloadingRules, RulesError, read_rules};
pub use treatment::{MetricTreatment, Treatment};
