//! Log files as bytes.

use std::io::Read;

use cloudtrail::{Limits, ReadBuffers, Record, open_log_file_with};
use filter_pattern::{Matches, PatternSet};

/// The input is a log file or an error, with the same result whether the reader or the consumer finds the ends of
/// records, and however the bytes arrive. The one difference allowed: an error in a gzip member may appear earlier or
/// later, depending on how much is decompressed at a time.
pub fn log_file(data: &[u8]) {
    let mut buffers = ReadBuffers::default();
    let whole = read(data, false, &mut buffers);
    assert_eq!(read(data, true, &mut buffers), whole);
    let (records, error) = read(Pieces(data), false, &mut buffers);
    assert_eq!(error.is_empty(), whole.1.is_empty());
    let (shorter, longer) =
        if records.len() < whole.0.len() { (records, whole.0) } else { (whole.0, records) };
    assert!(longer.starts_with(&shorter));
    assert!(!error.is_empty() || longer == shorter);
}

/// The records and the error of a file, read with buffers that may have been used for another file.
fn read(source: impl Read, ahead: bool, buffers: &mut ReadBuffers) -> (Vec<Vec<u8>>, String) {
    let limits = Limits { decompressed_bytes: 1 << 22, record_bytes: 1 << 16, depth: 20 };
    let set = PatternSet::new([]);
    let mut matches = Matches::default();
    let mut reader = open_log_file_with(source, limits, std::mem::take(buffers));
    let mut records = Vec::new();
    let error = loop {
        let next = reader.next_record_with(|text| {
            let length = ahead.then(|| set.matches_next_into(text, limits.depth, &mut matches));
            Some((length??, ()))
        });
        match next {
            Ok(Some((Record::Complete(bytes), _))) => records.push(bytes.to_vec()),
            Ok(Some((Record::Rejected(rejection), _))) => records.push(format!("{rejection:?}").into_bytes()),
            Ok(None) => break String::new(),
            Err(error) => break error.to_string(),
        }
    };
    *buffers = reader.into_buffers();
    (records, error)
}

/// A source that hands out a few bytes at a time.
pub(crate) struct Pieces<'d>(pub(crate) &'d [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.0.len()).min(3);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
