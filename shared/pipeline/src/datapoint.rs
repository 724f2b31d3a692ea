//! Datapoints: merged over a log file and packed into requests that respect every PutMetricData limit by construction.
//!
//! Source of the limits: the CloudWatch API reference, PutMetricData and MetricDatum.

use std::collections::BTreeMap;

use rules::Unit;
use sha2::{Digest as _, Sha256};

/// The most datums in one PutMetricData request (API reference, PutMetricData).
pub const DATUMS_PER_REQUEST: usize = 1000;
/// The most unique values in one datum (API reference, MetricDatum).
pub const VALUES_PER_DATUM: usize = 150;
/// The most bytes in one request, as estimated by [`Datum::estimated_bytes`]. The API's limit is 1 MB; the estimate is
/// generous, and the difference leaves room for the envelope.
pub const BYTES_PER_REQUEST: usize = 900_000;
/// The largest magnitude of a value (API reference, MetricDatum): 2^360.
pub(crate) const LARGEST_VALUE: f64 = 2.348_542_582_773_833_4e108;
/// The bytes of a datum without its texts and values: member names and framing.
const DATUM_OVERHEAD_BYTES: usize = 160;
/// The bytes of one value with its count.
const VALUE_BYTES: usize = 24;
/// The bytes of one dimension without its texts.
const DIMENSION_OVERHEAD_BYTES: usize = 16;

/// Datapoints with the same key are merged: one metric, one set of dimensions, one minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// Metric namespace.
    pub namespace: String,
    /// Metric name.
    pub name: String,
    /// Dimension names and values, in the rule's order.
    pub dimensions: Vec<(String, String)>,
    /// Unix seconds, a multiple of 60.
    pub timestamp: i64,
    /// Unit of the values.
    pub unit: Unit,
    /// Whether the timestamp comes from the records, so that a second attempt computes the same one.
    pub by_event: bool,
}

/// The bytes of the SHA-256 that are kept: enough to make collisions infeasible.
const IDENTITY_BYTES: usize = 16;

