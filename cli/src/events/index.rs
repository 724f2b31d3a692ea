//! `trailbell events index`: indexes the log files of folders, a day at a time.
//!
//! Files are read as a search reads them, so that an index and a search cannot differ in what they find. An index that is
//! current is left alone; a new one is written aside and takes the place of the old one at once.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use cloudtrail::Limits;
use history::{
    DayAnswer, DayIndexBuilder, Event, FileState, Filter, Query, ReadWriteType, RecordFault, ScanSink,
    Scanner, Wanted,
};
use indicatif::HumanBytes;
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use super::arguments::{IndexArguments, default_index_folder};
use super::indexed::{Place, place};
use super::search::read;
use crate::exit::Exit;
use crate::inputs::{self, Input, Inputs, Span, is_in_s3};
use crate::moment::Moment;
use crate::terminal::{Stdout, complain, path_text, printable, progress_bar};

/// A file that was changed so shortly before it was indexed may have been changed afterwards without a difference in its
/// time, in nanoseconds.
const SETTLED_AFTER: u64 = 2_000_000_000;
/// The progress, which is shown on a terminal.
const PROGRESS: &str = "{bar:40} {pos} of {len} days";

/// The log files of each day, by name.
type Days<'i> = BTreeMap<Place, BTreeMap<&'i str, (&'i Input, FileState)>>;

/// Makes or renews the indexes of folders.
pub(super) fn run(arguments: &IndexArguments) -> anyhow::Result<Exit> {
    if let Some(bucket) = arguments.folders.iter().find(|folder| is_in_s3(folder)) {
        bail!(
            "`{}` is in S3, and only folders can be indexed; copy the log files first with `aws s3 sync`",
            path_text(bucket)
        );
    }
    let Some(folder) = arguments.index_folder.clone().or_else(default_index_folder) else {
        bail!("there is no place for indexes: set `HOME` or `XDG_CACHE_HOME`, or use `--index-folder`");
    };
    let inputs = inputs::list(&arguments.folders, true, &Span::EVERYTHING, &arguments.options)?;
    for text in &inputs.unreachable {
        complain(format_args!("error: {}", printable(text)));
    }
    let days = by_day(&inputs, arguments);
    if days.is_empty() {
        complain("note: no file is named like a log file of a trail, so there is nothing to index");
        return Ok(Exit::Findings);
    }
    let mut report = Report::default();
    let began_at = SystemClock.now();
    let progress = progress_bar(Some(days.len() as u64), PROGRESS);
    for (place, files) in &days {
        index_day(&folder, place, files, began_at, &mut report)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let mut out = Stdout::buffered();
    writeln!(out, "{report}")?;
    out.flush()?;
    Ok(if inputs.unreachable.is_empty() { Exit::Success } else { Exit::Findings })
}

/// The log files of the wanted days. A day is indexed as a whole, so a part of it is left out.
fn by_day<'i>(inputs: &'i Inputs, arguments: &IndexArguments) -> Days<'i> {
    let now = SystemClock.now();
    let time = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.time(now));
    let (from, to) = (time(&arguments.from), time(&arguments.to));
    let mut days = Days::new();
    for input in &inputs.inputs {
        let Some((place, name, state)) = place(input) else { continue };
        let day = place.day();
        let is_wanted = from.is_none_or(|from| from.date() <= day)
            && to.is_none_or(|to| day.midnight().assume_utc() < to);
        if is_wanted {
            days.entry(place).or_default().insert(name, (input, state));
        }
    }
    days
}

/// What was done.
#[derive(Default)]
struct Report {
    indexed: u64,
    current: u64,
    files: u64,
    /// Files that every search will read.
    always: u64,
    bytes: u64,
    log_bytes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { indexed, current, files, always, bytes, log_bytes } = self;
        let percent = *bytes as f64 * 100.0 / (*log_bytes).max(1) as f64;
        write!(
            formatter,
            "{indexed} {} indexed, {current} unchanged: {files} files, {} for {} ({percent:.1} %)",
            if *indexed == 1 { "day" } else { "days" },
            HumanBytes(*bytes),
            HumanBytes(*log_bytes)
        )?;
        match always {
            0 => Ok(()),
            count => write!(
                formatter,
                "; {count} files are opened by every search, because they could not be read to the end or were changed just now"
            ),
        }
    }
}

/// Makes the index of a day, unless it is current.
fn index_day(
    folder: &Path,
    place: &Place,
    files: &BTreeMap<&str, (&Input, FileState)>,
    began_at: OffsetDateTime,
    report: &mut Report,
) -> anyhow::Result<()> {
    let path = place.path(folder);
    report.files += files.len() as u64;
    report.log_bytes += files.values().map(|(_, state)| state.bytes).sum::<u64>();
    let states = files.iter().map(|(name, (_, state))| (*name, *state));
    if let Ok(bytes) = fs::read(&path)
        && DayAnswer::of(&bytes, &Wanted::default()).is_ok_and(|index| index.is_current(states))
    {
        report.current += 1;
        report.bytes += bytes.len() as u64;
        return Ok(());
    }
    let (bytes, always) = build(files, began_at)?;
    write(&path, &bytes).with_context(|| format!("cannot write `{}`", path_text(&path)))?;
    report.indexed += 1;
    report.always += always;
    report.bytes += bytes.len() as u64;
    Ok(())
}

/// The index of some files, and how many of them must always be read.
fn build(
    files: &BTreeMap<&str, (&Input, FileState)>,
    began_at: OffsetDateTime,
) -> anyhow::Result<(Vec<u8>, u64)> {
    let began_at = u64::try_from(began_at.unix_timestamp_nanos()).unwrap_or_default();
    let everything = Filter::new(&Query { read_write: Some(ReadWriteType::All), ..Query::default() })?;
    let mut scanner = Scanner::new(&everything, Limits::default());
    let mut builder = DayIndexBuilder::default();
    let mut always = 0;
    for (name, (input, state)) in files {
        builder.begin_file(name, *state);
        let mut sink = Indexing { builder: &mut builder, is_whole: true };
        let is_read = read(&mut scanner, input, &mut sink).is_ok();
        let is_settled = state.changed.saturating_add(SETTLED_AFTER) < began_at;
        if !(is_read && sink.is_whole && is_settled) {
            builder.read_always();
            always += 1;
        }
    }
    Ok((builder.finish(), always))
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Indexes the events of a file.
struct Indexing<'b> {
    builder: &'b mut DayIndexBuilder,
    is_whole: bool,
}

impl ScanSink for Indexing<'_> {
    fn event(&mut self, event: Event) {
        self.builder.push(&event);
    }

    fn fault(&mut self, _: RecordFault) {
        self.is_whole = false;
    }
}
