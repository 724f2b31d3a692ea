//! The configuration, read once from environment variables when the function starts.
//!
//! An empty variable counts as unset, because templates cannot easily omit one. All problems are reported at once.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `TRAILBELL_ALERT_TOPIC_ARN` | ARN of the standard SNS topic for alerts | no alerts are sent |
//! | `TRAILBELL_RULES` | a rule file in S3 as `s3://BUCKET/KEY`, reloaded when it changes | none |
//! | `TRAILBELL_RULES_CHECK_SECONDS` | minimum time between two checks of that file, in seconds, 1 to 86400 | 60 |
//! | `TRAILBELL_RULE_SET` | a built-in rule set, instead of `TRAILBELL_RULES` | `recommended` |
//! | `TRAILBELL_RULES_FILE` | path of a rule file in the deployment package, instead of the two above | none |
//! | `TRAILBELL_ALLOWED_BUCKETS` | the buckets that may be read, separated by commas | every bucket that the role can read |
//! | `TRAILBELL_CONCURRENCY` | number of log files fetched and evaluated at the same time, 1 to 64 | 8 |
//! | `TRAILBELL_MAX_FILE_BYTES` | maximum size of a log file after decompression, in bytes | 268435456 (256 MiB) |
//! | `TRAILBELL_LEDGER_TABLE` | name of the ledger's DynamoDB table, in the function's region | the function's memory: a redelivery to another execution environment counts again |
//! | `TRAILBELL_QUEUE_URL` | URL of the queue that the messages come from, to set when failed messages return | they return after the queue's visibility timeout |
//! | `TRAILBELL_METRIC_NAMESPACE` | metric namespace of Trailbell's own metrics | `Trailbell` |
//!
//! The log level comes from Lambda's `AWS_LAMBDA_LOG_LEVEL`, or else from `RUST_LOG`; see [`function::logging`]. The SDK reads
//! region, credentials and endpoints itself.

use std::collections::BTreeSet;
use std::env::VarError;
use std::time::Duration;

use aws::TopicArn;
use function::environment::{ALERT_TOPIC_ARN, METRIC_NAMESPACE, RULE_SET, RULES, RULES_FILE};
use function::{ConfigurationError, Reader, RuleLocation};
use pipeline::Settings;

/// The minimum time between two checks of the rule file in S3, in seconds.
pub const RULES_CHECK_SECONDS: &str = "TRAILBELL_RULES_CHECK_SECONDS";
/// The buckets that may be read.
pub const ALLOWED_BUCKETS: &str = "TRAILBELL_ALLOWED_BUCKETS";
/// The number of log files at the same time.
pub const CONCURRENCY: &str = "TRAILBELL_CONCURRENCY";
/// The maximum size of a log file after decompression, in bytes.
pub const MAX_FILE_BYTES: &str = "TRAILBELL_MAX_FILE_BYTES";

/// The ledger's table.
pub const LEDGER_TABLE: &str = "TRAILBELL_LEDGER_TABLE";
/// The queue that the messages come from.
pub const QUEUE_URL: &str = "TRAILBELL_QUEUE_URL";

/// Every variable of Trailbell that the function reads.
pub const VARIABLES: [&str; 11] = [
    ALERT_TOPIC_ARN,
    RULES,
    RULES_CHECK_SECONDS,
    RULE_SET,
    RULES_FILE,
    ALLOWED_BUCKETS,
    CONCURRENCY,
    MAX_FILE_BYTES,
    LEDGER_TABLE,
    QUEUE_URL,
    METRIC_NAMESPACE,
];

/// The most log files at the same time; each needs a thread and about half a megabyte.
const MOST_CONCURRENCY: usize = 64;
/// The default minimum time between two checks of a rule file in S3.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);
/// The longest accepted time between two checks, in seconds: a day. A longer time would be a mistake.
const MOST_CHECK_SECONDS: u64 = 86_400;

/// The configuration of the function.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where alerts go.
    pub alert_topic: Option<TopicArn>,
    /// Where the rules are.
    pub rules: RuleLocation,
    /// The minimum time between two checks of rules in S3.
    pub rules_check_interval: Duration,
    /// The ledger's table.
    pub ledger_table: Option<String>,
    /// The URL of the queue.
    pub queue_url: Option<String>,
    /// How the pipeline behaves.
    pub settings: Settings,
}

impl Configuration {
    /// Reads the configuration through `lookup`, which is [`function::environment::variable`] in the function.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every problem.
    pub fn read(lookup: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(lookup);
        let alert_topic = reader.topic(ALERT_TOPIC_ARN);
        let rules = reader.rules();
        let check_seconds = reader.value(RULES_CHECK_SECONDS, check_seconds);
        let allowed_buckets = reader.value(ALLOWED_BUCKETS, buckets);
        let concurrency = reader.value(CONCURRENCY, concurrency);
        let bytes = reader.value(MAX_FILE_BYTES, bytes);
        let ledger_table = reader.value(LEDGER_TABLE, table);
        let queue_url = reader.value(QUEUE_URL, queue_url);
        let namespace = reader.metric_namespace();
        reader.finish()?;
        let mut settings = Settings { allowed_buckets, ..Settings::default() };
        if let Some(concurrency) = concurrency {
            settings.concurrency = concurrency;
        }
        if let Some(bytes) = bytes {
            settings.limits.decompressed_bytes = bytes;
        }
        if namespace.is_some() {
            settings.telemetry_namespace = namespace;
        }
        let rules_check_interval = check_seconds.map_or(CHECK_INTERVAL, Duration::from_secs);
        Ok(Self { alert_topic, rules, rules_check_interval, ledger_table, queue_url, settings })
    }
}

fn check_seconds(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_CHECK_SECONDS).contains(number));
    number.ok_or_else(|| {
        format!("must be a whole number of seconds from 1 to {MOST_CHECK_SECONDS}, not `{text}`")
    })
}

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_CONCURRENCY).contains(number));
    number.ok_or_else(|| format!("must be a whole number from 1 to {MOST_CONCURRENCY}, not `{text}`"))
}

fn bytes(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("must be a whole number of bytes above 0, not `{text}`"))
}

/// The name of a table (DynamoDB API reference, CreateTable).
fn table(text: &str) -> Result<String, String> {
    let is_name = (3..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let name = is_name.then(|| text.to_owned());
    name.ok_or_else(|| {
        format!("must be the name of a table (3 to 255 letters, digits, `.`, `-` and `_`), not `{text}`")
    })
}

/// The URL of a queue. The SDK sends its requests to the region's endpoint; the URL only names the queue.
fn queue_url(text: &str) -> Result<String, String> {
    let is_url = (text.starts_with("https://") || text.starts_with("http://"))
        && text.splitn(5, '/').skip(3).all(|part| !part.is_empty())
        && text.matches('/').count() >= 4;
    let url = is_url.then(|| text.to_owned());
    url.ok_or_else(|| format!("must be the URL of a queue, `https://…/ACCOUNT/NAME`, not `{text}`"))
}

/// Bucket names, by the rules for general purpose buckets and the older, wider ones of us-east-1.
fn buckets(text: &str) -> Result<BTreeSet<String>, String> {
    let is_bucket = |name: &str| {
        (3..=255).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("contains no bucket; leave it out to allow every bucket".to_owned());
    }
    match names.iter().find(|name| !is_bucket(name)) {
        Some(name) => Err(format!("must be bucket names separated by commas; `{name}` is not a bucket name")),
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests;
