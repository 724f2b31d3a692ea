//! A cursor over the text of an input: skips names and values of any size, and keeps one object while it is read.
//!
//! It follows the structure of JSON only as far as needed to find the end of a value, and interprets nothing.

use super::content::Content;
use super::error::InputError;
use super::members::NAME_BYTES;
use crate::log_file::error::JsonFault;
use crate::log_file::scan::{ContainerScan, StringScan};
use crate::log_file::window::ReadWindow;

/// Why a value could not be read.
#[derive(Debug)]
pub(super) enum Stop {
    /// The input cannot be read.
    Input(InputError),
    /// The text is not JSON at the cursor.
    Fault(JsonFault),
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

/// The text of an input, and a cursor in it.
pub(super) struct Text<'r> {
    window: ReadWindow<Content<'r>>,
    scan: ContainerScan,
    hold_limit: usize,
    /// Line feeds before the cursor.
    line_feeds: u64,
    /// Line feeds before the value entered last.
    line_feeds_at_start: u64,
    held: Held,
}

/// What is known about the kept value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// It exceeded the limit and was discarded.
    pub(super) is_too_large: bool,
    pub(super) is_too_deep: bool,
    pub(super) is_unbalanced: bool,
}

impl<'r> Text<'r> {
    /// The text of `content`, in a window of initially `window_bytes`, of which at most `hold_limit` bytes are kept.
    pub(super) fn new(content: Content<'r>, window_bytes: usize, hold_limit: usize, depth: usize) -> Self {
        Self {
            window: ReadWindow::new(content, Vec::new(), window_bytes, hold_limit),
            // The object around the values takes one level.
            scan: ContainerScan::new(depth.saturating_sub(1)),
            hold_limit,
            line_feeds: 0,
            line_feeds_at_start: 0,
            held: Held::default(),
        }
    }

