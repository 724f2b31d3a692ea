//! Publishing the datapoints of one log file.
//!
//! Those of several files are not merged into one request: what is published and not yet written down when the process
//! dies is published again, and so it is to be as little as possible. Where a file needs several requests (a large one, or
//! one halved around an invalid datum) and a later one fails, the series that are out are told, so that the next attempt
//! leaves them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudtrail::S3Object;

use crate::datapoint::{Datum, MetricRequest, Samples, Series, SeriesKey, datum_count, requests};
use crate::deadline::{Deadline, publish_within};
use crate::error::{FileError, SinkError, SinkErrorKind};
use crate::ports::{Clock, MetricSink, Progress};

/// Why something was not published.
#[derive(Debug, Clone)]
pub(crate) enum Unpublished {
    Refused(Arc<SinkError>),
    Deadline,
}

impl Unpublished {
    /// The error of a file whose datapoints are concerned.
    pub(crate) fn of_metrics(&self, object: &S3Object) -> FileError {
        let object = object.clone();
        match self {
            Self::Refused(source) => FileError::Metrics { object, source: Arc::clone(source) },
            Self::Deadline => FileError::Deadline { object },
        }
    }

    /// The error of a file whose alerts are concerned.
    pub(crate) fn of_alerts(&self, object: &S3Object) -> FileError {
        let object = object.clone();
        match self {
            Self::Refused(source) => FileError::Alerts { object, source: Arc::clone(source) },
            Self::Deadline => FileError::Deadline { object },
        }
    }
}

/// Sends the datapoints of one file.
pub(crate) struct Publisher<'p, M, C> {
    pub(crate) sink: &'p M,
    pub(crate) clock: &'p C,
    /// No request is begun after its `last_publish`.
    pub(crate) deadline: Option<Deadline>,
}

impl<M: MetricSink, C: Clock> Publisher<'_, M, C> {
    /// Publishes what a file wants published, by namespace, but for what is out already, and adds that to `progress`.
    /// The number is that of the samples that the service refused as invalid.
    ///
    /// # Errors
    ///
    /// Why a namespace is not out, or the first of several; the others are tried all the same.
    pub(crate) async fn publish(
        &self,
        namespaces: &BTreeMap<String, Series>,
        progress: &mut Progress,
    ) -> (u64, Result<(), Unpublished>) {
        let mut refused = 0;
        let mut result = Ok(());
        for (namespace, series) in namespaces {
            if !progress.namespaces.contains(namespace) {
                let published = self.publish_namespace(namespace, series, progress, &mut refused).await;
                result = result.and(published);
            }
        }
        (refused, result)
    }

    async fn publish_namespace(
        &self,
        namespace: &str,
        series: &Series,
        progress: &mut Progress,
        refused: &mut u64,
    ) -> Result<(), Unpublished> {
        let mut series = series.clone();
        series.retain(|key, _| !progress.series.contains(&key.identity()));
        let mut settled = Vec::new();
        for request in requests(namespace, &series) {
            if let Err(reason) = self.put(request, &mut settled, refused).await {
                progress.series.extend(identities(&series, &settled));
                return Err(reason);
            }
        }
        progress.namespaces.insert(namespace.to_owned());
        Ok(())
    }

    /// Puts one request. When the service calls it invalid, nothing of it was stored, so it is halved until the
    /// offending datum stands alone; that one is dropped and counted, and the others go through.
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

/// The identities of the series whose datums are all settled: stored, or refused and dropped.
fn identities(series: &Series, settled: &[Datum]) -> BTreeSet<String> {
    let mut datums: BTreeMap<_, usize> = BTreeMap::new();
    for datum in settled {
        *datums.entry((&datum.name, &datum.dimensions, datum.timestamp)).or_default() += 1;
    }
    let is_out = |(key, samples): &(&SeriesKey, &Samples)| {
        datums.get(&(&key.name, &key.dimensions, key.timestamp)) == Some(&datum_count(samples))
    };
    series.iter().filter(is_out).map(|(key, _)| key.identity()).collect()
}

// Without what the service said: it may quote a dimension's value, and that comes from a record.
fn report_refused(namespace: &str, datum: &Datum) {
    tracing::error!(
        code = "metrics.refused",
        namespace,
        metric = datum.name,
        timestamp = datum.timestamp,
        "CloudWatch refused a datapoint as invalid and it is dropped",
    );
}
