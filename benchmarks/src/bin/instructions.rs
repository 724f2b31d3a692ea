//! Counts the instructions of seeded workloads with callgrind, and compares them with `instructions.txt`.
//!
//! Instructions do not depend on how busy a machine is, so a change of half a percent is a change of the code. They say
//! nothing about caches and the kernel, and valgrind has no AVX-512: the published ratios are those of the crate's own
//! command.
//!
//! `cargo run --release -p benchmarks --bin instructions` compares; `-- --update` writes the file again, which belongs in
//! the commit that changes the cost. The exit code is 1 if a workload costs more than it may, and 3 if nothing could be
//! compared.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail, ensure};
use benchmarks::{LogFile, Memory, large_of, patterns, refused_of, whole_path};
use cloudtrail::Limits;
use filter_pattern::PatternSet;
use pipeline::{DeliveryTime, Evaluator, Stamp};
use rules::{RuleSet, catalogue};

/// The JSON of a workload's log file, in bytes.
const FILE_BYTES: u64 = 2_000_000;
/// What cannot be compared.
const NOT_CHECKED: u8 = 3;

/// What a workload does once it is prepared.
type Work = Box<dyn FnMut()>;

/// Something that is counted, with the share by which it may exceed its baseline.
struct Workload {
    name: &'static str,
    allowed_percent: f64,
    prepare: fn() -> anyhow::Result<Work>,
}

const WORKLOADS: [Workload; 4] = [
    Workload { name: "whole-path-16-patterns", allowed_percent: 0.5, prepare: whole },
    Workload {
        name: "evaluate-few-matches",
        allowed_percent: 0.5,
        prepare: || evaluated(large_of(FILE_BYTES)),
    },
    Workload {
        name: "evaluate-a-third-matches",
        allowed_percent: 1.0,
        prepare: || evaluated(refused_of(FILE_BYTES)),
    },
    Workload { name: "all-rules-in-force", allowed_percent: 0.5, prepare: || Ok(Box::new(all_rules)) },
];

fn whole() -> anyhow::Result<Box<dyn FnMut()>> {
    let (file, set) = (large_of(FILE_BYTES), PatternSet::new(patterns(16)));
    let mut memory = Memory::default();
    Ok(Box::new(move || drop(black_box(whole_path(file.body.as_slice(), &set, &mut memory)))))
}

/// Evaluates the recommended rules on a file.
fn evaluated(file: LogFile) -> anyhow::Result<Box<dyn FnMut()>> {
    let evaluator = Evaluator::new(RuleSet::of_set_without_tests(catalogue::recommended())?);
    let stamp = Stamp { delivery: DeliveryTime::LogFile, now: 0, delivered: Some(0) };
    Ok(Box::new(move || drop(black_box(evaluator.evaluate(file.body.as_slice(), Limits::default(), stamp)))))
}

/// Puts all built-in rules in force, as a function does when it starts. It keeps them to its end, so they are not dropped.
fn all_rules() {
    let rules = catalogue::set(catalogue::ALL).map(RuleSet::of_set_without_tests);
    std::mem::forget(black_box(rules.and_then(Result::ok).map(Evaluator::new)));
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => compare(),
        ["--update"] => update(),
        ["--workload", name] => {
            let workload =
                WORKLOADS.iter().find(|workload| workload.name == *name).context("no such workload")?;
            let mut work = (workload.prepare)()?;
            // The second time, all buffers have their size.
            work();
            collected(&mut *work);
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("usage: instructions [--update]"),
    }
}

/// The instructions below this function are counted: callgrind finds it by its name.
#[inline(never)]
fn collected(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

fn compare() -> anyhow::Result<ExitCode> {
    if !is_countable() {
        println!(
            "NOT CHECKED: instructions are counted on x86-64 with valgrind, which is not installed here"
        );
        return Ok(ExitCode::from(NOT_CHECKED));
    }
    let Ok(text) = std::fs::read_to_string(file()) else {
        println!("NOT CHECKED: there is no instructions.txt: write it with `-- --update`");
        return Ok(ExitCode::from(NOT_CHECKED));
    };
    let theirs = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    let ours = circumstances();
    if theirs != ours {
        println!("NOT CHECKED: the numbers hold for {theirs}; here it is {ours}");
        return Ok(ExitCode::from(NOT_CHECKED));
    }
    let mut exit = ExitCode::SUCCESS;
    for Workload { name, allowed_percent, .. } in WORKLOADS {
        let baseline = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let baseline = baseline.with_context(|| format!("instructions.txt has no number for {name}"))?;
        let now = count(name)?;
        let percent = (now as f64 / baseline as f64 - 1.0) * 100.0;
        let is_worse = percent > allowed_percent;
        let verdict = if is_worse { "MORE THAN ALLOWED" } else { "fine" };
        println!("{name:<26} {now:>12} {percent:>+7.2} % (at most +{allowed_percent} %)  {verdict}");
        if is_worse {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

fn update() -> anyhow::Result<ExitCode> {
    ensure!(is_countable(), "instructions are counted on x86-64 with valgrind");
    let mut text = format!("# {}\n", circumstances());
    for Workload { name, .. } in WORKLOADS {
        text.push_str(&format!("{name} {}\n", count(name)?));
    }
    std::fs::write(file(), &text)?;
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// What the numbers depend on beside the code: the compiler, the C library with its allocator, and the instructions among
/// which both choose at run time.
fn circumstances() -> String {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
        ("ermsb", std::arch::is_x86_feature_detected!("ermsb")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features: [(&str, bool); 0] = [];
    let features = features.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name);
    let library = Command::new("ldd").arg("--version").output();
    let library =
        library.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let library = library.lines().next().and_then(|line| line.rsplit(' ').next()).unwrap_or("unknown");
    let features = features.collect::<Vec<_>>().join(" ");
    format!("rustc {}, glibc {library}, {features}", env!("BENCHMARKS_RUSTC"))
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

fn is_countable() -> bool {
    let valgrind = Command::new("valgrind").arg("--version").output();
    cfg!(all(target_arch = "x86_64", not(debug_assertions)))
        && valgrind.is_ok_and(|output| output.status.success())
}

/// The instructions of one workload.
fn count(name: &str) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*instructions*collected*",
        ])
        .arg(std::env::current_exe()?)
        .args(["--workload", name])
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed under valgrind:\n{log}");
    let collected = log.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
    collected
        .filter(|count| *count > 0)
        .with_context(|| format!("callgrind counted nothing for {name}:\n{log}"))
}
