//! The header of a gzip member, byte by byte, so that a source may cut it anywhere.
//!
//! The optional fields are skipped in constant memory, whatever their length; the header checksum is verified.
//! The file name, the comment and the time in it are not kept.
//!
//! Source: RFC 1952, sections 2.3 and 2.3.1.

use super::GzipFault;
use flate2::Crc;

const DEFLATE: u8 = 8;
const HAS_CHECKSUM: u8 = 0b0000_0010;
const HAS_EXTRA: u8 = 0b0000_0100;
const HAS_NAME: u8 = 0b0000_1000;
const HAS_COMMENT: u8 = 0b0001_0000;
const RESERVED: u8 = 0b1110_0000;

/// Modification time (4), extra flags (1) and operating system (1).
const UNUSED_BYTES: u16 = 6;

/// How far the header has been read.
pub(super) struct Header {
    flags: u8,
    next: Field,
    checksum: Crc,
}

/// The field that the next byte belongs to.
enum Field {
    Method,
    Flags,
    Unused { left: u16 },
    ExtraLengthLow,
    ExtraLengthHigh { low: u8 },
    Extra { left: u16 },
    Name,
    Comment,
    ChecksumLow,
    ChecksumHigh { low: u8 },
    Complete,
}

impl Header {
    /// A header of which only `magic` has been read.
    pub(super) fn new(magic: &[u8]) -> Self {
        let mut checksum = Crc::new();
        checksum.update(magic);
        Self { flags: 0, next: Field::Method, checksum }
    }

    /// Whether the next byte of the member belongs to the deflate stream.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.next, Field::Complete)
    }

    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8) -> Result<(), GzipFault> {
        self.next = match self.next {
            Field::Method if byte == DEFLATE => Field::Flags,
            Field::Method => return Err(GzipFault::UnknownMethod(byte)),
            Field::Flags if byte & RESERVED != 0 => return Err(GzipFault::ReservedFlags),
            Field::Flags => {
                self.flags = byte;
                Field::Unused { left: UNUSED_BYTES }
            }
            Field::Unused { left: 1 } => self.after_fixed_part(),
            Field::Unused { left } => Field::Unused { left: left - 1 },
            Field::ExtraLengthLow => Field::ExtraLengthHigh { low: byte },
            Field::ExtraLengthHigh { low } => match u16::from_le_bytes([low, byte]) {
                0 => self.after_extra(),
                left => Field::Extra { left },
            },
            Field::Extra { left: 1 } => self.after_extra(),
            Field::Extra { left } => Field::Extra { left: left - 1 },
            Field::Name if byte == 0 => self.after_name(),
            Field::Name => Field::Name,
            Field::Comment if byte == 0 => self.after_comment(),
            Field::Comment => Field::Comment,
            // The checksum covers all that precedes it, so its own two bytes must stay out of the sum.
            Field::ChecksumLow => {
                self.next = Field::ChecksumHigh { low: byte };
                return Ok(());
            }
            Field::ChecksumHigh { low } => {
                let [sum_low, sum_high, ..] = self.checksum.sum().to_le_bytes();
                if [low, byte] != [sum_low, sum_high] {
                    return Err(GzipFault::HeaderChecksum);
                }
                Field::Complete
            }
            Field::Complete => Field::Complete,
        };
        self.checksum.update(&[byte]);
        Ok(())
    }

    fn after_fixed_part(&self) -> Field {
        if self.flags & HAS_EXTRA != 0 { Field::ExtraLengthLow } else { self.after_extra() }
    }

    fn after_extra(&self) -> Field {
        if self.flags & HAS_NAME != 0 { Field::Name } else { self.after_name() }
    }

    fn after_name(&self) -> Field {
        if self.flags & HAS_COMMENT != 0 { Field::Comment } else { self.after_comment() }
    }

    fn after_comment(&self) -> Field {
        if self.flags & HAS_CHECKSUM != 0 { Field::ChecksumLow } else { Field::Complete }
    }
}
