//! An AWS of one's own: S3, SNS, SQS, Lambda, CloudWatch and CloudFormation in one local process that dies with the test.
//!
//! [`EmulatedCloud::start`] runs [ministack](https://pypi.org/project/ministack/) on a free loopback port; the AWS SDKs
//! talk to it as to the real thing. The emulator is laxer than AWS here and there: it takes batch responses with unknown
//! ids, batch sizes and visibility timeouts that AWS refuses, and it has no clock for alarms. Those need tests elsewhere.
//! It delivers no CloudTrail files either; [`crate::generator`] makes them.

mod alarms;
mod function;
mod host;
mod install;
mod metrics;
mod poll;
mod process;
mod proxy;
mod resources;
mod stack;
mod transfer;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

pub use alarms::Alarm;
pub use function::{Function, built_executable, executable, target_folder};
pub use host::{HostCounts, HostedFunction, LambdaHost, Strike, epoch_milliseconds};
pub use install::python_tools;
pub use metrics::{Datapoint, Metric};
pub use poll::wait_until;
pub use proxy::{Answer, Fate, Proxy, Request};
pub use resources::{Queue, QueueOptions};
pub use stack::Stack;

use process::Process;

/// The account in which everything happens, from the AWS documentation. Also the access key id: the emulator takes a
/// twelve-digit key id for the account.
pub const ACCOUNT: &str = "111122223333";

/// The region in which everything happens.
pub const REGION: &str = "us-east-1";

/// A running emulator, empty at first and gone when dropped, with all Lambda environments that it started.
#[derive(Debug)]
pub struct EmulatedCloud {
    process: Process,
    config: SdkConfig,
}

/// Why the emulator does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A virtual environment could not be made.
    #[error("cannot install Python packages into `{folder}`: {reason}")]
    Install {
        /// Where they were to go.
        folder: PathBuf,
        /// The last lines that `python3` or `pip` wrote.
        reason: String,
    },
    /// A file or process could not be handled.
    #[error("cannot {task}")]
    Io {
        /// What was being done.
        task: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// It runs but does not answer, or has ended.
    #[error("the emulator did not become healthy within {seconds} s; its log ends with: {log}")]
    Unhealthy {
        /// How long it had.
        seconds: u64,
        /// The last lines of its log.
        log: String,
    },
}

impl StartError {
    fn io(task: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { task, source }
    }
}

impl EmulatedCloud {
    /// Starts an emulator, installing it first if this machine has none. Takes about a second.
    ///
    /// # Errors
    ///
    /// When it cannot be installed or does not answer in time.
    pub fn start() -> Result<Self, StartError> {
        let process = Process::start(&install::ministack()?)?;
        let config = sdk_config(&process.endpoint());
        Ok(Self { process, config })
    }

    /// The configuration for any client of the AWS SDKs.
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }

    /// `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        self.process.endpoint()
    }

    /// CPU time of the emulator so far, without that of processes that have ended.
    pub fn cpu_time(&self) -> Duration {
        self.process.cpu_time()
    }

    /// What the emulator itself has written so far. Print it when an assertion fails.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// What a function with the log group of old has written so far, one line each; empty if it has not run.
    pub fn function_log(&self, function: &str) -> String {
        self.log_group(&format!("/aws/lambda/{function}"))
    }

    /// What is in a log group so far, one line each; empty if there is none.
    pub fn log_group(&self, name: &str) -> String {
        let body = serde_json::json!({ "logGroupName": name });
        let answer = self.call("logs", "Logs_20140328.FilterLogEvents", &body);
        let messages =
            answer["events"].as_array().into_iter().flatten().filter_map(|event| event["message"].as_str());
        messages.map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Calls a service of the JSON protocol without its SDK, which a call or two do not deserve. `target` is what goes
    /// into `X-Amz-Target`. A refusal is answered as the document with `__type` that says why.
    pub fn call(&self, service: &str, target: &str, body: &serde_json::Value) -> serde_json::Value {
        self.process.call(service, target, body)
    }
}

fn sdk_config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(ACCOUNT, "test", None, None, "testkit");
    let client =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(client)
        .build()
}
