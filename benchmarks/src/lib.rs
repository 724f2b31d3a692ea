//! Ways to get from the bytes of a log file to the number of findings: ours, and what one would write without it.
//!
//! Every way decompresses, separates the records and decides all patterns; they have to agree on the number of matches. Nothing is printed
//! here: see `main.rs` for the table and `benches/` for the harness.

mod baseline;

use std::io::Read;

use anyhow::Context;
use cloudtrail::{Gunzip, Inflater, Limits, ReadBuffers, Record, open_log_file_with};
use filter_pattern::{Matches, Pattern, PatternSet};
use testkit::generator::{DEFAULT_SEED, Generator, gzip};

pub use baseline::{Projection, projection, value_tree};

/// The patterns of the measurements, one a line.
const PATTERNS: &str = include_str!("../patterns.txt");

/// The first `count` of 40 patterns such as people deploy: the CIS benchmark's, and more.
pub fn patterns(count: usize) -> Vec<Pattern> {
    PATTERNS.lines().take(count).map(|line| line.parse().expect("the file holds patterns")).collect()
}

/// Patterns that name event names, of which ten occur.
pub fn patterns_by_name(count: usize) -> Vec<Pattern> {
    let real = [
        "RunInstances",
        "PutObject",
        "AssumeRole",
        "ConsoleLogin",
        "CreateUser",
        "GetObject",
        "DescribeInstances",
        "Decrypt",
        "StopLogging",
        "DeleteTrail",
    ];
    let made_up = (0..).map(|number| format!("Operation{number}"));
    let names = real.iter().map(|&name| name.to_owned()).chain(made_up).take(count);
    let pattern = |name| format!("{{ ($.eventName = {name}) && ($.errorCode = \"AccessDenied\") }}");
    names.map(|name| pattern(name).parse().expect("a pattern")).collect()
}

/// A log file of 50 MB of JSON.
pub fn large() -> LogFile {
    large_of(50_000_000)
}

/// A log file of about so many bytes of JSON.
pub fn large_of(bytes: u64) -> LogFile {
    LogFile::new(Generator::new(DEFAULT_SEED).large_file(bytes))
}

/// Log files of a day of an ordinary organization, about 50 records each.
pub fn day(files: u32) -> Vec<LogFile> {
    Generator::new(DEFAULT_SEED).day(files).map(|file| LogFile::new(file.json)).collect()
}

/// A log file as it is stored.
#[derive(Debug)]
pub struct LogFile {
    /// The object.
    pub body: Vec<u8>,
    /// Bytes of JSON in it.
    pub json_bytes: usize,
}

impl LogFile {
    fn new(json: Vec<u8>) -> LogFile {
        LogFile { body: gzip(&json), json_bytes: json.len() }
    }
}

/// What came out of a log file, to hold the ways to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Records that were evaluated.
    pub records: u64,
    /// Pairs of a record and a pattern that matches it.
    pub findings: u64,
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Outcome) {
        self.records += other.records;
        self.findings += other.findings;
    }
}

/// The whole path as the pipeline has it: streaming, bounded, the checksum verified.
///
/// # Errors
///
/// If the log file is not intact.
pub fn whole_path(body: impl Read, set: &PatternSet, memory: &mut Memory) -> anyhow::Result<Outcome> {
    let limits = Limits::default();
    let Memory { buffers, matches } = memory;
    let mut reader = open_log_file_with(body, limits, std::mem::take(buffers));
    let mut outcome = Outcome::default();
    loop {
        let read = |text: &[u8]| Some((set.matches_next_into(text, limits.depth, matches)?, ()));
        match reader.next_record_with(read)? {
            None => break,
            Some((Record::Rejected(_), _)) => continue,
            Some((Record::Complete(_), Some(()))) => {}
            Some((Record::Complete(record), None)) => set.matches_into(record, matches)?,
        }
        outcome += Outcome { records: 1, findings: matches.len() as u64 };
    }
    *buffers = reader.into_buffers();
    Ok(outcome)
}

/// The memory that the whole path keeps from file to file.
#[derive(Debug, Default)]
pub struct Memory {
    buffers: ReadBuffers,
    matches: Matches,
}

/// Decompression alone, the checksum verified.
///
/// # Errors
///
/// If the log file is not intact.
pub fn gunzip_only(body: impl Read, memory: &mut GunzipMemory) -> anyhow::Result<u64> {
    let GunzipMemory { window, inflater } = memory;
    window.resize(512 << 10, 0);
    let mut gunzip = Gunzip::with_inflater(body, u64::MAX, inflater.take().unwrap_or_default());
    while gunzip.read_chunk(window)? > 0 {}
    let bytes = gunzip.decompressed_bytes();
    *inflater = Some(gunzip.into_inflater());
    Ok(bytes)
}

/// The memory that decompression keeps from file to file.
#[derive(Debug, Default)]
pub struct GunzipMemory {
    window: Vec<u8>,
    inflater: Option<Inflater>,
}

/// Decompression with libdeflate into a buffer that is large enough already, the checksum verified.
///
/// # Errors
///
/// If the log file is not intact.
pub fn libdeflate(
    decompressor: &mut libdeflater::Decompressor,
    body: &[u8],
    buffer: &mut [u8],
) -> anyhow::Result<usize> {
    decompressor.gzip_decompress(body, buffer).context("libdeflate refuses the file")
}
