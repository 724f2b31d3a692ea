//! Bounded decompression: exactly one gzip member, with its trailer verified and nothing after it. Inputs that are not
//! a trail's log files may have several members.
//!
//! This is the only module that decompresses with `flate2`. The `GzDecoder` of that crate ignores any data after the
//! first member, and its `MultiGzDecoder` reads the data as content. CloudTrail's digest hashes cover only the first
//! member, so both would let appended bytes pass. This module decodes the member around the raw inflater, which also
//! distinguishes a failing source from bad data.
//!
//! Content without the gzip magic is passed through if it starts like JSON, because HTTP clients that honour
//! `Content-Encoding: gzip` deliver plain text. The module does not look at the JSON beyond its first character.
//!
//! Source: RFC 1952; the `INVALID: unexpected data after end of compressed stream` verdict of `aws cloudtrail validate-logs`.

mod header;
#[cfg(test)]
mod tests;

use crate::log_file::error::{GzipFault, LogFileError};
use crate::log_file::window::TextSource;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use header::Header;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Compressed bytes requested from the source at a time.
const SOURCE_BUFFER_BYTES: usize = 64 * 1024;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The byte order mark that some editors write before UTF-8 text.
pub(crate) const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// CRC-32 and size, four bytes each (RFC 1952, section 2.3.1).
const TRAILER_BYTES: usize = 8;

/// Reads the content of one gzip member, or plain JSON, up to a limit.
///
/// Memory is constant, whatever the size of the file: one source buffer and the inflater's 32 KiB window.
pub struct Gunzip<R> {
    source: BufReader<R>,
    inflate: Decompress,
    checksum: Crc,
    stage: GunzipStage,
    produced: u64,
    limit: u64,
    allowed: AllowedMembers,
}

/// How many gzip members the source may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AllowedMembers {
    /// Exactly one with nothing after it, as in a log file.
    One,
    /// Any number, each followed by zeros, whitespace or plain JSON, as `cat`, Firehose and tape drives produce them.
    Many,
}

enum GunzipStage {
    Sniff,
    Header(Header),
    Member,
    Trailer { bytes: [u8; TRAILER_BYTES], have: usize },
    Plain { starts_like_json: bool },
    Finished,
}

/// The memory of a decompressor, about 50 KB. A program that reads many small files should reuse it.
#[derive(Debug)]
pub struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompress::new(false))
    }
}

impl<R: Read> Gunzip<R> {
    /// Wraps `source`, which may yield at most `limit` decompressed bytes.
    pub fn new(source: R, limit: u64) -> Self {
        Self::with_inflater(source, limit, Inflater::default())
    }

    /// The same, with an inflater that may be used already.
    pub fn with_inflater(source: R, limit: u64, inflater: Inflater) -> Self {
        Self::with_members(source, limit, inflater, AllowedMembers::One)
    }

    /// Wraps a source that is not a trail's log file and may contain several members in a row.
    pub(crate) fn of_members(source: R, limit: u64) -> Self {
        Self::with_members(source, limit, Inflater::default(), AllowedMembers::Many)
    }

    fn with_members(source: R, limit: u64, Inflater(mut inflate): Inflater, allowed: AllowedMembers) -> Self {
        inflate.reset(false);
        Self {
            source: BufReader::with_capacity(SOURCE_BUFFER_BYTES, source),
            inflate,
            checksum: Crc::new(),
            stage: GunzipStage::Sniff,
            produced: 0,
            limit,
            allowed,
        }
    }

    /// Stops reading, and returns the inflater for another file.
    pub fn into_inflater(self) -> Inflater {
        Inflater(self.inflate)
    }

    /// Decompressed bytes handed out so far.
    pub fn decompressed_bytes(&self) -> u64 {
        self.produced
    }

    /// Fills the start of `buffer` with content and returns the number of bytes written.
    ///
    /// `Ok(0)` for a non-empty buffer means that the member is complete, its trailer matches, and nothing follows.
    /// Bytes handed out before an error are unverified.
    ///
    /// # Errors
    ///
    /// Any [`LogFileError`] about the file rather than its JSON. Do not use the reader after an error.
    pub fn read_chunk(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        loop {
            match &mut self.stage {
                GunzipStage::Sniff => self.sniff()?,
                GunzipStage::Header(_) => self.read_header()?,
                GunzipStage::Member => {
                    let produced = self.inflate_into(buffer)?;
                    if produced > 0 {
                        return self.hand_out(produced);
                    }
                }
                GunzipStage::Trailer { .. } => self.read_trailer()?,
                GunzipStage::Plain { .. } => {
                    let copied = self.copy_into(buffer)?;
                    return self.hand_out(copied);
                }
                GunzipStage::Finished => return Ok(0),
            }
        }
    }

    fn hand_out(&mut self, bytes: usize) -> Result<usize, LogFileError> {
        self.produced += bytes as u64;
        if self.produced > self.limit {
            return Err(LogFileError::TooLarge { limit: self.limit });
        }
        Ok(bytes)
    }

    fn sniff(&mut self) -> Result<(), LogFileError> {
        let first = peek(&mut self.source)?.ok_or(LogFileError::Empty)?;
        if first != MAGIC[0] {
            self.stage = GunzipStage::Plain { starts_like_json: false };
            return Ok(());
        }
        self.source.consume(1);
        match next_byte(&mut self.source)? {
            None => Err(LogFileError::Truncated),
            Some(second) if second == MAGIC[1] => {
                self.stage = GunzipStage::Header(Header::new(&MAGIC));
                Ok(())
            }
            Some(_) => Err(LogFileError::NotGzip),
        }
    }

