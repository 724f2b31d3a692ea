//! Presents an input of any shape as the text of one log file, for consumers that read log files.
//!
//! Rejected values go to a callback and do not appear in the text. An error of the input is an error of this reader, so
//! a partial input never looks like a complete log file.

use super::error::{InputError, RejectedInput};
use super::reader::{InputReader, Item};
use std::io::{self, Read};

/// The records of an input as the text `{"Records":[...]}`.
///
/// It uses the memory of the input's reader and of one record. An error of the input is an [`io::Error`] that wraps the
/// [`InputError`].
pub struct LogFileText<'r, F> {
    input: InputReader<'r>,
    on_rejected: F,
    piece: Vec<u8>,
    /// The bytes of `piece` handed out so far.
    at: usize,
    stage: TextStage,
    records: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TextStage {
    Start,
    Records { any: bool },
    End,
}

impl<'r, F: FnMut(RejectedInput)> LogFileText<'r, F> {
    /// The text of `input`; rejected values go to `on_rejected`.
    pub fn new(input: InputReader<'r>, on_rejected: F) -> Self {
        Self { input, on_rejected, piece: Vec::new(), at: 0, stage: TextStage::Start, records: 0 }
    }

    /// The number of records so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    fn next_piece(&mut self) -> Result<(), InputError> {
        self.piece.clear();
        self.at = 0;
        match self.stage {
            TextStage::Start => {
                self.piece.extend_from_slice(b"{\"Records\":[");
                self.stage = TextStage::Records { any: false };
            }
            TextStage::Records { any } => loop {
                match self.input.next_item()? {
                    Some(Item::Rejected(rejected)) => (self.on_rejected)(rejected),
                    Some(Item::Record(record)) => {
                        if any {
                            self.piece.push(b',');
                        }
                        self.piece.extend_from_slice(record);
                        self.records += 1;
                        self.stage = TextStage::Records { any: true };
                        return Ok(());
                    }
                    None => {
                        self.piece.extend_from_slice(b"]}");
                        self.stage = TextStage::End;
                        return Ok(());
                    }
                }
            },
            TextStage::End => {}
        }
        Ok(())
    }
}

impl<F: FnMut(RejectedInput)> Read for LogFileText<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && self.stage != TextStage::End {
            self.next_piece().map_err(io::Error::other)?;
        }
        let mut rest = self.piece.get(self.at..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}
