//! What every input has to satisfy. Each function panics if one does not.
//!
//! `fuzz/run.sh` looks for such inputs; `cargo test` runs the kept ones without a fuzzer.

use std::io::Read;

use cloudtrail::{Limits, ReadBuffers, Record, open_log_file_with, parse_notification};
use filter_pattern::{Matches, Pattern, PatternKind, PatternSet, RecordError, parse_record};
use serde_json::Value;

/// Patterns that are in every set, so that every record meets selectors of all kinds.
const PATTERNS: [&str; 8] = [
    "{ $.a = 1 }",
    r#"{ $.a = "x*" || $.b.c = "y" }"#,
    "{ $.a.b NOT EXISTS }",
    "{ $.b.c != 2 && $.a[0] > -1.5 }",
    "{ $.* = %^[a-z]+$% }",
    "{ $.a[*].b IS NULL }",
    "{ $.eventName = ConsoleLogin && $.userIdentity.type = Root }",
    "-a",
];

/// Lines of patterns, an empty line, and a record: the set is the reference, errors included, however the record is read.
pub fn pattern_set(data: &[u8]) {
    let split = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(0);
    let (head, record) = data.split_at(split);
    let record = record.strip_prefix(b"\n\n").unwrap_or(record);
    let lines = std::str::from_utf8(head).unwrap_or_default().lines();
    let patterns: Vec<Pattern> =
        PATTERNS.into_iter().chain(lines).filter_map(|line| line.parse().ok()).collect();
    let set = PatternSet::new(patterns);
    let mut matches = Matches::default();

    let value = parse_record(record).ok().filter(Value::is_object);
    match (set.matches_into(record, &mut matches), parse_record(record)) {
        (Err(RecordError::NotAnObject), Ok(value)) => assert!(!value.is_object()),
        (answer, expected) => assert_eq!(answer, expected.map(|_| ())),
    }
    if let Some(value) = &value {
        agrees(&set, record, value, &matches);
    }
    for behind in [&b""[..], b",{\"a\":1}]}", b"\"\\\xff"] {
        let text = [record, behind].concat();
        if let Some(length) = set.matches_next_into(&text, 127, &mut matches) {
            let record = &text[..length];
            agrees(&set, record, &parse_record(record).expect("what is accepted is JSON"), &matches);
        }
    }
    #[cfg(fuzzing)]
    filter_pattern::lanes_agree(record);
}

fn agrees(set: &PatternSet, record: &[u8], value: &Value, matches: &Matches) {
    let text = std::str::from_utf8(record).expect("JSON is UTF-8");
    for (index, pattern) in set.patterns().iter().enumerate() {
        let expected = match pattern.kind() {
            PatternKind::Json => pattern.matches_record(value),
            PatternKind::Terms | PatternKind::SpaceDelimited => pattern.matches_message(text),
        };
        assert_eq!(matches.contains(index), expected, "{pattern}");
    }
}

/// Text is a pattern, whose canonical text means the same, or refused with a span inside of it.
pub fn pattern(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Pattern::parse(text) {
        Ok(pattern) => {
            let again = Pattern::parse(&pattern.to_string()).expect("canonical text is a pattern");
            assert_eq!(again, pattern);
            pattern.matches_message(text);
        }
        Err(error) => {
            assert!(text.get(error.span()).is_some());
            error.diagnostic(text);
        }
    }
}

/// Bytes are a log file or an error, the same whoever finds the ends of records, and however the bytes arrive: except that an error in a
/// gzip member is met earlier or later by as much as is decompressed at a time.
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

/// The records and the error of a file, read with buffers that another one may have been read with.
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

/// A source that hands out few bytes at a time.
struct Pieces<'d>(&'d [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.0.len()).min(3);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Text is a notification or an error of one line.
pub fn notification(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = parse_notification(text) {
        assert!(!error.to_string().contains('\n'));
    }
}
