//! Finds the matching records of an input of any shape.
//!
//! A record counts as evaluated only if it is valid JSON. Everything else is named.

use std::io::{self, Read, Write};

use cloudtrail::Limits;
use cloudtrail::shapes::{InputError, Item, open_input};
use filter_pattern::{Matches, Pattern, PatternSet};

use crate::terminal::record_line;

/// The most notes about one input. The last line counts the others.
const MAX_NOTES: u64 = 10;

/// What is printed of a matching record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Print {
    /// Nothing: the matches are only counted.
    Nothing,
    /// The record, on a line.
    Lines {
        /// Whether deceptive characters are escaped.
        is_for_terminal: bool,
    },
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) evaluated: u64,
    pub(super) matching: u64,
    /// Whether the input could be read to its end.
    pub(super) end: Result<(), InputError>,
}

/// Writes the matching records, and passes notes on everything that is not a valid record to `note`.
pub(super) fn match_records(
    pattern: Pattern,
    input: impl Read + Send,
    print: Print,
    out: &mut impl Write,
    mut note: impl FnMut(String),
) -> io::Result<Found> {
    let patterns = PatternSet::new([pattern]);
    let mut reader = open_input(input, Limits::default());
    let mut matches = Matches::default();
    let mut found = Found { evaluated: 0, matching: 0, end: Ok(()) };
    let mut faults = 0;
    let mut reject = |fault: String| {
        faults += 1;
        if faults <= MAX_NOTES {
            note(fault);
        }
    };
    let mut number = 0_u64;
    loop {
        number += 1;
        match reader.next_item() {
            Ok(Some(Item::Record(record))) => match patterns.matches_into(record, &mut matches) {
                Ok(()) => {
                    found.evaluated += 1;
                    if matches.contains(0) {
                        found.matching += 1;
                        if let Print::Lines { is_for_terminal } = print {
                            writeln!(out, "{}", record_line(record, is_for_terminal))?;
                        }
                    }
                }
                Err(error) => reject(format!("record {number}: {error}")),
            },
            Ok(Some(Item::Rejected(rejected))) => reject(rejected.to_string()),
            Ok(None) => break,
            Err(error) => {
                found.end = Err(error);
                break;
            }
        }
    }
    if faults > MAX_NOTES {
        note(format!("{} more values could not be read", faults - MAX_NOTES));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str =
        r#"{"eventVersion":"1.11","eventTime":"2026-09-14T10:00:00Z","eventName":"StopLogging"}"#;

    fn matching(pattern: &str, input: &str) -> (String, Found, Vec<String>) {
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        let pattern = Pattern::parse(pattern).unwrap();
        let print = Print::Lines { is_for_terminal: false };
        let note = |note| notes.push(note);
        let found = match_records(pattern, input.as_bytes(), print, &mut out, note).unwrap();
        (String::from_utf8(out).unwrap(), found, notes)
    }

    #[test]
    fn records_of_every_shape_match_and_other_values_are_named() {
        let quoted = serde_json::to_string(RECORD).unwrap();
        for input in [
            RECORD.to_owned(),
            format!("{{\"Records\":[{RECORD}]}}"),
            format!("[{RECORD}]"),
            format!("{{\"Events\":[{{\"CloudTrailEvent\":{quoted}}}]}}"),
            format!("{{\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{RECORD}}}"),
        ] {
            for pattern in ["{ $.eventName = Stop* }", "StopLogging"] {
                let (out, found, notes) = matching(pattern, &input);
                assert_eq!(out, format!("{RECORD}\n"), "{input}");
                assert_eq!((found.evaluated, found.matching, notes.len()), (1, 1, 0), "{input}");
            }
            let (out, found, _) = matching("{ $.eventName = Other }", &input);
            assert_eq!((out.as_str(), found.evaluated, found.matching), ("", 1, 0));
        }
        let (_, found, notes) =
            matching("{ $.a = 1 }", "{\"a\":1}\n{\"digestStartTime\":\"x\",\"logFiles\":[]}");
        assert_eq!((found.evaluated, notes.len()), (0, 2), "{notes:?}");
        assert!(notes[0].starts_with("line 1: an object with the members"), "{notes:?}");
        assert!(notes[1].starts_with("line 2: a digest file"), "{notes:?}");
    }

    #[test]
    fn many_faults_are_counted() {
        let input = "{\"a\":1}\n".repeat(15);
        let (_, _, notes) = matching("x", &input);
        assert_eq!(notes.len(), 11);
        assert_eq!(notes[10], "5 more values could not be read");
    }
}
