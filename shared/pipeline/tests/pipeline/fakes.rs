//! Ports in memory that record what they are asked, and fail where a test wants them to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use cloudtrail::S3Object;
use flate2::Compression;
use flate2::write::GzEncoder;
use pipeline::{
    Alert, AlertSink, Cause, Claim, Clock, Evaluator, Ledger, LogStore, MemoryLedger, Message, MetricRequest,
    MetricSink, Pipeline, Ports, PublishOptions, PublishedParts, RuleSource, SeenFile, Settings, SinkError,
    SinkErrorKind, StoreError, StoreErrorKind,
};
use rules::RuleSet;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// 2026-09-14T12:16:30Z
pub(crate) const NOW: i64 = 1_789_388_190;
pub(crate) const BUCKET: &str = "amzn-s3-demo-bucket-trail";

/// A file of the reference beside the project, if it is there.
pub(crate) fn reference(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let path = root.join("shared/reference").join(name);
    path.exists().then_some(path)
}

/// When a call is cut off: before or after it has taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Fails chosen calls, counted over all ports in the order in which they happen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<FaultState>,
    /// A call has been cut off.
    pub(crate) stopped: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct FaultState {
    calls: Vec<&'static str>,
    failing: HashSet<usize>,
    failing_names: HashMap<&'static str, SinkErrorKind>,
    seconds_per_call: i64,
    hanging: Option<&'static str>,
    hangs_once: bool,
    stop: Option<(usize, Moment)>,
    clock: Option<std::sync::Arc<AtomicI64>>,
}

impl Faults {
    pub(crate) fn fail_call(&self, number: usize) {
        self.state.lock().unwrap().failing.insert(number);
    }

    pub(crate) fn fail_always(&self, name: &'static str, kind: SinkErrorKind) {
        self.state.lock().unwrap().failing_names.insert(name, kind);
    }

    /// Lets every call take its time.
    pub(crate) fn slow_down(&self, seconds: i64, clock: std::sync::Arc<AtomicI64>) {
        let mut state = self.state.lock().unwrap();
        state.seconds_per_call = seconds;
        state.clock = Some(clock);
    }

    /// Lets calls of this name never answer.
    pub(crate) fn hang(&self, name: &'static str) {
        self.state.lock().unwrap().hanging = Some(name);
    }

    /// Lets the call of this number, counted from 0, never return: it is up to the test to end the work.
    pub(crate) fn stop_at(&self, number: usize, moment: Moment) {
        self.state.lock().unwrap().stop = Some((number, moment));
    }

    /// To be called by the call that was checked last.
    async fn pass(&self, moment: Moment) {
        let is_stopped = {
            let state = self.state.lock().unwrap();
            state.stop.is_some_and(|(number, at)| (number + 1, at) == (state.calls.len(), moment))
        };
        if is_stopped {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Lets the next call of this name never answer.
    pub(crate) fn hang_once(&self, name: &'static str) {
        let mut state = self.state.lock().unwrap();
        state.hanging = Some(name);
        state.hangs_once = true;
    }

    async fn answer(&self, name: &'static str) {
        let is_hanging = {
            let mut state = self.state.lock().unwrap();
            let is_hanging = state.hanging == Some(name);
            if is_hanging && state.hangs_once {
                state.hanging = None;
            }
            is_hanging
        };
        if is_hanging {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn heal(&self) {
        let mut state = self.state.lock().unwrap();
        state.hanging = None;
        state.hangs_once = false;
        state.stop = None;
        state.failing.clear();
        state.failing_names.clear();
    }

    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().calls.clone()
    }

    fn check(&self, name: &'static str) -> Result<(), SinkErrorKind> {
        let mut state = self.state.lock().unwrap();
        let number = state.calls.len();
        if let Some(clock) = &state.clock {
            clock.fetch_add(state.seconds_per_call, Ordering::Relaxed);
        }
        state.calls.push(name);
        if state.failing.contains(&number) {
            return Err(SinkErrorKind::Throttled);
        }
        state.failing_names.get(name).map_or(Ok(()), |kind| Err(*kind))
    }
}

/// Objects by key, or the error that opening one gives.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) objects: Mutex<BTreeMap<String, Result<Vec<u8>, StoreErrorKind>>>,
    pub(crate) faults: std::sync::Arc<Faults>,
}

impl LogStore for Store {
    type Body = Cursor<Vec<u8>>;

    async fn open(&self, object: &S3Object) -> Result<Self::Body, StoreError> {
        let failed = |kind| StoreError { kind, source: "made to fail".into() };
        self.faults.answer("open").await;
        self.faults.check("open").map_err(|_kind| failed(StoreErrorKind::Unavailable))?;
        self.faults.pass(Moment::Before).await;
        let objects = self.objects.lock().unwrap();
        match objects.get(&object.key) {
            Some(Ok(bytes)) => Ok(Cursor::new(bytes.clone())),
            Some(Err(kind)) => Err(failed(*kind)),
            None => Err(failed(StoreErrorKind::NotFound)),
        }
    }
}

/// Keeps requests; refuses datums of the metrics named in `invalid`.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) requests: Mutex<Vec<MetricRequest>>,
    /// The key of each file that was seen, with what counts of its findings.
    pub(crate) seen: Mutex<Vec<(String, Vec<bool>)>>,
    pub(crate) invalid: Mutex<HashSet<String>>,
    pub(crate) faults: std::sync::Arc<Faults>,
}

impl Metrics {
    /// Sums by namespace, metric name and dimensions.
    pub(crate) fn sums(&self) -> BTreeMap<String, f64> {
        let mut sums = BTreeMap::new();
        for request in self.requests.lock().unwrap().iter() {
            for datum in &request.datums {
                let mut name = format!("{}/{}", request.namespace, datum.name);
                for (dimension, value) in &datum.dimensions {
                    name.push_str(&format!(" {dimension}={value}"));
                }
                *sums.entry(name).or_default() += datum.sum();
            }
        }
        sums
    }

    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.sums().get(name).copied().unwrap_or_default()
    }
}

