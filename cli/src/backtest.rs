//! `trailbell backtest`: what rules would have done with the log files of the past. It counts matches, alerts and the rings
//! of alarms, and compares new rules with old ones.
//!
//! Datapoints and alerts come from the pipeline that runs on Lambda, alarms from those that the reconciler would create, and
//! their states from `alarm_simulation`. Nothing is published. Memory is bounded by rules and minutes, as `record` says.

mod analysis;
mod arguments;
mod callers;
mod cells;
mod comparison;
mod differences;
mod engine;
mod findings;
mod html;
mod limits;
mod noise;
mod notes;
mod record;
mod report;
mod rings;
mod schedule;
mod side;
mod sweep;
mod text;
mod times;
mod watched;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use cloudtrail::Limits;
use pipeline::{Clock as _, Evaluator, SystemClock};
use time::{Duration, OffsetDateTime};

pub(crate) use self::arguments::BacktestArguments;
use self::engine::EngineInput;
use self::record::{Recorder, Window};
use self::report::{Assumptions, BacktestReport, SourceReport};
use self::schedule::Schedule;
use self::side::{RuleSets, Side};
use self::times::{MINUTE, rfc3339};
use self::watched::Watched;
use crate::exit::Exit;
use crate::inputs::Span;
use crate::replay::{FileList, ReplayReport, ReplayTotals, Sources};
use crate::rules::files::load_rules;
use crate::terminal::{Stdout, columns, complain, path_text, printable, progress_bar};

/// The form of the progress bar.
const PROGRESS: &str = "{bar:40} {bytes} of {total_bytes}, {eta} left";

/// Runs the backtest and prints the report.
///
/// # Errors
///
/// When the backtest cannot start, or the report cannot be written.
pub(crate) fn run(arguments: &BacktestArguments) -> anyhow::Result<Exit> {
    let Some(sets) = load_sets(arguments) else { return Ok(Exit::Failure) };
    let alarms = Alarms::of(&sets, arguments.severity_alarms)?;
    let report = backtest(arguments, &sets, &alarms)?;
    if arguments.is_json() {
        let mut out = Stdout::json();
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
        out.flush()?;
    } else {
        let mut out = Stdout::buffered();
        text::write(&report, columns(), &mut out)?;
        out.flush()?;
    }
    if let Some(path) = &arguments.html {
        write_page(&report, path)?;
    }
    Ok(if report.has_findings() { Exit::Findings } else { Exit::Success })
}

/// Writes the page.
fn write_page(report: &BacktestReport, path: &Path) -> anyhow::Result<()> {
    let (days, rules) = (report.days.len(), report.rules.len());
    ensure!(
        days <= html::MOST_DAYS && rules <= html::MOST_RULES,
        "a page shows at most {} days and {} rules, and this backtest has {days} and {rules}; shorten it with `--from` \
         and `--to`, or use `--format json`",
        html::MOST_DAYS,
        html::MOST_RULES,
    );
    let name = path_text(path);
    std::fs::write(path, html::page(report)).with_context(|| format!("cannot write `{}`", printable(&name)))
}

/// The rule sets; `None` if one of them is invalid, which has been printed.
fn load_sets(arguments: &BacktestArguments) -> Option<RuleSets> {
    let new = load_rules(&arguments.rules)?;
    let old = match arguments.against() {
        Some(options) => Some(load_rules(&options)?),
        None => None,
    };
    Some(RuleSets { new, old })
}

/// The alarms of both sides.
struct Alarms {
    new: Watched,
    old: Option<Watched>,
}

impl Alarms {
    fn of(sets: &RuleSets, severity_alarms: bool) -> anyhow::Result<Self> {
        let old = sets.old.as_ref().map(|old| Watched::of(old.rules(), severity_alarms)).transpose()?;
        Ok(Self { new: Watched::of(sets.new.rules(), severity_alarms)?, old })
    }

    fn sides(&self) -> Vec<(Side, &Watched)> {
        let old = self.old.as_ref().map(|old| (Side::Old, old));
        std::iter::once((Side::New, &self.new)).chain(old).collect()
    }

    /// The seconds before a time that any alarm can read.
    fn longest_range(&self, range: Option<u32>) -> i64 {
        self.sides().iter().map(|(_, watched)| watched.longest_range(range)).max().unwrap_or(0)
    }
}

/// When the command line says that the backtest begins and ends, in Unix seconds.
#[derive(Debug, Clone, Copy)]
struct Asked {
    from: Option<i64>,
    to: Option<i64>,
}

