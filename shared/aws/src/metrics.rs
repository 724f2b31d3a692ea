//! Datapoints to CloudWatch: one request of the pipeline is one PutMetricData.
//!
//! The limits of PutMetricData hold before a request comes here. PutMetricData has no idempotency token: an attempt
//! that timed out may have been stored, and its repetition then counts twice.
//!
//! Source: the CloudWatch API reference, PutMetricData and MetricDatum.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use pipeline::{Datum, MetricRequest, MetricSink, SinkError};

use crate::failure::metrics_error;

/// Oldest timestamp that PutMetricData takes, in seconds: two weeks (API reference, MetricDatum).
const OLDEST_SECONDS: i64 = 14 * 24 * 3600;
/// Newest timestamp that PutMetricData takes, in seconds ahead: two hours (API reference, MetricDatum).
const NEWEST_SECONDS: i64 = 2 * 3600;
/// What is kept back at both ends, in seconds: a request waits and is repeated, and clocks differ.
const MARGIN_SECONDS: i64 = 10 * 60;

/// [`MetricSink`] over PutMetricData.
#[derive(Debug, Clone)]
pub struct CloudWatchMetricSink {
    client: Client,
}

impl CloudWatchMetricSink {
    /// A sink in the client's region and account.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl MetricSink for CloudWatchMetricSink {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        self.client
            .put_metric_data()
            .namespace(&request.namespace)
            .set_metric_data(Some(request.datums.iter().map(metric_datum).collect()))
            .send()
            .await
            .map_err(metrics_error)?;
        Ok(())
    }

    fn accepted_seconds(&self) -> Option<(i64, i64)> {
        Some((OLDEST_SECONDS - MARGIN_SECONDS, NEWEST_SECONDS - MARGIN_SECONDS))
    }
}

fn metric_datum(datum: &Datum) -> MetricDatum {
    let dimensions =
        datum.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    MetricDatum::builder()
        .metric_name(&datum.name)
        .set_dimensions(Some(dimensions.collect()))
        .timestamp(DateTime::from_secs(datum.timestamp))
        .unit(StandardUnit::from(datum.unit.as_str()))
        .set_values(Some(datum.values.clone()))
        .set_counts(Some(datum.counts.iter().map(|count| *count as f64).collect()))
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::config::Region;
    use pipeline::SinkErrorKind;
    use rules::Unit;

    use super::*;
    use crate::testing::{Answer, FakeService};

    fn datum() -> Datum {
        Datum {
            name: "ConsoleSignInFailureCount".into(),
            dimensions: vec![
                ("Account".into(), "111122223333".into()),
                ("Region".into(), "eu-west-1".into()),
            ],
            timestamp: 1_789_387_200,
            unit: Unit::Count,
            values: vec![1.0, 2.5],
            counts: vec![3, 1],
        }
    }

    fn sink(service: &FakeService) -> CloudWatchMetricSink {
        let config = aws_sdk_cloudwatch::Config::builder()
            .behavior_version(aws_sdk_cloudwatch::config::BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(FakeService::credentials())
            .retry_config(aws_sdk_cloudwatch::config::retry::RetryConfig::disabled())
            .http_client(service.http_client())
            .build();
        CloudWatchMetricSink::new(Client::from_conf(config))
    }

    #[test]
    fn a_datum_keeps_its_values_counts_unit_dimensions_and_minute() {
        let built = metric_datum(&datum());
        assert_eq!(built.metric_name(), Some("ConsoleSignInFailureCount"));
        assert_eq!(built.timestamp(), Some(&DateTime::from_secs(1_789_387_200)));
        assert_eq!(built.unit(), Some(&StandardUnit::Count));
        assert_eq!(built.values(), [1.0, 2.5]);
        assert_eq!(built.counts(), [3.0, 1.0]);
        assert_eq!(built.value(), None);
        let dimensions: Vec<_> =
            built.dimensions().iter().map(|dimension| (dimension.name(), dimension.value())).collect();
        assert_eq!(
            dimensions,
            [(Some("Account"), Some("111122223333")), (Some("Region"), Some("eu-west-1"))]
        );
    }

    #[test]
    fn the_span_of_accepted_timestamps_is_inside_that_of_the_service() {
        let service = FakeService::new([]);
        let (before, after) = sink(&service).accepted_seconds().unwrap();
        assert!(before > 13 * 24 * 3600 && before < OLDEST_SECONDS);
        assert!(after > 3600 && after < NEWEST_SECONDS);
    }

    #[tokio::test]
    async fn what_the_service_says_decides_the_kind_of_the_error() {
        let cases = [
            ("InvalidParameterValue", 400, SinkErrorKind::Invalid),
            ("Throttling", 400, SinkErrorKind::Throttled),
            ("AccessDenied", 403, SinkErrorKind::AccessDenied),
            ("InternalServiceFault", 500, SinkErrorKind::Unavailable),
        ];
        let request = MetricRequest { namespace: "CloudTrailMetrics".into(), datums: vec![datum()] };
        for (code, status, kind) in cases {
            let service = FakeService::new([Answer::cbor_error(status, code)]);
            let error = sink(&service).put(&request).await.unwrap_err();
            assert_eq!(error.kind, kind, "{code}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_request_goes_out_whole() {
        let service = FakeService::new([Answer::cbor_success()]);
        let request = MetricRequest { namespace: "CloudTrailMetrics".into(), datums: vec![datum()] };
        sink(&service).put(&request).await.unwrap();
        let sent = service.requests();
        assert_eq!(sent.len(), 1);
        for text in ["CloudTrailMetrics", "ConsoleSignInFailureCount", "111122223333", "Count"] {
            assert!(sent[0].body.contains(text), "{text}");
        }
    }
}