impl SeriesKey {
    /// A text that the same findings produce in every attempt, because the time of delivery is not part of it. All
    /// identities have the same short length, so a ledger can store thousands of them for a file.
    pub fn identity(&self) -> String {
        let timestamp = self.by_event.then_some(self.timestamp);
        let text = format!("{:?}", (&self.namespace, &self.name, &self.dimensions, timestamp));
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().take(IDENTITY_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The values of one series with their counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Samples(BTreeMap<Ordered, u64>);

/// A finite number with the total order of `f64::total_cmp`.
#[derive(Debug, Clone, Copy)]
struct Ordered(f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Samples {
    /// Adds `count` occurrences of `value`.
    pub(crate) fn add(&mut self, value: f64, count: u64) {
        // Positive and negative zero are the same value.
        let value = if value == 0.0 { 0.0 } else { value };
        *self.0.entry(Ordered(value)).or_default() += count;
    }

    /// Adds all samples of another series.
    pub(crate) fn absorb(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
        } else {
            other.iter().for_each(|(value, count)| self.add(value, count));
        }
    }

    /// Values and counts, ascending by value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.0.iter().map(|(value, count)| (value.0, *count))
    }

    /// The number of samples, over all values.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Samples by series.
pub(crate) type Series = BTreeMap<SeriesKey, Samples>;

/// One element of a PutMetricData request.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// Metric name.
    pub name: String,
    /// Dimension names and values.
    pub dimensions: Vec<(String, String)>,
    /// Unix seconds, a multiple of 60.
    pub timestamp: i64,
    /// Unit of the values.
    pub unit: Unit,
    /// Unique values, at most [`VALUES_PER_DATUM`].
    pub values: Vec<f64>,
    /// The number of occurrences of each value; as long as `values`.
    pub counts: Vec<u64>,
}

impl Datum {
    /// An upper estimate of the datum's size on the wire, in bytes.
    pub fn estimated_bytes(&self) -> usize {
        let texts: usize = self
            .dimensions
            .iter()
            .map(|(name, value)| name.len() + value.len() + DIMENSION_OVERHEAD_BYTES)
            .sum();
        DATUM_OVERHEAD_BYTES + self.name.len() + texts + self.values.len() * VALUE_BYTES
    }

    /// The sum of all samples.
    pub fn sum(&self) -> f64 {
        self.values.iter().zip(&self.counts).map(|(value, count)| value * (*count as f64)).sum()
    }
}

/// One PutMetricData request.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRequest {
    /// Metric namespace of all datums.
    pub namespace: String,
    /// At most [`DATUMS_PER_REQUEST`] datums and [`BYTES_PER_REQUEST`] bytes.
    pub datums: Vec<Datum>,
}

/// The datums of one series: more than one only if the series has more unique values than a datum can hold.
fn datums_of<'a>(key: &'a SeriesKey, samples: &'a Samples) -> impl Iterator<Item = Datum> + 'a {
    let pairs: Vec<(f64, u64)> = samples.iter().collect();
    let chunks: Vec<Vec<(f64, u64)>> = pairs.chunks(VALUES_PER_DATUM).map(<[(f64, u64)]>::to_vec).collect();
    chunks.into_iter().map(move |chunk| Datum {
        name: key.name.clone(),
        dimensions: key.dimensions.clone(),
        timestamp: key.timestamp,
        unit: key.unit,
        values: chunk.iter().map(|(value, _)| *value).collect(),
        counts: chunk.iter().map(|(_, count)| *count).collect(),
    })
}

/// The number of datums for the samples of one series.
pub(crate) fn datum_count(samples: &Samples) -> usize {
    samples.0.len().div_ceil(VALUES_PER_DATUM)
}

/// Packs the series of one namespace into as few requests as the limits allow. Datums keep their order.
pub(crate) fn requests(namespace: &str, series: &Series) -> Vec<MetricRequest> {
    let mut requests = Vec::new();
    let mut datums = Vec::new();
    let mut bytes = 0;
    for datum in series.iter().flat_map(|(key, samples)| datums_of(key, samples)) {
        let size = datum.estimated_bytes();
        if datums.len() == DATUMS_PER_REQUEST || (bytes + size > BYTES_PER_REQUEST && !datums.is_empty()) {
            requests
                .push(MetricRequest { namespace: namespace.to_owned(), datums: std::mem::take(&mut datums) });
            bytes = 0;
        }
        bytes += size;
        datums.push(datum);
    }
    if !datums.is_empty() {
        requests.push(MetricRequest { namespace: namespace.to_owned(), datums });
    }
    requests
}

/// The start of the minute that contains a time, in Unix seconds.
pub(crate) fn minute(timestamp: i64) -> i64 {
    timestamp - timestamp.rem_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SeriesKey {
        SeriesKey {
            namespace: "N".into(),
            name: name.into(),
            dimensions: Vec::new(),
            timestamp: 0,
            unit: Unit::Count,
            by_event: false,
        }
    }

    fn samples(values: impl IntoIterator<Item = f64>) -> Samples {
        let mut samples = Samples::default();
        for value in values {
            samples.add(value, 1);
        }
        samples
    }

    #[test]
    fn equal_values_become_one_value_with_a_count() {
        let series = Series::from([(key("a"), samples([1.0, 1.0, -0.0, 0.0]))]);
        let requests = requests("N", &series);
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].datums[0].values, [0.0, 1.0]);
        assert_eq!(requests[0].datums[0].counts, [2, 2]);
        assert_eq!(requests[0].datums[0].sum(), 2.0);
    }

    #[test]
    fn a_series_with_many_unique_values_becomes_several_datums() {
        let series = Series::from([(key("a"), samples((0..301).map(f64::from)))]);
        let requests = requests("N", &series);
        let lengths: Vec<usize> = requests[0].datums.iter().map(|datum| datum.values.len()).collect();
        assert_eq!(lengths, [150, 150, 1]);
    }

    #[test]
    fn a_request_holds_at_most_a_thousand_datums() {
        let series: Series = (0..2001).map(|i| (key(&format!("m{i}")), samples([1.0]))).collect();
        let lengths: Vec<usize> = requests("N", &series).iter().map(|request| request.datums.len()).collect();
        assert_eq!(lengths, [1000, 1000, 1]);
    }

    #[test]
    fn a_request_holds_at_most_a_megabyte() {
        let series: Series = (0..900)
            .map(|i| {
                let mut key = key(&format!("m{i}"));
                key.dimensions = vec![("d".into(), "x".repeat(1024)); 3];
                (key, samples([1.0]))
            })
            .collect();
        let requests = requests("N", &series);
        assert!(requests.len() > 1);
        for request in &requests {
            assert!(request.datums.iter().map(Datum::estimated_bytes).sum::<usize>() <= 900_000);
        }
        assert_eq!(requests.iter().map(|request| request.datums.len()).sum::<usize>(), 900);
    }

    #[test]
    fn an_identity_is_short_and_knows_every_part_but_the_time_of_delivery() {
        let plain = key("a");
        let identity = plain.identity();
        assert_eq!(identity.len(), 32);
        assert_eq!(SeriesKey { timestamp: 60, ..plain.clone() }.identity(), identity);
        for other in [
            key("b"),
            SeriesKey { namespace: "M".into(), ..plain.clone() },
            SeriesKey { dimensions: vec![("d".into(), "x".into())], ..plain.clone() },
            SeriesKey { by_event: true, ..plain.clone() },
            SeriesKey { by_event: true, timestamp: 60, ..plain.clone() },
        ] {
            assert_ne!(other.identity(), identity, "{other:?}");
        }
    }

    #[test]
    fn minutes_are_aligned_also_before_the_epoch() {
        assert_eq!(minute(119), 60);
        assert_eq!(minute(120), 120);
        assert_eq!(minute(-1), -60);
    }

    #[test]
    fn the_largest_value_is_two_to_the_360() {
        assert_eq!(LARGEST_VALUE, 2f64.powi(360));
    }
}
