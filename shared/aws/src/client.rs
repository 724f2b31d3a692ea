//! What all clients share: credentials, region, one HTTPS client, timeouts and retries.
//!
//! Region, credentials and endpoints come from the environment as for every AWS SDK. No request is sent here, and no
//! connection opened: the first request of a client does both. Proxies of the environment (`HTTPS_PROXY`) are not used;
//! a function without a way to the Internet has VPC endpoints.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls;

#[cfg(feature = "alarms")]
use crate::alarms::CloudWatchAlarmStore;
#[cfg(feature = "alerts")]
use crate::alerts::SnsAlertSink;
#[cfg(feature = "ledger")]
use crate::ledger::DynamoDbLedger;
use crate::metrics::CloudWatchMetricSink;
#[cfg(feature = "redelivery")]
use crate::redelivery::SqsRedelivery;
use crate::rule_store::S3RuleStore;
use crate::store::S3LogStore;
#[cfg(feature = "alerts")]
use crate::topic::TopicArn;
use crate::uri::S3Uri;

/// Longest time to open a TCP connection. Within a region that takes milliseconds; what takes longer is lost.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for the first byte of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time for one attempt, up to the headers of the answer. A body is watched by [`STALL_GRACE`] instead.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time for a request with all its attempts. Below the minute that a function commonly has.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(40);
/// How long a body may stand still before it is given up.
const STALL_GRACE: Duration = Duration::from_secs(10);
/// Attempts at one request, the first included. Beyond these the message returns to the queue, which waits longer
/// than a running function should.
const ATTEMPTS: u32 = 4;
/// The same for the ledger. A batch waits for it several times, and goes on without it.
#[cfg(feature = "ledger")]
const LEDGER_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
#[cfg(feature = "ledger")]
const LEDGER_OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
#[cfg(feature = "ledger")]
const LEDGER_FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The same for what a message that failed can do without, at the very end of an invocation.
#[cfg(feature = "redelivery")]
const REDELIVERY_OPERATION_TIMEOUT: Duration = Duration::from_millis(800);
/// Wait before the second attempt, before jitter; it doubles from attempt to attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// Longest wait between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(4);

/// The connection to AWS from which the ports are made.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// Reads region, endpoints and the kind of credentials from the environment and the profile files.
    pub async fn load() -> Self {
        // With ring: the SDK's default provider spends 23 ms of CPU on entropy at its first use.
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(STALL_GRACE).build(),
            )
            .load()
            .await;
        Self { config }
    }

    /// What the clients share.
    #[cfg(feature = "operator")]
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The store that reads log files.
    pub fn log_store(&self) -> S3LogStore {
        S3LogStore::new(&self.config)
    }

    /// The store of the rule document at `uri`.
    pub fn rule_store(&self, uri: S3Uri) -> S3RuleStore {
        S3RuleStore::new(&self.config, uri)
    }

    /// The alarms in the region of the environment.
    #[cfg(feature = "alarms")]
    pub fn alarm_store(&self) -> CloudWatchAlarmStore {
        CloudWatchAlarmStore::new(aws_sdk_cloudwatch::Client::new(&self.config))
    }

    /// The ledger in the table `table`, in the region of the environment.
    #[cfg(feature = "ledger")]
    pub fn ledger<C: pipeline::Clock>(&self, table: String, clock: C) -> DynamoDbLedger<C> {
        let timeouts = timeouts().to_builder();
        let timeouts = timeouts
            .operation_attempt_timeout(LEDGER_ATTEMPT_TIMEOUT)
            .operation_timeout(LEDGER_OPERATION_TIMEOUT);
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config)
            .timeout_config(timeouts.build())
            .retry_config(retries().with_initial_backoff(LEDGER_FIRST_BACKOFF))
            .build();
        DynamoDbLedger::new(aws_sdk_dynamodb::Client::from_conf(config), table, clock)
    }

    /// The queue at `url`, whose messages come back when they are told to.
    #[cfg(feature = "redelivery")]
    pub fn redelivery(&self, url: String) -> SqsRedelivery {
        let timeouts = timeouts().to_builder().operation_timeout(REDELIVERY_OPERATION_TIMEOUT).build();
        let config = aws_sdk_sqs::config::Builder::from(&self.config).timeout_config(timeouts).build();
        SqsRedelivery::new(aws_sdk_sqs::Client::from_conf(config), url)
    }

    /// The sink for datapoints, in the region of the environment.
    pub fn metric_sink(&self) -> CloudWatchMetricSink {
        CloudWatchMetricSink::new(aws_sdk_cloudwatch::Client::new(&self.config))
    }

    /// The sink for alerts, in the topic's own region. Without a topic, alerts are logged and go nowhere.
    #[cfg(feature = "alerts")]
    pub fn alert_sink(&self, topic: Option<TopicArn>) -> SnsAlertSink {
        match topic {
            None => SnsAlertSink::without_topic(),
            Some(topic) => {
                let region = aws_sdk_sns::config::Region::new(topic.region().to_owned());
                let config = aws_sdk_sns::config::Builder::from(&self.config).region(region).build();
                SnsAlertSink::new(aws_sdk_sns::Client::from_conf(config), topic)
            }
        }
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF)
}

/// The same for every client: the HTTPS client keeps one connector, and so one trust store, for each setting.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
