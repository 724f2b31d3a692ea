//! One record as a `serde_json::Value`, read as the evaluator reads it.
//!
//! It is the parser of `serde_json` with one leniency: a surrogate escape without its other half (`"\ud83d"`, which languages with
//! UTF-16 strings write when they cut a text in two) is no Unicode and refused there, and stands for U+FFFD here. One field that
//! anybody may fill must not hide a record from every pattern. Numbers beyond the range of a 64-bit float stay an error.
//!
//! The tree is built here and not by `Value`'s own `Deserialize`: with the feature `raw_value`, which any crate of a program may switch
//! on, that takes a certain key for a sign and not for a field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::set::RecordError;

/// Reads a record, or any other JSON text.
///
/// A lone surrogate escape is read as U+FFFD, the replacement character. Of a key that an object has twice the last one counts.
///
/// # Errors
///
/// If the bytes are not JSON, are nested deeper than 127 levels, or hold a number beyond the range of a 64-bit float, such as `1e400`.
pub fn parse_record(bytes: &[u8]) -> Result<Value, RecordError> {
    let error = match serde_json::from_slice(bytes) {
        Ok(Plain(value)) => return Ok(value),
        Err(error) => error,
    };
    let mended = if error.classify() == Category::Syntax { mend(bytes) } else { None };
    match mended {
        Some(mended) => {
            serde_json::from_slice(&mended).map(|Plain(value)| value).map_err(RecordError::from_json)
        }
        None => Err(RecordError::from_json(error)),
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

/// The same bytes with every lone surrogate escape replaced; `None` if there is none. Lengths stay, so places in errors do too.
fn mend(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut in_string = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'"' => {
                in_string = !in_string;
                1
            }
            b'\\' if in_string => match (surrogate(bytes, at), surrogate(bytes, at + ESCAPE_BYTES)) {
                (Some(Half::Leading), Some(Half::Trailing)) => 2 * ESCAPE_BYTES,
                (Some(_), _) => {
                    let copy = mended.get_or_insert_with(|| bytes.to_vec());
                    if let Some(escape) = copy.get_mut(at..at + ESCAPE_BYTES) {
                        escape.copy_from_slice(br"\ufffd");
                    }
                    ESCAPE_BYTES
                }
                // Whatever is escaped, a quote or a backslash too, is passed with its backslash.
                (None, _) => 2,
            },
            _ => 1,
        };
    }
    mended
}

/// Which half of a surrogate pair an escape stands for.
enum Half {
    Leading,
    Trailing,
}

fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let digits = bytes.get(at..at + ESCAPE_BYTES)?.strip_prefix(br"\u")?;
    let is_hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    let code = u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hexadecimal)?, 16).ok()?;
    match code {
        0xd800..=0xdbff => Some(Half::Leading),
        0xdc00..=0xdfff => Some(Half::Trailing),
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
    fn nothing_else_is_mended() {
        let refused = |text: &str| parse_record(text.as_bytes()).unwrap_err().to_string();
        for (text, expected) in [
            (r#"\ud83d"#, "record is not valid JSON: syntax error at line 1 column 1"),
            (r#"["\ud83d""#, "record is not valid JSON: unexpected end at line 1 column 9"),
            (r#"["\ud83d", \ud83d]"#, "record is not valid JSON: syntax error at line 1 column 12"),
            (r#"["\ud83"]"#, "record is not valid JSON: syntax error at line 1 column 8"),
            (r#"["\ud83"#, "record is not valid JSON: unexpected end at line 1 column 7"),
            (r#"["\ud83d", 1e400]"#, "record has a number out of range at line 1 column 16"),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
    }
}
