//! Standard output, whose errors say that they are about standard output.
//!
//! Colours are removed where nobody can see them.

use std::io::{self, BufWriter, Write};

/// The bytes of JSON that are written at a time.
const JSON_PIECE_BYTES: usize = 64 << 10;

/// Bytes to standard output, without a buffer of its own: each line is visible as soon as it is written.
#[derive(Debug)]
pub(crate) struct Stdout(anstream::AutoStream<io::Stdout>);

/// Why standard output took no more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
struct StdoutError(#[source] io::Error);

impl Stdout {
    /// For output that people watch while it is made.
    pub(crate) fn unbuffered() -> Self {
        Self(anstream::stdout())
    }

    /// For JSON, in large pieces. It escapes control characters, so there are no colours to remove. Flush it.
    pub(crate) fn json() -> BufWriter<Self> {
        BufWriter::with_capacity(JSON_PIECE_BYTES, Self(anstream::AutoStream::always_ansi(io::stdout())))
    }

    /// For a report that is complete. Flush it: an error at the very end would be lost.
    pub(crate) fn buffered() -> BufWriter<Self> {
        BufWriter::new(Self::unbuffered())
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(named)
    }
}

/// Keeps the kind, because a closed pipe is not an error and a full disk is.
fn named(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), StdoutError(error))
}
