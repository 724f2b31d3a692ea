//! The texts of the numbers in an interval, as automata.
//!
//! `serde_json` writes a float with its shortest digits: with a point and without an exponent if it is
//! neither very small nor very large (`0.00001`, `1234.5`, `20.0`), otherwise with one digit before the point
//! and an exponent (`1.5e-7`, `1e+20`). Where the one way ends and the other begins, and how exponents are
//! written, is read off from numbers that are printed.

use serde_json::Number;

use crate::automaton::quoted;
use crate::number::domain::{Domain, Interval, place_of};

/// All texts of numbers, and more.
pub(crate) const ANY_NUMBER: &str = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+\-]?[0-9]+)?";

/// The most digits in the shortest text of a float.
const DIGITS: usize = 17;

/// How the numbers of a zone are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Integer,
    Fixed,
    Exponent,
}

/// Neighbouring numbers of one sign that are written in one way.
pub(crate) struct Zone {
    style: Style,
    sign: &'static str,
    /// The texts of the numbers that are nearest to zero and farthest from it, without sign.
    least: String,
    greatest: String,
}

/// The floats from zero on, divided by the way in which they are written.
pub(crate) struct Zones {
    zones: [(Style, Interval); 3],
}

impl Default for Zones {
    fn default() -> Zones {
        let has_exponent = |number: &Number| number.to_string().contains('e');
        let value = |number: &Number| number.as_f64().unwrap_or_default();
        let fixed = Domain::Floats
            .first(|number| value(number) >= 1.0 || (value(number) > 0.0 && !has_exponent(number)));
        let large = Domain::Floats.first(|number| value(number) > 1.0 && has_exponent(number));
        let all = Domain::Floats.all().from(place_of(0.0));
        Zones {
            zones: [
                (Style::Exponent, all.from(1).before(fixed)),
                (Style::Fixed, all.from(fixed).before(large)),
                (Style::Exponent, all.from(large)),
            ],
        }
    }
}

impl Zones {
    /// The zones of an interval.
    pub(crate) fn of(&self, domain: Domain, interval: Interval) -> Vec<Zone> {
        let positive = interval.from(0);
        let below = interval.before(0);
        match domain {
            Domain::Integers => {
                // The place is the value.
                let negative = Interval { first: -below.last, last: -below.first };
                let zone = |sign, part: Interval| {
                    let text = |place: i128| place.to_string();
                    (!part.is_empty()).then(|| Zone {
                        style: Style::Integer,
                        sign,
                        least: text(part.first),
                        greatest: text(part.last),
                    })
                };
                zone("", positive).into_iter().chain(zone("-", negative)).collect()
            }
            Domain::Floats => {
                let negative = Interval { first: -1 - below.last, last: -1 - below.first };
                let signed = [("", positive), ("-", negative)];
                signed.into_iter().flat_map(|(sign, part)| self.of_floats(sign, part)).collect()
            }
        }
    }

    fn of_floats(&self, sign: &'static str, part: Interval) -> Vec<Zone> {
        let text = |place| Domain::Floats.number(place).map(|number| number.to_string());
        let zero = Interval { first: 0, last: 0 };
        let zones = self.zones.iter().copied().chain([(Style::Fixed, zero)]);
        zones
            .filter_map(|(style, all)| {
                let part = part.and(all);
                if part.is_empty() {
                    return None;
                }
                Some(Zone { style, sign, least: text(part.first)?, greatest: text(part.last)? })
            })
            .collect()
    }
}

impl Zone {
    /// Expressions that together describe the texts of the zone, and perhaps some that are not the text of
    /// any number.
    pub(crate) fn expressions(&self) -> [String; 3] {
        let (form, bound): (String, fn(&str, Side) -> String) = match self.style {
            Style::Integer => ("0|[1-9][0-9]*".to_owned(), whole_bound),
            Style::Fixed => (fixed_form(), fixed_bound),
            Style::Exponent => (exponent_form(), exponent_bound),
        };
        [form, bound(&self.least, Side::AtLeast), bound(&self.greatest, Side::AtMost)]
            .map(|expression| format!("{}(?:{expression})", self.sign))
    }
}

/// Which side of a bound the texts are on. The bound itself is always included, except for `Above` and
/// `Below`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Side {
    fn is_up(self) -> bool {
        matches!(self, Side::AtLeast | Side::Above)
    }

    /// The same side without the bound.
    fn strictly(self) -> Side {
        if self.is_up() { Side::Above } else { Side::Below }
    }
}

/// No text at all.
const NOTHING: &str = r"[^\x00-\x{10ffff}]";

