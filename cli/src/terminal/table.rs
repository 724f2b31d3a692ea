//! Tables without borders, as wide as the terminal. The first column names the subject of a row, and is never
//! wrapped.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, Table};

use super::printable::printable;

/// A table of up to `columns` characters per line. Long cells are wrapped; the columns at the indices
/// `numbers` are aligned to the right.
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
