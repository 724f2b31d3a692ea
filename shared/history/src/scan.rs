//! Reads one input and keeps the records that match a filter.
//!
//! Every record is validated and counted, also the ones that cannot match. An input is verified only when it has been
//! read to its end; events found before an error are handed out all the same, and the caller says so.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use cloudtrail::shapes::{InputError, Item, RejectedInput, open_input};
use cloudtrail::{Limits, LogFileError, LogFileReader, ReadBuffers, Record, Rejection, open_log_file_with};
use filter_pattern::{Matches, RecordError};

use crate::event::Event;
use crate::fields::Fields;
use crate::filter::Filter;

/// Why an input could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A trail's log file is damaged or altered.
    #[error(transparent)]
    LogFile(#[from] LogFileError),
    /// An input of any shape cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
}

/// A record that is not valid JSON inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The position among all records of the input, counted from 1.
    pub number: u64,
    /// What is wrong.
    pub cause: RecordError,
}

/// Something in the place of a record from which no event can be read.
#[derive(Debug)]
pub enum RecordFault {
    /// An element of a log file.
    Rejected(Rejection),
    /// A value of an input of any shape.
    Input(RejectedInput),
    /// A record with invalid JSON.
    Malformed(Malformed),
}

impl fmt::Display for RecordFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(Rejection { index, reason, .. }) => {
                write!(formatter, "record {}: {reason}", index + 1)
            }
            Self::Input(rejected) => write!(formatter, "{rejected}"),
            Self::Malformed(Malformed { number, cause }) => write!(formatter, "record {number}: {cause}"),
        }
    }
}

/// What was found in the inputs so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanCounts {
    /// Records read: matching ones, others and rejected ones.
    pub records: u64,
    /// Records that match, before duplicates are removed.
    pub matching: u64,
    /// Records and other values that could not be read.
    pub rejected: u64,
    /// Records left out because they have no time and the query has a time range.
    pub without_time: u64,
}

/// Finds the events of a query in one input after the other.
#[derive(Debug)]
pub struct Scanner<'f> {
    filter: &'f Filter,
    limits: Limits,
    matches: Matches,
    buffers: ReadBuffers,
    counts: ScanCounts,
}

/// Receives what a scan finds, in the order of the input.
pub trait ScanSink {
    /// Takes an event that matches.
    fn event(&mut self, event: Event);
    /// Takes what could not be read.
    fn fault(&mut self, fault: RecordFault);
}

impl<'f> Scanner<'f> {
    /// A scanner for the events that `filter` selects.
    pub fn new(filter: &'f Filter, limits: Limits) -> Self {
        Self {
            filter,
            limits,
            matches: Matches::default(),
            buffers: ReadBuffers::default(),
            counts: ScanCounts::default(),
        }
    }

    /// The counts over all inputs.
    pub fn counts(&self) -> ScanCounts {
        self.counts
    }

    /// Takes the counts back to `counts`, because an input is read once more in another way.
    pub fn restore(&mut self, counts: ScanCounts) {
        self.counts = counts;
    }

    /// Reads a trail's log file: one gzip member or plain JSON, one object, one list `Records`.
    ///
    /// # Errors
    ///
    /// A [`ScanError::LogFile`] if the file cannot be read to its verified end.
    pub fn scan_log_file(
        &mut self,
        source: impl Read,
        log_file: &Arc<str>,
        sink: &mut impl ScanSink,
    ) -> Result<(), ScanError> {
        let mut reader = open_log_file_with(source, self.limits, std::mem::take(&mut self.buffers));
        let outcome = self.read_log_file(&mut reader, log_file, sink);
        self.buffers = reader.into_buffers();
        Ok(outcome?)
    }

    fn read_log_file<R: Read>(
        &mut self,
        reader: &mut LogFileReader<R>,
        log_file: &Arc<str>,
        sink: &mut impl ScanSink,
    ) -> Result<(), LogFileError> {
        let (filter, depth) = (self.filter, self.limits.depth);
        let mut number = 0;
        loop {
            let matches = &mut self.matches;
            // A record in the usual form is validated in place, which also finds its end.
            let decide = |text: &[u8]| Some((filter.patterns().matches_next_into(text, depth, matches)?, ()));
            match reader.next_record_with(decide)? {
                None => return Ok(()),
                Some((Record::Rejected(rejection), _)) => {
                    self.reject(RecordFault::Rejected(rejection), sink);
                }
                Some((Record::Complete(record), Some(()))) => self.decide(record, log_file, number + 1, sink),
                Some((Record::Complete(record), None)) => {
                    self.read_record(record, log_file, number + 1, sink)
                }
            }
            number += 1;
        }
    }

    /// Reads an input of any shape.
    ///
    /// # Errors
    ///
    /// A [`ScanError::Input`] if the input cannot be read to its verified end.
    pub fn scan_input(
        &mut self,
        source: impl Read + Send,
        log_file: &Arc<str>,
        sink: &mut impl ScanSink,
    ) -> Result<(), ScanError> {
        let mut reader = open_input(source, self.limits);
        let mut number = 0;
        while let Some(item) = reader.next_item()? {
            number += 1;
            match item {
                Item::Record(record) => self.read_record(record, log_file, number, sink),
                Item::Rejected(rejected) => self.reject(RecordFault::Input(rejected), sink),
            }
        }
        Ok(())
    }

