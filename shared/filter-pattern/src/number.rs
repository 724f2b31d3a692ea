//! Numbers: the literals of the language, and their comparison with numbers in JSON and in space-delimited fields.
//!
//! Two integers compare exactly; any other pair compares as 64-bit floats. `inf`, `nan` and the like are words, not
//! numbers, so the standard library's lenient parser cannot decide what a number is.
//!
//! `serde_json` has already read a JSON integer that does not fit 64 bits, signed or unsigned, as a float. Two such
//! integers that round to the same float are therefore equal, although a literal of up to 128 bits is kept exactly.

use std::cmp::Ordering;

/// A number in a pattern: its value, and its text as written, because strings are compared with the text.
///
/// Literals are equal if their texts are equal: `1e3` and `1000` differ on the string `"1000"`.
#[derive(Clone, Debug)]
pub struct NumberLiteral {
    text: String,
    value: Number,
}

impl NumberLiteral {
    /// Parses `[+-] digits [. digits] [e [+-] digits]`. The digits on one side of the point may be missing. Nothing
    /// else is a number.
    pub fn parse(text: &str) -> Option<NumberLiteral> {
        Some(NumberLiteral { text: text.to_owned(), value: Number::parse(text)? })
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value.
    pub(crate) fn value(&self) -> Number {
        self.value
    }
}

impl PartialEq for NumberLiteral {
    fn eq(&self, other: &NumberLiteral) -> bool {
        self.text == other.text
    }
}

/// A number that can be compared with another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    /// Parses a text that is a number from start to end.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
            }
            None => (unsigned, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = digits(whole)
            && digits(fraction)
            && !(whole.is_empty() && fraction.is_empty())
            && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent));
        if !is_number {
            return None;
        }
        // A number that does not fit the widest integer is a float, like an integer of that size in JSON.
        text.parse().map(Number::Integer).or_else(|_| text.parse().map(Number::Float)).ok()
    }

    /// The order of two numbers.
    pub(crate) fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
            (left, right) => left.as_f64().partial_cmp(&right.as_f64()),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Number::Integer(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Number {
        number.as_i128().map_or_else(|| Number::Float(number.as_f64().unwrap_or(f64::NAN)), Number::Integer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number_follows_the_grammar_and_nothing_else() {
        for text in [
            "0",
            "-0",
            "+1000",
            "12.34",
            "5.",
            ".5",
            "1e3",
            "1E-3",
            "1.5e+10",
            "007",
            "1e400",
            "9".repeat(60).as_str(),
        ] {
            assert!(Number::parse(text).is_some(), "{text}");
        }
        for text in [
            "", "-", ".", "+.", "1e", "1e+", "e3", "1.2.3", "0x10", "1_000", "inf", "NaN", "infinity", "--1",
            " 1", "4*", "٣",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn integers_compare_exactly_and_the_rest_as_floats() {
        use Ordering::{Equal, Greater, Less};
        let table = [
            ("1", "1.0", Equal),
            ("1000", "1e3", Equal),
            ("-0", "0", Equal),
            ("-0.0", "0", Equal),
            ("9007199254740993", "9007199254740992", Greater),
            ("9007199254740993", "9007199254740992.0", Equal),
            ("18446744073709551615", "18446744073709551614", Greater),
            ("-9223372036854775808", "-9223372036854775807", Less),
            ("1e400", "1e308", Greater),
            ("-1e400", "0", Less),
        ];
        for (left, right, expected) in table {
            let (left_number, right_number) = (Number::parse(left).unwrap(), Number::parse(right).unwrap());
            assert_eq!(left_number.compare(right_number), Some(expected), "{left} and {right}");
        }
    }
}
