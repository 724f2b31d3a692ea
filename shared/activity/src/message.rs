//! Error messages, without the values of parameters that they repeat: services quote the value that they refuse, which may
//! be a password.

use serde_json::Value;

use crate::member::{Member, Record};
use crate::text::cut;

/// What stands for a value.
const HIDDEN: &str = "[hidden]";
/// Shorter values are not looked for, in bytes: they are words of the message more often than values.
const SHORTEST_VALUE: usize = 6;

/// `errorMessage` in at most `limit` characters, without values of request parameters. Values that `shown` contains may
/// stay.
pub fn error_message(record: &Record<'_>, shown: &[&str], limit: usize) -> Option<String> {
    let mut message = record.text(Member::ErrorMessage)?.into_owned();
    let mut values = Vec::new();
    add_texts(record.member(Member::Request), &mut values);
    // The longest first, so that no part of a value stays when another value is a part of it.
    values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    for value in values {
        if message.contains(value) && !shown.iter().any(|shown| shown.contains(value)) {
            message = without(&message, value);
        }
    }
    Some(cut(&message, limit))
}

/// Adds every text in a value that is long enough.
fn add_texts<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST_VALUE => texts.push(text),
        Value::Array(elements) => elements.iter().for_each(|element| add_texts(element, texts)),
        Value::Object(members) => members.values().for_each(|member| add_texts(member, texts)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Replaces a value where it stands for itself, and not where it is a part of a longer word.
fn without(message: &str, value: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(value) {
        let is_bounded =
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out.push_str(before);
        out.push_str(if is_bounded { HIDDEN } else { value });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message_of(message: &str, request: Value) -> String {
        let record = json!({ "errorMessage": message, "requestParameters": request });
        error_message(&Record::of_tree(&record), &["user administrator"], 200).unwrap()
    }

    #[test]
    fn a_value_that_a_message_repeats_is_hidden_unless_it_is_shown_anyway() {
        let request = json!({
            "userName": "administrator", "password": "hunter2!", "effect": "Deny",
            "list": [{ "token": "abc-defg" }, "abc-defg-hij"], "action": "Create",
        });
        for (message, expected) in [
            ("Value 'hunter2!' at 'password' is too short", "Value '[hidden]' at 'password' is too short"),
            ("User administrator has a password", "User administrator has a password"),
            ("abc-defg-hij and abc-defg", "[hidden] and [hidden]"),
            ("Denylisted: Created", "Denylisted: Created"),
            ("No such user", "No such user"),
        ] {
            assert_eq!(message_of(message, request.clone()), expected);
        }
        assert_eq!(message_of("Failed authentication", json!(null)), "Failed authentication");
    }
}
