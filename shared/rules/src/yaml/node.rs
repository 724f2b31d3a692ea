//! Nodes of a document, and the values of plain scalars. Keys and values of rules are unknown here.
//!
//! Source: the core schema of YAML 1.2.2, section 10.3. One deliberate difference: a number with leading zeros is
//! text, because JSON has no such number and an account id must keep its zeros.

use std::borrow::Cow;

use saphyr_parser::ScalarStyle;

use super::{Position, Span};

/// A scalar, list or mapping with its position.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub(crate) span: Span,
    pub(crate) value: Value<'t>,
}

/// The contents of a node. Mappings keep every entry in document order, including duplicates.
#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    Scalar(Scalar<'t>),
    Sequence(Vec<Node<'t>>),
    Mapping(Vec<(Node<'t>, Node<'t>)>),
}

/// The text of a scalar and how it was written.
#[derive(Clone, Debug)]
pub(crate) struct Scalar<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) style: ScalarStyle,
}

/// The value that a scalar represents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text,
}

impl<'t> Node<'t> {
    pub(crate) fn scalar(&self) -> Option<&Scalar<'t>> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The entries of a mapping; empty for other nodes.
    pub(crate) fn entries(&self) -> &[(Node<'t>, Node<'t>)] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(_) | Value::Sequence(_) => &[],
        }
    }

    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.entries().iter().find(|(name, _)| name.is_text(key)).map(|(_, value)| value)
    }

    /// Whether the node is a scalar with this text.
    pub(crate) fn is_text(&self, text: &str) -> bool {
        self.scalar().is_some_and(|scalar| scalar.text == text)
    }

    /// The same node with all its parts moved to one position of another document, where its faults are shown.
    pub(crate) fn at(self, span: Span) -> Self {
        let value = match self.value {
            Value::Scalar(scalar) => Value::Scalar(scalar),
            Value::Sequence(items) => Value::Sequence(items.into_iter().map(|item| item.at(span)).collect()),
            Value::Mapping(entries) => Value::Mapping(
                entries.into_iter().map(|(key, value)| (key.at(span), value.at(span))).collect(),
            ),
        };
        Self { span, value }
    }

    /// The part to underline if the node as a whole is faulty: for a mapping, its first key.
    pub(crate) fn headline(&self) -> Span {
        match &self.value {
            Value::Scalar(_) => self.span,
            Value::Sequence(_) => Span::at(self.span.start),
            Value::Mapping(entries) => match entries.first() {
                Some((key, _)) if key.span.start.line == self.span.start.line => key.span,
                _ => Span::at(self.span.start),
            },
        }
    }

    /// The kind of the node, as messages describe it.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => "nothing",
                Resolved::Boolean(true) => "`true`",
                Resolved::Boolean(false) => "`false`",
                Resolved::Integer(_) | Resolved::Unsigned(_) | Resolved::Float(_) => "a number",
                Resolved::Text => "text",
            },
        }
    }
}

impl Scalar<'_> {
    /// The value of the scalar. A scalar that is not plain is always text.
    pub(crate) fn resolve(&self) -> Resolved {
        if self.style != ScalarStyle::Plain {
            return Resolved::Text;
        }
        match &*self.text {
            "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
            "true" | "True" | "TRUE" => Resolved::Boolean(true),
            "false" | "False" | "FALSE" => Resolved::Boolean(false),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
            ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
            text => number(text),
        }
    }
}

fn number(text: &str) -> Resolved {
    let radix = |digits: &str, radix| {
        let starts_with_digit = digits.starts_with(|c: char| c.is_digit(radix));
        u64::from_str_radix(digits, radix).ok().filter(|_| starts_with_digit)
    };
    let prefixed = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => radix(digits, 16),
        (_, Some(digits)) => radix(digits, 8),
        (None, None) => None,
    };
    if let Some(value) = prefixed {
        return i64::try_from(value).map_or(Resolved::Unsigned(value), Resolved::Integer);
    }
    if !is_decimal(text) {
        return Resolved::Text;
    }
    if let Ok(value) = text.parse() {
        return Resolved::Integer(value);
    }
    if let Ok(value) = text.parse() {
        return Resolved::Unsigned(value);
    }
    text.parse().map_or(Resolved::Text, Resolved::Float)
}

/// Whether a text is a decimal number of the core schema without leading zeros.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits =
        exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => is_whole(whole) && (fraction.is_empty() || digits(fraction)),
        None => is_whole(mantissa),
    };
    exponent_fits && mantissa_fits
}

fn is_whole(text: &str) -> bool {
    match text.as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

impl From<saphyr_parser::Marker> for Position {
    fn from(marker: saphyr_parser::Marker) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { line: narrow(marker.line()), column: narrow(marker.col()) }
    }
}

impl From<saphyr_parser::Span> for Span {
    fn from(span: saphyr_parser::Span) -> Self {
        Self { start: span.start.into(), end: span.end.into() }
    }
}
