//! Hints for conditions that look past CloudTrail's records: paths of another tool's envelope, names in another case,
//! and values of a kind that the field never holds.
//!
//! Each explains why a pattern finds nothing, so a rule with a hint gets no `matches-nothing` in addition; see
//! [`LintCode::explains_nothing`].
//!
//! Source: "CloudTrail record contents" in the CloudTrail user guide; "Events delivered via CloudTrail" in the
//! EventBridge user guide.

use filter_pattern::{
    Pattern, Step,
    ast::{Ast, Comparison, Condition, Expression, Operand, State, Test},
};

use super::{rule_lints::RuleLints, samples::Samples};
use crate::LintCode;

/// The top-level fields of a record, and those of its identity.
const FIELDS: [&str; 24] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "eventType",
    "apiVersion",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "serviceEventDetails",
    "sharedEventID",
    "eventCategory",
    "tlsDetails",
];
const IDENTITY_FIELDS: [&str; 9] = [
    "type",
    "principalId",
    "arn",
    "accountId",
    "accessKeyId",
    "userName",
    "invokedBy",
    "sessionContext",
    "identityProvider",
];
/// Keys in which other tools wrap a record, and the tools.
const ENVELOPES: [(&str, &str); 5] = [
    ("detail", "EventBridge"),
    ("Records", "a log file"),
    ("message", "a log shipper"),
    ("logEvents", "CloudWatch Logs"),
    ("CloudTrailEvent", "`lookup-events`"),
];
/// The fields that hold the texts `true` and `false`, although they read like booleans.
const TEXTS: [&str; 1] = ["$.userIdentity.sessionContext.attributes.mfaAuthenticated"];

/// Adds the hints for a rule.
pub(super) fn check(pattern: &Pattern, samples: &Samples, lints: &mut RuleLints<'_, '_>) {
    match pattern.ast() {
        Ast::Json(expression) => check_conditions(expression, samples, lints),
        Ast::Terms(_) => check_quotes(pattern.text(), lints),
        Ast::SpaceDelimited(_) => {}
    }
}

fn check_conditions(expression: &Expression<Condition>, samples: &Samples, lints: &mut RuleLints<'_, '_>) {
    for condition in expression.conditions() {
        let hint = envelope(condition)
            .or_else(|| field_in_other_case(condition))
            .or_else(|| name(condition, samples))
            .or_else(|| source(condition, samples))
            .or_else(|| kind(condition));
        if let Some((code, message, advice)) = hint {
            lints.add(code, lints.written(condition), message, advice);
        }
    }
}

/// A pattern whose quotes surround the braces is a term: it looks for the text of the pattern.
fn check_quotes(text: &str, lints: &mut RuleLints<'_, '_>) {
    let inner = text.trim().strip_prefix(['"', '\'']).map(str::trim_start).unwrap_or_default();
    if inner.starts_with('{') {
        lints.add(
            LintCode::QuotedPattern,
            String::new(),
            "the pattern begins with a quote, so it looks for records that contain its own text",
            "remove the quotes around the braces",
        );
    }
}

type Hint = (LintCode, String, String);

fn keys(condition: &Condition) -> Vec<&str> {
    let steps = condition.selector.steps().iter();
    steps
        .map_while(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            Step::Index(_) | Step::AnyField | Step::AnyElement => None,
        })
        .collect()
}

fn envelope(condition: &Condition) -> Option<Hint> {
    let first = *keys(condition).first()?;
    let (_, tool) = ENVELOPES.iter().find(|(key, _)| *key == first)?;
    let selector = condition.selector.to_string();
    let inner = FIELDS
        .iter()
        .find_map(|field| Some(selector.get(selector.find(&format!(".{field}"))?..)?.to_owned()));
    let advice = match inner {
        Some(inner) => format!("write `${inner}`"),
        None => "write the path within the record, as in `$.eventName`".to_owned(),
    };
    let message = format!("a record has no field `{first}`: {tool} wraps records in it");
    Some((LintCode::WrappedRecord, message, advice))
}

fn field_in_other_case(condition: &Condition) -> Option<Hint> {
    let keys = keys(condition);
    let meant = |written: &str, fields: &[&'static str]| {
        let is_meant = |field: &&&str| field.eq_ignore_ascii_case(written) && **field != written;
        fields.iter().find(is_meant).copied()
    };
    let (written, meant) = match keys.as_slice() {
        [first, ..] if meant(first, &FIELDS).is_some() => (first, meant(first, &FIELDS)?),
        ["userIdentity", second, ..] => (second, meant(second, &IDENTITY_FIELDS)?),
        _ => return None,
    };
    let message = format!("a record has no field `{written}`: names of fields are case-sensitive");
    Some((LintCode::WrongCase, message, format!("write `{meant}`")))
}

/// The text that a condition compares for equality with the field of this name.
fn equal_text<'c>(condition: &'c Condition, field: &str) -> Option<&'c str> {
    let Test::Compare(Comparison::Equal(Operand::Text(glob))) = &condition.test else { return None };
    (keys(condition) == [field] && condition.selector.steps().len() == 1).then_some(glob.as_str())
}

fn name(condition: &Condition, samples: &Samples) -> Option<Hint> {
    let written = equal_text(condition, "eventName")?;
    if written.contains(char::is_whitespace) {
        let joined: String = written.split_whitespace().collect();
        let message = format!("no event name has blanks, as `{written}` has");
        return Some((LintCode::BlankInName, message, format!("write `$.eventName = \"{joined}\"`")));
    }
    let meant = samples.event_name_in_other_case(written)?;
    let message = format!("no event has the name `{written}`: names of events are case-sensitive");
    Some((LintCode::WrongCase, message, format!("write `$.eventName = {meant}`")))
}

fn source(condition: &Condition, samples: &Samples) -> Option<Hint> {
    let written = equal_text(condition, "eventSource")?;
    let service = written.strip_prefix("aws.").unwrap_or(written).to_ascii_lowercase();
    let domain = format!("{service}.amazonaws.com");
    let is_other_case =
        written != written.to_ascii_lowercase() && samples.has_source(&written.to_ascii_lowercase());
    let advice = match (samples.has_source(&domain), is_other_case) {
        (true, _) => format!("write `$.eventSource = {domain}`"),
        (false, true) => format!("write `$.eventSource = {}`", written.to_ascii_lowercase()),
        (false, false) => return None,
    };
    let message =
        format!("no event has the source `{written}`: it is the domain of a service, in lower case");
    Some((LintCode::WrongSource, message, advice))
}

fn kind(condition: &Condition) -> Option<Hint> {
    let selector = condition.selector.to_string();
    match &condition.test {
        Test::Is(state @ (State::True | State::False)) if TEXTS.contains(&selector.as_str()) => {
            let word = if *state == State::True { "true" } else { "false" };
            let message = format!("`{selector}` holds the text `{word}`, which is no boolean");
            Some((LintCode::TextAsBoolean, message, format!("write `{selector} = \"{word}\"`")))
        }
        Test::Compare(Comparison::Order(..)) if selector == "$.eventTime" => {
            let message =
                "`$.eventTime` holds a text such as `2026-01-31T12:00:00Z`, which is no number".to_owned();
            let advice = "compare a part of it, as in `$.eventTime = \"2026-01-*\"`".to_owned();
            Some((LintCode::TextAsNumber, message, advice))
        }
        Test::Is(_) | Test::Compare(_) | Test::NotExists => None,
    }
}
