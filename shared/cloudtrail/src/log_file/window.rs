//! The only buffer of a log file: a window that slides over the decompressed text and grows only for a long record.
//!
//! It knows its position in the file, but nothing about JSON.

/// The source of a window's text.
pub(crate) trait TextSource {
    /// Why reading failed before the end.
    type Error;

    /// Fills the start of `buffer` and returns the number of bytes written; 0 for a non-empty buffer is the end.
    fn read_chunk(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error>;
}

/// A contiguous piece of the decompressed file around the cursor.
pub(crate) struct ReadWindow<S> {
    source: S,
    buffer: Vec<u8>,
    /// The buffer never grows beyond this.
    largest: usize,
    /// The offset in the file of the buffer's first byte.
    base: u64,
    /// The cursor: the first unread byte.
    at: usize,
    /// The end of the text in the buffer.
    end: usize,
    /// The first byte that must stay in the buffer although it has been read.
    held: Option<usize>,
}

impl<S: TextSource> ReadWindow<S> {
    /// A window of `initial` bytes that may grow to hold `largest` contiguous bytes.
    ///
    /// `buffer` may have any size; its content is ignored.
    pub(crate) fn new(source: S, mut buffer: Vec<u8>, initial: usize, largest: usize) -> Self {
        let initial = initial.max(1);
        if buffer.len() > initial {
            // The buffer grew for one file; do not keep it that large for all later files.
            buffer = Vec::new();
        }
        buffer.resize(initial, 0);
        Self { source, buffer, largest: largest.max(initial), base: 0, at: 0, end: 0, held: None }
    }

    /// The source and the buffer.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.source, self.buffer)
    }

    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.buffer.len()
    }

    /// The offset of the cursor in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The text from the cursor to the end of the buffered text.
    pub(crate) fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..self.end).unwrap_or_default()
    }

    /// The byte at the cursor, or `None` at the verified end of the file.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, S::Error> {
        if self.at == self.end && !self.read_more()? {
            return Ok(None);
        }
        Ok(self.buffer.get(self.at).copied())
    }

    /// Moves the cursor forward by `count` bytes of [`rest`](Self::rest).
    pub(crate) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }

    /// Moves the cursor to the end of the buffered text.
    pub(crate) fn skip_rest(&mut self) {
        self.at = self.end;
    }

    /// Keeps everything from the cursor on until [`release`](Self::release).
    pub(crate) fn hold(&mut self) {
        self.held = Some(self.at);
    }

    /// The bytes between the held position and the cursor.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.map_or(0, |held| self.at - held)
    }

    /// Moves the cursor back to the held position.
    pub(crate) fn rewind(&mut self) {
        self.at = self.held.unwrap_or(self.at);
    }

    /// Ends the hold. The held bytes stay readable through [`last`](Self::last) until more text is read.
    pub(crate) fn release(&mut self) {
        self.held = None;
    }

    /// The `count` bytes before the cursor.
    pub(crate) fn last(&self, count: usize) -> &[u8] {
        self.buffer.get(self.at.saturating_sub(count)..self.at).unwrap_or_default()
    }

    /// Appends text from the source; `false` at the verified end of the file.
    pub(crate) fn read_more(&mut self) -> Result<bool, S::Error> {
        self.make_room();
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = self.source.read_chunk(space)?;
        self.end += count;
        Ok(count > 0)
    }

    /// Moves the text that is still needed to the front, and grows the buffer if moving gains too little.
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
        // One record fills more than half of the buffer, so each further move would gain little.
        if self.end > self.buffer.len() / 2 {
            let size = self.buffer.len().saturating_mul(2).min(self.largest);
            self.buffer.resize(size, 0);
        }
    }
}