impl MetricSink for Metrics {
    async fn put(&self, request: &MetricRequest) -> Result<(), SinkError> {
        let failed = |kind| SinkError { kind, source: "made to fail".into() };
        if request.namespace != "Trailbell" {
            self.faults.answer("put").await;
            self.faults.check("put").map_err(failed)?;
            self.faults.pass(Moment::Before).await;
        }
        {
            let invalid = self.invalid.lock().unwrap();
            if request.datums.iter().any(|datum| invalid.contains(&datum.name)) {
                return Err(failed(SinkErrorKind::Invalid));
            }
        }
        self.requests.lock().unwrap().push(request.clone());
        if request.namespace != "Trailbell" {
            self.faults.pass(Moment::After).await;
        }
        Ok(())
    }

    fn accepted_seconds(&self) -> Option<(i64, i64)> {
        Some((14 * 86_400, 2 * 3_600))
    }

    fn see(&self, seen: &SeenFile<'_>) {
        assert_eq!(seen.findings.findings.len(), seen.counted.len());
        self.seen.lock().unwrap().push((seen.object.key.clone(), seen.counted.to_vec()));
    }
}

/// Keeps alerts.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    pub(crate) alerts: Mutex<Vec<Alert>>,
    pub(crate) faults: std::sync::Arc<Faults>,
}

impl AlertSink for Alerts {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        self.faults.answer("publish").await;
        self.faults.check("publish").map_err(|kind| SinkError { kind, source: "made to fail".into() })?;
        self.faults.pass(Moment::Before).await;
        self.alerts.lock().unwrap().push(alert.clone());
        self.faults.pass(Moment::After).await;
        Ok(())
    }
}

/// A memory ledger behind faults.
#[derive(Debug)]
pub(crate) struct FaultyLedger {
    pub(crate) inner: MemoryLedger,
    pub(crate) faults: std::sync::Arc<Faults>,
}

impl FaultyLedger {
    async fn call<T>(
        &self,
        name: &'static str,
        effect: impl Future<Output = Result<T, Cause>>,
    ) -> Result<T, Cause> {
        self.faults.answer(name).await;
        self.faults.check(name).map_err(|_kind| "made to fail")?;
        self.faults.pass(Moment::Before).await;
        let answer = effect.await;
        self.faults.pass(Moment::After).await;
        answer
    }
}

impl Ledger for FaultyLedger {
    async fn claim(&self, file: &S3Object, until: Option<OffsetDateTime>) -> Result<Claim, Cause> {
        self.call("claim", self.inner.claim(file, until)).await
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        self.call("first_sightings", self.inner.first_sightings(file, sightings)).await
    }

    async fn note(&self, file: &S3Object, published: &PublishedParts) -> Result<(), Cause> {
        self.call("note", self.inner.note(file, published)).await
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        self.call("finish", self.inner.finish(file)).await
    }

