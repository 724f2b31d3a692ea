//! The handler over ports in memory: which messages return to the queue, and with which code they are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex};

use cloudtrail::{Limits, S3Object};
use pipeline::{
    Alert, AlertSink, Clock, Evaluator, LogStore, MemoryLedger, MetricRequest, MetricSink, Pipeline, Ports,
    Settings, SinkError, SinkErrorKind, StoreError, StoreErrorKind,
};
use rules::RuleSet;
use serde_json::{Value, json};

use super::*;

const RULES: &str = "
version: 1
rules:
  - id: console-logins
    filterPattern: '{ $.eventName = ConsoleLogin }'
    metricTransformation: { metricName: ConsoleLoginCount }
";

/// Log files by key. What is not there is not found.
#[derive(Default)]
struct Files(BTreeMap<String, Result<Vec<u8>, StoreErrorKind>>);

impl LogStore for Files {
    type Body = Cursor<Vec<u8>>;

    async fn open(&self, object: &S3Object) -> Result<Self::Body, StoreError> {
        let file = self.0.get(&object.key).cloned().unwrap_or(Err(StoreErrorKind::NotFound));
        file.map(Cursor::new).map_err(|kind| StoreError { kind, source: "refused".into() })
    }
}

/// Keeps what is published, or refuses everything in one namespace.
#[derive(Default)]
struct Metrics {
    refused: Option<(&'static str, SinkErrorKind)>,
    requests: Mutex<Vec<MetricRequest>>,
}

impl MetricSink for Metrics {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        match self.refused {
            Some((namespace, kind)) if namespace == request.namespace => {
                Err(SinkError { kind, source: "refused".into() })
            }
            Some(_) | None => {
                self.requests.lock().unwrap().push(request.clone());
                Ok(())
            }
        }
    }
}

impl Metrics {
    /// The values of a dimension over all datapoints of a metric.
    fn dimension_values(&self, metric: &str) -> BTreeSet<String> {
        let requests = self.requests.lock().unwrap();
        let datums = requests.iter().flat_map(|request| &request.datums);
        datums
            .filter(|datum| datum.name == metric)
            .flat_map(|datum| datum.dimensions.iter().map(|(_, value)| value.clone()))
            .collect()
    }

    fn sum(&self, metric: &str) -> f64 {
        pipeline::metric_sum(&self.requests.lock().unwrap(), metric)
    }
}

/// Keeps alerts, or refuses them.
#[derive(Default)]
struct Alerts {
    refused: Option<SinkErrorKind>,
    published: Mutex<Vec<Alert>>,
}

impl AlertSink for Alerts {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        match self.refused {
            Some(kind) => Err(SinkError { kind, source: "refused".into() }),
            None => {
                self.published.lock().unwrap().push(alert.clone());
                Ok(())
            }
        }
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_789_387_200).unwrap()
    }
}

enum TestPorts {}

impl Ports for TestPorts {
    type Store = Files;
    type Ledger = MemoryLedger;
    type Metrics = Metrics;
    type Alerts = Alerts;
    type Clock = Noon;
    type Rules = Arc<Evaluator>;
}

type TestPipeline = Pipeline<TestPorts>;

fn pipeline(files: impl IntoIterator<Item = (String, Result<Vec<u8>, StoreErrorKind>)>) -> TestPipeline {
    let (rules, _) = RuleSet::parse("rules.yaml", RULES).unwrap();
    let limits = Limits { decompressed_bytes: 100_000, ..Limits::default() };
    Pipeline {
        store: Files(files.into_iter().collect()),
        ledger: MemoryLedger::unbounded(),
        metrics: Metrics::default(),
        alerts: Alerts::default(),
        clock: Noon,
        rules: Arc::new(Evaluator::new(rules)),
        settings: Settings { limits, ..Settings::default() },
    }
}

