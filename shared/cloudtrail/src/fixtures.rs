//! Sources and compressed bytes for the tests of this crate.
//!
//! It does not know what the tests expect.

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use std::io::{self, Read, Write};

/// The chunk sizes in which test sources hand out their bytes.
pub(crate) const CHUNK_SIZES: [usize; 5] = [1, 2, 3, 7, 4096];

/// A gzip header without optional fields.
pub(crate) const PLAIN_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// `content` as one gzip member.
pub(crate) fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// Hands out at most `chunk` bytes at a time.
pub(crate) struct Chunks<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) chunk: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.chunk.min(buffer.len());
        self.bytes.read(&mut buffer[..count])
    }
}

/// Hands out `unit` over and over, `times` times.
pub(crate) struct Repeated {
    pub(crate) unit: Vec<u8>,
    pub(crate) times: usize,
    at: usize,
}

impl Repeated {
    pub(crate) fn new(unit: impl Into<Vec<u8>>, times: usize) -> Self {
        Self { unit: unit.into(), times, at: 0 }
    }
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.times == 0 {
            return Ok(0);
        }
        let count = buffer.len().min(self.unit.len() - self.at);
        buffer[..count].copy_from_slice(&self.unit[self.at..self.at + count]);
        self.at += count;
        if self.at == self.unit.len() {
            (self.at, self.times) = (0, self.times - 1);
        }
        Ok(count)
    }
}

/// Is interrupted a number of times, then hands out `bytes`, then fails permanently.
pub(crate) struct Failing<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) interruptions: usize,
    pub(crate) at_end: io::ErrorKind,
}

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interruptions > 0 {
            self.interruptions -= 1;
            return Err(io::ErrorKind::Interrupted.into());
        }
        match self.bytes.read(buffer)? {
            0 => Err(self.at_end.into()),
            count => Ok(count),
        }
    }
}

/// A gzip member of `head` followed by `gibibytes` of a single letter, compressed into a few megabytes each.
///
/// It has no trailer, because no reader should get that far.
pub(crate) fn bomb(head: &[u8], gibibytes: usize) -> impl Read {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut deflated = |content: &[u8]| {
        let mut block = Vec::with_capacity(content.len() + 1024);
        compress.compress_vec(content, &mut block, FlushCompress::Full).unwrap();
        block
    };
    let mut start = PLAIN_HEADER.to_vec();
    start.extend(deflated(head));
    // A full flush ends on a byte boundary and resets the dictionary, so the block can be repeated.
    let mebibyte = deflated(&vec![b'a'; 1 << 20]);
    io::Cursor::new(start).chain(Repeated::new(mebibyte, gibibytes * 1024))
}
