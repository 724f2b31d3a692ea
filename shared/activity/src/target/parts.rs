//! The forms in which a row shows values.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::shown::{LIST_VALUES, value_text};
use super::{Call, document, special, storage};
use crate::arn;
use crate::member::Member;
use crate::text::list;
use crate::value::{child, flag, shown, text, text_at};

/// A value in words.
pub(super) struct Part {
    pub(super) text: String,
    /// Whether the text stands for an absent value.
    pub(super) is_default: bool,
}

/// One placeholder of a row.
pub(super) struct Form<'s> {
    paths: &'s str,
    form: &'s str,
    argument: &'s str,
}

impl<'s> Form<'s> {
    /// Reads `path|path:form=argument` or `@special=argument`.
    pub(super) fn of(placeholder: &'s str) -> Self {
        let (paths, form) = match placeholder.strip_prefix('@') {
            Some(_) => ("", placeholder),
            None => placeholder.split_once(':').unwrap_or((placeholder, "")),
        };
        let (form, argument) = form.split_once('=').unwrap_or((form, ""));
        Self { paths, form, argument }
    }

    /// The value in words.
    pub(super) fn part(&self, call: &Call<'_>) -> Option<Part> {
        if let Some(special) = self.form.strip_prefix('@') {
            let text = special::special(special, self.argument, call)?;
            return Some(Part { text, is_default: false });
        }
        match (self.text(call), self.default(call)) {
            (Some(text), _) => Some(Part { text, is_default: false }),
            (None, Some(text)) => Some(Part { text, is_default: true }),
            (None, None) => None,
        }
    }

    /// What is shown for an absent value, if the call has parameters at all.
    fn default(&self, call: &Call<'_>) -> Option<String> {
        let is_there = call.request().as_object().is_some_and(|request| !request.is_empty());
        match self.form {
            "orelse" if is_there => self.argument.split_once('/').map(|(_, none)| none.to_owned()),
            "listOrNone" if is_there => Some("none".to_owned()),
            "ownuser" => own_user(call),
            _ => None,
        }
    }

    fn text(&self, call: &Call<'_>) -> Option<String> {
        let all = || self.paths.split('|').map(|path| call.values(path)).find(|values| has_text(values));
        let first = || all().and_then(|values| values.into_iter().find_map(shown));
        let each = |form: fn(&str) -> &str| {
            let texts = all()?.into_iter().filter_map(shown).map(|value| value_text(form(&value)));
            list(texts.collect::<Vec<_>>(), LIST_VALUES)
        };
        match self.form {
            "list" | "listOrNone" => each(|text| text),
            "tails" => each(arn::tail),
            "afters" => {
                let after = |text: Cow<'_, str>| value_text(after(&text, self.argument));
                list(all()?.into_iter().filter_map(shown).map(after).collect::<Vec<_>>(), LIST_VALUES)
            }
            "count" => Some(format!("{}{}", all()?.len(), self.argument)),
            "present" => self.is_present(call).then(|| self.argument.to_owned()),
            "flag" | "unless" | "choose" => self.of_flag(call),
            "bucket" => storage::bucket(call).map(|name| value_text(&name)),
            "principals" | "allows" | "grants" => {
                let document = self.paths.split('|').find_map(|path| call.values(path).into_iter().next())?;
                document::words(self.form, document)
            }
            "orelse" => {
                let (with, _) = self.argument.split_once('/')?;
                first().map(|value| with.replace("{}", &value_text(&value)))
            }
            form => one(form, self.argument, &first()?, call),
        }
    }

    /// Whether any of the paths has a value, which may be a hidden one.
    fn is_present(&self, call: &Call<'_>) -> bool {
        self.paths.split('|').flat_map(|path| call.values(path)).any(|value| text(value).is_some())
    }

