//! Aligned columns for people, written as events arrive.
//!
//! The first rows decide the widths. On a terminal, cells are cut to fit; elsewhere they are complete, and a longer cell
//! moves the rest of its line to the right.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::shown;

/// The rows that decide the widths.
const MEASURED_ROWS: usize = 200;

/// The blanks between two columns.
const GAP: usize = 2;

/// Columns are not made narrower than this to fit a terminal.
const MIN_WIDTH: usize = 8;

pub(super) struct TableWriter<W: Write> {
    out: W,
    /// The header and the first rows, until the widths are known.
    measured: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    terminal: Option<usize>,
}

impl<W: Write> TableWriter<W> {
    /// A table that is cut to the width of a terminal, if there is one.
    pub(super) fn new(out: W, header: Vec<String>, terminal: Option<usize>) -> Self {
        Self { out, measured: vec![header], widths: None, terminal }
    }

    pub(super) fn write(&mut self, row: Vec<Option<String>>) -> io::Result<()> {
        let row: Vec<String> = row.iter().map(|cell| shown(cell.as_deref())).collect();
        match &self.widths {
            Some(widths) => write_row(&mut self.out, &row, widths, self.terminal.is_some()),
            None => {
                self.measured.push(row);
                if self.measured.len() > MEASURED_ROWS { self.write_measured() } else { Ok(()) }
            }
        }
    }

    fn write_measured(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.measured);
        let mut widths = Vec::new();
        for row in &rows {
            widths.resize(row.len().max(widths.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        if let Some(terminal) = self.terminal {
            fit(&mut widths, terminal);
        }
        for row in &rows {
            write_row(&mut self.out, row, &widths, self.terminal.is_some())?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        // A table without rows has no header either.
        if self.measured.len() > 1 {
            self.write_measured()?;
        }
        self.out.flush()
    }
}

/// Narrows the widest columns until all of them fit.
fn fit(widths: &mut [usize], terminal: usize) {
    let gaps = widths.len().saturating_sub(1) * GAP;
    while widths.iter().sum::<usize>() + gaps > terminal {
        match widths.iter_mut().max() {
            Some(widest) if *widest > MIN_WIDTH => *widest -= 1,
            Some(_) | None => return,
        }
    }
}

fn write_row(out: &mut impl Write, row: &[String], widths: &[usize], is_cut: bool) -> io::Result<()> {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let start = line.len();
        if is_cut {
            push_cut(&mut line, cell, *width);
        } else {
            line.push_str(cell);
        }
        let used = line.get(start..).map_or(0, |cell| cell.width());
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(used) + GAP));
    }
    writeln!(out, "{}", line.trim_end())
}

/// Appends as much of a cell as fits, with `…` for the rest.
fn push_cut(line: &mut String, cell: &str, width: usize) {
    if cell.width() <= width {
        return line.push_str(cell);
    }
    let mut room = width.saturating_sub(1);
    for character in cell.chars() {
        let Some(left) = room.checked_sub(character.width().unwrap_or(0)) else { break };
        line.push(character);
        room = left;
    }
    line.push('…');
}

#[cfg(test)]
mod tests {
    use super::TableWriter;

    fn table(terminal: Option<usize>, rows: &[[&str; 3]]) -> String {
        let mut out = Vec::new();
        let header = ["A", "B", "C"].map(str::to_owned).to_vec();
        let mut table = TableWriter::new(&mut out, header, terminal);
        for row in rows {
            table.write(row.iter().map(|cell| Some((*cell).to_owned())).collect()).unwrap();
        }
        table.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_whatever_they_contain() {
        assert_eq!(
            table(None, &[["漢字", "x\u{202e}\n", ""], ["a", "b", "c"]]),
            "A     B            C\n漢字  x\\u{202e}\\n  -\na     b            c\n"
        );
        assert_eq!(table(None, &[]), "");
    }

    #[test]
    fn a_terminal_cuts_the_widest_cells() {
        let long = "x".repeat(30);
        assert_eq!(table(Some(20), &[["short", &long, "end"]]), "A      B         C\nshort  xxxxxxx…  end\n");
        assert_eq!(table(Some(5), &[[&long, "b", "c"]]).lines().nth(1), Some("xxxxxxx…  b  c"));
        assert!(table(None, &[["a", &long, "c"]]).contains(&long));
    }

    #[test]
    fn rows_after_the_first_ones_are_written_at_once() {
        let rows = vec![["a", "b", "c"]; 500];
        let text = table(Some(80), &rows);
        assert_eq!(text.lines().count(), 501);
        assert!(text.lines().all(|line| line.len() == 7));
    }
}
