//! Parses one record into a `serde_json::Value`, as the evaluators see it.
//!
//! The parser is that of `serde_json`, with two differences, because a single field that anyone can fill in must not
//! hide a record from every pattern:
//!
//! - `serde_json` rejects a surrogate escape without its other half (`"\ud83d"`, which languages with UTF-16 strings
//!   write when they cut a text in two). Here it stands for U+FFFD.
//! - `serde_json` rejects a number outside the range of a 64-bit float (`1e400`). Here it is read as an empty array,
//!   which exists and satisfies no comparison and no `IS`.
//!
//! The tree is built here rather than by `Value`'s own `Deserialize`: with the feature `raw_value`, which any crate
//! of a program may enable, that implementation gives one particular key a special meaning.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Error, Map, Number, Value};
use thiserror::Error as ThisError;

use crate::limits::MAX_RECORD_DEPTH;

/// Parses a record, or any other JSON text.
///
/// A lone surrogate escape is read as U+FFFD, the replacement character, and a number outside the range of a 64-bit
/// float as an empty array. If a key occurs twice in an object, the last value counts.
///
/// # Errors
///
/// If the bytes are not JSON, or are nested deeper than 127 levels.
pub fn parse_record(bytes: &[u8]) -> Result<Value, RecordError> {
    let error = match serde_json::from_slice(bytes) {
        Ok(Plain(value)) => return Ok(value),
        Err(error) => error,
    };
    let repaired = if error.classify() == Category::Syntax { replace_unreadable(bytes) } else { None };
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
    /// The record is JSON, but not an object.
    #[error("record is not a JSON object")]
    NotAnObject,
}

impl RecordError {
    fn from_json(error: Error) -> RecordError {
        // `serde_json` distinguishes this from other syntax errors only by the message; a test checks that it still
        // does.
        if error.to_string().starts_with("recursion limit exceeded") {
            return RecordError::TooDeep { limit: MAX_RECORD_DEPTH };
        }
        RecordError::NotJson { category: error.classify(), line: error.line(), column: error.column() }
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

/// Returns the bytes with every lone surrogate escape and every number out of range replaced; `None` if there is none.
/// Lengths do not change, so positions in errors stay correct.
fn replace_unreadable(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut repaired: Option<Vec<u8>> = None;
    let mut replace = |from: usize, with: &[u8]| {
        let copy = repaired.get_or_insert_with(|| bytes.to_vec());
        if let Some(place) = copy.get_mut(from..from + with.len()) {
            place.copy_from_slice(with);
        }
    };
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
                    replace(at, br"\ufffd");
                    ESCAPE_BYTES
                }
                // Skip the backslash together with the character it escapes, which may be a quote or another
                // backslash.
                (None, _) => 2,
            },
            b'-' | b'0'..=b'9' if !in_string => {
                let token = number_token(bytes, at);
                if is_out_of_range(token) {
                    replace(at, b"[]");
                    replace(at + 2, &vec![b' '; token.len() - 2]);
                }
                token.len()
            }
            _ => 1,
        };
    }
    repaired
}

/// The characters of a number from `from` on, of which there is at least one.
fn number_token(bytes: &[u8], from: usize) -> &[u8] {
    let rest = bytes.get(from..).unwrap_or_default();
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
    rest.get(..length).unwrap_or_default()
}

/// Whether a token is a JSON number that only its size makes unreadable. The shortest is `1e309`.
fn is_out_of_range(token: &[u8]) -> bool {
    // A number is reported as out of range before its end is reached, so the grammar is checked apart.
    serde_json::from_slice::<IgnoredAny>(token).is_ok() && serde_json::from_slice::<Number>(token).is_err()
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
    fn a_number_out_of_range_is_an_empty_array_and_the_rest_is_read() {
        let digits = "9".repeat(400);
        let table = [
            (r#"{"a":1e400}"#.to_owned(), json!({ "a": [] })),
            (r#"{"a":-1E+400,"b":[1e309 ,2]}"#.to_owned(), json!({ "a": [], "b": [[], 2] })),
            (format!(r#"{{"a":{digits},"b":-{digits}.5}}"#), json!({ "a": [], "b": [] })),
            (
                r#"{"a":"1e400","b":"\\","1e400":1e400}"#.to_owned(),
                json!({ "a": "1e400", "b": "\\", "1e400": [] }),
            ),
            (r#"{"a":1e400,"b":"\ud83d"}"#.to_owned(), json!({ "a": [], "b": "\u{fffd}" })),
            (r#"{"a":1e308,"b":1e-400,"c":1e400}"#.to_owned(), json!({ "a": 1e308, "b": 0.0, "c": [] })),
        ];
        for (text, expected) in table {
            assert_eq!(parse_record(text.as_bytes()), Ok(expected), "{text}");
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
            (r#"[1e400, 1e400e]"#, "record is not valid JSON: syntax error at line 1 column 13"),
            (r#"[01e400]"#, "record is not valid JSON: syntax error at line 1 column 3"),
            (r#"{1e400:1}"#, "record is not valid JSON: syntax error at line 1 column 2"),
            (r#"[1e400"#, "record is not valid JSON: unexpected end at line 1 column 6"),
        ] {
            assert_eq!(rejected(text), expected, "{text}");
        }
    }
}
