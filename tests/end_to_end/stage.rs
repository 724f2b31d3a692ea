//! What every end-to-end test stands on: a trail's bucket and topic, the queue, the function, and who listens.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use testkit::emulator::{EmulatedCloud, Function, Metric, Queue, QueueOptions, executable, wait_until};

pub(crate) const BUCKET: &str = "amzn-s3-demo-bucket-trail";
/// The table of the ledger.
pub(crate) const LEDGER: &str = "trailbell-ledger";
/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Longer than a batch takes on a busy machine, since a message that is seen again meanwhile counts again; and short,
/// since a poisonous one has to be seen twice.
const VISIBILITY_SECONDS: u32 = 10;
/// Largest log file after decompression, so that a bomb is a small one.
pub(crate) const MAX_FILE_BYTES: usize = 1 << 20;

/// Two rules that stamp their datapoints differently.
const RULES: &str = r#"
version: 1
defaults:
  metricNamespace: EndToEnd
rules:
  - id: failures-by-delivery
    title: Console sign-in failures
    severity: high
    filterPattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
    metricTransformation:
      metricName: FailuresByDelivery
      unit: Count
  - id: failures-by-event
    filterPattern: '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
    metricTransformation:
      metricName: FailuresByEvent
      dimensions: { Account: $.recipientAccountId }
      timestamp: event
    alert: false
"#;

/// A deployed Trailbell.
pub(crate) struct Stage {
    pub(crate) cloud: EmulatedCloud,
    /// The trail's topic.
    pub(crate) topic: String,
    /// The queue, subscribed to the topic.
    pub(crate) queue: Queue,
    pub(crate) dead_letters: Queue,
    /// Subscribed to the alert topic.
    pub(crate) alerts: Queue,
    /// Seconds of the Unix epoch.
    pub(crate) started: i64,
    _rules: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let rules = tempfile::tempdir().unwrap();
        let rules_file = rules.path().join("rules.yaml");
        std::fs::write(&rules_file, RULES).unwrap();
        let bootstrap = std::fs::read(executable("log-processor")).unwrap();
        let cloud = EmulatedCloud::start().unwrap();
        cloud.create_bucket(BUCKET).await;
        let topic = cloud.create_topic("trail").await;
        let dead_letters = cloud.create_queue("dead-letters", QueueOptions::default()).await;
        let options = QueueOptions {
            visibility_timeout_seconds: Some(VISIBILITY_SECONDS),
            dead_letters: Some((&dead_letters, 2)),
        };
        let queue = cloud.create_queue("deliveries", options).await;
        cloud.subscribe(&topic, &queue, false).await;
        create_ledger(&cloud);
        let alert_topic = cloud.create_topic("alerts").await;
        let alerts = cloud.create_queue("alerts", QueueOptions::default()).await;
        cloud.subscribe(&alert_topic, &alerts, true).await;
        cloud
            .deploy(Function {
                name: "log-processor",
                bootstrap,
                environment: &[
                    ("TRAILBELL_ALERT_TOPIC_ARN", &alert_topic),
                    ("TRAILBELL_LEDGER_TABLE", LEDGER),
                    ("TRAILBELL_QUEUE_URL", &queue.url),
                    ("TRAILBELL_RULES_FILE", &rules_file.to_string_lossy()),
                    ("TRAILBELL_MAX_FILE_BYTES", &MAX_FILE_BYTES.to_string()),
                ],
                timeout_seconds: 30,
            })
            .await;
        cloud.connect(&queue, "log-processor", 10).await;
        Self { cloud, topic, queue, dead_letters, alerts, started: now(), _rules: rules }
    }

    /// Puts a log file of these records.
    pub(crate) async fn put(&self, key: &str, records: &[Value]) {
        let contents = json!({ "Records": records }).to_string();
        self.cloud.put_object(BUCKET, key, gzip(contents.as_bytes())).await;
    }

    /// CloudTrail's own announcement of these keys.
    pub(crate) async fn announce(&self, keys: &[&str]) {
        self.cloud.publish(&self.topic, &announcement(keys)).await;
    }

    /// The sum of a metric since the start, up to `ahead` seconds from the present.
    pub(crate) async fn total(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> f64 {
        let metric = Metric { namespace, name, dimensions };
        self.cloud.metric_total(&metric, self.started - 7 * 86_400, now() + 60).await
    }

    /// Waits until a metric has reached a sum.
    pub(crate) async fn wait_for_total(&self, namespace: &str, name: &str, expected: f64) {
        let reached =
            wait_until(PATIENCE, async || (self.total(namespace, name, &[]).await >= expected).then_some(()));
        if reached.await.is_none() {
            let total = self.total(namespace, name, &[]).await;
            panic!("{namespace}/{name} is {total}, not {expected}\n{}", self.cloud.log());
        }
    }

    /// Waits until nothing is left in the queue, neither visible nor in flight.
    pub(crate) async fn wait_for_empty_queue(&self) {
        let empty = wait_until(PATIENCE, async || {
            (self.cloud.queue_depth(&self.queue).await == (0, 0)).then_some(())
        });
        assert!(empty.await.is_some(), "messages are left in the queue\n{}", self.cloud.log());
    }

    /// What the ledger says about a log file: its phase, and the code of its last failure.
    pub(crate) fn in_ledger(&self, key: &str) -> (Option<String>, Option<String>) {
        let id = format!("file#s3://{BUCKET}/{key}");
        let request = json!({ "TableName": LEDGER, "Key": { "id": { "S": id } }, "ConsistentRead": true });
        let item = &self.cloud.call("dynamodb", "DynamoDB_20120810.GetItem", &request)["Item"];
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        (text("phase"), text("failure"))
    }

    /// Findings in all alerts, by the user that they name.
    pub(crate) async fn alerted_users(&self) -> BTreeMap<String, u64> {
        let mut users = BTreeMap::new();
        for body in self.cloud.messages(&self.alerts).await {
            let alert: Value = serde_json::from_str(&body).unwrap();
            let user = alert["events"][0]["identity"]["words"].as_str().unwrap().to_owned();
            *users.entry(user).or_default() += alert["count"].as_u64().unwrap();
        }
        users
    }
}