    fn of_flag(&self, call: &Call<'_>) -> Option<String> {
        let is_set = self.paths.split('|').flat_map(|path| call.values(path)).find_map(flag)?;
        match (self.form, is_set) {
            ("flag", true) | ("unless", false) => Some(self.argument.to_owned()),
            ("choose", _) => {
                let (yes, no) = self.argument.split_once('/')?;
                Some(if is_set { yes } else { no }.to_owned())
            }
            (_, _) => None,
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self) -> Result<(), String> {
        const FORMS: [&str; 31] = [
            "",
            "list",
            "tails",
            "tail",
            "trail",
            "count",
            "present",
            "flag",
            "unless",
            "choose",
            "orelse",
            "policy",
            "role",
            "key",
            "account",
            "after",
            "afters",
            "fn",
            "stack",
            "secret",
            "param",
            "bucket",
            "host",
            "endpoint",
            "decode",
            "lower",
            "principal",
            "ownuser",
            "listOrNone",
            "principals",
            "allows",
        ];
        match self.form.strip_prefix('@') {
            Some(special) if special::NAMES.contains(&special) => Ok(()),
            None if FORMS.contains(&self.form) || self.form == "grants" => Ok(()),
            Some(_) | None => Err(format!("unknown form `{}`", self.form)),
        }
    }
}

fn has_text(values: &[&Value]) -> bool {
    values.iter().any(|value| shown(value).is_some())
}

/// One value in a form of its own.
fn one(form: &str, argument: &str, value: &str, call: &Call<'_>) -> Option<String> {
    let text = match form {
        "tail" | "trail" => Cow::Borrowed(arn::tail(value)),
        "after" => Cow::Borrowed(after(value, argument)),
        "host" => Cow::Borrowed(arn::host(value).or_else(|| bare_host(value))?),
        "endpoint" => Cow::Borrowed(arn::host(value).unwrap_or(value)),
        "decode" => percent_decode_str(value).decode_utf8().ok()?,
        "lower" => Cow::Owned(value.to_ascii_lowercase().replace('_', " ")),
        "account" => Cow::Borrowed(arn::account(value).unwrap_or(value)),
        "fn" => Cow::Borrowed(after(value, ":function:")),
        "secret" => Cow::Borrowed(after(value, ":secret:")),
        "param" => Cow::Borrowed(parameter(value)),
        "stack" => Cow::Borrowed(stack(value)),
        "policy" => return Some(policy(value)),
        "role" => return Some(with_account(arn::tail(value), value, call)),
        "key" => return Some(with_account(key(value), value, call)),
        "principal" => return Some(principal(value)),
        "ownuser" if value == "AWS ROOT USER" => return Some("root".to_owned()),
        "ownuser" => return Some(format!("user {}", value_text(value))),
        _ => Cow::Borrowed(value),
    };
    Some(value_text(&text))
}

/// The text behind a mark, or all of it.
fn after<'t>(text: &'t str, mark: &str) -> &'t str {
    text.split_once(mark).map_or(text, |(_, after)| after)
}

/// A host that stands without a scheme. Anything behind it could be a secret.
fn bare_host(text: &str) -> Option<&str> {
    let host = text.split(['/', '?', '#']).next()?;
    let is_host = host.contains('.')
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    is_host.then_some(host)
}

/// The name of a parameter: hierarchies begin with a slash.
fn parameter(text: &str) -> &str {
    match text.split_once(":parameter") {
        Some((_, path)) if path.matches('/').count() > 1 => path,
        Some((_, path)) => path.trim_start_matches('/'),
        None => text,
    }
}

/// The name of a stack: `arn:…:stack/name/id`.
fn stack(text: &str) -> &str {
    match text.split_once(":stack/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => text,
    }
}

/// A policy by name; AWS's own are marked.
fn policy(text: &str) -> String {
    let kind = if text.contains(":iam::aws:") { "AWS policy" } else { "policy" };
    format!("{kind} {}", value_text(arn::tail(text)))
}

/// The id of a KMS key, or its alias.
fn key(text: &str) -> &str {
    let resource = arn::resource(text).unwrap_or(text);
    resource.strip_prefix("key/").unwrap_or(resource)
}

/// A name, with the account of its ARN unless that is the trail's own.
fn with_account(name: &str, arn: &str, call: &Call<'_>) -> String {
    let name = value_text(name);
    match (arn::account(arn), call.record.recipient()) {
        (Some(account), Some(recipient)) if account != recipient => format!("{name} of account {account}"),
        (Some(_) | None, _) => name,
    }
}

/// Somebody who is allowed something: `*`, an account, or another text.
fn principal(text: &str) -> String {
    if text == "*" {
        return "anybody".to_owned();
    }
    if arn::is_account(text) {
        return format!("account {text}");
    }
    match (arn::account(text), arn::resource(text)) {
        (Some(account), Some("root")) => format!("account {account}"),
        (Some(_) | None, _) => value_text(text),
    }
}

/// The caller, who acts on their own user if the request names none.
fn own_user(call: &Call<'_>) -> Option<String> {
    let identity = call.record.member(Member::Identity);
    match text_at(identity, "type")?.as_ref() {
        "Root" => Some("root itself".to_owned()),
        "IAMUser" => {
            let name = text_at(identity, "userName")?;
            child(identity, "arn")?;
            Some(format!("user {}", value_text(&name)))
        }
        _ => None,
    }
}
