//! Handles lines that do not start like JSON, and continues a walk after text that is not JSON.
//!
//! It does not guess: the faulty text ends with its brackets if they match, and with its line otherwise.

use super::super::error::{InputError, InputFault};
use super::super::format::Format;
use super::super::line::{LineStart, PREFIX_BYTES, start_of};
use super::super::members::Elements;
use super::super::text::{Stop, is_bare};
use super::{Frame, Piece, Walk, WalkItem};
use crate::log_file::RejectReason;
use crate::log_file::error::JsonFault;

/// The most bytes read twice in one text to recover from values that are not JSON.
const REREAD_BYTES: u64 = 64 * 1024 * 1024;

impl Walk<'_> {
    /// Reads a line that does not start with an object, list or string.
    pub(super) fn read_other_line(&mut self, byte: u8) -> Result<Piece, Stop> {
        self.text.enter();
        let line = self.line_ahead()?;
        match start_of(line) {
            LineStart::Object { prefix, has_fields } => {
                self.passes_line = has_fields;
                self.text.skip(prefix);
                // The object is read at once, because the rest of its line may only be skipped after it.
                self.read_object(Elements::Any)
            }
            LineStart::Nothing => {
                self.text.skip_line()?;
                Ok(Piece::Passed)
            }
            LineStart::Unknown if is_literal(line) && is_bare(byte) => {
                self.text.pass_bare()?;
                Ok(self.reject(InputFault::Record(RejectReason::NotAnObject)))
            }
            LineStart::Unknown => {
                let fault = InputFault::NotJsonText(Format::of_text(line));
                let rejected = self.rejected(fault);
                self.skip_to_value()?;
                Ok(Piece::Item(rejected))
            }
        }
    }

    /// The rest of the line at the cursor, or the start of it if it is long.
    pub(super) fn line_ahead(&mut self) -> Result<&[u8], InputError> {
        let ahead = self.text.ahead(PREFIX_BYTES)?;
        let end = memchr::memchr(b'\n', ahead).unwrap_or(ahead.len());
        Ok(ahead.get(..end).unwrap_or(ahead))
    }

    /// Skips lines up to the next one that starts like a value.
    fn skip_to_value(&mut self) -> Result<(), InputError> {
        while self.text.skip_line()? {
            let line = self.line_ahead()?;
            let is_value = line.starts_with(b"{") || line.starts_with(b"[") || is_start(start_of(line));
            if is_value {
                break;
            }
        }
        Ok(())
    }

    /// Continues after text that is not JSON: after the list element if its end can be found, or on a later line.
    pub(super) fn recover(&mut self, fault: JsonFault) -> Result<WalkItem, InputError> {
        let read = self.text.held_bytes() as u64;
        self.reread_bytes += read;
        let may_reread = self.reread_bytes <= REREAD_BYTES;
        let is_held = may_reread && self.text.rewind();
        if is_held && matches!(self.frames.last(), Some(Frame::List { .. })) {
            match self.text.pass_container() {
                Ok(()) => {
                    self.text.release();
                    return Ok(self.rejected(InputFault::NotJson(fault)));
                }
                Err(Stop::Input(error)) => return Err(error),
                Err(Stop::Fault(_)) => {
                    self.text.rewind();
                }
            }
        }
        self.text.release();
        self.frames.clear();
        self.passes_line = false;
        let rejected = self.rejected(InputFault::NotJson(fault));
        self.skip_to_value()?;
        Ok(rejected)
    }
}

/// Whether a line is a number or a literal.
fn is_literal(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    matches!(line, b"null" | b"true" | b"false") || serde_json::from_slice::<f64>(line).is_ok()
}

fn is_start(line: LineStart) -> bool {
    match line {
        LineStart::Object { .. } => true,
        LineStart::Nothing | LineStart::Unknown => false,
    }
}
