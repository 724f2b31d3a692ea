//! One execution environment: a process with a Runtime API of its own.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use hyper::body::Bytes;
use rustix::process::Pid;
use tokio::process::{Child, Command};

use super::super::{ACCOUNT, REGION};
use super::HostedFunction;
use super::runtime_api::{Answer, RuntimeApi};

/// Ticks of a second in which `/proc` counts CPU time; Linux shows this value on every machine.
const TICKS_PER_SECOND: u64 = 100;

/// The end of an invocation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The function's response.
    Answered(Bytes),
    /// The function's error.
    Failed,
    /// The time was over before there was one.
    TimedOut,
    /// The process ended before there was one.
    Died,
}

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// CPU time since it was last asked for.
    pub(super) cpu: Duration,
    pub(super) peak_rss_bytes: u64,
}

/// A running process.
#[derive(Debug)]
pub(super) struct Environment {
    child: Child,
    api: RuntimeApi,
    timeout: Duration,
    cpu_ticks: u64,
}

impl Environment {
    /// Starts a process. It sees what Lambda would show it, and nothing of this process's environment.
    pub(super) async fn start(function: &HostedFunction, log: &File) -> Self {
        let api = RuntimeApi::open(function.timeout).await;
        let log = || log.try_clone().map(Stdio::from).expect("one more handle for the log");
        let child = Command::new(&function.executable)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "log-processor")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_ENDPOINT_URL", &function.endpoint)
            .env("AWS_ACCESS_KEY_ID", ACCOUNT)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(function.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log())
            .kill_on_drop(true)
            .spawn()
            .expect("start the function");
        Self { child, api, timeout: function.timeout, cpu_ticks: 0 }
    }

    /// The process, unless it has ended.
    pub(super) fn process(&self) -> Option<Pid> {
        self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()))
    }

    /// Waits until the process asks for work. False if it ends instead.
    pub(super) async fn is_ready(&mut self) -> bool {
        tokio::select! {
            ready = self.api.ready.wait_for(|ready| *ready) => ready.is_ok(),
            _ = self.child.wait() => false,
        }
    }

    /// Hands out an event and waits for the answer.
    pub(super) async fn invoke(&mut self, event: String) -> Outcome {
        if self.api.work.send(event).await.is_err() {
            return Outcome::Died;
        }
        tokio::select! {
            answer = self.api.answers.recv() => match answer {
                Some(Answer::Response(body)) => Outcome::Answered(body),
                Some(Answer::Error) => Outcome::Failed,
                None => Outcome::Died,
            },
            _ = self.child.wait() => Outcome::Died,
            () = tokio::time::sleep(self.timeout) => Outcome::TimedOut,
        }
    }

    /// What the process has used; nothing once it has ended.
    pub(super) fn usage(&mut self) -> Usage {
        let Some(id) = self.child.id() else { return Usage::default() };
        let ticks = cpu_ticks(id).unwrap_or(self.cpu_ticks);
        let new = ticks.saturating_sub(self.cpu_ticks);
        self.cpu_ticks = ticks;
        Usage { cpu: from_ticks(new), peak_rss_bytes: peak_rss_bytes(id).unwrap_or_default() }
    }

    /// Kills the process if it has not ended, frozen or not.
    pub(super) async fn end(mut self) {
        let _ = self.child.kill().await;
    }
}

pub(in super::super) fn from_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}

/// CPU time of a process with all threads that it has had, from `proc_pid_stat(5)`.
pub(in super::super) fn cpu_ticks(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut ticks = fields(&stat).skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Some(ticks.next()? + ticks.next()?)
}

/// The fields behind the name, which may hold blanks itself.
pub(in super::super) fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default().split_ascii_whitespace()
}

/// From `proc_pid_status(5)`.
fn peak_rss_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
