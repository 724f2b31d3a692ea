//! The text report: a summary, then one line for each alert, the worst last, because that is what a terminal shows.
//! On request, it adds the details of each alert, and once for each rule what the rule says.
//!
//! Colours are always written; the stream removes them if the output is not a terminal. Prose is wrapped at
//! the width of the terminal. Names, addresses and counts stay on one line, so that they can be searched for
//! and copied.

use std::cmp::Reverse;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use pipeline::Alert;
use rules::{Rule, Severity};
use textwrap::{Options, WordSplitter};

use super::error_entry::ErrorEntry;
use super::report::ReplayReport;
use crate::terminal::printable;

const HEADING: Style = Style::new().bold();
const FAULT: Style = AnsiColor::Red.on_default().bold();
const GRAVE: Style = AnsiColor::Red.on_default().bold();
const NOTABLE: Style = AnsiColor::Yellow.on_default().bold();

/// Columns of the table that hold numbers.
const NUMBER_COLUMNS: [usize; 2] = [2, 3];

/// The indentation of the lines of an alert.
const INDENT: &str = "  ";

/// The width of the column of severities, the gap behind the longest one included.
const SEVERITY_WIDTH: usize = 15;

/// The narrowest line of an alert, in columns.
const NARROWEST_LINE: usize = 60;

/// How the report is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The column at which prose is wrapped.
    pub(super) width: usize,
    /// Whether the lines of alerts are cut at that column.
    pub(super) is_terminal: bool,
    /// Whether alerts have details, and rules their texts.
    pub(super) is_verbose: bool,
}

/// Writes the report: counts, rules, alerts and errors.
pub(super) fn write(
    report: &ReplayReport,
    rules: &[Rule],
    layout: Layout,
    out: &mut impl Write,
) -> io::Result<()> {
    write_counts(report, out)?;
    write_rules(report, rules, out)?;
    write_alerts(&report.alerts, layout, out)?;
    write_errors(report, out)
}

fn write_counts(report: &ReplayReport, out: &mut impl Write) -> io::Result<()> {
    let files = &report.files;
    let records = &report.records;
    writeln!(
        out,
        "{HEADING}Files{HEADING:#}    {} seen: {} processed, {} duplicate, {} ignored, {} failed",
        files.seen, files.processed, files.duplicate, files.ignored, files.failed
    )?;
    if !report.ignored.is_empty() {
        writeln!(out, "{HEADING}Ignored{HEADING:#}  {}", report.ignored)?;
    }
    if !report.skipped.is_empty() {
        let count = report.skipped.len();
        let files = if count == 1 { "file" } else { "files" };
        writeln!(out, "{HEADING}Skipped{HEADING:#}  {count} {files} without CloudTrail records")?;
    }
    writeln!(
        out,
        "{HEADING}Records{HEADING:#}  {} seen: {} evaluated, {} rejected",
        records.seen, records.evaluated, records.rejected
    )?;
    let first = report.alerts.iter().filter_map(|alert| alert.first_event_time.as_deref()).min();
    let last = report.alerts.iter().filter_map(|alert| alert.last_event_time.as_deref()).max();
    match (first, last) {
        (Some(first), Some(last)) => {
            writeln!(out, "{HEADING}Alerts{HEADING:#}   about events from {first} to {last}")
        }
        (_, _) => Ok(()),
    }
}

/// Writes the rules that matched, and the number of other rules.
fn write_rules(report: &ReplayReport, rules: &[Rule], out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["Rule", "Severity", "Matches", "Counted"]);
    for column in NUMBER_COLUMNS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut matching: Vec<_> =
        report.rules.iter().zip(rules).filter(|(entry, _)| entry.counts.matches > 0).collect();
    matching.sort_by_key(|(_, rule)| Reverse(rule.severity));
    for (entry, rule) in matching {
        table.add_row([
            entry.id.clone(),
            rule.severity.to_string(),
            entry.counts.matches.to_string(),
            entry.counts.counted.to_string(),
        ]);
    }
    writeln!(out)?;
    if !table.is_empty() {
        for (index, line) in table.lines().enumerate() {
            // The table pads each cell with a space on both sides.
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
            match index {
                0 => writeln!(out, "{HEADING}{line}{HEADING:#}")?,
                _ => writeln!(out, "{line}")?,
            }
        }
    }
    if !table.is_empty() {
        writeln!(out, "Matches: records that the pattern matches. Counted: each event once.")?;
    }
    let silent = report.rules.len() - table.row_count();
    match (table.row_count(), silent) {
        (0, _) => writeln!(out, "None of the {} rules matched.", report.rules.len())?,
        (_, 0) => {}
        (_, 1) => writeln!(out, "1 other rule did not match.")?,
        (_, _) => writeln!(out, "{silent} other rules did not match.")?,
    }
    match report.matches_without_value {
        0 => {}
        1 => writeln!(out, "1 match has no datapoint: its metric value is not a number.")?,
        count => writeln!(out, "{count} matches have no datapoint: their metric values are not numbers.")?,
    }
    match report.without_time {
        0 => {}
        1 => writeln!(out, "1 value has no datapoint: neither its record nor the file has a time.")?,
        count => {
            writeln!(
                out,
                "{count} values have no datapoint: neither their records nor the files have a time."
            )?;
        }
    }
    Ok(())
}