    /// The bytes of text read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.window.source().text_bytes()
    }

    /// The line on which the value entered last starts, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line_feeds_at_start + 1
    }

    /// Marks the start of a value at the cursor.
    pub(super) fn enter(&mut self) {
        self.line_feeds_at_start = self.line_feeds;
    }

    /// Marks the start of a value at the cursor, and keeps the value.
    pub(super) fn hold(&mut self) {
        self.enter();
        self.window.hold();
        self.held = Held::default();
    }

    /// Whether a bracket in the kept value did not match.
    pub(super) fn is_unbalanced(&self) -> bool {
        self.held.is_unbalanced
    }

    /// The bytes from the start of the kept value to the cursor.
    pub(super) fn held_bytes(&self) -> usize {
        self.window.held_bytes()
    }

    /// Stops keeping the value, and returns what is known about it.
    pub(super) fn release(&mut self) -> Held {
        // The result must not depend on the sizes of the pieces in which the text arrived.
        self.held.is_too_large |= self.window.held_bytes() > self.hold_limit;
        self.window.release();
        self.held
    }

    /// Moves the cursor back to the start of the kept value; `false` if there is none.
    pub(super) fn rewind(&mut self) -> bool {
        let is_held = self.window.held_bytes() > 0;
        if is_held {
            self.line_feeds = self.line_feeds_at_start;
            self.window.rewind();
        }
        is_held
    }

    /// The `count` bytes before the cursor.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        self.window.last(count)
    }

    /// Moves the cursor forward by `count` buffered bytes.
    pub(super) fn skip(&mut self, count: usize) {
        let passed = self.window.rest().get(..count).unwrap_or_default();
        self.line_feeds += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.window.skip(count);
    }

    fn skip_rest(&mut self) {
        self.skip(self.window.rest().len());
    }

    fn read_more(&mut self) -> Result<bool, InputError> {
        if self.window.held_bytes() >= self.hold_limit {
            self.held.is_too_large = true;
            self.window.release();
        }
        self.window.read_more()
    }

    fn expect_more(&mut self, inside: &'static str) -> Result<(), Stop> {
        if self.read_more()? { Ok(()) } else { Err(Stop::Fault(JsonFault::EndsInside(inside))) }
    }

    /// Skips whitespace and returns the next byte; `None` at the end.
    pub(super) fn peek_visible(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            let rest = self.window.rest();
            let visible = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            if let Some(count) = visible {
                let byte = rest.get(count).copied();
                self.skip(count);
                return Ok(byte);
            }
            self.skip_rest();
            if !self.read_more()? {
                return Ok(None);
            }
        }
    }

    /// The same where the text must not end; `inside` names the unfinished part.
    pub(super) fn peek_inside(&mut self, inside: &'static str) -> Result<u8, Stop> {
        self.peek_visible()?.ok_or(Stop::Fault(JsonFault::EndsInside(inside)))
    }

    /// The next `count` bytes, or fewer at the end of the text.
    pub(super) fn ahead(&mut self, count: usize) -> Result<&[u8], InputError> {
        while self.window.rest().len() < count {
            if !self.read_more()? {
                break;
            }
        }
        let rest = self.window.rest();
        Ok(rest.get(..count).unwrap_or(rest))
    }

    /// Skips everything through the next line feed; `false` if the text ends first.
    pub(super) fn skip_line(&mut self) -> Result<bool, InputError> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.window.rest()) {
                self.skip(at + 1);
                return Ok(true);
            }
            self.skip_rest();
            if !self.read_more()? {
                return Ok(false);
            }
        }
    }

    /// Reads a quoted name into `name`, without escapes; long names are cut.
    pub(super) fn pass_name(&mut self, name: &mut String) -> Result<(), Stop> {
        if self.peek_inside("an object")? != b'"' {
            return Err(Stop::Fault(JsonFault::Expected("the name of a member")));
        }
        name.clear();
        let ahead = self.window.rest().get(1..).unwrap_or_default();
        if let Some(end) = memchr::memchr2(b'"', b'\\', ahead)
            && ahead.get(end) == Some(&b'"')
        {
            name.push_str(&String::from_utf8_lossy(ahead.get(..end.min(NAME_BYTES + 1)).unwrap_or_default()));
            self.skip(end + 2);
            return Ok(());
        }
        // Each character may be written as `\uXXXX`.
        let most = NAME_BYTES * 6;
        let mut raw = Vec::new();
        self.pass_string(|piece| {
            let space = (most + 2).saturating_sub(raw.len());
            raw.extend(piece.iter().take(space));
        })?;
        match serde_json::from_slice::<String>(&raw) {
            Ok(unescaped) => name.push_str(&unescaped),
            Err(_) => name.push_str(&String::from_utf8_lossy(raw.get(1..).unwrap_or_default())),
        }
        Ok(())
    }

    /// Skips a value of any kind and size.
    pub(super) fn pass_value(&mut self) -> Result<(), Stop> {
        match self.peek_inside("an object")? {
            b'"' => self.pass_string(|_| ()),
            b'{' | b'[' => self.pass_container(),
            byte if is_bare(byte) => self.pass_bare(),
            _ => Err(Stop::Fault(JsonFault::Expected("a value"))),
        }
    }

    /// Reads a string, including quotes, and passes its raw pieces to `visit`.
    pub(super) fn pass_string(&mut self, mut visit: impl FnMut(&[u8])) -> Result<(), Stop> {
        visit(b"\"");
        self.skip(1);
        let mut scan = StringScan::default();
        loop {
            let rest = self.window.rest();
            if let Some(count) = scan.advance(rest) {
                visit(rest.get(..count).unwrap_or_default());
                self.skip(count);
                return Ok(());
            }
            visit(rest);
            self.skip_rest();
            self.expect_more("a string")?;
        }
    }

    /// Skips an object or list by its brackets alone.
    pub(super) fn pass_container(&mut self) -> Result<(), Stop> {
        self.scan.restart();
        loop {
            if let Some(count) = self.scan.advance(self.window.rest()) {
                self.skip(count);
                break;
            }
            self.skip_rest();
            self.expect_more("a value")?;
        }
        self.held.is_too_deep |= self.scan.is_too_deep();
        self.held.is_unbalanced |= self.scan.is_unbalanced();
        Ok(())
    }

    /// Skips a number or literal, even an invalid one.
    pub(super) fn pass_bare(&mut self) -> Result<(), Stop> {
        loop {
            let rest = self.window.rest();
            let end = rest.iter().position(|&byte| !is_bare(byte));
            self.skip(end.unwrap_or(rest.len()));
            if end.is_some() || !self.read_more()? {
                return Ok(());
            }
        }
    }
}

/// Whether a byte may be part of a number or a literal.
pub(super) fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}
