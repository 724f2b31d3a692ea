//! [`Table`]: a list that only grows, whose entries are identified by their index.
//!
//! It neither deduplicates nor frees entries; the code that adds an entry decides whether it is new.

use std::ops::{Index, IndexMut};

/// Entries by index. An index is a `u32`, so that lists of indexes are small.
#[derive(Debug)]
pub(crate) struct Table<T> {
    entries: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { entries: Vec::new() }
    }
}

impl<T> Table<T> {
    /// Adds an entry and returns its index.
    pub(crate) fn add(&mut self, entry: T) -> u32 {
        let place = self.len();
        self.entries.push(entry);
        place
    }

    /// The index of the next entry.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;

    #[expect(
        clippy::indexing_slicing,
        reason = "places are handed out by `add` only, and no entry is removed"
    )]
    fn index(&self, place: u32) -> &T {
        &self.entries[place as usize]
    }
}

impl<T> IndexMut<u32> for Table<T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "places are handed out by `add` only, and no entry is removed"
    )]
    fn index_mut(&mut self, place: u32) -> &mut T {
        &mut self.entries[place as usize]
    }
}
