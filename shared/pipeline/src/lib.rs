//! One batch end to end: messages in, datapoints and alerts out, over ports.
//!
//! The flow goes one way: [`Message`] → notification → log file → records → matches → findings → datapoints and
//! alerts → publish → ledger → [`BatchOutcome`]. The crate knows neither AWS clients nor files nor environment
//! variables. Everything outside is behind the ports, so the Lambda function and `trailbell replay` run the same code.
//!
//! Where to look: `batch` has the order of effects, `evaluator` the work for one log file, `datapoint` the merging and
//! the PutMetricData limits, `alert` what a person reads, `rules` how rules change while the process runs, `error` the
//! failure taxonomy, and `operational_event` every code with its meaning.

mod alert;
mod batch;
mod cause;
mod counts;
mod datapoint;
mod error;
mod evaluator;
mod event_summary;
mod facets;
mod findings;
mod memory_ledger;
mod operational_event;
mod outcome;
mod pipeline;
mod ports;
mod publish_options;
mod record_fields;
mod rules;
mod telemetry;
mod text;
mod throttle;
mod top_values;
mod totals;

pub use self::alert::{Alert, AlertRule, GroupValue, LOG_FILES_PER_ALERT, RecordInFile, Words};
pub use self::batch::Deadline;
pub use self::cause::{Cause, SinkError, SinkErrorKind, StoreError, StoreErrorKind, chain};
pub use self::counts::{DroppedDatapoints, FileCounts, RecordCounts, RuleCounts};
pub use self::datapoint::{
    BYTES_PER_REQUEST, DATUMS_PER_REQUEST, Datum, MetricRequest, SeriesKey, VALUES_PER_DATUM,
};
pub use self::error::{Abort, FileError, MessageError};
pub use self::evaluator::Evaluator;
pub use self::event_summary::EventSummary;
pub use self::facets::{FacetTable, Facets, TextIndex};
pub use self::findings::{
    DeliveryTime, FileFindings, Finding, GROUPS_PER_RULE, GroupKey, MatchedRecord, REPORTED_REJECTIONS,
    RejectedRecord, SAMPLES_PER_GROUP, Stamp, Target,
};
pub use self::memory_ledger::MemoryLedger;
pub use self::operational_event::{Effect, EventLevel, OperationalEvent, Retry};
pub use self::outcome::{BatchOutcome, Fault, Message, MessageOutcome};
pub use self::pipeline::{Pipeline, Settings, UnrecognizedKeys};
pub use self::ports::{
    AlertSink, Claim, Clock, Ledger, LogStore, MetricSink, Ports, PublishedParts, SeenFile, SystemClock,
};
pub use self::publish_options::{
    ALERTS_ATTRIBUTE, LOG_FILE_TIME, METRICS_ATTRIBUTE, MetricOptions, OFF, PublishOptions,
};
pub use self::rules::{
    CurrentRules, DOCUMENT_BYTES, FetchedRules, ReadRules, RejectedRules, ReloadingRules, RuleSource,
    RuleStore, RulesError, read_rules,
};
pub use self::telemetry::metric_sum;
pub use self::throttle::{DueAlert, GroupState, Groups, Occasion, Occurrence, Throttle};
pub use self::top_values::{CountedValue, TopValues};
pub use self::totals::{OutcomeCounts, Totals};
