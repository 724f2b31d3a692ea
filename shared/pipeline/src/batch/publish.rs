//! Publishes the datapoints of one log file.
//!
//! Datapoints of several files are never merged into one request. If the process dies after a request and before the
//! ledger records it, the request is repeated, so it should contain as little as possible. A file can need several
//! requests: because it is large, or because a request was halved around an invalid datum. If a later one fails, the
//! series that are already published are reported, so that the next attempt leaves them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudtrail::S3Object;

use super::deadline::{Deadline, publish_within};
use crate::cause::{SinkError, SinkErrorKind};
use crate::datapoint::{Datum, MetricRequest, Samples, Series, SeriesKey, datum_count, requests};
use crate::error::FileError;
use crate::operational_event::{OperationalEvent, log_event};
use crate::ports::{Clock, MetricSink, PublishedParts};

/// Why something was not published.
#[derive(Debug, Clone)]
pub(super) enum Unpublished {
    Refused(Arc<SinkError>),
    Deadline,
}

impl Unpublished {
    /// The error of a file whose datapoints were not published.
    pub(super) fn of_metrics(&self, object: &S3Object) -> FileError {
        let object = object.clone();
        match self {
            Self::Refused(source) => FileError::Metrics { object, source: Arc::clone(source) },
            Self::Deadline => FileError::Deadline { object },
        }
    }

    /// The error of a file whose alerts were not published.
    pub(super) fn of_alerts(&self, object: &S3Object) -> FileError {
        let object = object.clone();
        match self {
            Self::Refused(source) => FileError::Alerts { object, source: Arc::clone(source) },
            Self::Deadline => FileError::Deadline { object },
        }
    }
}

/// Sends the datapoints of one file.
pub(super) struct Publisher<'p, M, C> {
    pub(super) sink: &'p M,
    pub(super) clock: &'p C,
    /// No request is started after its `last_publish`.
    pub(super) deadline: Option<Deadline>,
}

impl<M: MetricSink, C: Clock> Publisher<'_, M, C> {
    /// Publishes the datapoints of a file, namespace by namespace, except for parts that are already published, and adds
    /// the new parts to `published`. The returned number counts the samples that the service rejected as invalid.
    ///
    /// # Errors
    ///
    /// The reason why the first of the unpublished namespaces failed. The other namespaces are tried anyway.
    pub(super) async fn publish(
        &self,
        namespaces: &BTreeMap<String, Series>,
        published: &mut PublishedParts,
    ) -> (u64, Result<(), Unpublished>) {
        let mut refused = 0;
        let mut result = Ok(());
        for (namespace, series) in namespaces {
            if !published.namespaces.contains(namespace) {
                let published_namespace =
                    self.publish_namespace(namespace, series, published, &mut refused).await;
                result = result.and(published_namespace);
            }
        }
        (refused, result)
    }

    async fn publish_namespace(
        &self,
        namespace: &str,
        series: &Series,
        published: &mut PublishedParts,
        refused: &mut u64,
    ) -> Result<(), Unpublished> {
        let mut series = series.clone();
        series.retain(|key, _| !published.series.contains(&key.identity()));
        let mut settled = Vec::new();
        for request in requests(namespace, &series) {
            if let Err(reason) = self.put(request, &mut settled, refused).await {
                published.series.extend(identities(&series, &settled));
                return Err(reason);
            }
        }
        published.namespaces.insert(namespace.to_owned());
        Ok(())
    }

    /// Sends one request. If the service rejects it as invalid, nothing of it was stored, so it is halved until the
    /// invalid datum stands alone. That datum is dropped and counted, and all others are published.
    async fn put(
        &self,
        request: MetricRequest,
        settled: &mut Vec<Datum>,
        refused: &mut u64,
    ) -> Result<(), Unpublished> {
        let mut pending = vec![request];
        while let Some(request) = pending.pop() {
            let Some(result) = publish_within(self.clock, self.deadline, self.sink.put(&request)).await
            else {
                return Err(Unpublished::Deadline);
            };
            match result {
                Ok(()) => settled.extend(request.datums),
                Err(error) if error.kind == SinkErrorKind::Invalid => {
                    let MetricRequest { namespace, mut datums } = request;
                    if datums.len() > 1 {
                        let rest = datums.split_off(datums.len() / 2);
                        pending.push(MetricRequest { namespace: namespace.clone(), datums: rest });
                        pending.push(MetricRequest { namespace, datums });
                    } else if let Some(datum) = datums.pop() {
                        *refused += datum.counts.iter().sum::<u64>();
                        report_refused(&namespace, &datum);
                        settled.push(datum);
                    }
                }
                Err(error) => return Err(Unpublished::Refused(Arc::new(error))),
            }
        }
        Ok(())
    }
}

/// The identities of the series of which every datum is settled: stored, or rejected and dropped.
fn identities(series: &Series, settled: &[Datum]) -> BTreeSet<String> {
    let mut datums: BTreeMap<_, usize> = BTreeMap::new();
    for datum in settled {
        *datums.entry((&datum.name, &datum.dimensions, datum.timestamp)).or_default() += 1;
    }
    let is_published = |(key, samples): &(&SeriesKey, &Samples)| {
        datums.get(&(&key.name, &key.dimensions, key.timestamp)) == Some(&datum_count(samples))
    };
    series.iter().filter(is_published).map(|(key, _)| key.identity()).collect()
}

// Without the service's message: it may quote the value of a dimension, which comes from a record.
fn report_refused(namespace: &str, datum: &Datum) {
    log_event!(
        OperationalEvent::MetricsRefused,
        namespace,
        metric = datum.name,
        timestamp = datum.timestamp,
        "CloudWatch rejected a datapoint as invalid; it was dropped",
    );
}
