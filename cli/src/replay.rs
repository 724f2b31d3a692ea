//! `trailbell replay`: log files on this machine through the pipeline that runs on Lambda.
//!
//! The files become CloudTrail's own messages, the messages become batches, and the ports are local: files instead
//! of S3, a ledger in memory, sinks that gather. Nothing is published and no network is touched.

mod files;
mod ignored;
mod report;
mod sinks;
mod store;
mod text;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use cloudtrail::Limits;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipeline::batch::UnrecognizedKeys;
use pipeline::{DeliveryTime, Evaluator, MemoryLedger, Message, Pipeline, Settings, SystemClock, Treatment};
use rules::RuleSet;

use crate::arguments::{Format, ReplayArguments};
use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::printable;
use crate::rule_files;
use crate::terminal::columns;
use files::FileList;
use report::{Report, Tally};
use sinks::{GatheredAlerts, GatheredDatapoints};
use store::LocalStore;

/// Messages in a batch. It bounds what is held between reading and publishing, and is of no effect on the report, but
/// for the last digit of sums of fractions.
const MESSAGES_PER_BATCH: usize = 64;
/// Files that are read at the same time at most; each takes a window and an inflater, some 700 KB.
const MOST_CONCURRENT_FILES: usize = 8;
/// The bucket in the messages, which no local path can be mistaken for.
const BUCKET: &str = "local";

/// Replays and reports.
pub(crate) fn run(arguments: &ReplayArguments) -> anyhow::Result<Exit> {
    if arguments.paths.is_empty() {
        bail!("no PATH is given: name log files or folders, or `-` to read one log file from standard input");
    }
    if arguments.paths.iter().chain(&arguments.rules.files).filter(|path| path.as_os_str() == "-").count() > 1
    {
        bail!("`-` is given more than once, and standard input can be read only once");
    }
    let Some(rules) = rule_files::load(&arguments.rules) else { return Ok(Exit::Failure) };
    let files = files::list(&arguments.paths);
    for note in &files.notes {
        complain(format_args!("note: {}", printable(note)));
    }
    let progress = progress_bar(files.bytes);
    let limits = Limits { decompressed_bytes: arguments.max_file_bytes, ..Limits::default() };
    let report = replay(files, rules.clone(), limits, MESSAGES_PER_BATCH, &progress)?;
    progress.finish_and_clear();
    if report.files.ignored > 0 && report.files.ignored == report.files.seen {
        complain(format_args!("note: every file was ignored for its name or folder: {}", report.ignored));
    }

    let mut out = BufWriter::new(anstream::stdout().lock());
    match arguments.format {
        Format::Text => text::write(&report, rules.rules(), columns(), &mut out)?,
        Format::Json => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if report.errors.is_empty() { Exit::Success } else { Exit::Findings })
}

fn progress_bar(bytes: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn replay(
    files: FileList,
    rules: RuleSet,
    limits: Limits,
    messages_per_batch: usize,
    progress: &ProgressBar,
) -> anyhow::Result<Report> {
    let concurrency = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_CONCURRENT_FILES);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(concurrency)
        .build()
        .context("the runtime cannot be started")?;
    let files = Arc::new(files);
    let pipeline = Pipeline {
        store: LocalStore::new(Arc::clone(&files), progress.clone()),
        ledger: MemoryLedger::unbounded(),
        metrics: GatheredDatapoints::default(),
        alerts: GatheredAlerts::default(),
        clock: SystemClock,
        // The limit counts the groups of a batch: with one, the report would depend on where a batch ends.
        evaluator: Arc::new(Evaluator::new(rules).with_group_limit(usize::MAX)),
        settings: Settings {
            // So that one folder always gives one report.
            patience: None,
            concurrency,
            limits,
            delivery_time: DeliveryTime::LogFile,
            unrecognized_keys: UnrecognizedKeys::LogFile,
            allowed_buckets: None,
            telemetry_namespace: None,
        },
    };
    let mut tally = Tally::new(&files, pipeline.evaluator.rules());
    for (batch, indices) in files.mentions.chunks(messages_per_batch).enumerate() {
        let messages: Vec<Message> = indices
            .iter()
            .enumerate()
            .map(|(position, index)| Message {
                id: (batch * messages_per_batch + position).to_string(),
                body: announcement(files.key(*index)),
                treatment: Treatment::default(),
            })
            .collect();
        tally.add(runtime.block_on(pipeline.process(&messages, None)));
    }
    Ok(tally.into_report(pipeline.metrics, pipeline.alerts))
}

/// The message by which CloudTrail announces a log file.
fn announcement(key: &str) -> String {
    serde_json::json!({ "s3Bucket": BUCKET, "s3ObjectKey": [key] }).to_string()
}

#[cfg(test)]
mod tests;
