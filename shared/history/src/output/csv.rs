//! CSV after RFC 4180, safe to open in a spreadsheet.
//!
//! A spreadsheet runs a cell that starts like a formula, so such a cell gets an apostrophe in front.
//! [`CsvCells::Raw`] leaves cells as they are, for programs.
//!
//! Source: RFC 4180; OWASP, "CSV Injection".

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use filter_pattern::printable;

/// What a cell of CSV contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvCells {
    /// Text that is safe in a spreadsheet.
    #[default]
    Guarded,
    /// The text of the record as it is.
    Raw,
}

pub(super) struct CsvWriter<W: Write> {
    out: Writer<W>,
    cells: CsvCells,
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new<'h>(
        out: W,
        header: impl Iterator<Item = &'h str>,
        cells: CsvCells,
    ) -> io::Result<Self> {
        // An unquoted apostrophe would be lost in some spreadsheets.
        let quote_style = match cells {
            CsvCells::Guarded => QuoteStyle::Always,
            CsvCells::Raw => QuoteStyle::Necessary,
        };
        let mut out =
            WriterBuilder::new().terminator(Terminator::CRLF).quote_style(quote_style).from_writer(out);
        out.write_record(header)?;
        Ok(Self { out, cells })
    }

    pub(super) fn write(&mut self, row: Vec<Option<String>>) -> io::Result<()> {
        let cell = |cell: Option<String>| {
            let cell = cell.unwrap_or_default();
            match self.cells {
                CsvCells::Guarded => guarded(&cell),
                CsvCells::Raw => cell,
            }
        };
        let row: Vec<String> = row.into_iter().map(cell).collect();
        self.out.write_record(&row)?;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A cell without deceptive characters and without the start of a formula.
fn guarded(cell: &str) -> String {
    let starts_formula = |character: char| {
        matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
    };
    // Spreadsheets skip whitespace and quotes.
    let start = cell.trim_start_matches(|character: char| {
        !starts_formula(character) && (character.is_whitespace() || matches!(character, '"' | '\''))
    });
    let guard = if start.starts_with(starts_formula) { "'" } else { "" };
    format!("{guard}{}", printable(cell))
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn cells_that_start_like_a_formula_get_an_apostrophe() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("  =1", "'  =1"),
            ("\"=1", "'\"=1"),
            ("'=1", "''=1"),
            ("\u{a0}\"\u{3000}=1", "'\u{a0}\"\u{3000}=1"),
            ("\t=1", "'\\t=1"),
            ("\rx", "'\\rx"),
            ("\nx", "'\\nx"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
            ("gnp.\u{202e}exe", "gnp.\\u{202e}exe"),
        ] {
            assert_eq!(guarded(cell), expected);
        }
    }
}