    /// Validates a record, and decides whether it matches.
    fn read_record(&mut self, record: &[u8], log_file: &Arc<str>, number: u64, sink: &mut impl ScanSink) {
        match self.filter.patterns().matches_into(record, &mut self.matches) {
            Ok(()) => self.decide(record, log_file, number, sink),
            Err(cause) => self.reject(RecordFault::Malformed(Malformed { number, cause }), sink),
        }
    }

    /// Decides a valid record for which the patterns have been decided.
    fn decide(&mut self, record: &[u8], log_file: &Arc<str>, number: u64, sink: &mut impl ScanSink) {
        if !self.filter.allows_patterns(&self.matches) || !self.filter.may_match(record) {
            self.counts.records += 1;
            return;
        }
        match Fields::of(record) {
            Ok(fields) => {
                self.counts.records += 1;
                if self.filter.matches(&fields) {
                    self.counts.matching += 1;
                    sink.event(Event::new(&fields, record, log_file));
                } else if self.filter.lacks_time(&fields) {
                    self.counts.without_time += 1;
                }
            }
            Err(cause) => self.reject(RecordFault::Malformed(Malformed { number, cause }), sink),
        }
    }

    fn reject(&mut self, fault: RecordFault, sink: &mut impl ScanSink) {
        self.counts.records += 1;
        self.counts.rejected += 1;
        sink.fault(fault);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cloudtrail::Limits;

    use super::{RecordFault, ScanCounts, ScanSink, Scanner};
    use crate::event::Event;
    use crate::filter::{Filter, Query};
    use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING};

    #[derive(Default)]
    struct Found {
        names: Vec<String>,
        faults: Vec<String>,
    }

    impl ScanSink for Found {
        fn event(&mut self, event: Event) {
            let record: serde_json::Value = serde_json::from_slice(event.record()).unwrap();
            self.names.push(record["eventName"].as_str().unwrap_or_default().to_owned());
            assert_eq!(event.log_file(), "a.json");
        }

        fn fault(&mut self, fault: RecordFault) {
            self.faults.push(fault.to_string());
        }
    }

    fn log_file() -> String {
        format!(r#"{{"Records":[{SIGN_IN}, 42, {STOP_LOGGING}, {{"eventVersion":"1.11" 5}},{GET_OBJECT}]}}"#)
    }

    fn scan(query: &Query, is_strict: bool) -> (Found, ScanCounts) {
        let filter = Filter::new(query).unwrap();
        let mut scanner = Scanner::new(&filter, Limits::default());
        let mut found = Found::default();
        let (text, name) = (log_file(), Arc::from("a.json"));
        if is_strict {
            scanner.scan_log_file(text.as_bytes(), &name, &mut found).unwrap();
        } else {
            scanner.scan_input(text.as_bytes(), &name, &mut found).unwrap();
        }
        (found, scanner.counts())
    }

    #[test]
    fn both_readers_find_the_same_and_count_every_record() {
        let errors = Query { errors: vec!["*".to_owned()], ..Query::default() };
        let pattern = Query { patterns: vec!["{ $.readOnly IS FALSE }".to_owned()], ..Query::default() };
        for (query, expected) in [
            (Query::default(), &["ConsoleLogin", "StopLogging"][..]),
            (errors, &["ConsoleLogin", "GetObject"]),
            (pattern, &["ConsoleLogin", "StopLogging"]),
        ] {
            for is_strict in [true, false] {
                let (found, counts) = scan(&query, is_strict);
                assert_eq!(found.names, expected);
                assert_eq!(found.faults.len(), 2, "{:?}", found.faults);
                let expected = ScanCounts { records: 5, matching: 2, rejected: 2, without_time: 0 };
                assert_eq!(counts, expected);
            }
        }
        let (found, _) = scan(&Query::default(), true);
        assert_eq!(found.faults[0], "record 2: the record is not a JSON object");
        assert!(found.faults[1].starts_with("record 4: record is not valid JSON"), "{}", found.faults[1]);
    }

    #[test]
    fn records_without_a_time_are_counted_if_a_time_is_asked_for() {
        let query = Query { from: Some(time::macros::datetime!(2026-01-01 00:00 UTC)), ..Query::default() };
        let filter = Filter::new(&query).unwrap();
        let mut scanner = Scanner::new(&filter, Limits::default());
        let text = br#"{"Records":[{"eventName":"A"},{"eventName":"B","eventTime":"2026-09-14T10:00:00Z"}]}"#;
        let mut found = Found::default();
        scanner.scan_input(&text[..], &Arc::from("a.json"), &mut found).unwrap();
        assert_eq!(found.names, ["B"]);
        assert_eq!(scanner.counts(), ScanCounts { records: 2, matching: 1, rejected: 0, without_time: 1 });
    }

    #[test]
    fn a_broken_input_is_an_error_after_its_events() {
        let filter = Filter::new(&Query::default()).unwrap();
        let mut scanner = Scanner::new(&filter, Limits::default());
        let text = log_file();
        let cut = text.as_bytes().get(..text.len() - 1).unwrap();
        let mut found = Found::default();
        assert!(scanner.scan_log_file(cut, &Arc::from("a.json"), &mut found).is_err());
        assert_eq!(found.names, ["ConsoleLogin", "StopLogging"]);
        // The buffers are used again.
        scanner.scan_log_file(text.as_bytes(), &Arc::from("a.json"), &mut found).unwrap();
        assert_eq!(found.names.len(), 4);
    }
}
