//! The records of events as one log file, for tools that read log files.

use std::io::{self, Write};

pub(super) struct LogFileWriter<W> {
    out: W,
    is_first: bool,
}

impl<W: Write> LogFileWriter<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"{\"Records\":[")?;
        Ok(Self { out, is_first: true })
    }

    pub(super) fn write(&mut self, record: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        self.out.write_all(record)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
