//! The terminal that shows a report.

use std::io;

use terminal_size::{Width, terminal_size_of};

/// Columns where there is no terminal to ask.
const COLUMNS: usize = 100;

/// The width of the terminal behind standard output.
pub(crate) fn columns() -> usize {
    terminal_size_of(io::stdout()).map_or(COLUMNS, |(Width(columns), _)| usize::from(columns))
}
