//! Lambda for one function behind one queue, with processes that can be killed and frozen: what the emulator's own Lambda
//! does not offer.
//!
//! An executable serves invocations over the Runtime API as on Lambda. A batch has at most ten messages. Messages of which
//! the answer says nothing are deleted; those that it names, and all of a batch that failed, timed out or lost its process,
//! stay in the queue, hidden until their visibility timeout has passed. An answer that names a message which is not in the
//! batch fails the batch. There is no scaling: the number of environments is fixed.
//!
//! Source: the AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes" and "Handling errors for an SQS
//! event source in Lambda".

mod environment;
mod event;
mod runtime_api;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{EmulatedCloud, Queue};
use environment::{Environment, Outcome};
pub(super) use environment::{cpu_ticks, fields, from_ticks};
use event::Batch;

/// A function to host.
#[derive(Debug, Clone)]
pub struct HostedFunction {
    /// The executable that would be `bootstrap`.
    pub executable: PathBuf,
    /// Its environment variables, besides those that Lambda sets.
    pub environment: Vec<(String, String)>,
    /// `AWS_ENDPOINT_URL` for it: that of the emulator, or of a [`Proxy`](super::Proxy) before it.
    pub endpoint: String,
    /// After which time an invocation is ended.
    pub timeout: Duration,
    /// How many environments serve at the same time, from the beginning.
    pub environments: usize,
}

/// What is done to an environment in the middle of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// It is killed.
    Kill,
    /// It stands still until the time-out ends it.
    Freeze,
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostCounts {
    /// Invocations that began.
    pub invocations: u64,
    /// Those that the function answered with an error.
    pub errors: u64,
    /// Those that were ended at their time-out.
    pub timeouts: u64,
    /// Those whose process died.
    pub deaths: u64,
    /// Messages that answers named as failed.
    pub failed_messages: u64,
    /// CPU time of the environments, without that of invocations which did not end.
    pub cpu: Duration,
    /// The most memory that an environment had resident.
    pub peak_rss_bytes: u64,
}

/// A hosted function, gone with its processes when dropped. The emulator may go on for a second with its last request for
/// messages, and hide one that comes meanwhile.
#[derive(Debug)]
pub struct LambdaHost {
    shared: Arc<Shared>,
    slots: Vec<JoinHandle<()>>,
}

/// What the slots have in common.
#[derive(Debug)]
struct Shared {
    function: HostedFunction,
    sqs: aws_sdk_sqs::Client,
    queue: Queue,
    log: File,
    log_folder: TempDir,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: HostCounts,
    /// The processes that are in an invocation and that no strike has met.
    busy: Vec<Pid>,
    /// Invocations that have not come to their end.
    running: usize,
}

impl EmulatedCloud {
    /// Puts a function behind a queue. It is gone when the host is dropped.
    ///
    /// # Panics
    ///
    /// When there is no room for its log. A function that does not start ends the process with its log.
    pub fn host(&self, queue: &Queue, function: HostedFunction) -> LambdaHost {
        let log_folder = tempfile::tempdir().expect("a folder for the log");
        let log = File::create(log_folder.path().join("log")).expect("a file for the log");
        let environments = function.environments;
        let shared = Shared {
            function,
            sqs: aws_sdk_sqs::Client::new(self.sdk_config()),
            queue: queue.clone(),
            log,
            log_folder,
            state: Mutex::default(),
        };
        let mut host = LambdaHost { shared: Arc::new(shared), slots: Vec::new() };
        host.add_environments(environments);
        host
    }
}

impl LambdaHost {
    /// Starts so many environments more.
    pub fn add_environments(&mut self, environments: usize) {
        self.slots.extend((0..environments).map(|_| tokio::spawn(serve(Arc::clone(&self.shared)))));
    }

    /// What has happened so far.
    pub fn counts(&self) -> HostCounts {
        self.shared.state().counts
    }

    /// Whether no environment has a batch.
    pub fn is_idle(&self) -> bool {
        self.shared.state().running == 0
    }

    /// Strikes one of the environments that are in an invocation, the one at `choice` modulo their number. Answers whether
    /// there was one.
    pub fn strike(&self, strike: Strike, choice: usize) -> bool {
        let mut state = self.shared.state();
        if state.busy.is_empty() {
            return false;
        }
        let choice = choice % state.busy.len();
        let process = state.busy.swap_remove(choice);
        let signal = match strike {
            Strike::Kill => Signal::KILL,
            Strike::Freeze => Signal::STOP,
        };
        kill_process(process, signal).is_ok()
    }

    /// What the environments have written so far.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.shared.log_folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for LambdaHost {
    fn drop(&mut self) {
        for slot in &self.slots {
            slot.abort();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every update is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One environment after the other, for ever.
async fn serve(shared: Arc<Shared>) {
    loop {
        let mut environment = Environment::start(&shared.function, &shared.log).await;
        while environment.is_ready().await {
            let batch = Batch::receive(&shared.sqs, &shared.queue).await;
            if batch.is_empty() {
                continue;
            }
            let outcome = invoke(&shared, &mut environment, &batch).await;
            if matches!(outcome, Outcome::TimedOut | Outcome::Died) {
                break;
            }
        }
        environment.end().await;
    }
}

/// Has a batch processed, deletes what is done, and counts.
async fn invoke(shared: &Shared, environment: &mut Environment, batch: &Batch) -> Outcome {
    let process = environment.process();
    {
        let mut state = shared.state();
        state.counts.invocations += 1;
        state.running += 1;
        state.busy.extend(process);
    }
    let outcome = environment.invoke(batch.event(&shared.queue)).await;
    shared.state().busy.retain(|busy| Some(*busy) != process);
    let mut failed = 0;
    if let Outcome::Answered(answer) = &outcome {
        let (done, returned) = batch.settle(answer);
        failed = returned;
        batch.delete(&shared.sqs, &shared.queue, &done).await;
    }
    let usage = environment.usage();
    let mut state = shared.state();
    state.running -= 1;
    let counts = &mut state.counts;
    counts.failed_messages += failed;
    counts.cpu += usage.cpu;
    counts.peak_rss_bytes = counts.peak_rss_bytes.max(usage.peak_rss_bytes);
    match outcome {
        Outcome::Answered(_) => {}
        Outcome::Failed => counts.errors += 1,
        Outcome::TimedOut => counts.timeouts += 1,
        Outcome::Died => counts.deaths += 1,
    }
    outcome
}

/// The present, in milliseconds of the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the services of the emulated cloud have a clock of their own")]
pub fn epoch_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("the clock is before the year 292 million")
}
