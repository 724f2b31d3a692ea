//! The sinks of a replay. They collect what would be published, and merge it over all batches.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use pipeline::{Alert, AlertSink, MetricRequest, MetricSink, SinkError};

/// Datapoints with the same key are merged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DatapointKey {
    pub(crate) namespace: String,
    pub(crate) metric_name: String,
    /// Sorted by name: the order of a rule's dimensions is not part of a metric's identity.
    pub(crate) dimensions: BTreeMap<String, String>,
    /// Unix seconds.
    pub(crate) timestamp: i64,
}

/// The sum of all values, for each metric and minute.
#[derive(Debug, Default)]
pub(crate) struct CollectedDatapoints(Mutex<BTreeMap<DatapointKey, f64>>);

impl CollectedDatapoints {
    pub(crate) fn into_sums(self) -> BTreeMap<DatapointKey, f64> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MetricSink for CollectedDatapoints {
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
pub(crate) struct CollectedAlerts(Mutex<BTreeMap<String, Alert>>);

impl CollectedAlerts {
    pub(crate) fn into_alerts(self) -> impl Iterator<Item = Alert> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_values()
    }
}

impl AlertSink for CollectedAlerts {
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
