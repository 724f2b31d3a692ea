//! Measures whole programs: their processor time, in turns, so that a disturbance affects all of them alike.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nix::sys::resource::{UsageWho, getrusage};

/// The rounds that count; one round before them does not, because it reads the programs from disk.
pub const ROUNDS: usize = 9;

/// A program with its arguments.
#[derive(Debug)]
pub struct Program {
    /// What the table calls it.
    pub name: String,
    /// The program, found as a shell finds it.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Whether what it prints is of interest.
    pub is_read: bool,
}

/// What a program took.
#[derive(Debug)]
pub struct Measured {
    /// What it printed in its last run.
    pub printed: Vec<u8>,
    /// The processor time of each run, of the program and of what it started.
    times: Vec<Duration>,
}

impl Measured {
    /// The median time of a run.
    pub fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    /// How many times as long as another program it took: the median of the ratios of one round.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.times.iter().zip(&other.times);
        let mut ratios: Vec<f64> = pairs.map(|(own, other)| own.div_duration_f64(*other)).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Runs programs in turns.
///
/// # Errors
///
/// If a program cannot be started or fails.
pub fn measure(programs: &[Program], rounds: usize) -> anyhow::Result<Vec<Measured>> {
    let nothing = || Measured { printed: Vec::new(), times: Vec::new() };
    let mut measured: Vec<Measured> = programs.iter().map(|_| nothing()).collect();
    for round in 0..=rounds {
        for (program, measured) in programs.iter().zip(&mut measured) {
            let (time, printed) = run(program)?;
            measured.printed = printed;
            if round > 0 {
                measured.times.push(time);
            }
        }
    }
    Ok(measured)
}

/// Runs a program once. It prints into a file, so that nobody has to read while it runs.
fn run(program: &Program) -> anyhow::Result<(Duration, Vec<u8>)> {
    let Program { name, program, arguments, is_read } = program;
    let printed = tempfile::NamedTempFile::new()?;
    let output = if *is_read { Stdio::from(printed.reopen()?) } else { Stdio::null() };
    let before = children()?;
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("{name}: `{program}` cannot be started"))?;
    let time = children()?.saturating_sub(before);
    ensure!(status.success(), "{name}: {status}");
    Ok((time, std::fs::read(printed.path())?))
}

/// The processor time of all programs that have been started and are over.
fn children() -> anyhow::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let duration = |time: nix::sys::time::TimeVal| {
        Duration::new(time.tv_sec().unsigned_abs(), 0) + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

/// The model of the machine's processor.
pub fn processor() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    model.unwrap_or("unknown processor").trim_start_matches(['\t', ' ', ':']).to_owned()
}
