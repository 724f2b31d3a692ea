//! Decodes UTF-16, which PowerShell writes for `>`, to UTF-8.
//!
//! An unpaired surrogate is an error: a replacement character would change a record.

use super::error::InputError;
use super::format::ByteOrder;
use std::io::{self, Read};

/// Bytes requested from the source at a time.
const SOURCE_BYTES: usize = 8 * 1024;

/// Reads the text of `source` as UTF-8. A byte order mark stays in the text, as it does in UTF-8.
pub(super) struct Utf16<R> {
    source: R,
    order: ByteOrder,
    /// An incomplete code unit or surrogate pair.
    pending: Vec<u8>,
    decoded: Vec<u8>,
    /// The bytes of `decoded` handed out so far.
    at: usize,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(source: R, order: ByteOrder) -> Self {
        Self { source, order, pending: Vec::new(), decoded: Vec::new(), at: 0 }
    }

    /// Decodes the next bytes of the source; `false` at its end.
    fn decode_more(&mut self) -> io::Result<bool> {
        let mut bytes = [0; SOURCE_BYTES];
        let count = self.source.read(&mut bytes)?;
        if count == 0 {
            return if self.pending.is_empty() { Ok(false) } else { Err(invalid()) };
        }
        self.pending.extend_from_slice(bytes.get(..count).unwrap_or_default());
        let (pairs, odd) = self.pending.as_chunks::<2>();
        let mut units: Vec<u16> = pairs
            .iter()
            .map(|&pair| match self.order {
                ByteOrder::LittleEndian => u16::from_le_bytes(pair),
                ByteOrder::BigEndian => u16::from_be_bytes(pair),
            })
            .collect();
        let starts_pair = units.last().is_some_and(|unit| matches!(unit, 0xd800..=0xdbff));
        let keep = odd.len() + if starts_pair { 2 } else { 0 };
        if starts_pair {
            units.pop();
        }
        self.pending.drain(..self.pending.len() - keep);
        let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok().ok_or_else(invalid)?;
        self.decoded = text.into_bytes();
        self.at = 0;
        Ok(true)
    }
}

fn invalid() -> io::Error {
    io::Error::other(InputError::InvalidUtf16)
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.decoded.len() {
            if !self.decode_more()? {
                return Ok(0);
            }
        }
        let mut rest = self.decoded.get(self.at..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}
