//! The one buffer of a log file: a window that slides over the decompressed text and grows only for a long record.
//!
//! It knows where it is in the file but nothing of JSON.

use super::LogFileError;
use crate::gunzip::Gunzip;
use std::io::Read;

/// A contiguous piece of the decompressed file around the cursor.
pub(super) struct Window<R> {
    source: Gunzip<R>,
    buffer: Vec<u8>,
    /// The buffer never grows beyond this.
    largest: usize,
    /// Offset in the file of the first byte of the buffer.
    base: u64,
    /// The cursor: the first byte that has not been read.
    at: usize,
    /// End of the text in the buffer.
    end: usize,
    /// The first byte that must stay in the buffer although it has been read.
    held: Option<usize>,
}

impl<R: Read> Window<R> {
    /// A window of `initial` bytes that may grow to hold `largest` contiguous ones.
    ///
    /// `buffer` may be of any size, and what is in it is of no meaning.
    pub(super) fn new(source: Gunzip<R>, mut buffer: Vec<u8>, initial: usize, largest: usize) -> Self {
        let initial = initial.max(1);
        if buffer.len() > initial {
            // It has grown for one file, and is not kept as large for all that follow.
            buffer = Vec::new();
        }
        buffer.resize(initial, 0);
        Self { source, buffer, largest: largest.max(initial), base: 0, at: 0, end: 0, held: None }
    }

    /// The source and the buffer.
    pub(super) fn into_parts(self) -> (Gunzip<R>, Vec<u8>) {
        (self.source, self.buffer)
    }

    pub(super) fn decompressed_bytes(&self) -> u64 {
        self.source.decompressed_bytes()
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.buffer.len()
    }

    /// Offset of the cursor in the file.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The text from the cursor on, as far as it is in the buffer.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    /// The byte at the cursor, or `None` at the verified end of the file.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, LogFileError> {
        if self.at == self.end && !self.read_more()? {
            return Ok(None);
        }
        Ok(self.buffer.get(self.at).copied())
    }

    /// Moves the cursor on by `count` bytes of [`rest`](Self::rest).
    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }

    /// Moves the cursor behind all text in the buffer.
    pub(super) fn skip_rest(&mut self) {
        self.at = self.end;
    }

    /// Keeps everything from the cursor on until [`release`](Self::release).
    pub(super) fn hold(&mut self) {
        self.held = Some(self.at);
    }

    /// Bytes between the held place and the cursor.
    pub(super) fn held_bytes(&self) -> usize {
        self.held.map_or(0, |held| self.at - held)
    }

    /// Ends the hold; what was held stays readable through [`last`](Self::last) until the window is asked for more.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    /// The `count` bytes before the cursor.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        self.buffer.get(self.at.saturating_sub(count)..self.at).unwrap_or_default()
    }

    /// Appends text from the source; `false` at the verified end of the file.
    pub(super) fn read_more(&mut self) -> Result<bool, LogFileError> {
        self.make_room();
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = self.source.read_chunk(space)?;
        self.end += count;
        Ok(count > 0)
    }

    /// Moves the text that is still needed to the front, and grows if that is not worth the move.
    fn make_room(&mut self) {
        if self.end < self.buffer.len() {
            return;
        }
        let keep = self.held.unwrap_or(self.at);
        self.buffer.copy_within(keep..self.end, 0);
        self.base += keep as u64;
        self.at -= keep;
        self.end -= keep;
        self.held = self.held.map(|_| 0);
        // More than half full with one record: the next moves would each gain little.
        if self.end > self.buffer.len() / 2 {
            let size = self.buffer.len().saturating_mul(2).min(self.largest);
            self.buffer.resize(size, 0);
        }
    }
}
