//! Filter patterns, and the records they are matched against.

use filter_pattern::{Matches, Pattern, PatternKind, PatternSet, RecordError, parse_record};
use serde_json::Value;

/// Patterns added to every set, so that every record meets all kinds of selectors.
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

/// The input is lines of patterns, an empty line, and a record. The set agrees with the reference evaluator,
/// including its errors, however the record is read.
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
    for suffix in [&b""[..], b",{\"a\":1}]}", b"\"\\\xff"] {
        let text = [record, suffix].concat();
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

/// The input is a pattern whose canonical text means the same, or it is rejected with a span inside the text.
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
