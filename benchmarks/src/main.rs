//! Prints the cost of processing a log file, as ratios between ways that take turns within one run.
//!
//! Absolute times vary between machines and from minute to minute; ratios carry over. Run it alone, on one core:
//! `taskset -c 1 cargo run --release -p benchmarks`.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Context as _;
use benchmarks::{
    GunzipMemory, LogFile, Memory, Outcome, Projection, day, gunzip_only, large, large_of, libdeflate,
    patterns, patterns_by_name, projection, value_tree, whole_path,
};
use filter_pattern::PatternSet;

/// The rounds for each way; slow ways get fewer.
const ROUNDS: usize = 15;
const SLOW_ROUNDS: usize = 3;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, path] = arguments.as_slice()
        && mode == "--peak-memory"
    {
        return peak_memory(path);
    }
    machine();
    let large = [large()];
    table("large: one file", &large)?;
    by_rules(&large)?;
    by_bytes()?;
    let small = day(2_000);
    table("small: 2,000 files", &small)?;
    measure_memory(&large[0])
}

fn machine() {
    let profile = if cfg!(debug_assertions) { "unoptimized, so meaningless" } else { "release" };
    println!("{} · {} · {profile}", std::env::consts::ARCH, benchmarks::process::processor());
    println!("rustc {}, {}", env!("BENCHMARKS_RUSTC"), VERSIONS.map(version).join(", "));
    println!("vector instructions: {}\n", lanes());
}

/// The measured dependencies.
const VERSIONS: [&str; 5] = ["flate2", "zlib-rs", "libdeflate-sys", "serde_json", "memchr"];

fn version(name: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap_or_default();
    format!("{name} {}", package.split('"').next().unwrap_or_default())
}

/// The vector instructions that the pattern set uses, unless they were disabled at build time.
fn lanes() -> &'static str {
    #[cfg(all(target_arch = "x86_64", not(lanes = "portable")))]
    {
        if is_x86_feature_detected!("avx512bw") && cfg!(not(lanes = "avx2")) {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") {
            return "AVX2";
        }
    }
    "none but the target's own"
}

/// The CPU time of this thread. On a busy machine, wall-clock time would include the work of others.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Processes one file, and returns the outcome if the way computes it.
type Run<'w> = dyn FnMut(&LogFile) -> anyhow::Result<Option<Outcome>> + 'w;

/// One way to do the work, with its measured times.
struct Way<'w> {
    name: &'static str,
    rounds: usize,
    run: Box<Run<'w>>,
    times: Vec<Duration>,
    outcome: Option<Outcome>,
}

impl<'w> Way<'w> {
    fn new(
        name: &'static str,
        rounds: usize,
        run: impl FnMut(&LogFile) -> anyhow::Result<Option<Outcome>> + 'w,
    ) -> Way<'w> {
        Way { name, rounds, run: Box::new(run), times: Vec::new(), outcome: None }
    }

    fn run_once(&mut self, files: &[LogFile]) -> anyhow::Result<()> {
        let start = processor_time();
        let mut total: Option<Outcome> = None;
        for file in files {
            if let Some(outcome) = black_box((self.run)(black_box(file))?) {
                *total.get_or_insert_default() += outcome;
            }
        }
        self.times.push(processor_time() - start);
        self.outcome = total;
        Ok(())
    }

    /// The lower quartile, because disturbances only ever make a run longer.
    fn time(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 4).map_or(0.0, Duration::as_secs_f64)
    }
}

