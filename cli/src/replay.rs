//! `trailbell replay`: runs log files on this machine through the pipeline that runs on Lambda.
//!
//! Each file becomes one of CloudTrail's own messages, the messages become batches, and the ports are local:
//! files or objects that are already in S3, a ledger in memory, and sinks that collect. Nothing is published. Files in other shapes than a log file's become log files on the way into the pipeline.

mod arguments;
mod batch;
mod error_entry;
mod files;
mod findings;
mod ignored;
mod misnamed;
mod report;
mod shapes;
mod sinks;
mod sources;
mod store;
mod text;

use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use cloudtrail::Limits;
use indicatif::ProgressBar;
use pipeline::{Evaluator, MemoryLedger, Pipeline, Ports, SystemClock};
use rules::RuleSet;

pub(crate) use self::arguments::ReplayArguments;
use self::arguments::ReplayFormat;
pub(crate) use self::batch::{run_batch, settings};
pub(crate) use self::error_entry::ErrorEntry;
pub(crate) use self::files::FileList;
pub(crate) use self::report::{ReplayReport, ReplayTotals};
use self::sinks::{CollectedAlerts, CollectedDatapoints};
pub(crate) use self::sources::Sources;
pub(crate) use self::store::{Body, LocalStore};
use self::text::Layout;
use crate::exit::Exit;
use crate::inputs::Span;
use crate::rules::files::load_rules;
use crate::terminal::{Stdout, columns, complain, printable, progress_bar};

/// Messages per batch. This bounds what is kept between reading and publishing. It does not change the
/// report, except for the last digit of sums of fractions.
const MESSAGES_PER_BATCH: usize = 64;
/// The most skipped files that are named. The last line counts the others.
const NAMED_FILES: usize = 20;
/// The form of the progress bar.
const PROGRESS: &str = "{bar:40} {bytes} of {total_bytes}, {eta} left";

/// This machine behind the pipeline's ports.
enum ReplayPorts {}

impl Ports for ReplayPorts {
    type Store = LocalStore;
    type Ledger = MemoryLedger;
    type Metrics = CollectedDatapoints;
    type Alerts = CollectedAlerts;
    type Clock = SystemClock;
    type Rules = Arc<Evaluator>;
}

/// Replays the files and prints the report.
///
/// # Errors
///
/// When the replay cannot start, or the report cannot be written.
pub(crate) fn run(arguments: &ReplayArguments) -> anyhow::Result<Exit> {
    check_paths(arguments)?;
    let Some(rules) = load_rules(&arguments.rules) else { return Ok(Exit::Failure) };
    check_rule_ids(&arguments.only_rules, &rules)?;
    let (sources, files) = Sources::list(&arguments.paths, &Span::RECORDS, &arguments.options)?;
    for note in &files.notes {
        complain(format_args!("note: {}", printable(note)));
    }
    let progress = progress_bar(Some(files.bytes), PROGRESS);
    let limits = Limits { decompressed_bytes: arguments.max_file_bytes, ..Limits::default() };
    let every_finding = arguments.format == ReplayFormat::Jsonl;
    let evaluator = evaluator(rules.clone(), every_finding);
    let mut report = replay(&sources, files, evaluator, limits, MESSAGES_PER_BATCH, &progress)?;
    if !every_finding {
        report.drop_alerts_below_thresholds(rules.rules());
    }
    // A line for each finding has a severity of its own.
    report.keep_alerts(arguments.severity.filter(|_| !every_finding), &arguments.only_rules);
    progress.finish_and_clear();
    note_unevaluated(&report);

    let mut out = match arguments.format {
        ReplayFormat::Text => Stdout::buffered(),
        ReplayFormat::Json | ReplayFormat::Jsonl => Stdout::json(),
    };
    match arguments.format {
        ReplayFormat::Text => {
            let layout = Layout {
                width: columns(),
                is_terminal: std::io::stdout().is_terminal(),
                is_verbose: arguments.verbose,
            };
            text::write(&report, rules.rules(), layout, &mut out)?;
        }
        ReplayFormat::Json => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
        ReplayFormat::Jsonl => findings::write(&report.alerts, arguments.severity, &mut out)?,
    }
    out.flush()?;
    Ok(if report.errors.is_empty() && report.is_evaluated() { Exit::Success } else { Exit::Findings })
}

