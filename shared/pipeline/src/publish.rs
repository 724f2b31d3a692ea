//! Publishing: datapoints first, then alerts, both so that a failure hits as few messages as possible.
//!
//! A file's datapoints of one namespace go into one request together with those of other files, never split over
//! two, unless a single file has more than a request takes. So a request that fails fails exactly the files in
//! it. Where a packet needs several requests all the same (a large file, or one halved around an invalid datum), and
//! a later one fails, the series that are out are told, so that the next attempt leaves them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloudtrail::S3Object;
use time::OffsetDateTime;

use crate::datapoint::{
    Datum, MetricRequest, Samples, Series, SeriesKey, datum_count, fits_one_request, merge, requests,
};
use crate::deadline::within;
use crate::error::{FileError, SinkError, SinkErrorKind};
use crate::ports::{Clock, MetricSink};

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

/// What one file wants published in one namespace.
pub(crate) struct Share {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) series: Series,
}

/// What became of the datapoints.
#[derive(Default)]
pub(crate) struct Published {
    /// For each file, the namespaces that are out.
    pub(crate) namespaces: BTreeMap<usize, BTreeSet<String>>,
    /// For each file, the series that are out in namespaces that are not whole.
    pub(crate) series: BTreeMap<usize, BTreeSet<String>>,
    /// For each file with a failed namespace, the first reason.
    pub(crate) failed: BTreeMap<usize, Unpublished>,
    /// Samples that the service refused as invalid, one by one.
    pub(crate) refused: u64,
}

/// Several files' series, merged.
struct Packet {
    files: Vec<usize>,
    series: Series,
}

/// Sends datapoints until a time.
pub(crate) struct Publisher<'p, M, C> {
    pub(crate) sink: &'p M,
    pub(crate) clock: &'p C,
    /// Requests end by then.
    pub(crate) until: Option<OffsetDateTime>,
}

impl<M: MetricSink, C: Clock> Publisher<'_, M, C> {
    /// Publishes all shares of one namespace.
    pub(crate) async fn publish(&self, namespace: &str, shares: &[Share], published: &mut Published) {
        for packet in packets(shares) {
            let mut settled = Vec::new();
            let mut result = Ok(());
            for request in requests(namespace, &packet.series) {
                result = self.put(request, &mut settled, &mut published.refused).await;
                if result.is_err() {
                    break;
                }
            }
            match result {
                Ok(()) => {
                    for file in packet.files {
                        published.namespaces.entry(file).or_default().insert(namespace.to_owned());
                    }
                }
                Err(reason) => {
                    let out = identities(&packet.series, &settled);
                    for share in shares.iter().filter(|share| packet.files.contains(&share.file)) {
                        published.failed.entry(share.file).or_insert_with(|| reason.clone());
                        let own = share.series.keys().map(SeriesKey::identity);
                        let out = own.filter(|identity| out.contains(identity));
                        published.series.entry(share.file).or_default().extend(out);
                    }
                }
            }
        }
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
            let Some(result) = within(self.clock, self.until, self.sink.put(&request)).await else {
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

fn packets(shares: &[Share]) -> Vec<Packet> {
    let mut packets: Vec<Packet> = Vec::new();
    for share in shares.iter().filter(|share| !share.series.is_empty()) {
        if let Some(last) = packets.last_mut() {
            let mut merged = last.series.clone();
            merge(&mut merged, &share.series);
            if fits_one_request(&merged) {
                last.series = merged;
                last.files.push(share.file);
                continue;
            }
        }
        packets.push(Packet { files: vec![share.file], series: share.series.clone() });
    }
    packets
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
