//! What all clients share: credentials, region, one HTTPS client, timeouts and retries.
//!
//! Region, credentials and endpoints come from the environment. A function asks nothing else for them, because the other
//! sources of the SDK take time to set up and Lambda offers none of them. No request is sent and no connection is opened
//! here: the first request of a client does both. Proxies in the environment (`HTTPS_PROXY`) are
//! ignored; a function without access to the Internet uses VPC endpoints.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion as _;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::environment;

/// The longest time to open a TCP connection. Within a region it takes milliseconds; a slower attempt is lost.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest wait for the first byte of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time for one attempt, up to the headers of the response. [`STALL_GRACE`] limits the body instead.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest time for a request with all its attempts: less than the minute that a function commonly has.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(40);
/// How long a body may stall before it is abandoned.
const STALL_GRACE: Duration = Duration::from_secs(10);
/// Attempts per request, including the first. After these the message returns to the queue, where it can wait longer
/// than a running function should.
const ATTEMPTS: u32 = 4;
/// The delay before the second attempt, without jitter; it doubles with each attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// The longest delay between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(4);

/// The connection to AWS from which the ports are made; each port's file has the method that makes it.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// Reads region, credentials and endpoints from the environment, where Lambda puts them for a function.
    pub async fn load() -> Self {
        let credentials = EnvironmentVariableCredentialsProvider::new();
        let config = environment::endpoints()
            .behavior_version(BehaviorVersion::latest())
            .region(EnvironmentVariableRegionProvider::new().region().await)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(https_client())
            .retry_config(retries())
            .timeout_config(timeouts())
            .stalled_stream_protection(stalled_streams());
        Self { config: config.build() }
    }

    /// The clients of a configuration that is complete.
    #[cfg(feature = "operator")]
    pub(crate) fn new(config: SdkConfig) -> Self {
        Self { config }
    }

    /// What the clients share.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }
}

/// A client that is made when it is first used, because many invocations need no alert and no redelivery, and making a
/// client takes a tenth of the time in which a function starts.
#[derive(Debug)]
pub(crate) struct AtFirstUse<C>(Arc<LazyLock<C, Box<dyn FnOnce() -> C + Send>>>);

impl<C> AtFirstUse<C> {
    pub(crate) fn new(make: impl FnOnce() -> C + Send + 'static) -> Self {
        let make: Box<dyn FnOnce() -> C + Send> = Box::new(make);
        Self(Arc::new(LazyLock::new(make)))
    }
}

impl<C> Clone for AtFirstUse<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> Deref for AtFirstUse<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

/// An HTTPS client with ring: the SDK's default provider spends 23 ms of CPU on entropy at its first use.
pub(crate) fn https_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https()
}

pub(crate) fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::enabled().grace_period(STALL_GRACE).build()
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF)
}

/// The same for every client: the HTTPS client keeps one connector, and one trust store with it, per setting.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
