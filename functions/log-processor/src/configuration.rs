//! The configuration, read from environment variables once at the start.
//!
//! An empty variable counts as unset, since a template can hardly leave one out. All faults are named at once.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `TRAILBELL_ALERT_TOPIC_ARN` | ARN of the standard SNS topic for alerts | no alerts are sent |
//! | `TRAILBELL_RULES` | a rule file in S3 as `s3://BUCKET/KEY`, read again when it changes | the recommended rules |
//! | `TRAILBELL_RULES_CHECK_SECONDS` | least time between two looks at that file, in seconds, 1 to 86400 | 60 |
//! | `TRAILBELL_RULES_FILE` | path of a rule file in the deployment package, instead of `TRAILBELL_RULES` | the recommended rules |
//! | `TRAILBELL_ALLOWED_BUCKETS` | the buckets that may be read, separated by commas | every bucket that the role may read |
//! | `TRAILBELL_CONCURRENCY` | log files fetched and evaluated at the same time, 1 to 64 | 8 |
//! | `TRAILBELL_MAX_FILE_BYTES` | most bytes of a log file after decompression | 268435456 (256 MiB) |
//! | `TRAILBELL_METRIC_NAMESPACE` | metric namespace of Trailbell's own metrics | `Trailbell` |
//!
//! The log level comes from Lambda's `AWS_LAMBDA_LOG_LEVEL`, or else from `RUST_LOG`; see [`crate::logging`]. Region,
//! credentials and endpoints are the SDK's business.

use std::collections::BTreeSet;
use std::env::VarError;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aws::{S3Uri, TopicArn};
use pipeline::Settings;

/// ARN of the topic for alerts.
pub const ALERT_TOPIC_ARN: &str = "TRAILBELL_ALERT_TOPIC_ARN";
/// URI of a rule file in S3.
pub const RULES: &str = "TRAILBELL_RULES";
/// Least seconds between two looks at it.
pub const RULES_CHECK_SECONDS: &str = "TRAILBELL_RULES_CHECK_SECONDS";
/// Path of a rule file.
pub const RULES_FILE: &str = "TRAILBELL_RULES_FILE";
/// The buckets that may be read.
pub const ALLOWED_BUCKETS: &str = "TRAILBELL_ALLOWED_BUCKETS";
/// Log files at the same time.
pub const CONCURRENCY: &str = "TRAILBELL_CONCURRENCY";
/// Most bytes of a log file after decompression.
pub const MAX_FILE_BYTES: &str = "TRAILBELL_MAX_FILE_BYTES";
/// Metric namespace of Trailbell's own metrics.
pub const METRIC_NAMESPACE: &str = "TRAILBELL_METRIC_NAMESPACE";

/// Every variable of ours that the function reads.
pub const VARIABLES: [&str; 8] = [
    ALERT_TOPIC_ARN,
    RULES,
    RULES_CHECK_SECONDS,
    RULES_FILE,
    ALLOWED_BUCKETS,
    CONCURRENCY,
    MAX_FILE_BYTES,
    METRIC_NAMESPACE,
];

/// Most log files at the same time; each takes a thread and about half a megabyte.
const MOST_CONCURRENCY: usize = 64;
/// Least time between two looks at a rule file in S3.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);
/// Most seconds between two looks at a rule file in S3: a day, since a longer time is a mistake.
const MOST_CHECK_SECONDS: u64 = 86_400;
/// Longest metric namespace (CloudWatch API reference, PutMetricData), in characters.
const NAMESPACE_CHARS: usize = 255;

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where alerts go.
    pub alert_topic: Option<TopicArn>,
    /// Where the rules are.
    pub rules: RuleLocation,
    /// Least time between two looks at rules in S3.
    pub rules_check_interval: Duration,
    /// How the pipeline behaves.
    pub settings: Settings,
}

/// Where the rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleLocation {
    /// In the program.
    Baseline,
    /// In the deployment package or a layer.
    File(PathBuf),
    /// In S3.
    Object(S3Uri),
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigurationError {
    /// One entry a fault, in the order of [`VARIABLES`].
    pub faults: Vec<Fault>,
}

/// One variable with a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: &'static str,
    /// What it has to be.
    pub advice: String,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid configuration: ")?;
        for (index, Fault { variable, advice }) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}`{variable}` {advice}")?;
        }
        Ok(())
    }
}

