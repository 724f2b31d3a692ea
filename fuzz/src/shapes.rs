//! Inputs of any shape, as bytes.

use std::io::Read as _;

use cloudtrail::shapes::{Item, LogFileText, open_input};
use cloudtrail::{Limits, Record, open_log_file};

use crate::log_file::Pieces;

const LIMITS: Limits = Limits { decompressed_bytes: 1 << 20, record_bytes: 1 << 14, depth: 20 };

/// Bytes yield the same records and rejections whatever the sizes of the pieces in which they arrive, except that an
/// error of the input may come earlier or later. If the records are written as a log file, its reader finds the same ones.
pub fn shapes(data: &[u8]) {
    let (whole, error) = read(data);
    let (pieces, error_in_pieces) = read(Pieces(data));
    assert_eq!(error.is_empty(), error_in_pieces.is_empty());
    let (shorter, longer) =
        if pieces.len() < whole.len() { (pieces, &whole) } else { (whole.clone(), &pieces) };
    assert!(longer.starts_with(&shorter));
    assert!(!error.is_empty() || shorter.len() == longer.len());
    if !error.is_empty() {
        return;
    }
    let mut text = Vec::new();
    let rejected = &mut 0;
    let read = LogFileText::new(open_input(data, LIMITS), |_| *rejected += 1).read_to_end(&mut text);
    assert!(read.is_ok());
    let mut records = whole.iter().filter_map(|item| item.as_ref().ok());
    let mut file = open_log_file(text.as_slice(), Limits::default());
    while let Some(record) = file.next_record().unwrap() {
        assert!(
            matches!(record, Record::Complete(bytes) if Some(bytes) == records.next().map(Vec::as_slice))
        );
    }
    assert!(records.next().is_none());
    assert_eq!(*rejected, whole.iter().filter(|item| item.is_err()).count());
}

/// The records, the rejected values and the error of an input.
fn read(source: impl std::io::Read + Send) -> (Vec<Result<Vec<u8>, String>>, String) {
    let mut reader = open_input(source, LIMITS);
    let mut items = Vec::new();
    loop {
        match reader.next_item() {
            Ok(Some(Item::Record(bytes))) => items.push(Ok(bytes.to_vec())),
            Ok(Some(Item::Rejected(rejected))) => items.push(Err(rejected.to_string())),
            Ok(None) => return (items, String::new()),
            Err(error) => return (items, error.to_string()),
        }
    }
}
