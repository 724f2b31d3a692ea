//! Whether a resource's policy lets a service of AWS make a call.
//!
//! This is the part of IAM that delivery needs: service principals, wildcards, and conditions on values that the call is
//! known to have. A condition on any other value leaves the decision open.
//!
//! Source: the IAM user guide, "Policy evaluation logic", "IAM JSON policy elements: Principal" and "Condition operators".

use serde_json::Value;

/// A call by a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServiceCall<'a> {
    /// Such as `cloudtrail.amazonaws.com`.
    pub(super) service: &'a str,
    /// Such as `s3:PutObject`.
    pub(super) action: &'a str,
    /// The ARN of what it is made on.
    pub(super) resource: &'a str,
    /// Values of condition keys.
    pub(super) context: &'a [(&'a str, &'a str)],
}

/// What a policy says to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It allows the call.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it; this is its `Sid`.
    Denied(Option<String>),
    /// It depends on a condition on something that is not known here: this key.
    Open(String),
}

/// Whether a statement or a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Open(String),
}

impl Holds {
    fn of(is_true: bool) -> Self {
        if is_true { Self::Yes } else { Self::No }
    }

    /// Both hold. A condition that does not hold decides, whatever is open.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Open(key), _) | (_, Self::Open(key)) => Self::Open(key),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }
}

/// Decides a call by a policy.
///
/// # Errors
///
/// When the policy is not JSON.
pub(super) fn decide(policy: &str, call: &ServiceCall<'_>) -> Result<Decision, serde_json::Error> {
    let policy: Value = serde_json::from_str(policy)?;
    let (denials, permissions): (Vec<&Value>, Vec<&Value>) = list(policy.get("Statement"))
        .partition(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Deny"));
    let (denial, open_denial) = strongest(&denials, call);
    if let Some(denial) = denial {
        let sid = denial.get("Sid").and_then(Value::as_str);
        return Ok(Decision::Denied(sid.map(str::to_owned)));
    }
    let (permission, open_permission) = strongest(&permissions, call);
    Ok(match (permission, open_denial, open_permission) {
        (Some(_), None, _) => Decision::Allowed,
        (Some(_), Some(key), _) | (None, _, Some(key)) => Decision::Open(key),
        (None, _, None) => Decision::NotAllowed,
    })
}

/// The first statement that applies to the call, or the first key on which it depends whether one does.
fn strongest<'p>(statements: &[&'p Value], call: &ServiceCall<'_>) -> (Option<&'p Value>, Option<String>) {
    let mut open = None;
    for statement in statements {
        match applies(statement, call) {
            Holds::Yes => return (Some(statement), None),
            Holds::Open(key) => open = open.or(Some(key)),
            Holds::No => {}
        }
    }
    (None, open)
}

/// Whether a statement is about the call.
fn applies(statement: &Value, call: &ServiceCall<'_>) -> Holds {
    let named = element(statement, "Principal", |value| is_principal(value, call.service))
        && element(statement, "Action", |value| matches_any(value, call.action, true))
        && element(statement, "Resource", |value| matches_any(value, call.resource, false));
    if named { conditions(statement, call) } else { Holds::No }
}

/// Whether an element, or the opposite of its `Not` form, holds. A statement without either is not limited.
fn element(statement: &Value, name: &str, holds: impl Fn(&Value) -> bool) -> bool {
    if let Some(value) = statement.get(name) {
        return holds(value);
    }
    statement.get(format!("Not{name}")).is_none_or(|value| !holds(value))
}

fn is_principal(value: &Value, service: &str) -> bool {
    match value {
        Value::String(text) => text == "*",
        Value::Object(kinds) => {
            list(kinds.get("Service")).filter_map(Value::as_str).any(|name| name == service)
                || list(kinds.get("AWS")).filter_map(Value::as_str).any(|name| name == "*")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

fn matches_any(value: &Value, text: &str, ignores_case: bool) -> bool {
    let matches = |pattern: &str| match ignores_case {
        true => is_match(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()),
        false => is_match(pattern, text),
    };
    list(Some(value)).filter_map(Value::as_str).any(matches)
}

fn conditions(statement: &Value, call: &ServiceCall<'_>) -> Holds {
    let Some(operators) = statement.get("Condition").and_then(Value::as_object) else { return Holds::Yes };
    let tests = operators.iter().flat_map(|(operator, keys)| {
        keys.as_object()
            .into_iter()
            .flatten()
            .map(move |(key, values)| (operator.as_str(), key.as_str(), values))
    });
    tests.fold(Holds::Yes, |holds, (operator, key, values)| holds.and(condition(operator, key, values, call)))
}

fn condition(operator: &str, key: &str, values: &Value, call: &ServiceCall<'_>) -> Holds {
    let known = call.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    let Some((_, actual)) = known else { return Holds::Open(key.to_owned()) };
    let operator = operator.strip_suffix("IfExists").unwrap_or(operator);
    let mut texts = list(Some(values)).map(text);
    match operator {
        "StringEquals" => Holds::of(texts.any(|text| text == *actual)),
        "StringNotEquals" => Holds::of(texts.all(|text| text != *actual)),
        "StringEqualsIgnoreCase" | "Bool" => Holds::of(texts.any(|text| text.eq_ignore_ascii_case(actual))),
        "StringLike" | "ArnLike" | "ArnEquals" => Holds::of(texts.any(|text| is_match(&text, actual))),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => {
            Holds::of(texts.all(|text| !is_match(&text, actual)))
        }
        "NumericLessThan" => numeric(texts, actual, |limit, number| number < limit),
        "Null" => Holds::of(texts.any(|text| text == "false")),
        _ => Holds::Open(key.to_owned()),
    }
}

fn numeric(mut texts: impl Iterator<Item = String>, actual: &str, holds: impl Fn(f64, f64) -> bool) -> Holds {
    let number = actual.parse::<f64>();
    Holds::of(texts.any(|text| match (text.parse(), &number) {
        (Ok(limit), Ok(number)) => holds(limit, *number),
        (Err(_), _) | (_, Err(_)) => false,
    }))
}

/// A value, or the values of an array. IAM writes one as it likes.
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a text matches a pattern with `*` for any text and `?` for one character.
fn is_match(pattern: &str, text: &str) -> bool {
    wildmatch::WildMatch::new(pattern).matches(text)
}

#[cfg(test)]
mod tests;
