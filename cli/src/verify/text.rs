//! The report for people at a terminal: what is wrong with what to do, a line for each account and region, and the statement.

use std::io::{self, Write};

use digests::{DigestOutcome, DigestVerdict, Hole, LogFileOutcome, LogFileVerdict, TerritoryReport, stamp};

use super::details::proven_until;
use super::evidence::{Evidence, Totals};
use super::words::{counted, duration, grouped};
use crate::terminal::{printable, table};

/// Findings of one account, region and verdict that are shown one by one. The JSON form has all of them.
const SHOWN: usize = 20;

/// Writes the report, at most `columns` wide where that is possible.
pub(super) fn write(evidence: &Evidence, columns: usize, out: &mut impl Write) -> io::Result<()> {
    let span = evidence.verified.span;
    writeln!(
        out,
        "{} to {}, {}, {}",
        stamp(span.from),
        stamp(span.to),
        printable(&evidence.run.source),
        evidence.scope()
    )?;
    for territory in evidence.territories() {
        findings(territory, out)?;
    }
    writeln!(out)?;
    let heading = ["", "digests", "log files", "proven until"].map(str::to_owned);
    let rows = std::iter::once(heading).chain(evidence.territories().iter().map(row));
    writeln!(out, "{}", table(columns, &[], rows))?;
    writeln!(out)?;
    // A time is not broken at its hyphens.
    let whole_words = textwrap::Options::new(columns)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    for sentence in evidence.statement() {
        writeln!(out, "{}", textwrap::fill(&printable(&sentence), &whole_words))?;
    }
    match evidence.totals.findings {
        0 => Ok(()),
        count => writeln!(out, "{}", counted(count, "finding", "findings")),
    }
}

fn findings(territory: &TerritoryReport, out: &mut impl Write) -> io::Result<()> {
    for hole in territory.holes.iter().filter(|hole| hole.reason.is_finding()) {
        writeln!(out)?;
        write_hole(hole, out)?;
    }
    let invalid: Vec<&DigestOutcome> =
        territory.digests.iter().filter(|digest| digest.verdict != DigestVerdict::Valid).collect();
    for digest in invalid.iter().take(SHOWN) {
        let (verdict, note) = (digest.verdict, digest.note.as_deref());
        writeln!(out, "\nDIGEST {}  {}", verdict.as_str(), printable(&digest.place.to_string()))?;
        write_meaning("the digest", verdict.meaning(), note, verdict.advice(), out)?;
    }
    rest(invalid.len(), "digests", out)?;
    let mut files: Vec<&LogFileOutcome> =
        territory.log_files.iter().filter(|file| file.verdict.is_finding()).collect();
    files.sort_by_key(|file| file.verdict);
    for same in files.chunk_by(|a, b| a.verdict == b.verdict) {
        for file in same.iter().take(SHOWN) {
            write_file(file, out)?;
        }
        rest(same.len(), "log files with this verdict", out)?;
    }
    Ok(())
}

fn write_hole(hole: &Hole, out: &mut impl Write) -> io::Result<()> {
    let trail = hole.trail.as_deref().map(|trail| format!(" {trail}")).unwrap_or_default();
    writeln!(
        out,
        "NOT PROVEN  {} {}{}  {} to {} ({}): {}",
        printable(&hole.account),
        printable(&hole.region),
        printable(&trail),
        stamp(hole.span.from),
        stamp(hole.span.to),
        duration(hole.span.to - hole.span.from),
        hole.reason.meaning(),
    )
}

fn write_file(file: &LogFileOutcome, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nLOG FILE {}  {}", file.verdict.as_str(), printable(&file.place.to_string()))?;
    let (verdict, note) = (file.verdict, file.note.as_deref());
    write_meaning("the log file", verdict.meaning(), note, verdict.advice(), out)?;
    if let (LogFileVerdict::Altered, Some(delivered), Some(found)) =
        (verdict, &file.delivered_sha256, &file.found_sha256)
    {
        writeln!(out, "    SHA-256 delivered {delivered}\n            found     {found}")?;
    }
    Ok(())
}

fn write_meaning(
    subject: &str,
    meaning: &str,
    note: Option<&str>,
    advice: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "    {subject} {meaning}")?;
    if let Some(note) = note {
        writeln!(out, "    {}", printable(note))?;
    }
    writeln!(out, "    what to do: {advice}")
}

fn rest(count: usize, what: &str, out: &mut impl Write) -> io::Result<()> {
    match count.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "\n{} more {what}: `--format json` lists them", grouped(more)),
    }
}

fn row(territory: &TerritoryReport) -> [String; 4] {
    let totals = Totals::of([territory]);
    let digests = format!("{} of {} valid", grouped(totals.valid_digests), grouped(totals.digests));
    let mut files = format!("{} of {} valid", grouped(totals.valid), grouped(totals.named));
    for (count, what) in
        [(totals.unlisted, "unlisted"), (totals.unproven, "unproven"), (totals.pending, "pending")]
    {
        if count > 0 {
            files.push_str(&format!(", {} {what}", grouped(count)));
        }
    }
    let place = format!("{} {}", territory.account, territory.region);
    [place, digests, files, proven_until(territory)]
}
