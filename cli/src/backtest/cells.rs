//! Series in memory: cells by minute, merged while they are recorded.
//!
//! Log files come in order of delivery, so only the cells of the present minute can still change. They are merged when the
//! minute ends, or when there are many. Memory is therefore bounded by the number of minutes, not of records.

/// Unmerged cells that are kept before they are merged.
const LONGEST_TAIL: usize = 4096;

/// Something that is recorded by minute.
pub(super) trait Cell {
    /// What cells must have in common to become one.
    type Key: Ord;

    /// The key.
    fn key(&self) -> Self::Key;

    /// Adds another cell with the same key.
    fn absorb(&mut self, other: Self);
}

/// Cells in the order of delivery.
#[derive(Debug, Clone)]
pub(super) struct Cells<C> {
    cells: Vec<C>,
    /// Where the cells of the present minute begin.
    tail: usize,
    /// The number of cells from there on that are merged.
    merged: usize,
}

impl<C> Default for Cells<C> {
    fn default() -> Self {
        Self { cells: Vec::new(), tail: 0, merged: 0 }
    }
}

impl<C: Cell> Cells<C> {
    /// Records a cell.
    pub(super) fn push(&mut self, cell: C) {
        let key = cell.key();
        if let Some(last) = self.cells.get_mut(self.tail..).and_then(<[C]>::last_mut)
            && last.key() == key
        {
            last.absorb(cell);
            return;
        }
        self.cells.push(cell);
        if self.cells.len() - self.tail >= LONGEST_TAIL.max(2 * self.merged) {
            self.merge();
        }
    }

    /// Ends the present minute.
    pub(super) fn end_minute(&mut self) {
        if self.cells.len() > self.tail {
            self.merge();
            self.tail = self.cells.len();
            self.merged = 0;
        }
    }

    fn merge(&mut self) {
        let mut tail = self.cells.split_off(self.tail);
        tail.sort_by_key(Cell::key);
        for cell in tail {
            match self.cells.get_mut(self.tail..).and_then(<[C]>::last_mut) {
                Some(last) if last.key() == cell.key() => last.absorb(cell),
                Some(_) | None => self.cells.push(cell),
            }
        }
        self.merged = self.cells.len() - self.tail;
    }

    /// The cells. Those of the present minute may not be merged yet.
    pub(super) fn as_slice(&self) -> &[C] {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Count(i64, u64);

    impl Cell for Count {
        type Key = i64;

        fn key(&self) -> i64 {
            self.0
        }

        fn absorb(&mut self, other: Self) {
            self.1 += other.1;
        }
    }

    #[test]
    fn a_minute_is_merged_when_it_ends_and_earlier_ones_stay() {
        let mut cells = Cells::default();
        for key in [3, 1, 3, 1] {
            cells.push(Count(key, 1));
        }
        cells.end_minute();
        cells.push(Count(1, 1));
        cells.end_minute();
        cells.end_minute();
        assert_eq!(cells.as_slice(), [Count(1, 2), Count(3, 2), Count(1, 1)]);
    }

    #[test]
    fn the_number_of_cells_does_not_follow_the_number_of_records() {
        let mut cells = Cells::default();
        for index in 0..1_000_000 {
            cells.push(Count(index % 7, 1));
            assert!(cells.as_slice().len() <= LONGEST_TAIL);
        }
        cells.end_minute();
        assert_eq!(cells.as_slice().iter().map(|cell| cell.1).sum::<u64>(), 1_000_000);
        assert_eq!(cells.as_slice().len(), 7);
    }
}