fn backtest(
    arguments: &BacktestArguments,
    sets: &RuleSets,
    alarms: &Alarms,
) -> anyhow::Result<BacktestReport> {
    let now = SystemClock.now();
    let asked = Asked {
        from: arguments.from.as_ref().map(|moment| moment.minute(now)),
        to: arguments.to.as_ref().map(|moment| moment.minute(now)),
    };
    if let Asked { from: Some(from), to: Some(to) } = asked {
        ensure!(from < to, "the backtest would end before it starts; expected `--from` to be before `--to`");
    }
    let range = arguments.evaluation_range;
    let first_read = asked.from.map(|from| from - alarms.longest_range(range));
    let (sources, mut files) = list(arguments, first_read, asked.to)?;
    let batch_size = usize::try_from(arguments.batch_size).unwrap_or(usize::MAX);
    let schedule = Schedule::of(&mut files, batch_size, first_read, asked.to);
    let files = Arc::new(files);
    let window = window(asked, &schedule, arguments.visible_after);
    let mut recorder = Recorder::new(sets, &alarms.sides(), window, arguments.visible_after);
    let progress = progress_bar(Some(files.bytes), PROGRESS);
    let limits = Limits { decompressed_bytes: arguments.max_file_bytes, ..Limits::default() };
    let together = sets.together();
    let mut totals = ReplayTotals::new(&files, together.rules());
    let input = EngineInput {
        sources: &sources,
        files: Arc::clone(&files),
        schedule: &schedule,
        limits,
        progress: &progress,
    };
    let evaluator = Evaluator::new(together.clone()).with_facets_of_every_match();
    engine::run(&input, evaluator, &mut recorder, &mut totals)?;
    progress.finish_and_clear();
    let replayed = totals.into_counts();
    let window = if schedule.undated > 0 { recorder.covered(window, schedule.span) } else { window };
    ensure!(
        window.from < window.until,
        "there is nothing to evaluate: no log file of this time, and no record with a time"
    );
    report(arguments, &recorder, alarms, (&schedule, replayed), window)
}

/// Lists the sources. Listings in S3 are pruned by the minutes in the names.
fn list(
    arguments: &BacktestArguments,
    from: Option<i64>,
    to: Option<i64>,
) -> anyhow::Result<(Sources, FileList)> {
    let time = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let span = Span {
        from: from.and_then(time),
        to: to.and_then(time).and_then(|to| to.checked_sub(Duration::MINUTE)),
        ..Span::RECORDS
    };
    let (sources, files) = Sources::list(&arguments.sources, &span, &arguments.options)?;
    for note in &files.notes {
        complain(format_args!("note: {}", printable(note)));
    }
    Ok((sources, files))
}

/// The time of the backtest as far as it is known before reading. What follows the last log file is not silence, so the
/// backtest ends when the last datapoint is visible.
fn window(asked: Asked, schedule: &Schedule, visible_after: u32) -> Window {
    let end = |last: i64| last + i64::from(visible_after).max(MINUTE);
    let (first, last) = match schedule.span {
        // The records of other files may have any time.
        Some(span) if schedule.undated == 0 => (Some(span.0), Some(end(span.1))),
        None if schedule.undated == 0 => (Some(0), Some(0)),
        Some(_) | None => (None, None),
    };
    Window {
        from: asked.from.or(first).unwrap_or(i64::MIN),
        until: asked.to.unwrap_or(i64::MAX).min(last.unwrap_or(i64::MAX)),
    }
}

fn report(
    arguments: &BacktestArguments,
    recorder: &Recorder<'_>,
    alarms: &Alarms,
    (schedule, replayed): (&Schedule, ReplayReport),
    window: Window,
) -> anyhow::Result<BacktestReport> {
    let range = arguments.evaluation_range;
    let runs = analysis::runs(recorder, (Side::New, &alarms.new), range, window)?;
    let old_runs = match &alarms.old {
        Some(old) => Some((old, analysis::runs(recorder, (Side::Old, old), range, window)?)),
        None => None,
    };
    let rules = analysis::rules(recorder, &alarms.new, &runs, range, window)?;
    let composites = analysis::composites(&alarms.new, &runs, window);
    let days = analysis::days(&rules, &recorder.days, window);
    let totals = analysis::totals(&rules, &days, &composites);
    let old_runs = old_runs.as_ref().map(|(watched, runs)| (*watched, runs));
    let comparison = comparison::comparison(recorder, (&alarms.new, &runs), old_runs);
    Ok(BacktestReport {
        version: report::VERSION,
        tool: format!("trailbell {}", env!("CARGO_PKG_VERSION")),
        from: rfc3339(window.from),
        to: rfc3339(window.until),
        source: SourceReport {
            files: replayed.files,
            records: replayed.records,
            files_without_minute: schedule.undated,
            files_left_out: schedule.left_out,
            without_time: replayed.without_time,
        },
        assumptions: Assumptions {
            evaluation_range: range,
            visible_after_seconds: arguments.visible_after,
            batch_size: arguments.batch_size,
        },
        limits: limits::limits(arguments.limits, &totals, &days, comparison.as_deref()),
        noise: noise::noise(recorder, &alarms.new, &runs, range, window)?,
        metrics_without_alarm: recorder.metrics_without_alarm(),
        errors: replayed.errors,
        skipped: replayed.skipped,
        window: (window.from, window.until),
        days,
        totals,
        rules,
        composites,
        comparison,
    })
}
