//! Walks the top level of a log file and stops at each element of `Records`.
//!
//! Members come in any order and size; members other than `Records` are skipped without being stored. If several
//! members have that name, all are read, so that a duplicate hides nothing. A file with a list at the top level, as
//! for aggregated records, is not a log file and is an error.

use super::error::{JsonFault, LogFileError};
use super::limits::Limits;
use super::record::{Record, RejectReason, Rejection};
use super::scan::{ContainerScan, StringScan};
use super::window::ReadWindow;
use crate::gunzip::{BYTE_ORDER_MARK, Gunzip, Inflater};
use std::io::Read;

/// The initial size of the read window: large enough for nearly every record, small enough for the second-level
/// cache.
const WINDOW_BYTES: usize = 512 * 1024;

/// The member that holds the records.
const RECORDS: &[u8] = b"Records";

/// The longest spelling of [`RECORDS`] between its quotes, with each character as `\uXXXX`.
const LONGEST_KEY_BYTES: usize = RECORDS.len() * 6;

/// Opens a log file to read it record by record.
///
/// `reader` yields the object as stored, compressed or plain; it need not be buffered. Nothing is read before the
/// first record is requested.
pub fn open_log_file<R: Read>(reader: R, limits: Limits) -> LogFileReader<R> {
    open_log_file_with(reader, limits, ReadBuffers::default())
}

/// The same, with the buffers of a file read earlier.
///
/// For a small file, allocating and freeing buffers is a large part of the cost.
pub fn open_log_file_with<R: Read>(reader: R, limits: Limits, buffers: ReadBuffers) -> LogFileReader<R> {
    LogFileReader::with_window(reader, limits, buffers, WINDOW_BYTES)
}

/// Memory for reading log files, without content: see [`LogFileReader::into_buffers`].
#[derive(Debug, Default)]
pub struct ReadBuffers {
    window: Vec<u8>,
    /// `None` before the first file, because creating one takes time.
    inflater: Option<Inflater>,
}

/// An open log file: a lending iterator over the elements of `Records`.
///
/// It uses the source buffer, the inflater and one window, which starts at 512 KiB and grows for a longer record up
/// to [`Limits::record_bytes`].
pub struct LogFileReader<R> {
    window: ReadWindow<Gunzip<R>>,
    limits: Limits,
    stage: Stage,
    scan: ContainerScan,
    elements_seen: u64,
    records_found: bool,
}

/// The part of the file that the next byte belongs to.
#[derive(Clone, Copy)]
enum Stage {
    /// The start of the file.
    Start,
    /// The top-level object, at its start or after the value of a member.
    Members { first: bool },
    /// `Records`, at its start or after an element.
    Elements { first: bool },
    /// The text after the top-level object.
    End,
    /// Nothing: the file is complete and verified.
    Complete,
    /// Nothing: an error has been reported.
    Failed,
}

/// The element of `Records` that ends at the cursor.
enum Element {
    Complete { bytes: usize },
    Rejected(Rejection),
}

impl<R: Read> LogFileReader<R> {
    pub(super) fn with_window(reader: R, limits: Limits, buffers: ReadBuffers, window_bytes: usize) -> Self {
        let source =
            Gunzip::with_inflater(reader, limits.decompressed_bytes, buffers.inflater.unwrap_or_default());
        Self {
            window: ReadWindow::new(source, buffers.window, window_bytes, limits.record_bytes),
            limits,
            stage: Stage::Start,
            scan: ContainerScan::new(limits.depth),
            elements_seen: 0,
            records_found: false,
        }
    }

    /// Stops reading, at the end or before it, and returns the memory for another file.
    pub fn into_buffers(self) -> ReadBuffers {
        let (source, window) = self.window.into_parts();
        ReadBuffers { window, inflater: Some(source.into_inflater()) }
    }

    /// Decompressed bytes read from the file so far.
    pub fn decompressed_bytes(&self) -> u64 {
        self.window.source().decompressed_bytes()
    }

