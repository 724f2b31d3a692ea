//! `trailbell verify`: digest files against log files, and a report that an auditor can read.
//!
//! What is valid is decided in the crate `digests`; here are the folder and the bucket, the public keys, the memory of earlier
//! runs and the forms of the report. Whether a log file was evaluated is not looked at.

mod arguments;
#[cfg(feature = "aws")]
mod bucket;
#[cfg(feature = "aws")]
mod copy;
#[cfg(not(feature = "aws"))]
use crate::unavailable as copy;
mod details;
mod evidence;
mod folder;
mod html;
mod json;
mod layout;
mod memory;
#[cfg(feature = "aws")]
mod public_keys;
#[cfg(feature = "aws")]
mod remote;
mod spool;
mod text;
mod words;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use digests::{LogFileOutcome, Observer, PublicKeys, Request, Verified, sha256_hex, verify};
use indicatif::ProgressBar;
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

pub(crate) use self::arguments::VerifyArguments;
use self::arguments::{EvidenceFormat, VerificationArguments, VerifyCommand};
use self::evidence::{Evidence, KeyOrigin, Keys, Run};
use self::folder::Folder;
use self::memory::Memory;
use self::spool::Spool;
use crate::exit::Exit;
use crate::inputs::is_in_s3;
use crate::terminal::{Stdout, columns, complain, path_text, printable, progress_bar};

/// Largest file of public keys, in bytes; a key has some 600.
const KEYS_BYTES: u64 = 16 << 20;

/// Runs one of the commands.
///
/// # Errors
///
/// When there is no answer, or it cannot be written.
pub(crate) fn run(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    match (&arguments.command, &arguments.verification.source) {
        (Some(VerifyCommand::Copy(arguments)), _) => copy::run(arguments),
        (None, Some(source)) => verify_and_report(source, &arguments.verification),
        (None, None) => bail!("no SOURCE was given: name a folder or `s3://BUCKET`"),
    }
}

fn verify_and_report(source: &Path, arguments: &VerificationArguments) -> anyhow::Result<Exit> {
    let begun_at = SystemClock.now();
    let mut memory = match &arguments.state {
        Some(path) => Memory::open(path)?,
        None => Memory::default(),
    };
    let request = request(arguments, begun_at, &memory);
    let progress = Progress::new(arguments.format);
    let (verified, keys) = if is_in_s3(source) {
        verify_bucket(source, arguments, &request, &progress)?
    } else {
        verify_folder(source, arguments, &request, &progress)?
    };
    progress.bar.finish_and_clear();
    progress.files.settle();
    if let Some(path) = &arguments.state {
        memory.remember(&verified.report);
        memory.save(path)?;
    }
    if let Some(path) = &arguments.save_keys {
        fs::write(path, keys.keys.to_json())
            .with_context(|| format!("`{}` cannot be written", path_text(path)))?;
    }
    let run = Run {
        source: path_text(source),
        by: arguments.by.clone(),
        command_line: std::env::args().skip(1).collect(),
        begun_at: begun_at.unix_timestamp(),
        ended_at: SystemClock.now().unix_timestamp(),
        now: request.now,
    };
    let evidence = Evidence::new(verified, run, keys, progress.files);
    write(&evidence, arguments.format)?;
    Ok(if evidence.verified.report.has_findings() { Exit::Findings } else { Exit::Success })
}

fn verify_folder(
    source: &Path,
    arguments: &VerificationArguments,
    request: &Request,
    progress: &Progress,
) -> anyhow::Result<(Verified, Keys)> {
    let Some(keys) = read_keys(arguments)? else {
        bail!(
            "no public keys are given: save the answer of `aws cloudtrail list-public-keys` for each region and name the file \
             with `--keys`; see `trailbell verify --help`"
        );
    };
    let folder = Folder::open(source, arguments.state.is_some())
        .with_context(|| format!("`{}` cannot be opened", path_text(source)))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let verified = in_parallel(threads, || verify(&folder, &keys.keys, request, progress))??;
    Ok((verified, keys))
}