    async fn release(
        &self,
        file: &S3Object,
        published: PublishedParts,
        code: &'static str,
    ) -> Result<(), Cause> {
        self.call("release", self.inner.release(file, published, code)).await
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct StoppedClock(pub(crate) std::sync::Arc<AtomicI64>);

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// The fakes of this file, with rules of any kind.
#[derive(Debug)]
pub(crate) struct FakePorts<R>(PhantomData<R>);

impl<R: RuleSource> Ports for FakePorts<R> {
    type Store = Store;
    type Ledger = FaultyLedger;
    type Metrics = Metrics;
    type Alerts = Alerts;
    type Clock = StoppedClock;
    type Rules = R;
}

pub(crate) type FakePipeline<R = std::sync::Arc<Evaluator>> = Pipeline<FakePorts<R>>;

/// A pipeline over fakes that share one set of faults.
pub(crate) fn fake_pipeline(rules: &str) -> (FakePipeline, std::sync::Arc<Faults>) {
    let (rules, _) = RuleSet::parse("rules.yaml", rules).unwrap();
    fake_pipeline_with(std::sync::Arc::new(Evaluator::new(rules)))
}

/// The same with rules from elsewhere.
pub(crate) fn fake_pipeline_with<R: RuleSource>(rules: R) -> (FakePipeline<R>, std::sync::Arc<Faults>) {
    let faults = std::sync::Arc::new(Faults::default());
    let pipeline = Pipeline {
        store: Store { faults: faults.clone(), ..Store::default() },
        ledger: FaultyLedger { inner: MemoryLedger::unbounded(), faults: faults.clone() },
        metrics: Metrics { faults: faults.clone(), ..Metrics::default() },
        alerts: Alerts { faults: faults.clone(), ..Alerts::default() },
        clock: StoppedClock(std::sync::Arc::new(AtomicI64::new(NOW))),
        rules,
        // One at a time, so that the order of calls is the same in every run.
        settings: Settings { concurrency: 1, ..Settings::default() },
    };
    (pipeline, faults)
}

/// The key of the `number`-th log file.
pub(crate) fn key(number: u32) -> String {
    format!(
        "AWSLogs/111122223333/CloudTrail/us-east-2/2026/09/14/\
         111122223333_CloudTrail_us-east-2_20260914T1215Z_{number:016}.json.gz"
    )
}

/// Puts a log file of these records into the store.
pub(crate) fn put<R: RuleSource>(pipeline: &FakePipeline<R>, key: &str, records: &[Value]) {
    put_bytes(pipeline, key, gzip(json!({ "Records": records }).to_string().as_bytes()));
}

pub(crate) fn put_bytes<R: RuleSource>(pipeline: &FakePipeline<R>, key: &str, bytes: Vec<u8>) {
    pipeline.store.objects.lock().unwrap().insert(key.to_owned(), Ok(bytes));
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// CloudTrail's own message about these keys.
pub(crate) fn message(id: &str, keys: &[&str]) -> Message {
    Message {
        id: id.to_owned(),
        body: json!({
            "Type": "Notification",
            "Message": json!({ "s3Bucket": BUCKET, "s3ObjectKey": keys }).to_string(),
        })
        .to_string(),
        options: PublishOptions::default(),
    }
}

/// A failed console sign-in.
pub(crate) fn failed_login(event_id: &str, user: &str) -> Value {
    json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "arn": format!("arn:aws:iam::111122223333:user/{user}"),
            "accountId": "111122223333",
            "userName": user,
        },
        "eventTime": "2026-09-14T12:10:04Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-2",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "Mozilla/5.0",
        "errorMessage": "Failed authentication",
        "eventID": event_id,
        "recipientAccountId": "111122223333",
    })
}

/// An ordinary read.
pub(crate) fn quiet(event_id: &str) -> Value {
    json!({
        "eventTime": "2026-09-14T12:10:05Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "us-east-2",
        "eventID": event_id,
        "recipientAccountId": "111122223333",
    })
}

pub(crate) const LOGIN_RULE: &str = r#"
version: 1
defaults:
  metricNamespace: Test
rules:
  - id: console-login-failures
    title: Console sign-in failures
    summary: Somebody failed to sign in.
    response: Ask the user.
    knownNoise: People who mistype.
    severity: medium
    references: ["CIS 1.4/4.6"]
    filterPattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
    metricTransformation:
      metricName: Failures
"#;

/// Ids of the messages that return to the queue.
pub(crate) fn failed_ids(outcome: &pipeline::BatchOutcome) -> Vec<&str> {
    outcome.failed_ids().collect()
}
