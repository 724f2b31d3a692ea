//! What Trailbell reports about itself: a log line for each failure and each batch, and the metrics that make every file
//! and record accountable.
//!
//! All metrics are in one namespace. The unit is `Count` unless noted.
//!
//! | metric | meaning |
//! |---|---|
//! | `FilesSeen` | files named by messages; the sum of the next four metrics |
//! | `FilesProcessed`, `FilesDuplicate`, `FilesIgnored`, `FilesFailed` | their outcomes |
//! | `FilesBackfilled` | files whose message switched datapoints or alerts off, or asked for datapoints with the time of the log file |
//! | `RecordsSeen` | records of the processed files; the sum of the next two metrics |
//! | `RecordsEvaluated`, `RecordsRejected` | their outcomes |
//! | `MessagesIgnored`, `MessagesUnreadable` | test messages and confirmations; messages that are not notifications |
//! | `Failures` with dimension `Code` | failures by code: files, messages, and up to 20 rejected records per file |
//! | `DatapointsDropped` with dimension `Reason` | samples that were not published |
//! | `AlertsPublished` | alerts accepted by the sink, which only logs them if no topic is configured |
//! | `LedgerErrors` | calls of the ledger that failed, and calls that were skipped after three failures in a row |
//! | `RulesRejected` | batches with older rules or none, because the stored rules are unusable |
//! | `DeliveryLag` (seconds) | time from a log file's delivery minute to its processing |

use rules::Unit;

use crate::datapoint::{Datum, MetricRequest, Samples, Series, SeriesKey, minute, requests};
use crate::operational_event::{Retry, log_event};
use crate::outcome::{BatchOutcome, Fault, MessageOutcome};

/// Logs everything that an operator needs to know about a batch.
pub(crate) fn log(outcome: &BatchOutcome) {
    for fault in outcome.faults().iter().chain(&outcome.rejections) {
        log_fault(fault);
    }
    for (id, message) in &outcome.messages {
        if let MessageOutcome::Ignored(reason) = message {
            tracing::info!(message_id = id, reason = reason.as_str(), "message ignored");
        }
    }
    let counts = (&outcome.files, &outcome.records);
    tracing::info!(
        files_seen = counts.0.seen,
        files_processed = counts.0.processed,
        files_duplicate = counts.0.duplicate,
        files_ignored = counts.0.ignored,
        files_failed = counts.0.failed,
        records_seen = counts.1.seen,
        records_evaluated = counts.1.evaluated,
        records_rejected = counts.1.rejected,
        alerts_published = outcome.alerts_published,
        "batch processed",
    );
}

fn log_fault(fault: &Fault) {
    let (bucket, key) = match &fault.object {
        Some(object) => (object.bucket.as_str(), object.key.as_str()),
        None => ("", ""),
    };
    let retry = match fault.event.retry() {
        Retry::Transient => "transient",
        Retry::Permanent => "permanent",
    };
    log_event!(fault.event, retry, bucket, key, message_id = fault.message_id, "{}", fault.message);
}

/// The metrics of one batch, without zeros.
pub(crate) fn metrics(outcome: &BatchOutcome, namespace: &str, now: i64) -> Vec<MetricRequest> {
    let mut series = Telemetry { namespace, timestamp: minute(now), series: Series::new() };
    let files = &outcome.files;
    series.count("FilesSeen", files.seen);
    series.count("FilesProcessed", files.processed);
    series.count("FilesDuplicate", files.duplicate);
    series.count("FilesIgnored", files.ignored);
    series.count("FilesFailed", files.failed);
    series.count("FilesBackfilled", outcome.files_backfilled);
    series.count("RecordsSeen", outcome.records.seen);
    series.count("RecordsEvaluated", outcome.records.evaluated);
    series.count("RecordsRejected", outcome.records.rejected);
    series.count("AlertsPublished", outcome.alerts_published);
    series.count("LedgerErrors", outcome.ledger_errors);
    series.count("RulesRejected", u64::from(outcome.rules_rejected));
    for (_, message) in &outcome.messages {
        match message {
            MessageOutcome::Ignored(_) => series.count("MessagesIgnored", 1),
            MessageOutcome::Unreadable(_) => series.count("MessagesUnreadable", 1),
            MessageOutcome::Processed | MessageOutcome::Failed(_) => {}
        }
    }
    for fault in outcome.faults().iter().chain(&outcome.rejections) {
        series.add("Failures", Some(("Code", fault.event.code())), Unit::Count, 1.0, 1);
    }
    let dropped = &outcome.dropped;
    for (reason, count) in [
        ("too-old", dropped.too_old),
        ("too-new", dropped.too_new),
        ("without-value", dropped.without_value),
        ("refused", dropped.refused),
        ("switched-off", dropped.switched_off),
    ] {
        if count > 0 {
            series.add("DatapointsDropped", Some(("Reason", reason)), Unit::Count, count as f64, 1);
        }
    }
    for lag in &outcome.delivery_lags {
        series.add("DeliveryLag", None, Unit::Seconds, *lag as f64, 1);
    }
    requests(namespace, &series.series)
}

struct Telemetry<'a> {
    namespace: &'a str,
    timestamp: i64,
    series: Series,
}

impl Telemetry<'_> {
    fn count(&mut self, name: &str, count: u64) {
        if count > 0 {
            self.add(name, None, Unit::Count, count as f64, 1);
        }
    }

    fn add(&mut self, name: &str, dimension: Option<(&str, &str)>, unit: Unit, value: f64, count: u64) {
        let key = SeriesKey {
            namespace: self.namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimension
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            timestamp: self.timestamp,
            unit,
            by_event: false,
        };
        let samples: &mut Samples = self.series.entry(key).or_default();
        samples.add(value, count);
    }
}

/// The sum of a metric over a list of requests, for tests and reports.
pub fn metric_sum(requests: &[MetricRequest], name: &str) -> f64 {
    requests
        .iter()
        .flat_map(|request| &request.datums)
        .filter(|datum| datum.name == name)
        .map(Datum::sum)
        .sum()
}