fn write_alerts(alerts: &[Alert], layout: Layout, out: &mut impl Write) -> io::Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}Alerts: {} ({}){HEADING:#}", alerts.len(), by_severity(alerts))?;
    for alert in alerts.iter().rev() {
        write_line(alert, layout, out)?;
        if layout.is_verbose {
            write_details(alert, out)?;
        }
    }
    if layout.is_verbose {
        write_advice(alerts, layout.width, out)
    } else {
        writeln!(out, "`--verbose` shows the details, `--severity` and `--rule` select alerts.")
    }
}

/// The number of alerts of each severity, the least severe first.
fn by_severity(alerts: &[Alert]) -> String {
    let mut counts: std::collections::BTreeMap<Severity, usize> = std::collections::BTreeMap::new();
    for alert in alerts {
        *counts.entry(alert.severity).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(severity, count)| format!("{count} {severity}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// One alert on one line: severity, time, what and who, target, outcome and rule.
fn write_line(alert: &Alert, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    let style = severity_style(alert.severity);
    let severity = format!("{:<SEVERITY_WIDTH$}", alert.severity.as_str());
    let words = &alert.words;
    let what = [words.what.as_deref(), words.who.as_deref()];
    let parts = [
        alert.last_event_time.clone(),
        Some(what.into_iter().flatten().collect::<Vec<_>>().join(", by ")),
        words.target.as_ref().map(|target| format!("on {target}")),
        words.outcome.clone(),
    ];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join("  ");
    let mut line = format!("{}  [{}]", printable(&line), alert.rule.id);
    let room = layout.width.max(NARROWEST_LINE).saturating_sub(severity.len());
    if layout.is_terminal && line.chars().count() > room {
        line = line.chars().take(room.saturating_sub(1)).collect::<String>() + "…";
    }
    writeln!(out, "{style}{severity}{style:#}{line}")
}

/// What is known of an alert, and the findings that it shows.
fn write_details(alert: &Alert, out: &mut impl Write) -> io::Result<()> {
    for (label, value) in alert.facts() {
        writeln!(out, "{INDENT}{label:<10}{}", printable(&value))?;
    }
    for (index, line) in alert.findings().iter().enumerate() {
        if index == 0 {
            writeln!(out, "{INDENT}{} of {} findings:", alert.events.len(), alert.count)?;
        }
        writeln!(out, "{INDENT}{INDENT}{}", printable(line))?;
    }
    writeln!(out)
}

/// What the rules of the alerts say, each rule once.
fn write_advice(alerts: &[Alert], width: usize, out: &mut impl Write) -> io::Result<()> {
    // A word that is wider than the terminal is an address, which is useless in pieces.
    let prose = Options::new(width)
        .initial_indent(INDENT)
        .subsequent_indent(INDENT)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    let mut shown: Vec<&str> = Vec::new();
    for alert in alerts.iter().rev() {
        if shown.contains(&alert.rule.id.as_str()) {
            continue;
        }
        shown.push(&alert.rule.id);
        writeln!(out, "{HEADING}{}{HEADING:#} ({})", printable(&alert.rule.title), alert.rule.id)?;
        let summary = Some(alert.rule.summary.clone()).filter(|text| !text.is_empty());
        for paragraph in summary.into_iter().chain(alert.prose()) {
            for line in paragraph.lines() {
                writeln!(out, "{}", textwrap::fill(&printable(line), &prose))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => GRAVE,
        Severity::Medium => NOTABLE,
        Severity::Low | Severity::Informational => HEADING,
    }
}

fn write_errors(report: &ReplayReport, out: &mut impl Write) -> io::Result<()> {
    if report.errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{FAULT}Errors: {}{FAULT:#}", report.errors.len())?;
    for ErrorEntry { file, code, message } in &report.errors {
        writeln!(out, "  {}: {} ({code})", printable(file), printable(message))?;
    }
    if report.unlisted_rejections > 0 {
        writeln!(
            out,
            "  {} more rejected records were counted but are not listed.",
            report.unlisted_rejections
        )?;
    }
    Ok(())
}
