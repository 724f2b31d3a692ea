//! What has arrived in CloudWatch.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric as MetricName, MetricDataQuery, MetricStat};

use super::EmulatedCloud;

/// The granularity of what is read: that of a standard-resolution metric.
const PERIOD_SECONDS: i32 = 60;
/// Queries in one GetMetricData request (API reference, GetMetricData).
const QUERIES_PER_REQUEST: usize = 500;

/// The name of a metric, with the exact set of its dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name within the namespace.
    pub name: &'a str,
    /// Names and values; a metric with one dimension more is another metric.
    pub dimensions: &'a [(&'a str, &'a str)],
}

/// One minute of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datapoint {
    /// The start of the minute, in seconds of the Unix epoch.
    pub epoch_seconds: i64,
    /// The sum of the values within the minute.
    pub sum: f64,
}

impl EmulatedCloud {
    /// The sums of a metric by minute, the oldest first, from `start` to `end` in seconds of the Unix epoch.
    pub async fn metric_sums(&self, metric: &Metric<'_>, start: i64, end: i64) -> Vec<Datapoint> {
        let client = aws_sdk_cloudwatch::Client::new(self.sdk_config());
        let own = dimensions_of(metric);
        let mut sums = sums(&client, metric, own.clone(), start, end).await;
        if own.is_empty() {
            // Asked for a metric without dimensions, the emulator adds up all metrics of that name; AWS doesn't.
            for others in self.dimension_sets(&client, metric).await {
                for (time, sum) in self::sums(&client, metric, others, start, end).await {
                    *sums.entry(time).or_default() -= sum;
                }
            }
            sums.retain(|_, sum| *sum != 0.0);
        }
        sums.into_iter().map(|(epoch_seconds, sum)| Datapoint { epoch_seconds, sum }).collect()
    }

    /// The sum of a metric over the whole time from `start` to `end`, 0 if nothing has arrived.
    pub async fn metric_total(&self, metric: &Metric<'_>, start: i64, end: i64) -> f64 {
        self.metric_sums(metric, start, end).await.iter().map(|datapoint| datapoint.sum).sum()
    }

    /// The sums of all metrics of a name over the whole time from `start` to `end` in seconds of the Unix epoch, by the value
    /// of their only dimension. Metrics without a dimension, and with several, are left out.
    pub async fn metric_totals(
        &self,
        namespace: &str,
        name: &str,
        start: i64,
        end: i64,
    ) -> BTreeMap<String, f64> {
        let client = aws_sdk_cloudwatch::Client::new(self.sdk_config());
        let sets = self.dimension_sets(&client, &Metric { namespace, name, dimensions: &[] }).await;
        let mut totals = BTreeMap::new();
        for sets in sets.chunks(QUERIES_PER_REQUEST) {
            let mut request = client.get_metric_data();
            for (index, set) in sets.iter().enumerate() {
                let metric = Metric { namespace, name, dimensions: &[] };
                let id = format!("q{index}");
                request = request.metric_data_queries(query(&metric, set.clone(), &id));
            }
            let request = request.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end));
            let results = request.send().await.expect("read metrics").metric_data_results.unwrap_or_default();
            for (set, result) in sets.iter().zip(results) {
                let [dimension] = set.as_slice() else { continue };
                let value = dimension.value().unwrap_or_default().to_owned();
                *totals.entry(value).or_default() += result.values().iter().sum::<f64>();
            }
        }
        totals
    }

    /// The sets of dimensions that values of the metric's name have come with, but for the empty set.
    async fn dimension_sets(&self, client: &Client, metric: &Metric<'_>) -> Vec<Vec<Dimension>> {
        let request = client.list_metrics().namespace(metric.namespace).metric_name(metric.name);
        let metrics = request.send().await.expect("list metrics").metrics.unwrap_or_default();
        let sets = metrics.into_iter().map(|metric| metric.dimensions.unwrap_or_default());
        sets.filter(|set| !set.is_empty()).collect()
    }
}

fn dimensions_of(metric: &Metric<'_>) -> Vec<Dimension> {
    metric
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(*name).value(*value).build())
        .collect()
}

/// Sums by minute.
async fn sums(
    client: &Client,
    metric: &Metric<'_>,
    dimensions: Vec<Dimension>,
    start: i64,
    end: i64,
) -> BTreeMap<i64, f64> {
    let request = client.get_metric_data().metric_data_queries(query(metric, dimensions, "sums"));
    let request = request.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end));
    let results = request.send().await.expect("read a metric").metric_data_results.unwrap_or_default();
    let datapoints = results.iter().flat_map(|result| result.timestamps().iter().zip(result.values()));
    datapoints.map(|(time, sum)| (time.secs(), *sum)).collect()
}

fn query(metric: &Metric<'_>, dimensions: Vec<Dimension>, id: &str) -> MetricDataQuery {
    let name = MetricName::builder().namespace(metric.namespace).metric_name(metric.name);
    let name = name.set_dimensions(Some(dimensions)).build();
    let statistic = MetricStat::builder().metric(name).period(PERIOD_SECONDS).stat("Sum").build();
    MetricDataQuery::builder().id(id).metric_stat(statistic).build()
}