/// Reads one environment variable of the process. The only place that does.
///
/// # Errors
///
/// [`VarError`] when it is not set or not UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment(name: &str) -> Result<String, VarError> {
    std::env::var(name)
}

impl Configuration {
    /// Reads the configuration through `lookup`, which is [`environment`] in the function.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] with every fault.
    pub fn read(lookup: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader { lookup, faults: Vec::new() };
        let alert_topic = reader.value(ALERT_TOPIC_ARN, |text| {
            TopicArn::parse(text).map_err(|error| format!("is not the ARN of a topic: {error}"))
        });
        let rules = reader.rules();
        let check_seconds = reader.value(RULES_CHECK_SECONDS, check_seconds);
        let allowed_buckets = reader.value(ALLOWED_BUCKETS, buckets);
        let concurrency = reader.value(CONCURRENCY, concurrency);
        let bytes = reader.value(MAX_FILE_BYTES, bytes);
        let namespace = reader.value(METRIC_NAMESPACE, namespace);
        if !reader.faults.is_empty() {
            return Err(ConfigurationError { faults: reader.faults });
        }
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
        Ok(Self { alert_topic, rules, rules_check_interval, settings })
    }
}

/// Reads variables and gathers what is wrong with them.
struct Reader<F> {
    lookup: F,
    faults: Vec<Fault>,
}

impl<F: Fn(&str) -> Result<String, VarError>> Reader<F> {
    fn value<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let result = match (self.lookup)(variable) {
            Ok(text) if text.trim().is_empty() => return None,
            Err(VarError::NotPresent) => return None,
            Ok(text) => parse(text.trim()),
            Err(VarError::NotUnicode(_)) => Err("is not UTF-8".to_owned()),
        };
        result.map_err(|advice| self.faults.push(Fault { variable, advice })).ok()
    }

    /// The one place of the rules that is named.
    fn rules(&mut self) -> RuleLocation {
        let uri = self.value(RULES, |text| {
            S3Uri::parse(text).map_err(|error| format!("is not the URI of a rule file in S3: {error}"))
        });
        let file = self.value(RULES_FILE, |text| Ok(PathBuf::from(text)));
        match (uri, file) {
            (None, None) => RuleLocation::Baseline,
            (None, Some(path)) => RuleLocation::File(path),
            (Some(uri), None) => RuleLocation::Object(uri),
            (Some(uri), Some(_)) => {
                let advice = format!("cannot be set together with `{RULES}`; leave one of them out");
                self.faults.push(Fault { variable: RULES_FILE, advice });
                RuleLocation::Object(uri)
            }
        }
    }
}

fn check_seconds(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_CHECK_SECONDS).contains(number));
    number.ok_or_else(|| {
        format!("has to be a whole number of seconds from 1 to {MOST_CHECK_SECONDS}, not `{text}`")
    })
}

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_CONCURRENCY).contains(number));
    number.ok_or_else(|| format!("has to be a whole number from 1 to {MOST_CONCURRENCY}, not `{text}`"))
}

fn bytes(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("has to be a whole number of bytes above 0, not `{text}`"))
}

/// Bucket names, by the rules for general purpose buckets and the older, wider ones of us-east-1.
fn buckets(text: &str) -> Result<BTreeSet<String>, String> {
    let is_bucket = |name: &str| {
        (3..=255).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("names no bucket; leave it out to allow every bucket".to_owned());
    }
    match names.iter().find(|name| !is_bucket(name)) {
        Some(name) => {
            Err(format!("has to be bucket names separated by commas, and `{name}` is not a bucket name"))
        }
        None => Ok(names.into_iter().map(str::to_owned).collect()),
    }
}

/// A metric namespace (CloudWatch API reference, PutMetricData).
fn namespace(text: &str) -> Result<String, String> {
    let is_valid = text.len() <= NAMESPACE_CHARS
        && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && !text.starts_with(':')
        && !text.starts_with("AWS/");
    if is_valid {
        return Ok(text.to_owned());
    }
    Err(format!(
        "has to be a metric namespace: at most {NAMESPACE_CHARS} ASCII characters, not beginning with `:` or `AWS/`"
    ))
}

#[cfg(test)]
mod tests;
