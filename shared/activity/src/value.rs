//! How CloudTrail writes values: names in either case, lists in several shapes, and texts that stand for nothing.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The member of an object by name: exactly, or else without regard to ASCII case.
pub(crate) fn child<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| {
        let other = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        other.map(|(_, value)| value)
    })
}

/// The member of an object whose name consists of two parts, as [`child`] finds it.
pub(crate) fn child_of_parts<'v>(value: &'v Value, first: &str, second: &str) -> Option<&'v Value> {
    let parts = |name: &'v str| name.split_at_checked(first.len());
    let is_exact = |name: &'v str| parts(name) == Some((first, second));
    let is_similar = |name: &'v str| {
        let parts = parts(name).filter(|_| name.len() == first.len() + second.len());
        parts
            .is_some_and(|(one, other)| one.eq_ignore_ascii_case(first) && other.eq_ignore_ascii_case(second))
    };
    let object = value.as_object()?;
    let exact = object.iter().find(|(name, _)| is_exact(name));
    exact.or_else(|| object.iter().find(|(name, _)| is_similar(name))).map(|(_, value)| value)
}

/// The member that a path of names leads to.
pub(crate) fn descend<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names.iter().try_fold(value, |value, name| child(value, name))
}

/// A text that says something: a string that is not blank and not `null`, a number or a boolean.
pub(crate) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if says_something(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a string is a value: not blank, and not `null`.
pub(crate) fn says_something(text: &str) -> bool {
    !text.trim().is_empty() && text != "null"
}

/// A text that AWS does not hide.
pub(crate) fn shown(value: &Value) -> Option<Cow<'_, str>> {
    text(value).filter(|text| !is_hidden(text))
}

/// The text of a member.
pub(crate) fn text_at<'v>(value: &'v Value, name: &str) -> Option<Cow<'v, str>> {
    child(value, name).and_then(text)
}

/// The text of a member, unless AWS hides it.
pub(crate) fn shown_at<'v>(value: &'v Value, name: &str) -> Option<Cow<'v, str>> {
    child(value, name).and_then(shown)
}

/// Whether a text stands for a value that AWS hides.
pub(crate) fn is_hidden(text: &str) -> bool {
    let text = text.trim();
    (text.len() >= 2 && text.bytes().all(|byte| byte == b'*'))
        || matches!(
            text.trim_start_matches('<').trim_end_matches(['>', '.']),
            "HIDDEN_DUE_TO_SECURITY_REASONS"
                | "sensitiveDataRemoved"
                | "Value hidden due to security reasons"
                | "***REDACTED***"
        )
}

/// Whether a value means yes.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    is_flag(&text(value)?)
}

/// Whether a text means yes.
pub(crate) fn is_flag(text: &str) -> Option<bool> {
    match text {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The elements of a list in any of CloudTrail's shapes: an array, an object with only `items` or `item`, or one value
/// that stands for a list of one.
pub(crate) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().map(content).collect(),
        Value::Object(object) if object.is_empty() => Vec::new(),
        Value::Object(object) => match only_items(object) {
            Some(items) => elements(items),
            None => vec![content(value)],
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![value],
    }
}

/// The elements of a member that is a list.
pub(crate) fn elements_at<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    child(value, name).map(elements).unwrap_or_default()
}

fn only_items(object: &Map<String, Value>) -> Option<&Value> {
    let mut members = object.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None)
            if name.eq_ignore_ascii_case("items") || name.eq_ignore_ascii_case("item") =>
        {
            Some(value)
        }
        _ => None,
    }
}

/// The content of `{"tag": 1, "content": …}`, and every other value itself.
fn content(value: &Value) -> &Value {
    let is_tagged = value.as_object().is_some_and(|object| object.len() == 2 && object.contains_key("tag"));
    match (is_tagged, value.get("content")) {
        (true, Some(content)) => content,
        _ => value,
    }
}

