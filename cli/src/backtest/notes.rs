//! What one batch would have published, and what its findings were. The sinks of a batch write it; `record` reads it.
//!
//! Several batches are evaluated at the same time, so each has notes of its own, which are read in order of delivery.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{Alert, AlertSink, FacetTable, MetricRequest, MetricSink, SeenFile, SinkError, TextIndex};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The notes of one batch.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The requests to CloudWatch.
    pub(super) requests: Vec<MetricRequest>,
    /// The records with at least one finding that counts.
    pub(super) records: Vec<SeenRecord>,
    /// The alerts.
    pub(super) alerts: Vec<AlertNote>,
}

/// A record that rules match.
#[derive(Debug, Clone)]
pub(super) struct SeenRecord {
    /// The key of its log file.
    pub(super) file: Arc<str>,
    pub(super) event_id: Option<Arc<str>>,
    /// Unix seconds.
    pub(super) event_time: Option<i64>,
    pub(super) told: Told,
    pub(super) findings: Vec<SeenFinding>,
}

/// What the record says, as far as alerts count it.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) event_name: Option<Arc<str>>,
    pub(super) reason: Option<Arc<str>>,
    /// What separates this caller from others.
    pub(super) caller: Option<Arc<str>>,
    /// The caller in words.
    pub(super) words: Option<Arc<str>>,
    pub(super) address: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) region: Option<Arc<str>>,
}

/// A match that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeenFinding {
    /// The position of the rule among all rules.
    pub(super) rule: usize,
    /// The time of its datapoint in Unix seconds; `None` without a datapoint.
    pub(super) at: Option<i64>,
}

/// An alert.
#[derive(Debug, Clone)]
pub(super) struct AlertNote {
    /// The id of its rule, as the evaluator knows it.
    pub(super) rule: String,
    /// The time of its latest event in Unix seconds.
    pub(super) last_event: Option<i64>,
}

/// The sinks of one batch.
#[derive(Debug, Clone, Default)]
pub(super) struct NoteSinks(Arc<Mutex<Notes>>);

impl NoteSinks {
    /// Takes the notes.
    pub(super) fn take(&self) -> Notes {
        std::mem::take(&mut *self.lock())
    }

    /// Each note is added whole, so the notes are consistent even after a panic elsewhere.
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetricSink for NoteSinks {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        self.lock().requests.push(request.clone());
        Ok(())
    }

    fn see(&self, seen: &SeenFile<'_>) {
        let file: Arc<str> = seen.object.key.as_str().into();
        let records = records(seen, &file);
        self.lock().records.extend(records);
    }
}

impl AlertSink for NoteSinks {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        let time = alert.last_event_time.as_deref();
        let last_event = time.and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
        self.lock().alerts.push(AlertNote {
            rule: alert.rule.id.clone(),
            last_event: last_event.map(OffsetDateTime::unix_timestamp),
        });
        Ok(())
    }
}

fn records(seen: &SeenFile<'_>, file: &Arc<str>) -> Vec<SeenRecord> {
    let mut records = Vec::new();
    let mut counted = seen.counted.iter();
    for (record, own) in seen.findings.by_record() {
        let of_record: Vec<SeenFinding> = own
            .iter()
            .zip(counted.by_ref())
            .filter(|(finding, is_counted)| **is_counted && !finding.is_sequel)
            .map(|(finding, _)| {
                let series = finding.series.and_then(|series| usize::try_from(series).ok());
                let series = series.and_then(|series| seen.findings.series.get(series));
                SeenFinding {
                    rule: usize::try_from(finding.rule).unwrap_or(usize::MAX),
                    at: series.map(|series| series.timestamp),
                }
            })
            .collect();
        if !of_record.is_empty() {
            records.push(SeenRecord {
                file: Arc::clone(file),
                event_id: record.event_id.clone(),
                event_time: record.event_time,
                told: told(record.facets, &seen.findings.facets),
                findings: of_record,
            });
        }
    }
    records
}

fn told(index: Option<u32>, table: &FacetTable) -> Told {
    let Some(facets) = index.and_then(|index| table.get(index)) else { return Told::default() };
    let text = |index: TextIndex| table.text(index).cloned();
    Told {
        event_name: text(facets.name),
        reason: text(facets.reason),
        caller: text(facets.identity),
        words: text(facets.words),
        address: text(facets.address),
        account: text(facets.account),
        region: text(facets.region),
    }
}
