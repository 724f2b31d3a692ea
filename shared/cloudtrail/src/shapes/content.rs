//! From the bytes of an input to its text: gzip in any number of members and layers, and UTF-16.
//!
//! The first bytes decide what an input is, never a name. A format that is recognized but not supported is an error that
//! names it. This module does not look at the text itself.

use super::error::InputError;
use super::format::{Encoding, HEAD_BYTES};
use super::utf16::Utf16;
use crate::gunzip::Gunzip;
use crate::log_file::error::LogFileError;
use crate::log_file::window::TextSource;
use std::io::{self, Cursor, ErrorKind, Read};

/// The most layers of gzip inside gzip: a download compressed again with `gzip`, and once more by a web server.
const MAX_LAYERS: usize = 3;

type Layer<'r> = Box<dyn Read + Send + 'r>;

/// The text of an input, up to a limit.
pub(super) struct Content<'r> {
    stage: ContentStage<'r>,
    limit: u64,
    /// The bytes of text read so far.
    produced: u64,
}

enum ContentStage<'r> {
    /// Nothing has been read yet.
    Unopened(Layer<'r>),
    Text(Layer<'r>),
    /// An error has already been returned.
    Failed,
}

impl<'r> Content<'r> {
    /// The text of `source`, which may have at most `limit` bytes after each decoding step.
    pub(super) fn new(source: impl Read + Send + 'r, limit: u64) -> Self {
        Self { stage: ContentStage::Unopened(Box::new(source)), limit, produced: 0 }
    }

    /// The bytes of text read so far.
    pub(super) fn text_bytes(&self) -> u64 {
        self.produced
    }

    fn read_text(&mut self, buffer: &mut [u8]) -> Result<usize, InputError> {
        let mut text = match std::mem::replace(&mut self.stage, ContentStage::Failed) {
            ContentStage::Unopened(source) => decode(source, self.limit)?,
            ContentStage::Text(text) => text,
            ContentStage::Failed => return Err(InputError::AfterFailure),
        };
        let count = read_some(&mut text, buffer)?;
        self.produced += count as u64;
        if self.produced > self.limit {
            return Err(InputError::TooLarge { limit: self.limit });
        }
        self.stage = ContentStage::Text(text);
        Ok(count)
    }
}

impl TextSource for Content<'_> {
    type Error = InputError;

    fn read_chunk(&mut self, buffer: &mut [u8]) -> Result<usize, InputError> {
        self.read_text(buffer)
    }
}

/// Removes every layer of encoding around the text.
fn decode(source: Layer<'_>, limit: u64) -> Result<Layer<'_>, InputError> {
    let mut layer = source;
    for _ in 0..=MAX_LAYERS {
        let mut head = vec![0; HEAD_BYTES];
        let count = fill(&mut layer, &mut head)?;
        head.truncate(count);
        let encoding = Encoding::of(&head);
        let whole = Cursor::new(head).chain(layer);
        layer = match encoding {
            Encoding::Text => return Ok(Box::new(whole)),
            Encoding::Utf16(order) => return Ok(Box::new(Utf16::new(whole, order))),
            Encoding::Gzip => Box::new(Gunzip::of_members(whole, limit)),
            Encoding::Unread(format) => return Err(InputError::Format(format)),
        };
    }
    Err(InputError::TooManyLayers { limit: MAX_LAYERS })
}

/// Reads until `buffer` is full or the source has ended.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, InputError> {
    let mut filled = 0;
    while let Some(space) = buffer.get_mut(filled..)
        && !space.is_empty()
    {
        match read_some(source, space)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, InputError> {
    loop {
        match source.read(buffer) {
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome.map_err(unwrap),
        }
    }
}

/// Recovers a layer's error from the [`io::Error`] that carried it through the outer layers.
fn unwrap(cause: io::Error) -> InputError {
    match cause.downcast::<InputError>() {
        Ok(error) => error,
        Err(cause) => match cause.downcast::<LogFileError>() {
            Ok(LogFileError::Read(cause)) => unwrap(cause),
            Ok(error) => InputError::of_gzip(error),
            Err(cause) => InputError::Read(cause),
        },
    }
}
