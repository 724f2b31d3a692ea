//! The records of the page, a record on each line, in blocks that are compressed one by one.

use std::io;

use history::Event;

use super::pack;
use crate::terminal::record_line;

/// Records of a block: enough to compress well, and few enough to open at once.
pub(super) const BLOCK_SIZE: usize = 500;

/// The blocks, and the one that is not full yet.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    packed: Vec<String>,
    open: String,
    records: usize,
}

impl Blocks {
    /// Adds the record of an event. As JSON it stays equal; deceptive characters become escapes.
    ///
    /// # Errors
    ///
    /// If it cannot be compressed.
    pub(super) fn push(&mut self, event: &Event) -> io::Result<()> {
        self.open.push_str(&record_line(event.record(), true));
        self.open.push('\n');
        self.records += 1;
        if self.records.is_multiple_of(BLOCK_SIZE) { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> io::Result<()> {
        self.packed.push(pack(self.open.as_bytes())?);
        self.open.clear();
        Ok(())
    }

    /// The blocks in Base64.
    ///
    /// # Errors
    ///
    /// If the last one cannot be compressed.
    pub(super) fn finish(mut self) -> io::Result<Vec<String>> {
        if !self.open.is_empty() {
            self.close()?;
        }
        Ok(self.packed)
    }
}
