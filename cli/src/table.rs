//! Tables without lines, as wide as the terminal. The first column names what a row is about, and is never broken.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, Table};

use crate::printable::printable;

/// Rows as a table of at most `columns` characters a line, long cells wrapped; the columns at `numbers` are aligned to the right.
pub(crate) fn table<const CELLS: usize>(
    columns: usize,
    numbers: &[usize],
    rows: impl Iterator<Item = [String; CELLS]>,
) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_width(u16::try_from(columns).unwrap_or(u16::MAX));
    table
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .add_rows(rows.map(|cells| cells.map(|cell| printable(&cell).into_owned())));
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for &number in numbers {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}
