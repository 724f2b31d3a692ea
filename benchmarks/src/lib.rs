//! Several ways to get from the bytes of a log file to the number of findings: ours, and the obvious ones without it.
//!
//! Each way decompresses the file, separates the records and decides all patterns; the numbers of matches must agree.
//! Nothing is printed here: see `main.rs` for the table and `benches/` for the harness.

mod baseline;
pub mod process;

use std::io::Read;

use anyhow::Context;
use cloudtrail::{Gunzip, Inflater, Limits, ReadBuffers, Record, open_log_file_with};
use filter_pattern::{Matches, Pattern, PatternSet};
use testkit::generator::{DEFAULT_SEED, Generator, gzip};

pub use baseline::{Projection, projection, value_tree};

/// The patterns used in the measurements, one per line.
const PATTERNS: &str = include_str!("../patterns.txt");

/// The first `count` of 40 patterns that people deploy, including those of the CIS benchmark.
pub fn patterns(count: usize) -> Vec<Pattern> {
    PATTERNS.lines().take(count).map(|line| line.parse().expect("the file holds patterns")).collect()
}

/// Patterns with event names, of which ten occur in the files.
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

/// A log file of about `bytes` bytes of JSON.
pub fn large_of(bytes: u64) -> LogFile {
    LogFile::new(Generator::new(DEFAULT_SEED).large_file(bytes))
}

/// The same log file with every third call refused, which makes the rules about refused calls match.
pub fn refused_of(bytes: u64) -> LogFile {
    const START: &str = "{\"eventVersion\":";
    let json = String::from_utf8(Generator::new(DEFAULT_SEED).large_file(bytes)).expect("JSON is UTF-8");
    let mut refused = String::with_capacity(json.len());
    for (number, record) in json.split(START).enumerate() {
        if number > 0 {
            refused.push_str(START);
        }
        match record.split_once(',').filter(|_| number % 3 == 1) {
            Some((version, rest)) => {
                refused.push_str(&format!("{version},\"errorCode\":\"AccessDenied\",{rest}"));
            }
            None => refused.push_str(record),
        }
    }
    LogFile::new(refused.into_bytes())
}

/// The log files of one day in an ordinary organization, about 50 records each.
pub fn day(files: u32) -> Vec<LogFile> {
    Generator::new(DEFAULT_SEED).day(files).map(|file| LogFile::new(file.json)).collect()
}

/// A log file as stored in S3.
#[derive(Debug)]
pub struct LogFile {
    /// The content of the object.
    pub body: Vec<u8>,
    /// The bytes of JSON after decompression.
    pub json_bytes: usize,
}

impl LogFile {
    /// Compresses the JSON of a log file.
    pub fn new(json: Vec<u8>) -> LogFile {
        LogFile { body: gzip(&json), json_bytes: json.len() }
    }
}

/// The result for a log file, to compare the ways with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of records evaluated.
    pub records: u64,
    /// The number of pairs of a record and a pattern that matches it.
    pub findings: u64,
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Outcome) {
        self.records += other.records;
        self.findings += other.findings;
    }
}

/// The whole path, as in the pipeline: streaming, with limits, and with the checksum verified.
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

/// Memory that the whole path reuses from file to file.
#[derive(Debug, Default)]
pub struct Memory {
    buffers: ReadBuffers,
    matches: Matches,
}

/// Decompression alone, with the checksum verified.
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

/// Memory that decompression reuses from file to file.
#[derive(Debug, Default)]
pub struct GunzipMemory {
    window: Vec<u8>,
    inflater: Option<Inflater>,
}

/// Decompression with libdeflate into a buffer that is already large enough, with the checksum verified.
///
/// # Errors
///
/// If the log file is not intact.
pub fn libdeflate(
    decompressor: &mut libdeflater::Decompressor,
    body: &[u8],
    buffer: &mut [u8],
) -> anyhow::Result<usize> {
    decompressor.gzip_decompress(body, buffer).context("libdeflate rejects the file")
}
