//! What every row stands on: a cloud of its own with bucket, topics, queues and ledger, and the function behind the queue.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use testkit::emulator::{
    EmulatedCloud, HostedFunction, LambdaHost, Proxy, Queue, QueueOptions, built_executable,
    epoch_milliseconds, wait_until,
};

use crate::expected::Counts;
use crate::load::{BUCKET, Load, MAX_FILE_BYTES};
use crate::wire::Wire;

/// Requests of the suite's own at the same time.
const CONCURRENCY: usize = 16;
/// How long a queue may take to empty.
const PATIENCE: Duration = Duration::from_secs(1800);
/// How far back metrics are read.
const WINDOW_SECONDS: i64 = 30 * 86_400;
/// The table of the ledger.
const LEDGER: &str = "ledger";

/// The same calls, counted by the time of delivery and by that of the event.
const RULES: &str = r#"
version: 1
defaults:
  metricNamespace: FaultSuite
rules:
  - id: probes-by-delivery
    title: MFA device deactivated
    severity: high
    filterPattern: '{ ($.eventName = DeactivateMFADevice) && ($.userIdentity.userName = "probe-*") }'
    metricTransformation:
      metricName: ProbesByDelivery
      dimensions: { User: $.userIdentity.userName }
      unit: Count
    alert:
      groupBy: [$.userIdentity.userName]
  - id: probes-by-event
    filterPattern: '{ ($.eventName = DeactivateMFADevice) && ($.userIdentity.userName = "probe-*") }'
    metricTransformation:
      metricName: ProbesByEvent
      dimensions: { User: $.userIdentity.userName }
      timestamp: event
    alert: false
"#;

/// What all rows have in common.
#[derive(Debug, Clone)]
pub(crate) struct Suite {
    pub(crate) seed: u64,
    pub(crate) quick: bool,
    function: PathBuf,
    rules: Arc<tempfile::TempPath>,
}

impl Suite {
    /// Builds the function, unless there is one, and writes the rules.
    pub(crate) fn prepare(seed: u64, quick: bool, function: Option<PathBuf>) -> Self {
        let function = function.unwrap_or_else(|| built_executable("log-processor", env!("CARGO_PKG_NAME")));
        let rules = tempfile::NamedTempFile::new().expect("a temporary file").into_temp_path();
        std::fs::write(&rules, RULES).expect("write the rules");
        Self { seed, quick, function, rules: Arc::new(rules) }
    }

    /// A seed for each row, so that not all of them throw the same dice.
    pub(crate) fn seed_of(&self, row: &str) -> u64 {
        row.bytes().fold(self.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
    }

    /// Keeps what the function has written in a row that broke a promise, and says where.
    pub(crate) fn keep_log(&self, row: &str, log: &str) {
        let path = std::env::temp_dir().join(format!("fault-suite-{row}-{}.log", self.seed));
        match std::fs::write(&path, log) {
            Ok(()) => eprintln!("{row}: the function's log is in {}", path.display()),
            Err(error) => eprintln!("{row}: the function's log could not be kept: {error}"),
        }
    }
}

/// How long an invocation has, how long a message stays hidden, how often it is received, and how many environments there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) timeout: Duration,
    pub(crate) visibility_seconds: u32,
    pub(crate) environments: usize,
    pub(crate) max_receives: u32,
}

/// A cloud with the function in it, of which no environment runs yet.
pub(crate) struct Stage {
    pub(crate) cloud: EmulatedCloud,
    pub(crate) host: LambdaHost,
    pub(crate) dead_letters: Queue,
    queue: Queue,
    topic: String,
    alerts: Queue,
    _proxy: Proxy,
}

