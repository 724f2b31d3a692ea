//! The values of one filter: texts with `*`, addresses and address ranges, included and excluded.

use std::net::IpAddr;

use ipnet::IpNet;
use memchr::memmem::Finder;

use super::error::FilterError;
use super::query::Criterion;

/// The values of one filter.
#[derive(Debug)]
pub(super) struct Values {
    included: Vec<Value>,
    excluded: Vec<Value>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    /// The texts between the `*`; there are at least two.
    Parts(Vec<String>),
    /// An address in any spelling.
    Address(IpAddr, String),
    Range(IpNet),
}

impl Values {
    pub(super) fn parse(criterion: Criterion, texts: &[String]) -> Result<Self, FilterError> {
        let mut values = Self { included: Vec::new(), excluded: Vec::new() };
        for text in texts {
            let (list, text) = match text.strip_prefix('!') {
                Some(text) => (&mut values.excluded, text),
                None => (&mut values.included, text.as_str()),
            };
            if text.is_empty() {
                return Err(FilterError::EmptyValue { option: criterion.option() });
            }
            list.push(Value::parse(criterion, text)?);
        }
        Ok(values)
    }

    /// Whether `text` matches an included value, or there are none.
    pub(super) fn include(&self, text: &str) -> bool {
        self.included.is_empty() || self.included.iter().any(|value| value.matches(text))
    }

    /// The text that a record must have, if there is only one.
    pub(super) fn only_text(&self) -> Option<&str> {
        match self.included.as_slice() {
            [Value::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether the texts of a record match an included value, if there are any, and no excluded one. `has` searches the
    /// texts for a match.
    pub(super) fn allow_by(&self, has: impl Fn(&dyn Fn(&str) -> bool) -> bool) -> bool {
        let matches = |values: &[Value]| has(&|text: &str| values.iter().any(|value| value.matches(text)));
        (self.included.is_empty() || matches(&self.included))
            && (self.excluded.is_empty() || !matches(&self.excluded))
    }

    /// The included values if all of them are whole texts. Addresses are spelled as [`IpAddr`] spells them.
    pub(super) fn exact_texts(&self) -> Option<Vec<String>> {
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Address(address, _) => Some(address.to_string()),
            Value::Parts(_) | Value::Range(_) => None,
        };
        if self.included.is_empty() { None } else { self.included.iter().map(text).collect() }
    }

    /// Texts of which at least one is part of a member that matches an included value; `None` if there are no such
    /// texts.
    pub(super) fn needles(&self, criterion: Criterion) -> Option<Vec<Finder<'static>>> {
        let is_derived = |value: &Value| criterion.derived_text().is_some_and(|text| value.matches(text));
        if self.included.is_empty() || self.included.iter().any(is_derived) {
            return None;
        }
        let needle = |value: &Value| Some(Finder::new(value.needle()?).into_owned());
        self.included.iter().map(needle).collect()
    }
}

impl Value {
    fn parse(criterion: Criterion, text: &str) -> Result<Self, FilterError> {
        if text.contains('*') {
            return Ok(Self::Parts(text.split('*').map(str::to_owned).collect()));
        }
        match criterion {
            Criterion::Source if !text.contains('.') => Ok(Self::Text(format!("{text}.amazonaws.com"))),
            Criterion::Ip if text.contains('/') => match text.parse() {
                Ok(range) => Ok(Self::Range(range)),
                Err(cause) => Err(FilterError::AddressRange { range: text.to_owned(), cause }),
            },
            Criterion::Ip => Ok(match text.parse() {
                Ok(address) => Self::Address(address, text.to_owned()),
                Err(_) => Self::Text(text.to_owned()),
            }),
            Criterion::Name
            | Criterion::Source
            | Criterion::Region
            | Criterion::Id
            | Criterion::Account
            | Criterion::Error
            | Criterion::AccessKey
            | Criterion::User
            | Criterion::ResourceType
            | Criterion::Resource => Ok(Self::Text(text.to_owned())),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text(expected) => text == expected,
            Self::Parts(parts) => matches_parts(parts, text),
            Self::Address(address, _) => text.parse() == Ok(*address),
            Self::Range(range) => text.parse().is_ok_and(|address: IpAddr| range.contains(&address)),
        }
    }

    /// A text that every matching member contains.
    fn needle(&self) -> Option<&[u8]> {
        let needle = match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.iter().max_by_key(|part| part.len())?,
            // IPv4 addresses have one spelling.
            Self::Address(address, text) if address.is_ipv4() => text,
            Self::Address(..) | Self::Range(_) => return None,
        };
        (!needle.is_empty()).then_some(needle.as_bytes())
    }
}

/// Whether `text` consists of the parts with any text between them.
fn matches_parts(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let Some(text) = text.strip_prefix(first.as_str()) else { return false };
    let Some(mut text) = text.strip_suffix(last.as_str()) else { return false };
    middle.iter().all(|part| match text.find(part.as_str()) {
        Some(at) => {
            text = text.get(at + part.len()..).unwrap_or_default();
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Criterion, Value, Values};

    #[test]
    fn a_star_stands_for_any_text() {
        for (value, matching, others) in [
            ("Put*", &["Put", "PutObject"][..], &["put", "OutputPut"][..]),
            ("*Trail", &["Trail", "DeleteTrail"], &["Trails"]),
            ("a*b*c", &["abc", "aXbXc", "abbbc"], &["acb", "ab", "ac"]),
            ("a*a", &["aa", "aba"], &["a"]),
            ("*", &["", "x"], &[]),
            ("**x**", &["x", "axb"], &["", "a"]),
            ("*é*", &["éa", "aé"], &["e"]),
        ] {
            let value = Value::parse(Criterion::Name, value).unwrap();
            assert!(matching.iter().all(|text| value.matches(text)), "{value:?}");
            assert!(!others.iter().any(|text| value.matches(text)), "{value:?}");
        }
    }

    #[test]
    fn addresses_match_in_any_spelling_and_ranges_match_their_addresses() {
        for (value, text, expected) in [
            ("203.0.113.5", "203.0.113.5", true),
            ("203.0.113.5", "203.0.113.50", false),
            ("2001:db8::1", "2001:0DB8:0:0::1", true),
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.7/24", "203.0.113.1", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("2001:db8::/32", "2001:db8:5::9", true),
            ("0.0.0.0/0", "s3.amazonaws.com", false),
            ("203.0.113.*", "203.0.113.9", true),
            ("s3.amazonaws.com", "s3.amazonaws.com", true),
        ] {
            assert_eq!(Value::parse(Criterion::Ip, value).unwrap().matches(text), expected, "{value} {text}");
        }
    }

    #[test]
    fn excluded_values_outweigh_included_ones() {
        let values = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            Values::parse(Criterion::Name, &texts).unwrap()
        };
        for (texts, of_record, expected) in [
            (&["a", "b"][..], &["b"][..], true),
            (&["a", "b"], &["c"], false),
            (&["a"], &[], false),
            (&["!a"], &["b"], true),
            (&["!a"], &[], true),
            (&["!a"], &["b", "a"], false),
            (&["*", "!a"], &["a"], false),
            (&["!*"], &[], true),
            (&["!*"], &["x"], false),
        ] {
            assert_eq!(
                values(texts).allow_by(|matches| of_record.iter().any(|text| matches(text))),
                expected,
                "{texts:?} {of_record:?}"
            );
        }
    }
}
