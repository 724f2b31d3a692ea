//! The sinks of a replay: they gather what would be published, merged over all batches.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use pipeline::{Alert, AlertSink, MetricRequest, MetricSink, SinkError};

/// What datapoints of a report are merged by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DatapointKey {
    pub(super) namespace: String,
    pub(super) metric_name: String,
    /// By name: the order of a rule's dimensions is no part of a metric's identity.
    pub(super) dimensions: BTreeMap<String, String>,
    /// Unix seconds.
    pub(super) timestamp: i64,
}

/// The sum of all values of each metric and minute.
#[derive(Debug, Default)]
pub(super) struct GatheredDatapoints(Mutex<BTreeMap<DatapointKey, f64>>);

impl GatheredDatapoints {
    pub(super) fn into_sums(self) -> BTreeMap<DatapointKey, f64> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetricSink for GatheredDatapoints {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for datum in &request.datums {
            let key = DatapointKey {
                namespace: request.namespace.clone(),
                metric_name: datum.name.clone(),
                dimensions: datum.dimensions.iter().cloned().collect(),
                timestamp: datum.timestamp,
            };
            *sums.entry(key).or_default() += datum.sum();
        }
        Ok(())
    }
}

/// One alert for each rule and group.
#[derive(Debug, Default)]
pub(super) struct GatheredAlerts(Mutex<BTreeMap<String, Alert>>);

impl GatheredAlerts {
    pub(super) fn into_alerts(self) -> impl Iterator<Item = Alert> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_values()
    }
}

impl AlertSink for GatheredAlerts {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        let mut alerts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match alerts.entry(alert.key()) {
            Entry::Vacant(entry) => {
                entry.insert(alert.clone());
            }
            Entry::Occupied(entry) => entry.into_mut().absorb(alert.clone()),
        }
        Ok(())
    }
}