/// The values that a path leads to. Names are separated by dots, and `*` takes each element of a list.
pub(crate) fn values<'v>(root: &'v Value, path: &str) -> Vec<&'v Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let mut values = step(root, first);
    for name in rest.into_iter().flat_map(|rest| rest.split('.')) {
        values = values.into_iter().flat_map(|value| step(value, name)).collect();
    }
    match values.as_slice() {
        // Nearly always.
        [] => Vec::new(),
        [value] => elements(value),
        _ => values.into_iter().flat_map(elements).collect(),
    }
}

/// The names with which a path can begin that leads to values: a quick look before [`values`] where many paths are tried.
pub(crate) enum FirstNames<'v> {
    /// These, without regard to ASCII case.
    Only(Vec<&'v str>),
    /// Any name, because a list is looked into.
    Any,
}

impl<'v> FirstNames<'v> {
    /// The names of a value.
    pub(crate) fn of(root: &'v Value) -> Self {
        match root {
            Value::Object(object) if only_items(object).is_none() => {
                Self::Only(object.keys().map(String::as_str).collect())
            }
            Value::Object(_) | Value::Array(_) => Self::Any,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Self::Only(Vec::new()),
        }
    }

    /// Whether a path that begins with a name may lead to values.
    pub(crate) fn may_begin(&self, path: &str) -> bool {
        let first = path.split_once('.').map_or(path, |(first, _)| first);
        match self {
            Self::Only(names) => names.iter().any(|name| name.eq_ignore_ascii_case(first)),
            Self::Any => true,
        }
    }
}

fn step<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    match name {
        "*" => elements(value),
        name => named(value, name),
    }
}

/// The members of this name in a value or, where a list stands in its place, in each element.
fn named<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    match child(value, name) {
        Some(value) => vec![value],
        None if value.is_array() || value.as_object().is_some_and(|object| only_items(object).is_some()) => {
            elements(value).into_iter().filter_map(|value| child(value, name)).collect()
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_in_every_shape() {
        for (root, path, expected) in [
            (json!({ "a": { "b": "x" } }), "a.b", vec!["x"]),
            (json!({ "A": { "b": "x" } }), "a.b", vec!["x"]),
            (json!({ "a": "1", "A": "2" }), "a", vec!["1"]),
            (json!({ "set": { "items": [{ "id": "1" }, { "id": "2" }] } }), "set.*.id", vec!["1", "2"]),
            (json!({ "set": {} }), "set.*.id", vec![]),
            (json!({ "set": { "id": "1" } }), "set.*.id", vec!["1"]),
            (
                json!({ "id": [{ "tag": 1, "content": "1" }, { "tag": 2, "content": "2" }] }),
                "id",
                vec!["1", "2"],
            ),
            (json!({ "set": { "items": [{ "max": "8" }] } }), "set.max", vec!["8"]),
            (json!("null"), "a", vec![]),
        ] {
            let found: Vec<_> = values(&root, path).into_iter().filter_map(Value::as_str).collect();
            assert_eq!(found, expected, "{root} {path}");
            assert!(FirstNames::of(&root).may_begin(path) || expected.is_empty(), "{root} {path}");
        }
    }

    #[test]
    fn texts_that_say_nothing_are_absent() {
        for value in [json!(null), json!(""), json!("  "), json!("null"), json!([]), json!({ "a": 1 })] {
            assert_eq!(text(&value), None, "{value}");
        }
        for hidden in [
            "**",
            "*****",
            "HIDDEN_DUE_TO_SECURITY_REASONS",
            "<sensitiveDataRemoved>",
            "sensitiveDataRemoved",
            "Value hidden due to security reasons.",
            "***REDACTED***",
        ] {
            assert_eq!(shown(&json!(hidden)), None, "{hidden}");
        }
        assert_eq!(shown(&json!("*")).as_deref(), Some("*"));
        assert_eq!(shown(&json!(7)).as_deref(), Some("7"));
    }
}