/// The digits on one side of a digit; `None` if there are none.
fn digits_beyond(digit: char, side: Side) -> Option<String> {
    let code = u32::from(digit);
    let beyond =
        if side.is_up() { code + 1..=u32::from('9') } else { u32::from('0')..=code.checked_sub(1)? };
    let (first, last) = (char::from_u32(*beyond.start())?, char::from_u32(*beyond.end())?);
    (first <= last).then(|| format!("[{first}-{last}]"))
}

/// Whole numbers without leading zeros on one side of a bound.
fn whole_bound(bound: &str, side: Side) -> String {
    let length = bound.chars().count();
    let mut expressions = Vec::new();
    if side.is_up() {
        expressions.push(format!("[0-9]{{{},}}", length + 1));
    } else if length > 1 {
        expressions.push(format!("[0-9]{{1,{}}}", length - 1));
    }
    for (position, digit) in bound.chars().enumerate() {
        let before: String = bound.chars().take(position).collect();
        if let Some(beyond) = digits_beyond(digit, side) {
            expressions.push(format!("{before}{beyond}[0-9]{{{}}}", length - position - 1));
        }
    }
    if matches!(side, Side::AtLeast | Side::AtMost) {
        expressions.push(bound.to_owned());
    }
    if expressions.is_empty() { NOTHING.to_owned() } else { expressions.join("|") }
}

/// Digits behind a point on one side of a bound. The bound is included.
fn fraction_bound(bound: &str, side: Side) -> String {
    let bound = bound.trim_end_matches('0');
    let mut expressions = Vec::new();
    for (position, digit) in bound.chars().enumerate() {
        let before: String = bound.chars().take(position).collect();
        if let Some(beyond) = digits_beyond(digit, side) {
            expressions.push(format!("{before}{beyond}[0-9]*"));
        }
        if !side.is_up() {
            // What ends before the bound does is not greater.
            expressions.push(format!("{before}0*"));
        }
    }
    expressions.push(if side.is_up() { format!("{bound}[0-9]*") } else { format!("{bound}0*") });
    expressions.join("|")
}

/// Texts such as `12.5` on one side of a bound, which is included.
fn fixed_bound(bound: &str, side: Side) -> String {
    let (whole, fraction) = bound.split_once('.').unwrap_or((bound, "0"));
    let beyond = whole_bound(whole, side.strictly());
    let equal = fraction_bound(fraction, side);
    format!(r"(?:{beyond})\.[0-9]+|{whole}\.(?:{equal})")
}

/// Texts such as `1.5e-7` on one side of a bound, which is included, with exponents of the same sign.
fn exponent_bound(bound: &str, side: Side) -> String {
    let (mantissa, exponent) = bound.split_once('e').unwrap_or((bound, "+0"));
    let (first, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let power = exponent.trim_start_matches(['+', '-']);
    let is_small = exponent.starts_with('-');
    let sign = quoted(exponent.strip_suffix(power).unwrap_or_default());
    // Of the exponents below zero, the one with more digits is the smaller one.
    let beyond = whole_bound(power, if side.is_up() == is_small { Side::Below } else { Side::Above });
    let mut mantissas = Vec::new();
    if let Some(digits) = first.chars().next().and_then(|digit| digits_beyond(digit, side)) {
        mantissas.push(format!(r"{digits}(?:\.[0-9]+)?"));
    }
    mantissas.push(format!(r"{first}\.(?:{})", fraction_bound(fraction, side)));
    if !side.is_up() || fraction.is_empty() {
        mantissas.push(first.to_owned());
    }
    format!(r"[0-9](?:\.[0-9]+)?e{sign}(?:{beyond})|(?:{})e{sign}{power}", mantissas.join("|"))
}

/// Texts such as `0.5` and `20.0` that can be the text of a float: no zeros that say nothing, and not too
/// many digits.
fn fixed_form() -> String {
    let mut forms = vec![r"0\.0".to_owned(), format!(r"0\.0*[1-9](?:[0-9]{{0,{}}}[1-9])?", DIGITS - 2)];
    for length in 1..DIGITS {
        let whole = format!("[1-9][0-9]{{{}}}", length - 1);
        forms.push(format!(r"{whole}\.(?:0|[0-9]{{0,{}}}[1-9])", DIGITS - length - 1));
    }
    forms.push(format!(r"[1-9][0-9]{{{}}}\.0", DIGITS - 1));
    forms.join("|")
}

/// Texts such as `1e-7` and `1.5e+20`.
fn exponent_form() -> String {
    format!(r"[1-9](?:\.[0-9]{{0,{}}}[1-9])?e[+\-]?[1-9][0-9]*", DIGITS - 2)
}

#[cfg(test)]
mod tests;