impl Stage {
    pub(crate) async fn set(suite: &Suite, timing: Timing, wire: &Arc<Wire>) -> Self {
        let cloud = tokio::task::block_in_place(EmulatedCloud::start).expect("the emulator starts");
        cloud.create_bucket(BUCKET).await;
        let topic = cloud.create_topic("trail").await;
        let dead_letters = cloud.create_queue("dead-letters", QueueOptions::default()).await;
        let options = QueueOptions {
            visibility_timeout_seconds: Some(timing.visibility_seconds),
            dead_letters: Some((&dead_letters, timing.max_receives)),
        };
        let queue = cloud.create_queue("deliveries", options).await;
        cloud.subscribe(&topic, &queue, false).await;
        let alert_topic = cloud.create_topic("alerts").await;
        let alerts = cloud.create_queue("alerts", QueueOptions::default()).await;
        cloud.subscribe(&alert_topic, &alerts, true).await;
        create_ledger(&cloud);
        let proxy = Proxy::open(&cloud).await;
        let judge = Arc::clone(wire);
        proxy.judge(move |request| judge.judge(request));
        let variables = [
            ("TRAILBELL_ALERT_TOPIC_ARN", alert_topic),
            ("TRAILBELL_RULES_FILE", suite.rules.to_string_lossy().into_owned()),
            ("TRAILBELL_MAX_FILE_BYTES", MAX_FILE_BYTES.to_string()),
            ("TRAILBELL_LEDGER_TABLE", LEDGER.to_owned()),
            ("TRAILBELL_QUEUE_URL", queue.url.clone()),
        ];
        let function = HostedFunction {
            executable: suite.function.clone(),
            environment: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            endpoint: proxy.endpoint(),
            timeout: timing.timeout,
            environments: 0,
        };
        let host = cloud.host(&queue, function);
        Self { cloud, host, dead_letters, queue, topic, alerts, _proxy: proxy }
    }

    /// Puts the log files of a load: those that are missing at first, or all others.
    pub(crate) async fn put(&self, load: &Load, missing: bool) {
        let files = load.files.iter().filter(|file| file.missing == missing);
        let puts = files.map(|file| self.cloud.put_object(BUCKET, &file.key, load.object(file)));
        futures::stream::iter(puts).buffer_unordered(CONCURRENCY).collect::<()>().await;
    }

    /// Announces a load on the trail's topic.
    pub(crate) async fn announce(&self, load: &Load) {
        let messages = load.messages.iter().map(|message| self.cloud.publish(&self.topic, message));
        futures::stream::iter(messages).buffered(CONCURRENCY).collect::<()>().await;
    }

    /// Announces one message.
    pub(crate) async fn announce_one(&self, message: &str) {
        self.cloud.publish(&self.topic, message).await;
    }

    /// Waits until nothing is left in the queue and no environment works; answers whether that came to be.
    pub(crate) async fn is_quiet(&self) -> bool {
        let mut quiet = 0;
        let wait = wait_until(PATIENCE, async || {
            let is_quiet = self.host.is_idle() && self.cloud.queue_depth(&self.queue).await == (0, 0);
            quiet = if is_quiet { quiet + 1 } else { 0 };
            (quiet > 3).then_some(())
        });
        wait.await.is_some()
    }

    /// Sends the dead letters back.
    pub(crate) async fn redrive(&self) {
        self.cloud.redrive(&self.dead_letters, &self.queue).await;
    }

    /// How many dead letters there are.
    pub(crate) async fn dead_letters(&self) -> usize {
        let (visible, hidden) = self.cloud.queue_depth(&self.dead_letters).await;
        usize::try_from(visible + hidden).expect("32 bits fit")
    }

    /// Sums of a metric by the value of its dimension.
    pub(crate) async fn totals(&self, namespace: &str, name: &str) -> Counts {
        let now = epoch_milliseconds() / 1000;
        let totals = self.cloud.metric_totals(namespace, name, now - WINDOW_SECONDS, now + 600).await;
        totals.into_iter().map(|(value, sum)| (value, sum.round() as u64)).collect()
    }

    /// Findings in all alerts, by user.
    pub(crate) async fn alerted(&self) -> Counts {
        let mut counts = Counts::new();
        for body in self.cloud.take_messages(&self.alerts).await {
            let alert: Value = serde_json::from_str(&body).expect("an alert is JSON");
            let user = alert["events"][0]["identity"]["words"].as_str().expect("an alert names an identity");
            let user = user.rsplit(' ').next().unwrap_or_default().to_owned();
            *counts.entry(user).or_default() += alert["count"].as_u64().expect("an alert has a count");
        }
        counts
    }
}

/// The table as the template makes it.
fn create_ledger(cloud: &EmulatedCloud) {
    let table = json!({
        "TableName": LEDGER,
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let answer =
        tokio::task::block_in_place(|| cloud.call("dynamodb", "DynamoDB_20120810.CreateTable", &table));
    assert!(answer["TableDescription"].is_object(), "the ledger's table: {answer}");
}