/// Names what was left out, and says so if nothing was evaluated.
fn note_unevaluated(report: &ReplayReport) {
    for ErrorEntry { file, message, .. } in report.skipped.iter().take(NAMED_FILES) {
        complain(format_args!("note: skipped `{}`: {}", printable(file), printable(message)));
    }
    if let Some(more @ 1..) = report.skipped.len().checked_sub(NAMED_FILES) {
        complain(format_args!("note: {more} more skipped files are not shown"));
    }
    if report.is_evaluated() {
        return;
    }
    if report.files.ignored > 0 && report.files.ignored == report.files.seen {
        complain(format_args!(
            "note: every file was ignored because of its name or folder: {}",
            report.ignored
        ));
    }
    complain("note: nothing was evaluated");
}

/// Refuses command lines that name nothing to read, or standard input twice.
fn check_paths(arguments: &ReplayArguments) -> anyhow::Result<()> {
    let ReplayArguments { paths, rules, .. } = arguments;
    ensure!(!paths.is_empty(), "no PATH was given: name files or folders, or `-` to read standard input");
    let uses_of_stdin = paths.iter().chain(&rules.files).filter(|path| path.as_path() == Path::new("-"));
    ensure!(
        uses_of_stdin.count() <= 1,
        "`-` was given more than once, but standard input can be read only once"
    );
    Ok(())
}

/// The rules, compiled for a report.
fn evaluator(rules: RuleSet, every_finding: bool) -> Evaluator {
    // Limit and threshold count within a batch: the report would depend on where a batch ends.
    let evaluator = Evaluator::new(rules).with_group_limit(usize::MAX).without_thresholds();
    if every_finding { evaluator.with_every_finding() } else { evaluator }
}

/// Refuses ids of rules that are not among the rules.
fn check_rule_ids(ids: &[String], rules: &RuleSet) -> anyhow::Result<()> {
    let is_known = |id: &String| rules.rules().iter().any(|rule| rule.id == *id);
    match ids.iter().find(|id| !is_known(id)) {
        Some(id) => anyhow::bail!("`--rule {}`: none of the rules has this id", printable(id)),
        None => Ok(()),
    }
}

/// Runs the files through the pipeline, batch by batch.
fn replay(
    sources: &Sources,
    files: FileList,
    evaluator: Evaluator,
    limits: Limits,
    messages_per_batch: usize,
    progress: &ProgressBar,
) -> anyhow::Result<ReplayReport> {
    let concurrency = sources.concurrency();
    let files = Arc::new(files);
    let pipeline = Pipeline::<ReplayPorts> {
        store: LocalStore::new(Arc::clone(&files), limits, progress.clone(), sources),
        ledger: MemoryLedger::unbounded(),
        metrics: CollectedDatapoints::default(),
        alerts: CollectedAlerts::default(),
        clock: SystemClock,
        rules: Arc::new(evaluator),
        settings: settings(concurrency, limits),
    };
    let mut totals = ReplayTotals::new(&files, pipeline.rules.rules());
    sources.block_on(async {
        for (batch, indices) in files.mentions.chunks(messages_per_batch).enumerate() {
            let place = (batch * messages_per_batch, indices);
            totals.add(run_batch(&pipeline, &files, pipeline.store.shapes(), place).await);
        }
        Ok(())
    })?;
    Ok(totals.into_report(pipeline.metrics, pipeline.alerts))
}

#[cfg(test)]
mod tests;