/// Makes the table of the ledger.
pub(crate) fn create_ledger(cloud: &EmulatedCloud) {
    let request = json!({
        "TableName": LEDGER,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    let answer = cloud.call("dynamodb", "DynamoDB_20120810.CreateTable", &request);
    assert_eq!(answer["TableDescription"]["TableName"], LEDGER, "{answer}");
}

pub(crate) fn announcement(keys: &[&str]) -> String {
    json!({ "s3Bucket": BUCKET, "s3ObjectKey": keys }).to_string()
}

/// The key of a log file under a prefix.
pub(crate) fn key(prefix: &str, number: u32) -> String {
    format!(
        "{prefix}AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/\
         111122223333_CloudTrail_us-east-1_20260914T1215Z_{number:016}.json.gz"
    )
}

/// A failed sign-in of this user, a minute ago.
pub(crate) fn failed_login(user: &str, number: u32) -> Value {
    json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "arn": format!("arn:aws:iam::111122223333:user/{user}"),
            "accountId": "111122223333",
            "userName": user,
        },
        "eventTime": event_time(),
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "Mozilla/5.0",
        "errorMessage": "Failed authentication",
        "requestParameters": null,
        "responseElements": { "ConsoleLogin": "Failure" },
        "eventID": format!("{user}-{number}"),
        "eventType": "AwsConsoleSignIn",
        "recipientAccountId": "111122223333",
    })
}

/// The start of the hour before this one, so that all records of a test have one event time.
pub(crate) fn event_seconds() -> i64 {
    let now = now();
    now - now % 3600 - 3600
}

fn event_time() -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(event_seconds()).unwrap();
    time.format(&time::format_description::well_known::Rfc3339).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
