//! Bounded decompression: exactly one gzip member, its trailer verified, nothing after it.
//!
//! The only module that names `flate2`. Its `GzDecoder` ignores whatever follows the first member and its `MultiGzDecoder`
//! reads it as content; CloudTrail's digest hashes cover the first member alone, so both would let appended bytes pass.
//! Here the member is decoded by hand around the raw inflater, which also keeps a failing source apart from bad data.
//!
//! Content without the gzip magic is passed through when it starts like JSON, because HTTP clients that honour
//! `Content-Encoding: gzip` hand over plain text. Nothing here looks at the JSON beyond that first character.
//!
//! Source: RFC 1952; the `INVALID: unexpected data after end of compressed stream` verdict of `aws cloudtrail validate-logs`.

mod header;
#[cfg(test)]
mod tests;

use crate::log_file::LogFileError;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use header::Header;
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// Compressed bytes asked of the source at a time.
const SOURCE_BUFFER_BYTES: usize = 64 * 1024;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The byte order mark that some editors put in front of UTF-8.
pub(crate) const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// CRC-32 and size, four bytes each (RFC 1952, section 2.3.1).
const TRAILER_BYTES: usize = 8;

/// What is wrong with the bytes of a gzip member.
#[derive(Debug, thiserror::Error)]
pub enum GzipFault {
    /// The header names a compression method other than deflate.
    #[error("the header names compression method {0}, and only 8 (deflate) is defined")]
    UnknownMethod(u8),
    /// The header sets flags that RFC 1952 reserves.
    #[error("the header sets reserved flags")]
    ReservedFlags,
    /// The header's own checksum does not match.
    #[error("the header does not match its checksum")]
    HeaderChecksum,
    /// The deflate stream is invalid.
    #[error("the deflate stream is invalid")]
    Deflate(#[source] InflateFault),
    /// The inflater makes no progress although it has input and space.
    #[error("the deflate stream makes no progress")]
    Stalled,
}

/// The inflater's own account of an invalid deflate stream.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InflateFault(#[from] flate2::DecompressError);

/// A reader of the content of one gzip member, or of plain JSON, up to a limit.
///
/// Memory is constant: one source buffer and the inflater's 32 KiB window, whatever the size of the file.
pub struct Gunzip<R> {
    source: BufReader<R>,
    inflate: Decompress,
    checksum: Crc,
    stage: Stage,
    produced: u64,
    limit: u64,
}

enum Stage {
    Sniff,
    Header(Header),
    Member,
    Trailer { bytes: [u8; TRAILER_BYTES], have: usize },
    Plain { starts_like_json: bool },
    Finished,
}

/// The memory of a decompressor, about 50 KB: to read many small files, it pays to make it once.
#[derive(Debug)]
pub struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompress::new(false))
    }
}

impl<R: Read> Gunzip<R> {
    /// Wraps `source`, which is to yield at most `limit` decompressed bytes.
    pub fn new(source: R, limit: u64) -> Self {
        Self::with_inflater(source, limit, Inflater::default())
    }

    /// The same, with an inflater that may have been used before.
    pub fn with_inflater(source: R, limit: u64, Inflater(mut inflate): Inflater) -> Self {
        inflate.reset(false);
        Self {
            source: BufReader::with_capacity(SOURCE_BUFFER_BYTES, source),
            inflate,
            checksum: Crc::new(),
            stage: Stage::Sniff,
            produced: 0,
            limit,
        }
    }

    /// Ends the reading, and keeps what another file can use.
    pub fn into_inflater(self) -> Inflater {
        Inflater(self.inflate)
    }

    /// Decompressed bytes handed out so far.
    pub fn decompressed_bytes(&self) -> u64 {
        self.produced
    }

    /// Fills the front of `buffer` with content and returns how many bytes that were.
    ///
    /// `Ok(0)` for a non-empty buffer means that the member was complete, its trailer matched and nothing followed.
    /// What was handed out before an error is unverified.
    ///
    /// # Errors
    ///
    /// Every [`LogFileError`] whose code speaks of the file rather than of its JSON. After an error the reader is spent.
    pub fn read_chunk(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        loop {
            match &mut self.stage {
                Stage::Sniff => self.sniff()?,
                Stage::Header(_) => self.read_header()?,
                Stage::Member => {
                    let produced = self.inflate_into(buffer)?;
                    if produced > 0 {
                        return self.hand_out(produced);
                    }
                }
                Stage::Trailer { .. } => self.read_trailer()?,
                Stage::Plain { .. } => {
                    let copied = self.copy_into(buffer)?;
                    return self.hand_out(copied);
                }
                Stage::Finished => return Ok(0),
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
            self.stage = Stage::Plain { starts_like_json: false };
            return Ok(());
        }
        self.source.consume(1);
        match next_byte(&mut self.source)? {
            None => Err(LogFileError::Truncated),
            Some(second) if second == MAGIC[1] => {
                self.stage = Stage::Header(Header::new(&MAGIC));
                Ok(())
            }
            Some(_) => Err(LogFileError::NotGzip),
        }
    }

    fn read_header(&mut self) -> Result<(), LogFileError> {
        let Stage::Header(header) = &mut self.stage else { return Ok(()) };
        while !header.is_complete() {
            let byte = next_byte(&mut self.source)?.ok_or(LogFileError::Truncated)?;
            header.push(byte).map_err(LogFileError::CorruptGzip)?;
        }
        self.stage = Stage::Member;
        Ok(())
    }

    /// Inflates once; returns 0 only when the deflate stream has ended.
    fn inflate_into(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        loop {
            // The inflater may still hold output when the source has ended, so an empty input is no verdict yet.
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
                self.stage = Stage::Trailer { bytes: [0; TRAILER_BYTES], have: 0 };
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
        let Stage::Trailer { bytes, have } = &mut self.stage else { return Ok(()) };
        while let Some(slot) = bytes.get_mut(*have) {
            *slot = next_byte(&mut self.source)?.ok_or(LogFileError::Truncated)?;
            *have += 1;
        }
        let [a, b, c, d, e, f, g, h] = *bytes;
        let (sum, size) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if sum != self.checksum.sum() || size != self.checksum.amount() {
            return Err(LogFileError::ChecksumMismatch);
        }
        if peek(&mut self.source)?.is_some() {
            return Err(LogFileError::TrailingData);
        }
        self.stage = Stage::Finished;
        Ok(())
    }

    fn copy_into(&mut self, buffer: &mut [u8]) -> Result<usize, LogFileError> {
        let Stage::Plain { starts_like_json } = &mut self.stage else { return Ok(0) };
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
            self.stage = Stage::Finished;
        }
        Ok(count)
    }
}

/// The first byte of `input`, which starts at `offset` of the file, that is neither blank nor part of a byte order mark.
fn first_visible(input: &[u8], offset: u64) -> Option<u8> {
    let mark = |at: usize| usize::try_from(offset).ok().and_then(|base| BYTE_ORDER_MARK.get(base + at));
    input
        .iter()
        .enumerate()
        .find(|&(at, byte)| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && mark(at) != Some(byte))
        .map(|(_, byte)| *byte)
}

/// `fill_buf` that starts again when a signal interrupted it.
fn fill<R: Read>(source: &mut BufReader<R>) -> Result<&[u8], LogFileError> {
    while let Err(cause) = source.fill_buf() {
        if cause.kind() != ErrorKind::Interrupted {
            return Err(LogFileError::Read(cause));
        }
    }
    // Not what `fill_buf` returned: a borrow that is returned on one path only would last for the whole loop.
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