/// Measures the ways in turns, so that a disturbance affects all of them alike.
fn measure(ways: &mut [Way<'_>], files: &[LogFile]) -> anyhow::Result<()> {
    for way in ways.iter_mut() {
        way.run_once(files)?;
        way.times.clear();
    }
    for round in 0..ROUNDS {
        for way in ways.iter_mut().filter(|way| round < way.rounds) {
            way.run_once(files)?;
        }
    }
    Ok(())
}

fn table(title: &str, files: &[LogFile]) -> anyhow::Result<()> {
    let json: usize = files.iter().map(|file| file.json_bytes).sum();
    let body: usize = files.iter().map(|file| file.body.len()).sum();
    println!("{title}, {:.1} MB of JSON in {:.1} MB", json as f64 / 1e6, body as f64 / 1e6);
    let (some, all) = (PatternSet::new(patterns(16)), PatternSet::new(patterns(40)));
    let wanted = Projection::of(all.patterns());
    let (mut memory_some, mut memory_all) = (Memory::default(), Memory::default());
    let mut gunzip_memory = GunzipMemory::default();
    let mut decompressor = libdeflater::Decompressor::new();
    let mut buffer = vec![0; files.iter().map(|file| file.json_bytes).max().unwrap_or(0)];
    let mut ways = [
        Way::new("libdeflate, reused whole buffer", ROUNDS, |file| {
            libdeflate(&mut decompressor, &file.body, &mut buffer).map(|_| None)
        }),
        Way::new("gunzip only", ROUNDS, |file| {
            gunzip_only(file.body.as_slice(), &mut gunzip_memory).map(|_| None)
        }),
        Way::new("whole path, 16 rules", ROUNDS, |file| {
            whole_path(file.body.as_slice(), &some, &mut memory_some).map(Some)
        }),
        Way::new("whole path, 40 rules", ROUNDS, |file| {
            whole_path(file.body.as_slice(), &all, &mut memory_all).map(Some)
        }),
        Way::new("flate2 + RawValue + projection, 40 rules", SLOW_ROUNDS, |file| {
            projection(&file.body, all.patterns(), &wanted).map(Some)
        }),
        Way::new("flate2 + Value + reference, 40 rules", SLOW_ROUNDS, |file| {
            value_tree(&file.body, all.patterns()).map(Some)
        }),
    ];
    measure(&mut ways, files)?;
    let [libdeflate, gunzip, _, whole, projected, tree] = &ways;
    for way in &ways {
        let (time, outcome) = (way.time(), way.outcome.unwrap_or_default());
        println!(
            "  {:<42}{:>9.2} ms  {:>6.2} × gunzip  {:>6} MB/s  {:>7} findings",
            way.name,
            time * 1e3,
            time / gunzip.time(),
            (json as f64 / 1e6 / time).round(),
            outcome.findings
        );
    }
    println!(
        "  gunzip is {:.2} × libdeflate; the whole path is {:.1} times as fast as the projection, {:.1} times as the tree",
        gunzip.time() / libdeflate.time(),
        projected.time() / whole.time(),
        tree.time() / whole.time()
    );
    anyhow::ensure!(whole.outcome == tree.outcome && whole.outcome == projected.outcome, "the ways disagree");
    println!();
    Ok(())
}

/// Prints the cost by file size, which is the same for every byte.
fn by_bytes() -> anyhow::Result<()> {
    println!("one file, 40 rules: whole path");
    let set = PatternSet::new(patterns(40));
    for megabytes in [2, 10, 50, 200] {
        let file = [large_of(megabytes * 1_000_000)];
        let mut memory = Memory::default();
        let mut ways =
            [Way::new("", ROUNDS, |file| whole_path(file.body.as_slice(), &set, &mut memory).map(Some))];
        measure(&mut ways, &file)?;
        let [way] = &ways;
        println!(
            "  {megabytes:>5} MB {:>12.2} ms {:>8.2} ms/MB",
            way.time() * 1e3,
            way.time() * 1e3 / megabytes as f64
        );
    }
    println!();
    Ok(())
}

fn by_rules(files: &[LogFile]) -> anyhow::Result<()> {
    println!("rules that name event names: whole path");
    let counts = [10, 40, 200, 1_000];
    let sets = counts.map(|count| PatternSet::new(patterns_by_name(count)));
    let mut ways: Vec<Way<'_>> = sets
        .iter()
        .map(|set| {
            let mut memory = Memory::default();
            Way::new("", ROUNDS, move |file| whole_path(file.body.as_slice(), set, &mut memory).map(Some))
        })
        .collect();
    measure(&mut ways, files)?;
    let first = ways.first().map_or(0.0, Way::time);
    for (way, count) in ways.iter().zip(counts) {
        println!("  {count:>5} rules {:>9.2} ms  {:>5.2} × 10 rules", way.time() * 1e3, way.time() / first);
    }
    println!();
    Ok(())
}

/// Runs the whole path in a separate process, whose peak memory is only its own.
fn measure_memory(file: &LogFile) -> anyhow::Result<()> {
    let path = std::env::temp_dir().join(format!("benchmarks-{}.json.gz", std::process::id()));
    std::fs::write(&path, &file.body)?;
    let status =
        std::process::Command::new(std::env::current_exe()?).arg("--peak-memory").arg(&path).status();
    std::fs::remove_file(&path)?;
    anyhow::ensure!(status?.success(), "the process that measures memory failed");
    Ok(())
}

/// The address space allowed to the process, including its code and stack.
const ADDRESS_SPACE_BYTES: u64 = 24 << 20;
/// The memory allowed in addition to the compressed body.
const OVERHEAD_KIB: usize = 6 << 10;

fn peak_memory(path: &str) -> anyhow::Result<()> {
    let limit = rustix::process::Rlimit { current: Some(ADDRESS_SPACE_BYTES), maximum: None };
    rustix::process::setrlimit(rustix::process::Resource::As, limit)?;
    let body = std::fs::read(path)?;
    let set = PatternSet::new(patterns(40));
    black_box(whole_path(body.as_slice(), &set, &mut Memory::default())?);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let peak_kib: usize = peak.context("the kernel does not report the peak")?.parse()?;
    let body_kib = body.len() / 1024;
    println!(
        "peak resident memory: {peak_kib} KiB, of it the body {body_kib} KiB; with at most {} MiB of address space",
        ADDRESS_SPACE_BYTES >> 20
    );
    // Without optimization, the code alone is larger than that.
    anyhow::ensure!(
        cfg!(debug_assertions) || peak_kib <= body_kib + OVERHEAD_KIB,
        "more than the body and {OVERHEAD_KIB} KiB"
    );
    Ok(())
}
