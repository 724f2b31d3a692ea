//! Log files of every form, read in pieces of every size through windows of every size.
//!
//! `cases` lists them by hand, `properties` makes them up, `corpus` takes them from a folder when there is one.

mod cases;
mod corpus;
mod properties;

use super::{Limits, LogFileError, LogFileReader, Record};
use crate::fixtures::Chunks;
use std::io::Read;

/// Sizes of the window at first.
const WINDOW_SIZES: [usize; 4] = [1, 7, 64, 256 * 1024];

/// What one file gave: the elements in order, as text, and the code of the error that ended it, or `""`.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    elements: Vec<String>,
    end: String,
}

/// Reads everything. A rejection is shown as `code index@offset`, an error that has an offset as `code@offset`.
fn read(source: impl Read, limits: Limits, window_bytes: usize) -> Outcome {
    let mut reader = LogFileReader::with_window(source, limits, window_bytes);
    let mut elements = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(Record::Complete(bytes))) => elements.push(String::from_utf8(bytes.to_vec()).unwrap()),
            Ok(Some(Record::Rejected(rejection))) => {
                let (index, offset) = (rejection.index, rejection.offset);
                assert_eq!(index, elements.len() as u64);
                elements.push(format!("{} {index}@{offset}", rejection.reason.code()));
            }
            Ok(None) => {
                assert!(reader.next_record().unwrap().is_none(), "the end is final");
                return Outcome { elements, end: String::new() };
            }
            Err(error) => {
                assert!(matches!(reader.next_record(), Err(LogFileError::AfterFailure)), "an error is final");
                return Outcome { elements, end: show(&error) };
            }
        }
    }
}

fn show(error: &LogFileError) -> String {
    if let LogFileError::NotJson { offset, .. } = error {
        format!("{}@{offset}", error.code())
    } else {
        error.code().to_owned()
    }
}

/// Reads `bytes` in every combination of piece and window size, which must all agree.
fn read_every_way(bytes: &[u8], limits: Limits) -> Outcome {
    let mut outcomes = crate::fixtures::CHUNK_SIZES
        .iter()
        .flat_map(|&chunk| WINDOW_SIZES.map(|window| read(Chunks { bytes, chunk }, limits, window)));
    let first = outcomes.next().unwrap();
    for other in outcomes {
        assert_eq!(other, first, "the sizes make a difference to {}", String::from_utf8_lossy(bytes));
    }
    first
}
