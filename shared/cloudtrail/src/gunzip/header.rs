//! Parses the header of a gzip member byte by byte, so that a source may split it anywhere.
//!
//! The optional fields are skipped in constant memory, whatever their length; the header checksum is verified. The
//! file name, comment and time are discarded.
//!
//! Source: RFC 1952, sections 2.3 and 2.3.1.

use crate::log_file::error::GzipFault;
use flate2::Crc;

const DEFLATE: u8 = 8;
const HAS_CHECKSUM: u8 = 0b0000_0010;
const HAS_EXTRA: u8 = 0b0000_0100;
const HAS_NAME: u8 = 0b0000_1000;
const HAS_COMMENT: u8 = 0b0001_0000;
const RESERVED: u8 = 0b1110_0000;

/// Modification time (4), extra flags (1) and operating system (1).
const UNUSED_BYTES: u16 = 6;

/// The state of the header parser.
pub(super) struct Header {
    flags: u8,
    next: HeaderField,
    checksum: Crc,
}

/// The field of the next byte.
enum HeaderField {
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
        Self { flags: 0, next: HeaderField::Method, checksum }
    }

    /// Whether the next byte of the member belongs to the deflate stream.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.next, HeaderField::Complete)
    }

    /// Takes the next byte.
    pub(super) fn push(&mut self, byte: u8) -> Result<(), GzipFault> {
        self.next = match self.next {
            HeaderField::Method if byte == DEFLATE => HeaderField::Flags,
            HeaderField::Method => return Err(GzipFault::UnknownMethod(byte)),
            HeaderField::Flags if byte & RESERVED != 0 => return Err(GzipFault::ReservedFlags),
            HeaderField::Flags => {
                self.flags = byte;
                HeaderField::Unused { left: UNUSED_BYTES }
            }
            HeaderField::Unused { left: 1 } => self.after_fixed_part(),
            HeaderField::Unused { left } => HeaderField::Unused { left: left - 1 },
            HeaderField::ExtraLengthLow => HeaderField::ExtraLengthHigh { low: byte },
            HeaderField::ExtraLengthHigh { low } => match u16::from_le_bytes([low, byte]) {
                0 => self.after_extra(),
                left => HeaderField::Extra { left },
            },
            HeaderField::Extra { left: 1 } => self.after_extra(),
            HeaderField::Extra { left } => HeaderField::Extra { left: left - 1 },
            HeaderField::Name if byte == 0 => self.after_name(),
            HeaderField::Name => HeaderField::Name,
            HeaderField::Comment if byte == 0 => self.after_comment(),
            HeaderField::Comment => HeaderField::Comment,
            // The checksum covers everything before it, so its own two bytes are not added.
            HeaderField::ChecksumLow => {
                self.next = HeaderField::ChecksumHigh { low: byte };
                return Ok(());
            }
            HeaderField::ChecksumHigh { low } => {
                let [sum_low, sum_high, ..] = self.checksum.sum().to_le_bytes();
                if [low, byte] != [sum_low, sum_high] {
                    return Err(GzipFault::HeaderChecksum);
                }
                HeaderField::Complete
            }
            HeaderField::Complete => HeaderField::Complete,
        };
        self.checksum.update(&[byte]);
        Ok(())
    }

    fn after_fixed_part(&self) -> HeaderField {
        if self.flags & HAS_EXTRA != 0 { HeaderField::ExtraLengthLow } else { self.after_extra() }
    }

    fn after_extra(&self) -> HeaderField {
        if self.flags & HAS_NAME != 0 { HeaderField::Name } else { self.after_name() }
    }

    fn after_name(&self) -> HeaderField {
        if self.flags & HAS_COMMENT != 0 { HeaderField::Comment } else { self.after_comment() }
    }

    fn after_comment(&self) -> HeaderField {
        if self.flags & HAS_CHECKSUM != 0 { HeaderField::ChecksumLow } else { HeaderField::Complete }
    }
}