#[cfg(feature = "aws")]
fn verify_bucket(
    source: &Path,
    arguments: &VerificationArguments,
    request: &Request,
    progress: &Progress,
) -> anyhow::Result<(Verified, Keys)> {
    let keys = read_keys(arguments)?;
    remote::Remote::connect(source, &arguments.options)?.verify(keys, request, progress)
}

#[cfg(not(feature = "aws"))]
fn verify_bucket(
    source: &Path,
    _: &VerificationArguments,
    _: &Request,
    _: &Progress,
) -> anyhow::Result<(Verified, Keys)> {
    Err(crate::inputs::no_client(source))
}

fn request(arguments: &VerificationArguments, clock: OffsetDateTime, memory: &Memory) -> Request {
    let now = arguments.now.as_ref().map_or(clock.unix_timestamp(), |now| now.second(clock));
    let now_time = OffsetDateTime::from_unix_timestamp(now).unwrap_or(clock);
    Request {
        from: arguments.from.as_ref().map(|from| from.second(now_time)),
        to: arguments.to.second(now_time),
        now,
        accounts: arguments.accounts.clone(),
        regions: arguments.regions.clone(),
        sealed: memory.sealed.clone(),
        ..Request::default()
    }
}

/// The keys of the file that was named.
fn read_keys(arguments: &VerificationArguments) -> anyhow::Result<Option<Keys>> {
    let Some(path) = &arguments.keys else { return Ok(None) };
    let name = path_text(path);
    let text = read_bounded(path, KEYS_BYTES).with_context(|| format!("`{name}` cannot be read"))?;
    let keys = PublicKeys::parse(&text).with_context(|| format!("`{name}` is not a file of public keys"))?;
    for (region, key) in keys.iter().filter(|(_, key)| !key.has_its_own_fingerprint()) {
        complain(format_args!(
            "note: the key `{}` of `{}` in `{}` has another fingerprint than its bytes; the file may be mixed up",
            printable(&key.fingerprint),
            printable(region),
            printable(&name),
        ));
    }
    Ok(Some(Keys { sha256: sha256_hex(&text), origin: KeyOrigin::File(name), keys }))
}

/// A file, if it is not larger than that.
fn read_bounded(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = io::Read::take(fs::File::open(path)?, limit_bytes + 1);
    io::Read::read_to_end(&mut file, &mut text)?;
    if text.len() as u64 > limit_bytes {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {limit_bytes} bytes"),
        ));
    }
    Ok(text)
}

/// Runs work on so many threads.
fn in_parallel<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok(pool.context("the threads cannot be started")?.install(work))
}

fn write(evidence: &Evidence, format: EvidenceFormat) -> anyhow::Result<()> {
    let mut out = match format {
        EvidenceFormat::Text => Stdout::buffered(),
        EvidenceFormat::Json | EvidenceFormat::Html => Stdout::json(),
    };
    match format {
        EvidenceFormat::Text => text::write(evidence, columns(), &mut out)?,
        EvidenceFormat::Json => json::write(evidence, &mut out)?,
        EvidenceFormat::Html => writeln!(out, "{}", html::page(evidence)?)?,
    }
    out.flush()?;
    Ok(())
}

/// A bar over log files, on a terminal, and all log files for the forms that need them.
struct Progress {
    bar: ProgressBar,
    lists_files: bool,
    files: Spool,
}

impl Progress {
    fn new(format: EvidenceFormat) -> Self {
        let bar = progress_bar(Some(0), "{bar:40} {pos} of {len} log files, {eta} left");
        Self { bar, lists_files: format != EvidenceFormat::Text, files: Spool::default() }
    }
}

impl Observer for Progress {
    fn log_files_planned(&self, count: usize) {
        self.bar.inc_length(count as u64);
    }

    fn log_file_done(&self) {
        self.bar.inc(1);
    }

    fn log_files_judged(&self, account: &str, region: &str, files: &[LogFileOutcome]) {
        if self.lists_files {
            self.files.add(account, region, files);
        }
    }

    fn territories_judged(&self) {
        self.files.settle();
    }
}
