//! `trailbell rules lint`: patterns that may not mean what was meant.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use cloudtrail::{Limits, ObjectKind, Record, classify_key, open_log_file};
use rules::{Lint, Linter};
use serde_json::{Value, json};
use walkdir::{DirEntry, WalkDir};

use crate::arguments::{Format, LintArguments};
use crate::complaint::complain;
use crate::exit::Exit;
use crate::lines::{Line, Lines};
use crate::printable::{path_text, printable};
use crate::rule_commands::counted;
use crate::rule_files;

/// Endings of the files that are read in folders, in lower case.
const ENDINGS: [&str; 3] = [".json.gz", ".json", ".jsonl"];

/// Lints and reports.
pub(crate) fn run(arguments: &LintArguments) -> anyhow::Result<Exit> {
    let Some(set) = rule_files::load(&arguments.rules) else { return Ok(Exit::Failure) };
    let mut linter = Linter::new(&set);
    let mut records = 0;
    for path in &arguments.records {
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.with_context(|| unreadable(path))?;
            if entry.depth() == 0 && entry.file_type().is_file() || is_record_file(&entry) {
                records += observe(entry.path(), &mut linter).with_context(|| unreadable(entry.path()))?;
            }
        }
    }
    let lints = linter.finish();
    let mut out = BufWriter::new(anstream::stdout().lock());
    match arguments.format {
        Format::Text => write_text(&lints, set.rules().len(), &mut out)?,
        Format::Json => {
            let report = json!({
                "rules": set.rules().len(),
                "recordsGiven": records,
                "lints": lints.iter().map(to_json).collect::<Vec<_>>(),
            });
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(if lints.is_empty() { Exit::Success } else { Exit::Findings })
}

fn unreadable(path: &Path) -> String {
    format!("the records of `{}` cannot be read", printable(&path_text(path)))
}

/// Whether a file in a folder has records by its name: digests and logs of other services have none.
fn is_record_file(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().to_lowercase();
    let is_log = match classify_key(&path_text(entry.path())) {
        ObjectKind::LogFile(_)
        | ObjectKind::Insight(_)
        | ObjectKind::NetworkActivity(_)
        | ObjectKind::Unrecognized => true,
        ObjectKind::Digest | ObjectKind::Aggregated | ObjectKind::Foreign | ObjectKind::Marker => false,
    };
    entry.file_type().is_file() && is_log && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Shows the records of a file to the linter, and tells how many there were. Records at fault are counted on standard error.
fn observe(path: &Path, linter: &mut Linter<'_>) -> anyhow::Result<u64> {
    let file = File::open(path)?;
    let (mut observed, mut rejected) = (0, 0);
    let mut show = |record: Option<&[u8]>| match record.map(|record| linter.observe(record)) {
        Some(Ok(())) => observed += 1,
        Some(Err(_)) | None => rejected += 1,
    };
    if path.extension().is_some_and(|extension| extension == "jsonl") {
        let mut lines = Lines::new(file);
        while let Some(line) = lines.next_line()? {
            match line {
                Line::Whole(line) if line.trim_ascii().is_empty() => {}
                Line::Whole(line) => show(Some(line)),
                Line::TooLong => show(None),
            }
        }
    } else {
        let mut reader = open_log_file(file, Limits::default());
        while let Some(record) = reader.next_record()? {
            match record {
                Record::Complete(bytes) => show(Some(bytes)),
                Record::Rejected(_) => show(None),
            }
        }
    }
    if rejected > 0 {
        let name = path_text(path);
        complain(format_args!(
            "note: {} of `{}` left out",
            counted(rejected, "faulty record"),
            printable(&name)
        ));
    }
    Ok(observed)
}

fn write_text(lints: &[Lint], rules: usize, out: &mut dyn Write) -> anyhow::Result<()> {
    for Lint { code, rule_id, place, part, message, advice } in lints {
        writeln!(out, "{}: {code}: {rule_id}: {}", printable(place), printable(message))?;
        if !part.is_empty() {
            writeln!(out, "  | {}", printable(part))?;
        }
        writeln!(out, "  = help: {}\n", printable(advice))?;
    }
    let rules = counted(rules, "rule");
    match lints.len() {
        0 => writeln!(out, "{rules}, no findings")?,
        count => writeln!(out, "{rules}, {}", counted(count, "finding"))?,
    }
    Ok(())
}

fn to_json(lint: &Lint) -> Value {
    json!({
        "code": lint.code.as_str(),
        "rule": lint.rule_id,
        "place": lint.place,
        "part": lint.part,
        "message": lint.message,
        "advice": lint.advice,
    })
}
