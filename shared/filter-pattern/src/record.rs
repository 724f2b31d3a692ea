//! Parses one record into a `serde_json::Value`, as the evaluators see it.
//!
//! The parser is that of `serde_json`, with one difference. `serde_json` rejects a surrogate escape without its other
//! half (`"\ud83d"`, which languages with UTF-16 strings write when they cut a text in two); here it stands for
//! U+FFFD. Otherwise, a single field that anyone can fill in could hide a record from every pattern. A number outside
//! the range of a 64-bit float remains an error.
//!
//! The tree is built here rather than by `Value`'s own `Deserialize`: with the feature `raw_value`, which any crate
//! of a program may enable, that implementation gives one particular key a special meaning.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Error, Map, Value};
use thiserror::Error as ThisError;

use crate::limits::MAX_RECORD_DEPTH;

/// Parses a record, or any other JSON text.
///
/// A lone surrogate escape is read as U+FFFD, the replacement character. If a key occurs twice in an object, the last
/// value counts.
///
/// # Errors
///
/// If the bytes are not JSON, are nested deeper than 127 levels, or contain a number outside the range of a 64-bit
/// float, such as `1e400`.
pub fn parse_record(bytes: &[u8]) -> Result<Value, RecordError> {
    let error = match serde_json::from_slice(bytes) {
        Ok(Plain(value)) => return Ok(value),
        Err(error) => error,
    };
    let repaired = if error.classify() == Category::Syntax { replace_lone_surrogates(bytes) } else { None };
    match repaired {
        Some(repaired) => {
            serde_json::from_slice(&repaired).map(|Plain(value)| value).map_err(RecordError::from_json)
        }
        None => Err(RecordError::from_json(error)),
    }
}

/// Why patterns cannot be decided on a record. An error says where the problem is, but never what the record
/// contains.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes are not a JSON text.
    #[error("record is not valid JSON: {} at line {line} column {column}", describe(*.category))]
    NotJson {
        /// Whether the text is invalid or incomplete.
        category: Category,
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1; 0 means the end of the previous line.
        column: usize,
    },
    /// Arrays and objects are nested too deep.
    #[error("record is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is accepted.
        limit: usize,
    },
    /// A number is outside the range of a 64-bit float, such as `1e400`. Comparing it is undefined.
    #[error("record has a number out of range at line {line} column {column}")]
    NumberOutOfRange {
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1.
        column: usize,
    },
    /// The record is JSON, but not an object.
    #[error("record is not a JSON object")]
    NotAnObject,
}

impl RecordError {
    fn from_json(error: Error) -> RecordError {
        // `serde_json` distinguishes these two from other syntax errors only by the message; a test checks that it
        // still does.
        let message = error.to_string();
        if message.starts_with("recursion limit exceeded") {
            return RecordError::TooDeep { limit: MAX_RECORD_DEPTH };
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
        // Neither occurs when bytes in memory are parsed into a `Value`.
        Category::Data | Category::Io => "unreadable",
    }
}

/// A JSON value in which every key is a field.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Plain, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Plain)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Plain(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((key, Plain(value))) = fields.next_entry::<String, Plain>()? {
            values.insert(key, value);
        }
        Ok(values.into())
    }
}

const ESCAPE_BYTES: usize = r"\uffff".len();

/// Returns the bytes with every lone surrogate escape replaced; `None` if there is none. Lengths do not change, so
/// positions in errors stay correct.
fn replace_lone_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut repaired: Option<Vec<u8>> = None;
    let mut in_string = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'"' => {
                in_string = !in_string;
                1
            }
            b'\\' if in_string => match (surrogate(bytes, at), surrogate(bytes, at + ESCAPE_BYTES)) {
                (Some(SurrogateHalf::Leading), Some(SurrogateHalf::Trailing)) => 2 * ESCAPE_BYTES,
                (Some(_), _) => {
                    let copy = repaired.get_or_insert_with(|| bytes.to_vec());
                    if let Some(escape) = copy.get_mut(at..at + ESCAPE_BYTES) {
                        escape.copy_from_slice(br"\ufffd");
                    }
                    ESCAPE_BYTES
                }
                // Skip the backslash together with the character it escapes, which may be a quote or another
                // backslash.
                (None, _) => 2,
            },
            _ => 1,
        };
    }
    repaired
}

/// The half of a surrogate pair that an escape stands for.
enum SurrogateHalf {
    Leading,
    Trailing,
}

fn surrogate(bytes: &[u8], at: usize) -> Option<SurrogateHalf> {
    let digits = bytes.get(at..at + ESCAPE_BYTES)?.strip_prefix(br"\u")?;
    let is_hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    let code = u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hexadecimal)?, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(SurrogateHalf::Leading),
        0xdc00..=0xdfff => Some(SurrogateHalf::Trailing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lone_surrogate_escape_is_a_replacement_character() {
        let table = [
            (r#"{"a":"\ud83d"}"#, json!({ "a": "\u{fffd}" })),
            (r#"{"a":"x\uDE00y"}"#, json!({ "a": "x\u{fffd}y" })),
            (r#"{"\ud83d":"\ud83d\ud83d"}"#, json!({ "\u{fffd}": "\u{fffd}\u{fffd}" })),
            (r#"["\ud83d\ud83d\ude00\ude00"]"#, json!(["\u{fffd}😀\u{fffd}"])),
            (r#"["\ud83d\u0041", "\ud83d\n"]"#, json!(["\u{fffd}A", "\u{fffd}\n"])),
            (r#"["\\ud83d", "\\\ud83d"]"#, json!([r"\ud83d", "\\\u{fffd}"])),
            (r#"["\"\ud83d\"", "\ud83d\ude00"]"#, json!(["\"\u{fffd}\"", "😀"])),
        ];
        for (text, expected) in table {
            assert_eq!(parse_record(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn no_key_is_anything_but_a_field() {
        for text in [
            r#"{"a":{"$serde_json::private::RawValue":1}}"#,
            r#"{"$serde_json::private::RawValue":"{\"a\":1}"}"#,
            r#"{"$serde_json::private::Number":"1"}"#,
        ] {
            let value = parse_record(text.as_bytes()).unwrap();
            assert_eq!(value.to_string(), text);
        }
    }

    #[test]
    fn other_errors_remain() {
        let rejected = |text: &str| parse_record(text.as_bytes()).unwrap_err().to_string();
        for (text, expected) in [
            (r#"\ud83d"#, "record is not valid JSON: syntax error at line 1 column 1"),
            (r#"["\ud83d""#, "record is not valid JSON: unexpected end at line 1 column 9"),
            (r#"["\ud83d", \ud83d]"#, "record is not valid JSON: syntax error at line 1 column 12"),
            (r#"["\ud83"]"#, "record is not valid JSON: syntax error at line 1 column 8"),
            (r#"["\ud83"#, "record is not valid JSON: unexpected end at line 1 column 7"),
            (r#"["\ud83d", 1e400]"#, "record has a number out of range at line 1 column 16"),
        ] {
            assert_eq!(rejected(text), expected, "{text}");
        }
    }
}
