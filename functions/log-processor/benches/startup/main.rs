//! Start-up of the log processor as Lambda sees it: CPU time from exec to the first `next` call, and to the first
//! object fetched over TLS.
//!
//! `cargo bench -p log-processor --bench startup` builds the binary as it is deployed and measures
//! it. A Runtime API and an S3 (which also plays CloudWatch) run in this process; the child trusts their certificate
//! through `SSL_CERT_FILE`, once as the only root and once at the end of the machine's own bundle, which is closer
//! to what the function meets on Lambda.
//!
//! CPU time is that of all threads, in nanoseconds from the scheduler's statistics. It is deliberately not wall time:
//! that depends on the machine, and on Lambda on the CPU share that goes with the memory.
//!
//! Source: the AWS Lambda developer guide, "Using the Lambda runtime API"; `proc_pid_schedstat(5)`.

mod cloud;
mod runtime_api;

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Runs of each variant; the first is thrown away, because it reads the binary from disk.
const RUNS: usize = 21;
/// What is aimed at for both times, in milliseconds.
const AIM_MS: f64 = 6.0;
/// What is aimed at for the stripped binary, in megabytes (10^6 bytes).
const AIM_MB: f64 = 8.0;
/// Wait before CPU time is read. The child waits for an answer then, and the scheduler settles its account when a
/// thread stops running.
const SETTLING: Duration = Duration::from_millis(10);
/// A run that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Where Linux distributions keep the bundle of trusted roots; the first is that of Amazon Linux.
const BUNDLES: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// A step of the child that a server saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The first call of `next`: the child waits for work.
    Next,
    /// The request for the object has arrived over TLS.
    ObjectRequested,
    /// The whole batch is answered: object read and evaluated, datapoints published.
    Answered,
}

/// CPU nanoseconds of the child at each step.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    next: u64,
    object_requested: u64,
    answered: u64,
}

#[expect(clippy::print_stderr, reason = "the program's report")]
fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("startup: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program's report")]
fn measure() -> Result<()> {
    let binary = Path::new(env!("CARGO_BIN_EXE_log-processor"));
    let megabytes = std::fs::metadata(binary).context("the binary is missing")?.len() as f64 / 1e6;
    println!("binary   {}", binary.display());
    println!("size     {megabytes:.2} MB{}", verdict(megabytes, AIM_MB, "MB"));
    let certificate = cloud::Certificate::new()?;
    let folder = tempfile::tempdir()?;
    let own = folder.path().join("own.pem");
    std::fs::write(&own, &certificate.pem)?;
    report("trust store: one root", &run_all(binary, &own, &certificate)?);
    if let Some(bundle) = BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok()) {
        let roots = bundle.matches("BEGIN CERTIFICATE").count();
        let all = folder.path().join("all.pem");
        std::fs::write(&all, format!("{bundle}\n{}", certificate.pem))?;
        report(&format!("trust store: the machine's {roots} roots"), &run_all(binary, &all, &certificate)?);
    }
    Ok(())
}

fn run_all(binary: &Path, trust_store: &Path, certificate: &cloud::Certificate) -> Result<Vec<Sample>> {
    let samples: Result<Vec<Sample>> = (0..RUNS).map(|_| run(binary, trust_store, certificate)).collect();
    Ok(samples?.split_off(1))
}

/// Runs the binary for one invocation.
fn run(binary: &Path, trust_store: &Path, certificate: &cloud::Certificate) -> Result<Sample> {
    let (steps, seen) = channel();
    let cloud = cloud::start(certificate, steps.clone())?;
    let runtime_api = runtime_api::start(steps)?;
    let mut child = Command::new(binary)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "log-processor")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_SESSION_TOKEN", "example")
        .env("AWS_ENDPOINT_URL", format!("https://{cloud}"))
        .env("SSL_CERT_FILE", trust_store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("the binary does not start")?;
    let sample = watch(&child, &seen);
    let _ = child.kill();
    child.wait()?;
    sample
}

/// Reads the child's CPU time at each step that the servers report.
fn watch(child: &Child, seen: &Receiver<(Step, runtime_api::Release)>) -> Result<Sample> {
    let mut sample = Sample::default();
    loop {
        let (step, release) = match seen.recv_timeout(PATIENCE) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                bail!("no further step within {PATIENCE:?}; so far {sample:?}")
            }
        };
        std::thread::sleep(SETTLING);
        let cpu = cpu_nanoseconds(child.id())?;
        match step {
            Step::Next => sample.next = cpu,
            Step::ObjectRequested => sample.object_requested = cpu,
            Step::Answered => {
                sample.answered = cpu;
                return Ok(sample);
            }
        }
        release.now();
    }
}

/// CPU time of all threads of a process: the first field of each thread's `schedstat`.
fn cpu_nanoseconds(process: u32) -> Result<u64> {
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let statistics = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let first = statistics.split_ascii_whitespace().next().context("`schedstat` is empty")?;
        total += first.parse::<u64>()?;
    }
    Ok(total)
}

#[expect(clippy::print_stdout, reason = "the program's report")]
fn report(title: &str, samples: &[Sample]) {
    println!("{title} ({} runs, CPU ms: median, least, most)", samples.len());
    let times = |time: fn(&Sample) -> u64| samples.iter().map(move |sample| time(sample) as f64 / 1e6);
    for (name, times, aim) in [
        ("exec to first `next`", times(|sample| sample.next), Some(AIM_MS)),
        ("exec to first object over TLS", times(|sample| sample.object_requested), Some(AIM_MS)),
        ("exec to answered batch", times(|sample| sample.answered), None),
    ] {
        let mut values: Vec<f64> = times.collect();
        values.sort_by(f64::total_cmp);
        let median = values.get(values.len() / 2).copied().unwrap_or_default();
        let least = values.first().copied().unwrap_or_default();
        let most = values.last().copied().unwrap_or_default();
        let verdict = aim.map(|aim| verdict(median, aim, "ms")).unwrap_or_default();
        println!("  {name:<30} {median:6.2} {least:6.2} {most:6.2}{verdict}");
    }
}

fn verdict(value: f64, aim: f64, unit: &str) -> String {
    let word = if value <= aim { "met" } else { "missed" };
    format!("   (aim {aim} {unit}: {word})")
}
