//! The SHA-256 of an object's content, computed while it is decompressed: one pass, constant memory.
//!
//! The signed hash is of the content, whatever the compression. That a file is exactly one complete gzip member is a rule of
//! our own, and of the log processor: some readers would take a second member for more records. Content without the gzip
//! magic is taken as it is, because a client that honours `Content-Encoding: gzip` stores it so.

use std::io::{self, Read, Write};

use cloudtrail::{Gunzip, Inflater, LogFileError};
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256, digest};

/// Bytes hashed at a time: they are still in the processor's cache when they come out of the inflater.
const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes asked for at first: all of most log files, so that reading one takes two system calls.
const START_BYTES: usize = 16 * 1024;

/// Most content of a log file that is hashed, in bytes. CloudTrail's largest files have some 50 MB before compression.
const MAX_CONTENT_BYTES: u64 = 4 << 30;

/// The first two bytes of a gzip member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A SHA-256.
pub(crate) type Sha256 = [u8; 32];

/// The SHA-256 of bytes in memory.
pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    taken(&digest(&SHA256, bytes))
}

/// The lower-case hexadecimal digits of the SHA-256 of bytes in memory.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Passes what is written on, and hashes it.
pub struct HashingWriter<W> {
    inner: W,
    context: Context,
}

impl<W: Write> HashingWriter<W> {
    /// Hashes from here on.
    pub fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256) }
    }

    /// The lower-case hexadecimal digits of the SHA-256 of all that was written.
    pub fn finish(self) -> String {
        hex(self.context.finish().as_ref())
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.context.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn taken(digest: &ring::digest::Digest) -> Sha256 {
    // A SHA-256 has 32 bytes.
    digest.as_ref().try_into().unwrap_or_default()
}

/// Why the content of an object has no hash.
#[derive(Debug)]
pub(crate) enum ContentFault {
    /// It is not exactly one complete gzip member.
    Damaged(LogFileError),
    /// Its source failed, or it is too large to be read to its end.
    Unreadable(LogFileError),
}

/// What can be used again for the next object: an inflater and a buffer.
pub(crate) struct Hasher {
    inflater: Option<Inflater>,
    chunk: Vec<u8>,
    /// The first bytes of an object, which say whether it is compressed.
    start: Vec<u8>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { inflater: None, chunk: vec![0; CHUNK_BYTES], start: vec![0; START_BYTES] }
    }
}

impl Hasher {
    /// The SHA-256 of the content of an object.
    pub(crate) fn content_sha256(&mut self, mut source: impl Read) -> Result<Sha256, ContentFault> {
        let mut start = std::mem::take(&mut self.start);
        let hash = match read_start(&mut source, &mut start) {
            Err(error) => Err(unreadable(error)),
            Ok(count) => {
                let read = start.get(..count).unwrap_or_default();
                if read.starts_with(&MAGIC) {
                    self.inflated(read.chain(source))
                } else {
                    self.plain(read.chain(source))
                }
            }
        };
        self.start = start;
        hash
    }

    fn inflated(&mut self, source: impl Read) -> Result<Sha256, ContentFault> {
        let inflater = self.inflater.take().unwrap_or_default();
        let mut gunzip = Gunzip::with_inflater(source, MAX_CONTENT_BYTES, inflater);
        let mut context = Context::new(&SHA256);
        let read = loop {
            match gunzip.read_chunk(&mut self.chunk) {
                Ok(0) => break Ok(()),
                Ok(count) => context.update(self.chunk.get(..count).unwrap_or_default()),
                Err(error) => break Err(error),
            }
        };
        self.inflater = Some(gunzip.into_inflater());
        match read {
            Ok(()) => Ok(taken(&context.finish())),
            Err(error @ (LogFileError::Read(_) | LogFileError::TooLarge { .. })) => {
                Err(ContentFault::Unreadable(error))
            }
            Err(error) => Err(ContentFault::Damaged(error)),
        }
    }

    fn plain(&mut self, mut source: impl Read) -> Result<Sha256, ContentFault> {
        let mut context = Context::new(&SHA256);
        let mut total = 0;
        loop {
            match source.read(&mut self.chunk) {
                Ok(0) => return Ok(taken(&context.finish())),
                Ok(count) => {
                    context.update(self.chunk.get(..count).unwrap_or_default());
                    total += count as u64;
                    if total > MAX_CONTENT_BYTES {
                        let limit = MAX_CONTENT_BYTES;
                        return Err(ContentFault::Unreadable(LogFileError::TooLarge { limit }));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
    }
}

fn unreadable(error: io::Error) -> ContentFault {
    ContentFault::Unreadable(LogFileError::Read(error))
}

/// Reads until the magic is known, and returns how many bytes there are: fewer only where the source ends.
fn read_start(source: &mut impl Read, start: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < MAGIC.len() {
        match source.read(start.get_mut(have..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}
