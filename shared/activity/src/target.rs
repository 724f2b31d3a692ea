//! What a call was done to, in a few words: from a table, or by general rules where the table has no row.
//!
//! No value of a parameter that neither names is ever shown.

mod document;
mod general;
mod network;
mod parts;
mod shown;
mod special;
mod storage;
mod table;
mod template;
mod trail;

use std::borrow::Cow;

use crate::identity::Identity;
use crate::member::{Member, Record};
use crate::outcome::Outcome;
use crate::text::cut;
use crate::value::child_of_parts;

/// The longest target, in characters.
const TARGET_CHARS: usize = 240;

/// What a call was done to, in words; `None` if the record does not say. `outcome` and `identity` are the record's own.
pub fn target(record: &Record<'_>, outcome: Option<&Outcome>, identity: &Identity) -> Option<String> {
    if record.is_insight() {
        return None;
    }
    let call = Call::of(record, outcome, identity);
    let words = call.row().and_then(|row| template::fill(row, &call)).or_else(|| general::target(&call))?;
    let words = words.trim_start_matches([',', ':', ' ']).trim_end();
    (!words.is_empty()).then(|| cut(words, TARGET_CHARS))
}

/// A record as a call with parameters.
struct Call<'r> {
    record: &'r Record<'r>,
    outcome: Option<&'r Outcome>,
    identity: &'r Identity,
    full_name: Cow<'r, str>,
}

impl<'r> Call<'r> {
    fn of(record: &'r Record<'r>, outcome: Option<&'r Outcome>, identity: &'r Identity) -> Self {
        let full_name = record.text(Member::EventName).unwrap_or_default();
        Self { record, outcome, identity, full_name }
    }

    /// The event's name without an API date.
    fn name(&self) -> &str {
        without_api_date(&self.full_name)
    }

    fn row(&self) -> Option<&'static str> {
        let source = self.record.text(Member::EventSource)?;
        table::row(&source, self.name())
    }

    fn has_succeeded(&self) -> bool {
        self.outcome.is_some_and(|outcome| outcome.state.is_success())
    }

    /// The parameters that a path begins in: of the request, the response and so on, by the path's first character.
    fn root<'p>(&self, path: &'p str) -> (&serde_json::Value, &'p str) {
        let (member, wrapper, path) = match path.split_at_checked(1) {
            Some(("<", rest)) => (Member::Response, "Response", rest),
            Some(("+", rest)) => (Member::Additional, "Request", rest),
            Some(("%", rest)) => (Member::Service, "Request", rest),
            Some(_) | None => (Member::Request, "Request", path),
        };
        let value = self.record.member(member);
        (child_of_parts(value, &self.full_name, wrapper).unwrap_or(value), path)
    }

    /// The values of a path.
    fn values(&self, path: &str) -> Vec<&serde_json::Value> {
        let (root, path) = self.root(path);
        crate::value::values(root, path)
    }

    /// The parameters of the request.
    fn request(&self) -> &serde_json::Value {
        self.root("").0
    }
}

/// An event name without an API date at its end: `AddPermission20150331v2`, `CreateFunction2020_05_31`.
fn without_api_date(name: &str) -> &str {
    let Some(at) = name.find("20") else { return name };
    let Some((stem, date)) = name.split_at_checked(at) else { return name };
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let is_date = shape == "0000_00_00"
        || shape == "00000000"
        || shape
            .strip_prefix("00000000v")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    if is_date { stem } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_apis_are_no_part_of_a_name() {
        for (name, expected) in [
            ("AddPermission20150331v2", "AddPermission"),
            ("CreateFunction20150331", "CreateFunction"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("Route20", "Route20"),
            ("StopLogging", "StopLogging"),
            ("", ""),
        ] {
            assert_eq!(without_api_date(name), expected);
        }
    }
}
