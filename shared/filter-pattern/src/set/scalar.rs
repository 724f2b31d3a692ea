//! [`Scalar`]: one value of a record that is neither null nor a container, borrowed from the record where possible.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde_json::{Number, Value};

use super::value::{Escapes, RawValue, unescape};

/// A string, a number or a boolean of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'r> {
    /// A string with its escapes resolved.
    Text(Cow<'r, str>),
    /// A number.
    Number(Number),
    /// A boolean.
    Bool(bool),
}

impl<'r> Scalar<'r> {
    /// The value of a tree. `None` for null, an array and an object.
    pub fn of(value: &'r Value) -> Option<Scalar<'r>> {
        match value {
            Value::String(text) => Some(Scalar::Text(Cow::Borrowed(text))),
            Value::Number(number) => Some(Scalar::Number(number.clone())),
            Value::Bool(flag) => Some(Scalar::Bool(*flag)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Decodes a value.
    pub(super) fn read(value: RawValue<'r>) -> Option<Scalar<'r>> {
        match value {
            RawValue::Text(raw, Escapes::None) => {
                str::from_utf8(raw).ok().map(|text| Scalar::Text(text.into()))
            }
            RawValue::Text(raw, Escapes::Some) => {
                let mut text = String::with_capacity(raw.len());
                unescape(raw, &mut text);
                Some(Scalar::Text(text.into()))
            }
            RawValue::Number(raw) => serde_json::from_slice(raw).ok().map(Scalar::Number),
            RawValue::True => Some(Scalar::Bool(true)),
            RawValue::False => Some(Scalar::Bool(false)),
            RawValue::Null | RawValue::Container => None,
        }
    }

    /// The text of a string; `None` for a number or a boolean.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Bool(_) => None,
        }
    }

    /// The value as text, as `Display` writes it.
    pub fn into_text(self) -> Cow<'r, str> {
        match self {
            Scalar::Text(text) => text,
            Scalar::Number(number) => Cow::Owned(number.to_string()),
            Scalar::Bool(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        }
    }

    /// The same value, borrowed from nothing.
    pub fn into_owned<'o>(self) -> Scalar<'o> {
        match self {
            Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
            Scalar::Number(number) => Scalar::Number(number),
            Scalar::Bool(flag) => Scalar::Bool(flag),
        }
    }
}

/// A string without its quotes, a number as `serde_json` writes it, `true` or `false`.
impl Display for Scalar<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Text(text) => formatter.write_str(text),
            Scalar::Number(number) => number.fmt(formatter),
            Scalar::Bool(flag) => flag.fmt(formatter),
        }
    }
}
