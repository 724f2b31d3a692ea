//! [`PatternSet`]: many patterns decided together on the bytes of one record.
//!
//! The record is parsed once, and each pattern is asked by the reference evaluator. The record is never kept.

use serde_json::Error;
use serde_json::error::Category;
use thiserror::Error as ThisError;

use crate::matches::Matches;
use crate::pattern::Pattern;
use crate::record::parse_record;
use crate::reference;

/// The deepest nesting of arrays and objects in a record, its own braces included: what `serde_json` takes.
const MAX_DEPTH: usize = 127;

/// Patterns that are decided together. Their indices are those of the order they were given in.
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
}

impl PatternSet {
    /// Compiles patterns into a set.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> PatternSet {
        PatternSet { patterns: patterns.into_iter().collect() }
    }

    /// The number of patterns.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns in their order.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Decides every pattern on one record, a JSON object, and leaves the indices of those that match in `matches`.
    ///
    /// Term and space-delimited patterns are applied to the bytes as they are.
    ///
    /// # Errors
    ///
    /// If the record is not an object that [`parse_record`] takes. No pattern matches then, and `matches` is empty.
    pub fn matches_into(&self, record: &[u8], matches: &mut Matches) -> Result<(), RecordError> {
        matches.reset(self.patterns.len());
        let value = parse_record(record)?;
        if !value.is_object() {
            return Err(RecordError::NotAnObject);
        }
        // What was parsed is UTF-8, so nothing is replaced or copied.
        let text = String::from_utf8_lossy(record);
        for (index, pattern) in self.patterns.iter().enumerate() {
            if reference::matches_record_text(pattern.ast(), &value, &text) {
                matches.insert(index);
            }
        }
        Ok(())
    }
}

impl FromIterator<Pattern> for PatternSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> PatternSet {
        PatternSet::new(patterns)
    }
}

/// Why no pattern can be decided on a record. Says where, never what the record holds.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes are not one JSON text.
    #[error("record is not valid JSON: {} at line {line} column {column}", describe(*.category))]
    NotJson {
        /// Whether the text is wrong or ends too early.
        category: Category,
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1; 0 for the end of the line before.
        column: usize,
    },
    /// Arrays and objects are nested deeper than is evaluated.
    #[error("record is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is evaluated.
        limit: usize,
    },
    /// A number is beyond the range of a 64-bit float, such as `1e400`. What it would compare as is not defined.
    #[error("record has a number out of range at line {line} column {column}")]
    NumberOutOfRange {
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1.
        column: usize,
    },
    /// The record is JSON of another kind.
    #[error("record is not a JSON object")]
    NotAnObject,
}

impl RecordError {
    pub(crate) fn from_json(error: Error) -> RecordError {
        // `serde_json` tells these two from other syntax errors by the message alone; a test holds it to that.
        let message = error.to_string();
        if message.starts_with("recursion limit exceeded") {
            return RecordError::TooDeep { limit: MAX_DEPTH };
        }
        let (line, column) = (error.line(), error.column());
        if message.starts_with("number out of range") {
            return RecordError::NumberOutOfRange { line, column };
        }
        RecordError::NotJson { category: error.classify(), line, column }
    }
}

fn describe(category: Category) -> &'static str {
    match category {
        Category::Eof => "unexpected end",
        Category::Syntax => "syntax error",
        // Neither occurs when bytes in memory are read into a `Value`.
        Category::Data | Category::Io => "unreadable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> PatternSet {
        texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    #[test]
    fn a_buffer_holds_the_matches_of_the_last_record_only() {
        let set = set(&["{ $.a = 1 }", "", "{ $.a = 2 }", "-a", r#"[x = "*2*"]"#]);
        let mut matches = Matches::default();
        set.matches_into(br#"{"a":1}"#, &mut matches).unwrap();
        assert_eq!(matches.iter().collect::<Vec<_>>(), [0, 1]);
        set.matches_into(br#"{"a":2}"#, &mut matches).unwrap();
        assert_eq!(matches.iter().collect::<Vec<_>>(), [1, 2, 4]);
        set.matches_into(b"[]", &mut matches).unwrap_err();
        assert!(matches.is_empty());
    }

    #[test]
    fn a_lone_surrogate_escape_hides_no_record() {
        let set = set(&["{ $.a = 1 }", "{ $.x = \"\u{fffd}\" }", r"ud83d", "{ $.a = 2 }"]);
        let mut matches = Matches::default();
        set.matches_into(br#"{"a":1,"x":"\ud83d"}"#, &mut matches).unwrap();
        assert_eq!(matches.iter().collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_record_that_cannot_be_decided_is_told_from_one_that_does_not_match() {
        let nested =
            |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        let deepest = nested(MAX_DEPTH);
        set(&[""]).matches_into(deepest.as_bytes(), &mut Matches::default()).unwrap();

        let too_deep = nested(MAX_DEPTH + 1);
        let table: [(&[u8], &str); 9] = [
            (b"", "record is not valid JSON: unexpected end at line 1 column 0"),
            (b"{\"secret\":", "record is not valid JSON: unexpected end at line 1 column 10"),
            (b"{\"secret\":\n tru }", "record is not valid JSON: syntax error at line 2 column 5"),
            (b"{} {}", "record is not valid JSON: syntax error at line 1 column 4"),
            (b"{\"a\":\"\xff\"}", "record is not valid JSON: syntax error at line 1 column 7"),
            (b"{\"a\":1e400}", "record has a number out of range at line 1 column 10"),
            (too_deep.as_bytes(), "record is nested deeper than 127 levels"),
            (b"[{}]", "record is not a JSON object"),
            (b"null", "record is not a JSON object"),
        ];
        for (record, expected) in table {
            let error = set(&[""]).matches_into(record, &mut Matches::default()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
