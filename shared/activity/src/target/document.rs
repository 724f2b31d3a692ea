//! What a policy document says, without its text: who is allowed, and which grave permissions it grants.
//!
//! `NotPrincipal`, `NotAction` and ARNs with wildcards say nothing here. That a policy allows anybody does not mean that
//! a resource is public: conditions, the public access block and ownership decide too.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::shown::{LIST_VALUES, value_text};
use crate::arn;
use crate::text::list;
use crate::value::{child, elements, elements_at, text_at};

/// Permissions that are named when a policy grants them.
const GRAVE: [&str; 7] =
    ["iam:*", "sts:*", "organizations:*", "kms:*", "s3:*", "iam:PassRole", "sts:AssumeRole"];

/// What a document says, by the name of the form.
pub(super) fn words(form: &str, document: &Value) -> Option<String> {
    let parsed = parsed(document)?;
    match form {
        "grants" => grants(&parsed),
        "allows" => allows(&parsed),
        _ => principals(&parsed),
    }
}

/// A document, which may be text, and the text may be percent-encoded.
fn parsed(document: &Value) -> Option<Value> {
    let Some(text) = document.as_str() else { return document.is_object().then(|| document.clone()) };
    let parse = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
    parse(text).or_else(|| parse(&percent_decode_str(text).decode_utf8().ok()?))
}

fn allowing(document: &Value) -> impl Iterator<Item = &Value> {
    let statements = elements_at(document, "Statement");
    statements.into_iter().filter(|statement| {
        text_at(statement, "Effect").is_some_and(|effect| effect.eq_ignore_ascii_case("Allow"))
    })
}

fn has_condition(statement: &Value) -> bool {
    child(statement, "Condition").and_then(Value::as_object).is_some_and(|condition| !condition.is_empty())
}

fn allows(document: &Value) -> Option<String> {
    if let Some(principals) = principals(document) {
        return Some(format!("allows {principals}"));
    }
    let is_empty = elements_at(document, "Statement").is_empty();
    (!is_empty && allowing(document).next().is_none()).then(|| "allows nobody".to_owned())
}

fn principals(document: &Value) -> Option<String> {
    let named = allowing(document).flat_map(principals_of);
    list(named.collect::<Vec<_>>(), LIST_VALUES)
}

fn principals_of(statement: &Value) -> Vec<String> {
    let anybody = match has_condition(statement) {
        true => "anybody, under a condition",
        false => "anybody",
    };
    let principal = child(statement, "Principal");
    if principal.and_then(Value::as_str) == Some("*") {
        return vec![anybody.to_owned()];
    }
    let Some(kinds) = principal.and_then(Value::as_object) else { return Vec::new() };
    let mut names = Vec::new();
    for (kind, value) in kinds {
        for name in elements(value).into_iter().filter_map(Value::as_str) {
            names.extend(principal_words(kind, name, anybody));
        }
    }
    names
}

fn principal_words(kind: &str, name: &str, anybody: &str) -> Option<String> {
    if name == "*" {
        return Some(anybody.to_owned());
    }
    match kind {
        "Service" => Some(format!("service {}", value_text(name))),
        "Federated" => Some(format!("provider {}", value_text(arn::provider(name)))),
        "AWS" => aws_principal(name),
        _ => None,
    }
}

fn aws_principal(name: &str) -> Option<String> {
    if arn::is_account(name) {
        return Some(format!("account {name}"));
    }
    if name.contains('*') {
        return None;
    }
    let account = arn::account(name)?;
    let resource = arn::resource(name)?;
    if resource == "root" {
        return Some(format!("account {account}"));
    }
    let (kind, path) = resource.split_once('/')?;
    let who = match kind {
        "assumed-role" => format!("role {}", value_text(&path.replacen('/', " session ", 1))),
        kind => format!("{} {}", value_text(kind), value_text(arn::tail(path))),
    };
    Some(format!("account {account}, {who}"))
}

fn grants(document: &Value) -> Option<String> {
    let mut granted: Vec<&str> = Vec::new();
    let mut everything = None;
    for statement in allowing(document) {
        let on_all = elements_at(statement, "Resource").iter().any(|value| value.as_str() == Some("*"));
        for action in elements_at(statement, "Action").into_iter().filter_map(Value::as_str) {
            if matches!(action, "*" | "*:*") && on_all {
                let is_bounded = has_condition(statement);
                everything = Some(everything.unwrap_or(true) && is_bounded);
            }
            granted.extend(GRAVE.iter().filter(|grave| grave.eq_ignore_ascii_case(action)));
        }
    }
    match everything {
        Some(false) => return Some(", allows everything".to_owned()),
        Some(true) => return Some(", allows everything, under a condition".to_owned()),
        None => {}
    }
    let named: Vec<String> =
        GRAVE.iter().filter(|grave| granted.contains(grave)).map(|grave| (*grave).to_owned()).collect();
    list(named, GRAVE.len()).map(|named| format!(", allows {named}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_says_who_and_what_and_nothing_else() {
        let allow = |principal: Value| json!({ "Statement": { "Effect": "Allow", "Principal": principal } });
        for (form, document, expected) in [
            ("allows", allow(json!("*")), Some("allows anybody")),
            ("allows", allow(json!({ "AWS": "*" })), Some("allows anybody")),
            (
                "allows",
                allow(json!({ "Service": "ec2.amazonaws.com" })),
                Some("allows service ec2.amazonaws.com"),
            ),
            ("allows", allow(json!({ "AWS": "arn:aws:iam::444455556666:role/a*" })), None),
            (
                "allows",
                json!({ "Statement": [{ "Effect": "Deny", "Principal": "*" }] }),
                Some("allows nobody"),
            ),
            ("allows", json!({ "Statement": [{ "Effect": "Allow", "NotPrincipal": "*" }] }), None),
            ("allows", json!({ "Statement": [] }), None),
            ("allows", json!("no document"), None),
            (
                "principals",
                allow(
                    json!({ "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }),
                ),
                Some("provider token.actions.githubusercontent.com"),
            ),
            (
                "grants",
                json!({ "Statement": [{ "Effect": "Allow", "Action": ["iam:*", "S3:*", "ec2:RunInstances"], "Resource": "x" }] }),
                Some(", allows iam:*, s3:*"),
            ),
            (
                "grants",
                json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "a": "b" } } }] }),
                Some(", allows everything, under a condition"),
            ),
            (
                "grants",
                json!({ "Statement": [{ "Effect": "Allow", "Action": "ec2:*", "Resource": "*" }] }),
                None,
            ),
        ] {
            assert_eq!(words(form, &document).as_deref(), expected, "{document}");
        }
    }
}
