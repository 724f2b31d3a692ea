//! The report for people.
//!
//! Colours are written unconditionally; the stream takes them out where nobody can see them. Prose is broken at the
//! width of the screen; names, addresses and counts stay on their line, to be searched for and copied.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use pipeline::Alert;
use rules::{Rule, Severity};
use textwrap::{Options, WordSplitter};

use super::report::{ErrorEntry, Report};
use crate::printable::printable;

const HEADING: Style = Style::new().bold();
const FAULT: Style = AnsiColor::Red.on_default().bold();
const GRAVE: Style = AnsiColor::Red.on_default().bold();
const NOTABLE: Style = AnsiColor::Yellow.on_default().bold();

/// Columns of the table that hold numbers.
const NUMBER_COLUMNS: [usize; 2] = [2, 3];

/// What stands in front of the lines of an alert.
const INDENT: &str = "  ";

/// Writes the report: counts, rules, alerts, errors. Prose is broken at `width` columns.
pub(super) fn write(report: &Report, rules: &[Rule], width: usize, out: &mut impl Write) -> io::Result<()> {
    write_counts(report, out)?;
    write_rules(report, rules, out)?;
    write_alerts(&report.alerts, rules, width, out)?;
    write_errors(report, out)
}

fn write_counts(report: &Report, out: &mut impl Write) -> io::Result<()> {
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
    writeln!(
        out,
        "{HEADING}Records{HEADING:#}  {} seen: {} evaluated, {} rejected",
        records.seen, records.evaluated, records.rejected
    )
}

/// The rules that matched; the others are only counted, so that the table shows what happened.
fn write_rules(report: &Report, rules: &[Rule], out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["Rule", "Severity", "Matches", "Counted"]);
    for column in NUMBER_COLUMNS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (entry, rule) in report.rules.iter().zip(rules).filter(|(entry, _)| entry.counts.matches > 0) {
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
            // The table pads its cells with a blank on either side.
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
            match index {
                0 => writeln!(out, "{HEADING}{line}{HEADING:#}")?,
                _ => writeln!(out, "{line}")?,
            }
        }
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
    Ok(())
}

fn write_alerts(alerts: &[Alert], rules: &[Rule], width: usize, out: &mut impl Write) -> io::Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}Alerts: {}{HEADING:#}", alerts.len())?;
    // A word that is wider than the screen is an address, and of no use in pieces.
    let prose = Options::new(width)
        .initial_indent(INDENT)
        .subsequent_indent(INDENT)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    for alert in alerts {
        let severity = rules.iter().find(|rule| rule.id == alert.rule_id).map(|rule| rule.severity);
        let style = severity.map_or(HEADING, severity_style);
        writeln!(out)?;
        for (index, line) in alert.text().lines().enumerate() {
            let text = printable(line);
            match index {
                0 => writeln!(out, "{style}{text}{style:#}")?,
                _ if text.is_empty() => writeln!(out)?,
                _ if is_prose(line, alert) => writeln!(out, "{}", textwrap::fill(&text, &prose))?,
                _ => writeln!(out, "{INDENT}{text}")?,
            }
        }
    }
    Ok(())
}

/// Whether a line of an alert's text is what its rule says.
fn is_prose(line: &str, alert: &Alert) -> bool {
    alert.prose().iter().any(|prose| prose.lines().any(|prose| prose == line))
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => GRAVE,
        Severity::Medium => NOTABLE,
        Severity::Low | Severity::Informational => HEADING,
    }
}

fn write_errors(report: &Report, out: &mut impl Write) -> io::Result<()> {
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
            "  Another {} rejected records are counted and not listed.",
            report.unlisted_rejections
        )?;
    }
    Ok(())
}
