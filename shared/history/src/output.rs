//! Writes events in the form that the user asks for.
//!
//! Text from records is hostile. Tables and CSV show control and direction characters as escapes; CSV also disarms cells
//! that a spreadsheet would run. JSON carries the text as it is.

mod csv;
mod json;
mod log_file;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use filter_pattern::printable;

use crate::column::{Column, cells};
use crate::count::ValueCount;
use crate::event::{Event, time_text};
use crate::summary::Summary;
pub use csv::CsvCells;
use csv::CsvWriter;
pub use json::QueryEcho;
use json::{JsonWriter, Layout};
use log_file::LogFileWriter;
use table::TableWriter;
pub use words::describe;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Aligned columns for people.
    #[default]
    Table,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON object with the query, the events and a summary.
    Json,
    /// A JSON object for each event, each on a line.
    JsonLines,
    /// The original records as a log file, `{"Records":[...]}`.
    Records,
}

const FORMATS: [(&str, OutputFormat); 5] = [
    ("table", OutputFormat::Table),
    ("csv", OutputFormat::Csv),
    ("json", OutputFormat::Json),
    ("jsonl", OutputFormat::JsonLines),
    ("records", OutputFormat::Records),
];

/// A name that no output format has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `table`, `csv`, `json`, `jsonl` or `records`")]
pub struct UnknownFormat;

impl FromStr for OutputFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        FORMATS.iter().find(|(name, _)| *name == text).map(|(_, format)| *format).ok_or(UnknownFormat)
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(FORMATS.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name))
    }
}

/// How the output looks.
#[derive(Clone, Debug)]
pub struct OutputOptions {
    /// The form.
    pub format: OutputFormat,
    /// The columns of tables and CSV; the other forms are complete.
    pub columns: Vec<Column>,
    /// The width of the terminal, to which a table is cut; `None` never cuts.
    pub width: Option<usize>,
    /// Whether CSV is for people's spreadsheets or for programs.
    pub csv_cells: CsvCells,
}

impl Default for OutputOptions {
    fn default() -> Self {
        Self {
            format: OutputFormat::default(),
            columns: Column::DEFAULT.to_vec(),
            width: None,
            csv_cells: CsvCells::default(),
        }
    }
}

/// Writes events one by one.
pub struct EventWriter<W: Write>(FormatWriter<W>);

enum FormatWriter<W: Write> {
    Table(TableWriter<W>, Vec<Column>),
    Csv(Box<CsvWriter<W>>, Vec<Column>),
    Json(JsonWriter<W>),
    Records(LogFileWriter<W>),
}

impl<W: Write> EventWriter<W> {
    /// A writer to `out`; JSON also shows the query.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn new(out: W, options: &OutputOptions, query: &QueryEcho<'_>) -> io::Result<Self> {
        let columns = options.columns.clone();
        let header = columns.iter().map(|column| column.as_str());
        Ok(Self(match options.format {
            OutputFormat::Table => {
                let header = header.map(|name| name.replace('_', " ").to_uppercase()).collect();
                FormatWriter::Table(TableWriter::new(out, header, options.width), columns)
            }
            OutputFormat::Csv => {
                FormatWriter::Csv(Box::new(CsvWriter::new(out, header, options.csv_cells)?), columns)
            }
            OutputFormat::Json => FormatWriter::Json(JsonWriter::new(out, Layout::Object, query)?),
            OutputFormat::JsonLines => FormatWriter::Json(JsonWriter::new(out, Layout::Lines, query)?),
            OutputFormat::Records => FormatWriter::Records(LogFileWriter::new(out)?),
        }))
    }

    /// Writes an event.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&mut self, event: &Event) -> io::Result<()> {
        match &mut self.0 {
            FormatWriter::Table(table, columns) => table.write(cells(event, columns)),
            FormatWriter::Csv(csv, columns) => csv.write(cells(event, columns)),
            FormatWriter::Json(json) => json.write(event),
            FormatWriter::Records(log_file) => log_file.write(event.record()),
        }
    }

    /// Writes what follows the last event, and flushes; JSON also shows the summary.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn finish(self, summary: &Summary) -> io::Result<()> {
        match self.0 {
            FormatWriter::Table(table, _) => table.finish(),
            FormatWriter::Csv(csv, _) => csv.finish(),
            FormatWriter::Json(json) => json.finish(summary),
            FormatWriter::Records(log_file) => log_file.finish(),
        }
    }
}

/// Writes the counts of a [`Counter`](crate::Counter): a row for each value, with the first and last time.
///
/// [`OutputFormat::Records`] has no place for counts and is written as JSON lines.
///
/// # Errors
///
/// If writing fails.
pub fn write_counts(
    out: impl Write,
    options: &OutputOptions,
    column: Column,
    counts: &[ValueCount],
    query: &QueryEcho<'_>,
    summary: &Summary,
) -> io::Result<()> {
    let texts = |count: &ValueCount| {
        let time = |time: Option<time::OffsetDateTime>| time.map(|time| time_text(Some(time)));
        vec![count.value.clone(), Some(count.events.to_string()), time(count.first), time(count.last)]
    };
    let header = [column.as_str(), "events", "first", "last"];
    match options.format {
        OutputFormat::Table => {
            let header = header.map(|name| name.replace('_', " ").to_uppercase()).to_vec();
            let mut table = TableWriter::new(out, header, options.width);
            counts.iter().try_for_each(|count| table.write(texts(count)))?;
            table.finish()
        }
        OutputFormat::Csv => {
            let mut csv = CsvWriter::new(out, header.into_iter(), options.csv_cells)?;
            counts.iter().try_for_each(|count| csv.write(texts(count)))?;
            csv.finish()
        }
        OutputFormat::Json => json::write_counts(out, Layout::Object, column, counts, query, summary),
        OutputFormat::JsonLines | OutputFormat::Records => {
            json::write_counts(out, Layout::Lines, column, counts, query, summary)
        }
    }
}

/// A cell for people: `-` for none, without deceptive characters.
fn shown(cell: Option<&str>) -> String {
    match cell {
        None | Some("") => "-".to_owned(),
        Some(text) => printable(text).into_owned(),
    }
}
