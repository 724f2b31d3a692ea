//! The width of the terminal that shows a report.

use std::io;

use terminal_size::{Width, terminal_size_of};

/// Columns if standard output is not a terminal.
const COLUMNS: usize = 100;

/// The width of the terminal behind standard output, in columns.
pub(crate) fn columns() -> usize {
    terminal_size_of(io::stdout()).map_or(COLUMNS, |(Width(columns), _)| usize::from(columns))
}
