//! Inputs of every shape, in pieces of every size: our own cases, made-up ones, and the field's where they are at hand.

mod cases;
mod field;
mod properties;

use super::reader::{InputReader, Item};
use super::{InputError, LogFileText, open_input};
use crate::fixtures::Chunks;
use crate::log_file::Limits;
use std::io::Read;

/// Sizes of the window at first.
const WINDOW_SIZES: [usize; 4] = [1, 7, 64, 64 * 1024];

/// What an input gave: records as text and rejections as `code@line`, in order, and the code of the error at its end.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    items: Vec<String>,
    error: &'static str,
}

fn read(mut reader: InputReader<'_>) -> Outcome {
    let mut items = Vec::new();
    loop {
        match reader.next_item() {
            Ok(Some(Item::Record(record))) => items.push(String::from_utf8(record.to_vec()).unwrap()),
            Ok(Some(Item::Rejected(rejected))) => {
                assert!(!rejected.to_string().is_empty());
                items.push(format!("{}@{}", rejected.fault.code(), rejected.line));
            }
            Ok(None) => {
                assert!(reader.next_item().unwrap().is_none(), "the end is final");
                return Outcome { items, error: "" };
            }
            Err(error) => {
                assert!(matches!(reader.next_item(), Err(InputError::AfterFailure)), "an error is final");
                return Outcome { items, error: error.code() };
            }
        }
    }
}

/// Reads an input in pieces of every size, which must make no difference.
fn check_with(bytes: &[u8], limits: Limits) -> Outcome {
    let whole = read(open_input(bytes, limits));
    for window in WINDOW_SIZES {
        for chunk in [1, 3, 4096] {
            let pieces = read(InputReader::new(Chunks { bytes, chunk }, limits, window, 0));
            assert_eq!(pieces, whole, "in pieces of {chunk} bytes, in a window of {window}");
        }
    }
    whole
}

fn check(bytes: impl AsRef<[u8]>) -> Outcome {
    check_with(bytes.as_ref(), Limits::default())
}

/// The names of the events in a complete input, and what was rejected.
fn names(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let outcome = check(bytes);
    assert_eq!(outcome.error, "");
    outcome.items.into_iter().map(|item| name_of(&item).unwrap_or(item)).collect()
}

/// `eventName` of a record; `None` for a rejection.
fn name_of(item: &str) -> Option<String> {
    let record: serde_json::Value = serde_json::from_str(item).ok()?;
    let name = record.get("eventName").or_else(|| record.get("eventType"))?;
    Some(name.as_str()?.to_owned())
}

/// A record with a name.
fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"alice"}},"eventTime":"2026-09-14T10:15:00Z","eventSource":"iam.amazonaws.com","eventName":"{name}","resources":[],"eventID":"6f2f0d6c-0000-4000-8000-0000000000a1"}}"#
    )
}

/// `text` as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Reads the text of an input as a log file.
fn as_log_file(bytes: &[u8]) -> (String, usize) {
    let mut rejected = 0;
    let mut text = String::new();
    LogFileText::new(open_input(bytes, Limits::default()), |_| rejected += 1)
        .read_to_string(&mut text)
        .unwrap();
    (text, rejected)
}
