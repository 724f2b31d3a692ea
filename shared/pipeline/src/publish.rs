//! Publishing: datapoints first, then alerts, both so that a failure hits as few messages as possible.
//!
//! A file's datapoints of one namespace go into one request together with those of other files, never split over
//! two, unless a single file has more than a request takes. So a request that fails fails exactly the files in
//! it, and none of their datapoints of that namespace is out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::datapoint::{Datum, MetricRequest, Series, fits_one_request, merge, requests};
use crate::error::{SinkError, SinkErrorKind};
use crate::ports::MetricSink;

/// What one file wants published in one namespace.
pub(crate) struct Share<'a> {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) series: &'a Series,
}

/// What became of the datapoints.
#[derive(Default)]
pub(crate) struct Published {
    /// For each file, the namespaces that are out.
    pub(crate) namespaces: BTreeMap<usize, BTreeSet<String>>,
    /// For each file with a failed namespace, the first error.
    pub(crate) failed: BTreeMap<usize, Arc<SinkError>>,
    /// Samples that the service refused as invalid, one by one.
    pub(crate) refused: u64,
}

/// Several files' series, merged.
struct Packet {
    files: Vec<usize>,
    series: Series,
}

/// Publishes all shares of one namespace.
pub(crate) async fn publish_namespace<M: MetricSink>(
    sink: &M,
    namespace: &str,
    shares: &[Share<'_>],
    published: &mut Published,
) {
    for packet in packets(shares) {
        let mut result = Ok(());
        for request in requests(namespace, &packet.series) {
            result = put(sink, request, &mut published.refused).await;
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
            Err(error) => {
                let error = Arc::new(error);
                for file in packet.files {
                    published.failed.entry(file).or_insert_with(|| Arc::clone(&error));
                }
            }
        }
    }
}

fn packets(shares: &[Share<'_>]) -> Vec<Packet> {
    let mut packets: Vec<Packet> = Vec::new();
    for share in shares.iter().filter(|share| !share.series.is_empty()) {
        if let Some(last) = packets.last_mut() {
            let mut merged = last.series.clone();
            merge(&mut merged, share.series);
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

/// Puts one request. When the service calls it invalid, nothing of it was stored, so it is halved until the
/// offending datum stands alone; that one is dropped and counted, and the others go through.
async fn put<M: MetricSink>(sink: &M, request: MetricRequest, refused: &mut u64) -> Result<(), SinkError> {
    let mut pending = vec![request];
    while let Some(request) = pending.pop() {
        match sink.put(&request).await {
            Ok(()) => {}
            Err(error) if error.kind == SinkErrorKind::Invalid => {
                let MetricRequest { namespace, mut datums } = request;
                if datums.len() > 1 {
                    let rest = datums.split_off(datums.len() / 2);
                    pending.push(MetricRequest { namespace: namespace.clone(), datums: rest });
                    pending.push(MetricRequest { namespace, datums });
                } else if let Some(datum) = datums.first() {
                    *refused += datum.counts.iter().sum::<u64>();
                    report_refused(&namespace, datum, &error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn report_refused(namespace: &str, datum: &Datum, error: &SinkError) {
    tracing::error!(
        code = "metrics.refused",
        namespace,
        metric = datum.name,
        timestamp = datum.timestamp,
        "CloudWatch refused a datapoint as invalid and it is dropped: {}",
        crate::error::chain(error),
    );
}