fn key(name: &str) -> String {
    let unique = format!("{:0>16}", name.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
    format!(
        "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/111122223333_CloudTrail_us-east-1_20260914T1155Z_{unique}.json.gz"
    )
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A log file with one sign-in.
fn good(event_id: &str) -> Vec<u8> {
    let record = json!({
        "eventID": event_id,
        "eventName": "ConsoleLogin",
        "eventTime": "2026-09-14T11:50:00Z",
        "recipientAccountId": "111122223333",
        "awsRegion": "us-east-1",
    });
    gzip(json!({ "Records": [record] }).to_string().as_bytes())
}

fn message(id: &str, keys: &[String]) -> Value {
    let body = json!({"s3Bucket": "example-trail", "s3ObjectKey": keys}).to_string();
    json!({"messageId": id, "body": body})
}

async fn answer(pipeline: &TestPipeline, records: Vec<Value>) -> Vec<String> {
    let batch = serde_json::from_value(json!({ "Records": records })).unwrap();
    let response = handle(batch, 0, pipeline).await.unwrap().response;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn an_empty_batch_is_answered_with_no_failures() {
    assert!(answer(&pipeline([]), Vec::new()).await.is_empty());
}

#[tokio::test]
async fn a_bad_file_returns_its_own_message_and_its_siblings_are_processed() {
    let intact = good("3");
    let nesting = format!("{{\"Records\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let mut trailing = intact.clone();
    trailing.extend(gzip(b"second member"));
    let cases: Vec<(&str, Result<Vec<u8>, StoreErrorKind>)> = vec![
        ("file.truncated-gzip", Ok(intact[..intact.len() - 9].to_vec())),
        ("file.trailing-data", Ok(trailing)),
        ("file.too-large", Ok(gzip(format!("{{\"Records\":[{}]}}", " ".repeat(200_000)).as_bytes()))),
        ("file.not-gzip", Ok(b"PK\x03\x04 zip".to_vec())),
        ("file.not-json", Ok(gzip(b"not JSON"))),
        ("file.no-records", Ok(gzip(b"{\"other\":[]}"))),
        ("file.records-not-a-list", Ok(gzip(b"{\"Records\":{}}"))),
        ("file.empty", Ok(Vec::new())),
        ("file.not-found", Err(StoreErrorKind::NotFound)),
        ("file.access-denied", Err(StoreErrorKind::AccessDenied)),
        ("file.throttled", Err(StoreErrorKind::Throttled)),
        ("file.unavailable", Err(StoreErrorKind::Unavailable)),
        ("file.not-json", Ok(gzip(nesting.trim_end_matches('}').as_bytes()))),
    ];
    for (code, file) in cases {
        let pipeline = pipeline([(key("a"), Ok(good("1"))), (key("bad"), file), (key("b"), Ok(good("2")))]);
        let records =
            vec![message("m1", &[key("a")]), message("m2", &[key("bad")]), message("m3", &[key("b")])];
        assert_eq!(answer(&pipeline, records).await, ["m2"], "{code}");
        assert_eq!(pipeline.metrics.dimension_values("Failures"), [code.to_owned()].into(), "{code}");
        assert_eq!(pipeline.metrics.sum("ConsoleLoginCount"), 2.0, "{code}");
        assert_eq!(pipeline.alerts.published.lock().unwrap().iter().map(|alert| alert.count).sum::<u64>(), 2);
    }
}

#[tokio::test]
async fn a_bad_record_fails_no_message_and_the_rest_of_its_file_counts() {
    let deep = format!("{{\"eventName\":\"ConsoleLogin\",\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let sign_in = br#"{"eventName":"ConsoleLogin","eventID":"1"}"#.as_slice();
    for (code, record) in [
        ("record.not-an-object", b"42".as_slice()),
        ("record.too-deep", deep.as_bytes()),
        ("record.invalid-utf8", b"{\"eventName\":\"\xff\"}"),
        ("record.malformed", b"{\"eventName\" \"ConsoleLogin\"}"),
    ] {
        let content = [b"{\"Records\":[", record, b",", sign_in, b"]}"].concat();
        let pipeline = pipeline([(key("a"), Ok(gzip(&content)))]);
        assert!(answer(&pipeline, vec![message("m1", &[key("a")])]).await.is_empty(), "{code}");
        assert_eq!(pipeline.metrics.dimension_values("Failures"), [code.to_owned()].into());
        assert_eq!(pipeline.metrics.sum("RecordsRejected"), 1.0, "{code}");
        assert_eq!(pipeline.metrics.sum("ConsoleLoginCount"), 1.0, "{code}");
    }
}

#[tokio::test]
async fn failures_are_answered_in_the_order_of_the_batch_and_once_each() {
    let pipeline = pipeline([(key("a"), Ok(good("1")))]);
    let records = vec![
        message("z", &[key("gone"), key("gone2")]),
        message("y", &[key("a")]),
        json!({"messageId": "x", "body": "not JSON"}),
        json!({"messageId": "w", "body": null}),
        message("v", &[key("a"), key("gone")]),
    ];
    assert_eq!(answer(&pipeline, records).await, ["z", "x", "w", "v"]);
}

#[tokio::test]
async fn what_announces_nothing_is_acknowledged() {
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "example-trail"});
    let records = vec![
        json!({"messageId": "1", "body": "CloudTrail validation message."}),
        json!({"messageId": "2", "body": test.to_string()}),
        message("3", &["AWSLogs/111122223333/CloudTrail/".to_owned()]),
    ];
    assert!(answer(&pipeline([]), records).await.is_empty());
}

#[tokio::test]
async fn a_message_without_an_id_fails_the_batch_before_anything_is_done() {
    let pipeline = pipeline([(key("a"), Ok(good("1")))]);
    let records = json!({"Records": [message("1", &[key("a")]), {"body": "{}"}]});
    let error = handle(serde_json::from_value(records).unwrap(), 0, &pipeline).await.unwrap_err();
    assert_eq!(error, MissingMessageId { position: 2 });
    assert!(pipeline.metrics.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn refused_datapoints_or_alerts_return_exactly_the_messages_that_have_some() {
    let quiet = gzip(br#"{"Records":[{"eventName":"GetUser","eventID":"2"}]}"#);
    for (code, metrics, alerts) in [
        ("metrics.throttled", Some(SinkErrorKind::Throttled), None),
        ("metrics.access-denied", Some(SinkErrorKind::AccessDenied), None),
        ("alerts.throttled", None, Some(SinkErrorKind::Throttled)),
        ("alerts.unavailable", None, Some(SinkErrorKind::Unavailable)),
    ] {
        let mut pipeline = pipeline([(key("a"), Ok(good("1"))), (key("b"), Ok(quiet.clone()))]);
        pipeline.metrics.refused = metrics.map(|kind| ("CloudTrailMetrics", kind));
        pipeline.alerts.refused = alerts;
        let records = vec![message("m1", &[key("a")]), message("m2", &[key("b")])];
        assert_eq!(answer(&pipeline, records.clone()).await, ["m1"], "{code}");
        assert_eq!(pipeline.metrics.dimension_values("Failures"), [code.to_owned()].into());

        pipeline.metrics.refused = None;
        pipeline.alerts.refused = None;
        assert!(answer(&pipeline, records).await.is_empty(), "{code}: the second attempt");
        assert_eq!(pipeline.metrics.sum("ConsoleLoginCount"), 1.0, "{code}: counted once");
        assert_eq!(pipeline.alerts.published.lock().unwrap().len(), 1, "{code}: alerted once");
    }
}

#[tokio::test]
async fn telemetry_that_is_refused_fails_no_message() {
    let mut pipeline = pipeline([(key("a"), Ok(good("1")))]);
    pipeline.metrics.refused = Some(("Trailbell", SinkErrorKind::Throttled));
    assert!(answer(&pipeline, vec![message("m1", &[key("a")])]).await.is_empty());
}

#[tokio::test]
async fn after_the_deadline_no_file_is_begun_and_its_message_returns() {
    let pipeline = pipeline([(key("a"), Ok(good("1")))]);
    let batch = serde_json::from_value(json!({"Records": [message("m1", &[key("a")])]})).unwrap();
    let passed = 1_789_387_200_000 - 1;
    let response = handle(batch, passed, &pipeline).await.unwrap().response;
    assert_eq!(response.batch_item_failures.len(), 1);
    assert!(pipeline.metrics.requests.lock().unwrap().is_empty(), "there is no time for metrics either");
}

#[test]
fn the_working_time_leaves_time_to_finish_and_to_answer() {
    let now = OffsetDateTime::from_unix_timestamp(1_789_387_200).unwrap();
    let in_ms = |ms: i64| u64::try_from(1_789_387_200_000 + ms).unwrap();
    for (left_ms, start_ms, publish_ms) in [
        (900_000, 720_000, 855_000),
        (60_000, 48_000, 57_000),
        (5_000, 3_000, 4_000),
        (3_000, 1_500, 2_250),
        (0, 0, 0),
        (-5_000, -5_000, -5_000),
    ] {
        let deadline = working_time(in_ms(left_ms), now).unwrap();
        let until = |time: OffsetDateTime| (time - now).whole_milliseconds();
        assert_eq!(
            (until(deadline.last_start), until(deadline.last_publish)),
            (start_ms, publish_ms),
            "{left_ms}"
        );
    }
    assert!(working_time(600_000, now).is_none(), "the deadline of `cargo lambda watch`");
    assert!(working_time(u64::MAX, now).is_none(), "a deadline beyond the calendar");
}
