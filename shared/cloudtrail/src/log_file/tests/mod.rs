//! Log files of every form, read in chunks of every size through windows of every size.
//!
//! `cases` lists them by hand, `properties` generates them, and `corpus` reads them from a folder if there is one.

mod cases;
mod corpus;
mod properties;

use super::{Limits, LogFileReader, ReadBuffers, Record};
use crate::fixtures::Chunks;
use crate::log_file::error::LogFileError;
use std::io::Read;

/// Initial sizes of the window.
const WINDOW_SIZES: [usize; 4] = [1, 7, 64, 256 * 1024];

/// The result of reading one file: the elements in order, as text, and the code of the error that ended it, or `""`.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    elements: Vec<String>,
    end: String,
}

/// Reads everything. A rejection is formatted as `code index@offset`, an error with an offset as `code@offset`.
fn read(source: impl Read, limits: Limits, window_bytes: usize) -> Outcome {
    read_with(LogFileReader::with_window(source, limits, ReadBuffers::default(), window_bytes), |_| None).0
}

/// Reads everything with a consumer that may find the end of a record, and returns the buffers.
fn read_with<R: Read>(
    mut reader: LogFileReader<R>,
    end_of_record: impl Fn(&[u8]) -> Option<usize>,
) -> (Outcome, ReadBuffers) {
    let mut elements = Vec::new();
    loop {
        let mut vouched = None;
        let record = reader.next_record_with(|text| {
            vouched = end_of_record(text);
            vouched.map(|bytes| (bytes, bytes))
        });
        let record = record.map(|record| {
            record.map(|(record, found)| {
                if let (Record::Complete(bytes), Some(found)) = (record, found) {
                    assert_eq!((bytes.len(), Some(found)), (found, vouched));
                }
                record
            })
        });
        match record {
            Ok(Some(Record::Complete(bytes))) => elements.push(String::from_utf8(bytes.to_vec()).unwrap()),
            Ok(Some(Record::Rejected(rejection))) => {
                let (index, offset) = (rejection.index, rejection.offset);
                assert_eq!(index, elements.len() as u64);
                elements.push(format!("{} {index}@{offset}", rejection.reason.code()));
            }
            Ok(None) => {
                assert!(reader.next_record().unwrap().is_none(), "the end is final");
                return (Outcome { elements, end: String::new() }, reader.into_buffers());
            }
            Err(error) => {
                assert!(matches!(reader.next_record(), Err(LogFileError::AfterFailure)), "an error is final");
                return (Outcome { elements, end: show(&error) }, reader.into_buffers());
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

/// Reads `bytes` with every combination of chunk and window sizes, which must all agree.
fn read_every_way(bytes: &[u8], limits: Limits) -> Outcome {
    let mut outcomes = crate::fixtures::CHUNK_SIZES
        .iter()
        .flat_map(|&chunk| WINDOW_SIZES.map(|window| read(Chunks { bytes, chunk }, limits, window)));
    let first = outcomes.next().unwrap();
    for other in outcomes {
        assert_eq!(
            other,
            first,
            "different sizes give different results on {}",
            String::from_utf8_lossy(bytes)
        );
    }
    let mut buffers = ReadBuffers::default();
    for window in WINDOW_SIZES {
        let reader = LogFileReader::with_window(bytes, limits, buffers, window);
        let (other, used) = read_with(reader, |text| valid_object(text, limits.depth));
        assert_eq!(
            other,
            first,
            "a consumer that reads ahead gives a different result on {}",
            String::from_utf8_lossy(bytes)
        );
        buffers = used;
    }
    first
}

/// The length of the object at the start of `text`, if it is valid and not too deep.
fn valid_object(text: &[u8], depth_limit: usize) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>();
    let object = values.next()?.ok()?;
    let length = values.byte_offset();
    // `serde_json` keeps only one value of a repeated key, so the depth is taken from the text.
    let deepest = depth_of(text.get(..length)?);
    (object.is_object() && deepest <= depth_limit).then_some(length)
}

fn depth_of(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