    fn read_header(&mut self) -> Result<(), LogFileError> {
        let GunzipStage::Header(header) = &mut self.stage else { return Ok(()) };
        while !header.is_complete() {
            let byte = next_byte(&mut self.source)?.ok_or(LogFileError::Truncated)?;
            header.push(byte).map_err(LogFileError::CorruptGzip)?;
        }
        self.stage = GunzipStage::Member;
        Ok(())
    }

    /// Inflates once. Returns 0 only if the deflate stream has ended.
    fn inflate_into(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        loop {
            // The inflater may still hold output when the source has ended, so empty input does not mean a truncated
            // file yet.
            let input = fill(&mut self.source)?;
            let source_ended = input.is_empty();
            let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|cause| LogFileError::CorruptGzip(GzipFault::Deflate(cause.into())))?;
            let consumed = (self.inflate.total_in() - in_before) as usize;
            let produced = (self.inflate.total_out() - out_before) as usize;
            self.source.consume(consumed);
            self.checksum.update(buffer.get(..produced).unwrap_or_default());
            if status == Status::StreamEnd {
                self.stage = GunzipStage::Trailer { bytes: [0; TRAILER_BYTES], have: 0 };
                return Ok(produced);
            }
            if produced > 0 {
                return Ok(produced);
            }
            if source_ended {
                return Err(LogFileError::Truncated);
            }
            if consumed == 0 {
                return Err(LogFileError::CorruptGzip(GzipFault::Stalled));
            }
        }
    }

    fn read_trailer(&mut self) -> Result<(), LogFileError> {
        let GunzipStage::Trailer { bytes, have } = &mut self.stage else { return Ok(()) };
        while let Some(slot) = bytes.get_mut(*have) {
            *slot = next_byte(&mut self.source)?.ok_or(LogFileError::Truncated)?;
            *have += 1;
        }
        let [a, b, c, d, e, f, g, h] = *bytes;
        let (sum, size) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if sum != self.checksum.sum() || size != self.checksum.amount() {
            return Err(LogFileError::ChecksumMismatch);
        }
        self.stage = match (self.allowed, peek(&mut self.source)?) {
            (_, None) => GunzipStage::Finished,
            (AllowedMembers::One, Some(_)) => return Err(LogFileError::TrailingData),
            (AllowedMembers::Many, Some(_)) => self.next_member()?,
        };
        Ok(())
    }

    /// Skips zeros and whitespace after a member; finds another member, plain JSON or the end.
    fn next_member(&mut self) -> Result<GunzipStage, LogFileError> {
        while matches!(peek(&mut self.source)?, Some(0 | b' ' | b'\t' | b'\r' | b'\n')) {
            self.source.consume(1);
        }
        let stage = match peek(&mut self.source)? {
            None => GunzipStage::Finished,
            Some(byte) if byte == MAGIC[0] => GunzipStage::Sniff,
            Some(b'{' | b'[') => GunzipStage::Plain { starts_like_json: true },
            Some(_) => return Err(LogFileError::TrailingData),
        };
        self.inflate.reset(false);
        self.checksum = Crc::new();
        Ok(stage)
    }

    fn copy_into(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        let GunzipStage::Plain { starts_like_json } = &mut self.stage else { return Ok(0) };
        let input = fill(&mut self.source)?;
        if !*starts_like_json {
            match first_visible(input, self.produced) {
                Some(b'{' | b'[') => *starts_like_json = true,
                Some(_) => return Err(LogFileError::NotGzip),
                None if input.is_empty() => return Err(LogFileError::NotGzip),
                None => {}
            }
        }
        let count = input.len().min(buffer.len());
        let (Some(from), Some(to)) = (input.get(..count), buffer.get_mut(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.source.consume(count);
        if count == 0 {
            self.stage = GunzipStage::Finished;
        }
        Ok(count)
    }
}

impl<R: Read> TextSource for Gunzip<R> {
    type Error = LogFileError;

    fn read_chunk(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        Self::read_chunk(self, buffer)
    }
}

/// For decoders of the content. An error of this reader is an [`io::Error`] that wraps the [`LogFileError`]; an error of
/// the source stays as it is.
impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_chunk(buffer).map_err(|error| {
            if let LogFileError::Read(cause) = error { cause } else { io::Error::other(error) }
        })
    }
}

/// The first byte of `input` that is neither whitespace nor part of a byte order mark. `input` starts at `offset` in
/// the file.
fn first_visible(input: &[u8], offset: u64) -> Option<u8> {
    let mark = |at: usize| usize::try_from(offset).ok().and_then(|base| BYTE_ORDER_MARK.get(base + at));
    input
        .iter()
        .enumerate()
        .find(|&(at, byte)| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && mark(at) != Some(byte))
        .map(|(_, byte)| *byte)
}

/// `fill_buf`, repeated if a signal interrupts it.
fn fill<R: Read>(source: &mut BufReader<R>) -> Result<&[u8], LogFileError> {
    while let Err(cause) = source.fill_buf() {
        if cause.kind() != ErrorKind::Interrupted {
            return Err(LogFileError::Read(cause));
        }
    }
    // Returning what `fill_buf` returned does not compile: a borrow returned on one path would last for the whole
    // loop.
    Ok(source.buffer())
}

fn peek<R: Read>(source: &mut BufReader<R>) -> Result<Option<u8>, LogFileError> {
    Ok(fill(source)?.first().copied())
}

fn next_byte<R: Read>(source: &mut BufReader<R>) -> Result<Option<u8>, LogFileError> {
    let byte = peek(source)?;
    if byte.is_some() {
        source.consume(1);
    }
    Ok(byte)
}
