//! Datapoints to CloudWatch: each request of the pipeline is one PutMetricData.
//!
//! The pipeline's requests respect the limits of PutMetricData. PutMetricData has no idempotency token: an attempt that
//! timed out may have been stored, and repeating it then counts the datapoints twice.
//!
//! Source: the CloudWatch API reference, PutMetricData and MetricDatum.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::SdkError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::{Datum, MetricRequest, MetricSink, SinkError, SinkErrorKind};

use crate::client::Aws;
use crate::failure::{Failure, bare};

/// The age of the oldest timestamp that PutMetricData accepts, in seconds: two weeks (API reference, MetricDatum).
const OLDEST_SECONDS: i64 = 14 * 24 * 3600;
/// How far ahead the newest timestamp that PutMetricData accepts may be, in seconds: two hours (API reference, MetricDatum).
const NEWEST_SECONDS: i64 = 2 * 3600;
/// The margin at both ends, in seconds: requests wait and are repeated, and clocks differ.
const MARGIN_SECONDS: i64 = 10 * 60;

/// The codes of PutMetricData for invalid content. Some protocols add `Exception` or `Fault`.
const INVALID_METRICS: [&str; 7] = [
    "InvalidFormat",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingParameter",
    "MissingRequiredParameter",
    "Validation",
    "ValidationError",
];

/// [`MetricSink`] over PutMetricData.
#[derive(Debug, Clone)]
pub struct CloudWatchMetricSink {
    client: Client,
}

impl CloudWatchMetricSink {
    /// Returns a sink for the client's region and account.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Aws {
    /// The sink for datapoints, in the environment's region.
    pub fn metric_sink(&self) -> CloudWatchMetricSink {
        CloudWatchMetricSink::new(Client::new(self.config()))
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

/// An error of PutMetricData, as the pipeline knows it.
pub(crate) fn metrics_error<E>(error: SdkError<E>) -> SinkError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    SinkError { kind: kind_of(Failure::of(&error)), source: Box::new(error) }
}

/// What a failure means for a publisher of datapoints.
fn kind_of(failure: Failure<'_>) -> SinkErrorKind {
    failure.of_sink(|code| INVALID_METRICS.contains(&bare(code)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::config::Region;
    use pipeline::{BYTES_PER_REQUEST, DATUMS_PER_REQUEST};
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
            .disable_request_compression(true)
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

    /// As many copies of a datum as the pipeline puts into one request.
    fn full_request(datum: &Datum) -> MetricRequest {
        let count = (BYTES_PER_REQUEST / datum.estimated_bytes()).min(DATUMS_PER_REQUEST);
        MetricRequest { namespace: "N".repeat(255), datums: vec![datum.clone(); count] }
    }

    /// The limit holds for the body as it is sent, which may also be compressed.
    #[tokio::test]
    async fn the_largest_requests_of_the_pipeline_have_a_megabyte_at_most() {
        let numbers = |count: u32| (1..=count).map(|n| f64::from(n) / 3.0).collect::<Vec<_>>();
        let text = Datum { dimensions: vec![("d".repeat(255), "v".repeat(1024)); 3], ..datum() };
        let values = Datum { values: numbers(150), counts: vec![u64::MAX; 150], ..datum() };
        let small =
            Datum { dimensions: Vec::new(), name: "n".into(), values: vec![0.1], counts: vec![1], ..datum() };
        let both = Datum { values: numbers(150), counts: vec![u64::MAX; 150], ..text.clone() };
        for datum in [text, values, small, both] {
            let request = full_request(&datum);
            let service = FakeService::new([Answer::cbor_success()]);
            sink(&service).put(&request).await.unwrap();
            let bytes = service.requests()[0].body_bytes;
            assert!(bytes > 50_000, "{bytes} bytes: the request is not compressed");
            assert!(bytes <= 1_000_000, "{bytes} bytes for {} datums", request.datums.len());
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

    #[test]
    fn every_documented_refusal_of_cloudwatch_has_its_kind() {
        use SinkErrorKind::{AccessDenied, Invalid, Throttled, Unavailable};
        let cases = [
            (Failure::answer(400, "InvalidParameterValue"), Invalid),
            (Failure::answer(400, "InvalidParameterValueException"), Invalid),
            (Failure::answer(400, "InvalidParameterCombinationException"), Invalid),
            (Failure::answer(400, "MissingRequiredParameterException"), Invalid),
            (Failure::answer(400, "MissingParameter"), Invalid),
            (Failure::answer(400, "InvalidFormatFault"), Invalid),
            (Failure::answer(400, "ValidationError"), Invalid),
            (Failure::answer(400, "ValidationException"), Invalid),
            (Failure::answer(413, ""), Invalid),
            (Failure::answer(400, "Throttling"), Throttled),
            (Failure::answer(400, "ThrottlingException"), Throttled),
            (Failure::answer(429, ""), Throttled),
            (Failure::answer(403, "AccessDenied"), AccessDenied),
            (Failure::answer(403, "InvalidClientTokenId"), AccessDenied),
            (Failure::answer(403, "ExpiredToken"), Unavailable),
            (Failure::answer(500, "InternalServiceFault"), Unavailable),
            (Failure::answer(503, "ServiceUnavailable"), Unavailable),
            (Failure::answer(400, "LimitExceededException"), Unavailable),
            (Failure::answer(400, "SomethingNew"), Unavailable),
            (Failure::answer(404, ""), Unavailable),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Unavailable),
        ];
        for (failure, kind) in cases {
            assert_eq!(kind_of(failure), kind, "{failure:?}");
        }
    }
}