    #[cfg(test)]
    pub(super) fn window_bytes(&self) -> usize {
        self.window.size()
    }

    /// Reads the next element of `Records`.
    ///
    /// `None` means that the JSON is complete, the gzip trailer is verified, and the file ends there. Until then, the
    /// records are unverified: hold back their effects until the file is known to be intact.
    ///
    /// # Errors
    ///
    /// A [`LogFileError`] if no further record can be found. Later calls fail with [`LogFileError::AfterFailure`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, LogFileError> {
        let record = self.next_record_with(|_| None::<(usize, ())>)?;
        Ok(record.map(|(record, _)| record))
    }

    /// The same for a consumer that finds the end of a record by itself, so that its bytes are read only once.
    ///
    /// At the start of an object, `read` gets the text from there on, as far as it has been decompressed. It returns
    /// the length of the record with its own result, which is returned along with the record, or `None` to let the
    /// reader find the end. By returning a length, it guarantees that those bytes are one valid JSON object, nested
    /// no deeper than [`Limits::depth`].
    ///
    /// # Errors
    ///
    /// The errors of [`next_record`](Self::next_record).
    pub fn next_record_with<T>(
        &mut self,
        read: impl FnOnce(&[u8]) -> Option<(usize, T)>,
    ) -> Result<Option<(Record<'_>, Option<T>)>, LogFileError> {
        let element = match self.advance(read) {
            Ok(element) => element,
            Err(error) => {
                self.stage = Stage::Failed;
                return Err(error);
            }
        };
        Ok(element.map(|(element, found)| match element {
            Element::Complete { bytes } => (Record::Complete(self.window.last(bytes)), found),
            Element::Rejected(rejection) => (Record::Rejected(rejection), None),
        }))
    }

    fn advance<T>(
        &mut self,
        read: impl FnOnce(&[u8]) -> Option<(usize, T)>,
    ) -> Result<Option<(Element, Option<T>)>, LogFileError> {
        loop {
            self.stage = match self.stage {
                Stage::Start => self.enter_document()?,
                Stage::Members { first } => self.pass_member(first)?,
                Stage::Elements { first } => {
                    if self.enter_element(first)? {
                        self.stage = Stage::Elements { first: false };
                        return match self.pass_read_element(read) {
                            Some((element, found)) => Ok(Some((element, Some(found)))),
                            None => Ok(Some((self.pass_element()?, None))),
                        };
                    }
                    Stage::Members { first: false }
                }
                Stage::End => self.leave_document()?,
                Stage::Complete => return Ok(None),
                Stage::Failed => return Err(LogFileError::AfterFailure),
            };
        }
    }

    fn enter_document(&mut self) -> Result<Stage, LogFileError> {
        if self.window.peek()?.is_none() {
            return Err(LogFileError::Empty);
        }
        for part in BYTE_ORDER_MARK {
            if self.window.peek()? != Some(part) {
                break;
            }
            self.window.skip(1);
        }
        match self.peek_visible()? {
            Some(b'{') => {
                self.window.skip(1);
                Ok(Stage::Members { first: true })
            }
            Some(b'[') => Err(LogFileError::NoRecords),
            _ => Err(self.expected("a JSON object")),
        }
    }

    /// Reads one member, up to the first element of `Records` or to the end of any other value.
    fn pass_member(&mut self, first: bool) -> Result<Stage, LogFileError> {
        const INSIDE: &str = "the top-level object";
        match self.peek_inside(INSIDE)? {
            b'}' => {
                self.window.skip(1);
                return Ok(Stage::End);
            }
            b',' if !first => self.window.skip(1),
            _ if !first => return Err(self.expected("`,` or `}`")),
            _ => {}
        }
        if self.peek_inside(INSIDE)? != b'"' {
            return Err(self.expected("the name of a member"));
        }
        let is_records = self.pass_key()?;
        if self.peek_inside(INSIDE)? != b':' {
            return Err(self.expected("`:`"));
        }
        self.window.skip(1);
        let value = self.peek_inside(INSIDE)?;
        if !is_records {
            self.pass_value()?;
            return Ok(Stage::Members { first: false });
        }
        if value != b'[' {
            return Err(LogFileError::RecordsNotAList);
        }
        self.window.skip(1);
        self.records_found = true;
        Ok(Stage::Elements { first: true })
    }

    /// Reads a key of any length and returns whether it spells `Records`, with or without escapes.
    fn pass_key(&mut self) -> Result<bool, LogFileError> {
        let mut spelling = Vec::with_capacity(LONGEST_KEY_BYTES + 2);
        self.pass_string(|piece| {
            // One byte more than the longest spelling is enough to rule the key out.
            let space = (LONGEST_KEY_BYTES + 2).saturating_sub(spelling.len());
            spelling.extend(piece.iter().take(space));
        })?;
        let Some(raw) = spelling.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
            return Ok(false);
        };
        if !raw.contains(&b'\\') {
            return Ok(raw == RECORDS);
        }
        Ok(serde_json::from_slice::<String>(&spelling).is_ok_and(|key| key.as_bytes() == RECORDS))
    }

    /// Reads `,` and whitespace up to an element; `false` after the end of the list.
    fn enter_element(&mut self, first: bool) -> Result<bool, LogFileError> {
        const INSIDE: &str = "the list of records";
        match self.peek_inside(INSIDE)? {
            b']' => {
                self.window.skip(1);
                return Ok(false);
            }
            b',' if !first => {
                self.window.skip(1);
                self.peek_inside(INSIDE)?;
            }
            _ if !first => return Err(self.expected("`,` or `]`")),
            _ => {}
        }
        Ok(true)
    }

    /// Skips a record whose end is known to `read`.
    fn pass_read_element<T>(
        &mut self,
        read: impl FnOnce(&[u8]) -> Option<(usize, T)>,
    ) -> Option<(Element, T)> {
        let rest = self.window.rest();
        let (bytes, found) = if rest.first() == Some(&b'{') { read(rest)? } else { return None };
        rest.get(..bytes)?;
        let (index, offset, limit) = (self.elements_seen, self.window.offset(), self.limits.record_bytes);
        self.window.skip(bytes);
        self.elements_seen += 1;
        if bytes > limit {
            let reason = RejectReason::TooLarge { limit };
            return Some((Element::Rejected(Rejection { index, offset, reason }), found));
        }
        Some((Element::Complete { bytes }, found))
    }

    fn pass_element(&mut self) -> Result<Element, LogFileError> {
        let (index, offset) = (self.elements_seen, self.window.offset());
        let verdict = if self.window.peek()? == Some(b'{') {
            self.pass_record()?
        } else {
            self.pass_value()?;
            Err(RejectReason::NotAnObject)
        };
        self.elements_seen += 1;
        Ok(match verdict {
            Ok(bytes) => Element::Complete { bytes },
            Err(reason) => Element::Rejected(Rejection { index, offset, reason }),
        })
    }

    /// Reads an object of any size. The outer result is an error of the file; the inner one is the record's length or
    /// the reason to reject it.
    fn pass_record(&mut self) -> Result<Result<usize, RejectReason>, LogFileError> {
        let limit = self.limits.record_bytes;
        self.scan.restart();
        self.window.hold();
        let mut too_large = false;
        while !self.pass_piece_of_container() {
            // The record has at least one byte more than has been read.
            if self.window.held_bytes() >= limit {
                too_large = true;
                self.window.release();
            }
            self.expect_more("a record")?;
        }
        let bytes = self.window.held_bytes();
        self.window.release();
        Ok(if too_large || bytes > limit {
            Err(RejectReason::TooLarge { limit })
        } else if self.scan.is_too_deep() {
            Err(RejectReason::TooDeep { limit: self.limits.depth })
        } else if self.scan.is_unbalanced() {
            Err(RejectReason::Unbalanced)
        } else if std::str::from_utf8(self.window.last(bytes)).is_err() {
            Err(RejectReason::InvalidUtf8)
        } else {
            Ok(bytes)
        })
    }

    /// Skips a value of any kind and size without storing it.
    fn pass_value(&mut self) -> Result<(), LogFileError> {
        match self.window.peek()? {
            Some(b'"') => self.pass_string(|_| ()),
            Some(b'{' | b'[') => {
                self.scan.restart();
                while !self.pass_piece_of_container() {
                    self.expect_more("a value")?;
                }
                // An element of `Records` is rejected anyway; in any other value, the position of `Records` would be
                // uncertain.
                let in_records = matches!(self.stage, Stage::Elements { .. });
                if in_records || !self.scan.is_unbalanced() {
                    Ok(())
                } else {
                    Err(self.fault(JsonFault::Unbalanced))
                }
            }
            Some(byte) if is_bare(byte) => self.pass_bare(),
            _ => Err(self.expected("a value")),
        }
    }

    /// Reads the container to the end of the buffered text; `true` if it ended.
    fn pass_piece_of_container(&mut self) -> bool {
        match self.scan.advance(self.window.rest()) {
            Some(count) => {
                self.window.skip(count);
                true
            }
            None => {
                self.window.skip_rest();
                false
            }
        }
    }

    /// Reads a string of any size, including quotes, and passes its raw pieces to `visit`.
    fn pass_string(&mut self, mut visit: impl FnMut(&[u8])) -> Result<(), LogFileError> {
        visit(b"\"");
        self.window.skip(1);
        let mut scan = StringScan::default();
        loop {
            let rest = self.window.rest();
            if let Some(count) = scan.advance(rest) {
                visit(rest.get(..count).unwrap_or_default());
                self.window.skip(count);
                return Ok(());
            }
            visit(rest);
            self.window.skip_rest();
            self.expect_more("a string")?;
        }
    }

    /// Skips a number or literal, even an invalid one: only its kind matters here.
    fn pass_bare(&mut self) -> Result<(), LogFileError> {
        while self.window.peek()?.is_some_and(is_bare) {
            let count = self.window.rest().iter().take_while(|&&byte| is_bare(byte)).count();
            self.window.skip(count);
        }
        Ok(())
    }

    /// Reads the rest of the file, which verifies its end.
    fn leave_document(&mut self) -> Result<Stage, LogFileError> {
        if self.peek_visible()?.is_some() {
            return Err(self.expected("nothing after the top-level object"));
        }
        if self.records_found { Ok(Stage::Complete) } else { Err(LogFileError::NoRecords) }
    }

    /// The next byte that is not whitespace.
    fn peek_visible(&mut self) -> Result<Option<u8>, LogFileError> {
        loop {
            let rest = self.window.rest();
            match rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                Some(count) => {
                    self.window.skip(count);
                    return self.window.peek();
                }
                None => {
                    self.window.skip_rest();
                    if !self.window.read_more()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn peek_inside(&mut self, what: &'static str) -> Result<u8, LogFileError> {
        match self.peek_visible()? {
            Some(byte) => Ok(byte),
            None => Err(self.fault(JsonFault::EndsInside(what))),
        }
    }

    fn expect_more(&mut self, inside: &'static str) -> Result<(), LogFileError> {
        if self.window.read_more()? { Ok(()) } else { Err(self.fault(JsonFault::EndsInside(inside))) }
    }

    fn expected(&self, what: &'static str) -> LogFileError {
        self.fault(JsonFault::Expected(what))
    }

    fn fault(&self, fault: JsonFault) -> LogFileError {
        LogFileError::NotJson { offset: self.window.offset(), fault }
    }
}

/// Whether `byte` may be part of a number or a literal.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
