//! `!=` on fields that may be absent.
//!
//! `$.x != "y"` requires a value that exists and differs. People read it as "not y", and miss the records without the
//! field. The lint accepts `!=` on a field that every record has, next to `$.x NOT EXISTS`, next to a condition that
//! only an existing value can satisfy, and next to `$.userIdentity.type != ...`: that is how patterns exclude a field
//! that only one type of identity has.
//!
//! Source: "CloudTrail record contents" in the CloudTrail user guide for the fields that every record has.

use filter_pattern::{
    Selector,
    ast::{Comparison, Condition, Expression, Test},
};

use super::{
    conditions::{direct, is_prefix},
    rule_lints::RuleLints,
};
use crate::LintCode;

/// Fields that every record has, apart from rare events of a few services.
const ALWAYS_THERE: [&str; 10] = [
    "$.awsRegion",
    "$.eventID",
    "$.eventName",
    "$.eventSource",
    "$.eventTime",
    "$.eventType",
    "$.eventVersion",
    "$.recipientAccountId",
    "$.sourceIPAddress",
    "$.userIdentity.type",
];
const IDENTITY_TYPE: &str = "$.userIdentity.type";
const ERROR_CODE: &str = "$.errorCode";

pub(super) fn check(expression: &Expression<Condition>, lints: &mut RuleLints<'_, '_>) {
    let mut found = Vec::new();
    walk(expression, &[], &mut found);
    let mut seen: Vec<&Selector> = Vec::new();
    for condition in found {
        if seen.contains(&&condition.selector) {
            continue;
        }
        seen.push(&condition.selector);
        let selector = condition.selector.to_string();
        let advice = if selector == ERROR_CODE {
            format!(
                "successful calls have no error code; to match them too, write `(({selector} NOT EXISTS) || ({condition}))`"
            )
        } else {
            format!(
                "to match records without the field too, write `(({selector} NOT EXISTS) || ({condition}))`"
            )
        };
        let message = format!("`!=` is false for records without `{selector}`");
        lints.add(LintCode::NotEqualOnAbsent, lints.written(condition), message, advice);
    }
}

/// Collects the conditions to report. `guarded` lists the selectors whose absence an enclosing expression handles.
fn walk<'e>(expression: &'e Expression<Condition>, guarded: &[&'e Selector], found: &mut Vec<&'e Condition>) {
    let mut guarded = guarded.to_vec();
    match expression {
        Expression::Condition(condition) => {
            let is_guarded = guarded.iter().any(|guard| is_prefix(guard, &condition.selector));
            if is_not_equal(condition) && !is_guarded && !is_always_there(&condition.selector) {
                found.push(condition);
            }
        }
        Expression::All(parts) => {
            guarded.extend(direct(expression).filter(|part| needs_presence(part)).map(|part| &part.selector));
            parts.iter().for_each(|part| walk(part, &guarded, found));
        }
        Expression::Any(parts) => {
            if direct(expression).any(|part| is_not_equal(part) && part.selector.to_string() == IDENTITY_TYPE)
            {
                return;
            }
            guarded.extend(
                direct(expression).filter(|part| part.test == Test::NotExists).map(|part| &part.selector),
            );
            parts.iter().for_each(|part| walk(part, &guarded, found));
        }
    }
}

fn is_not_equal(condition: &Condition) -> bool {
    matches!(condition.test, Test::Compare(Comparison::NotEqual(_)))
}

/// Whether the condition requires the field to exist, and is not a `!=` itself.
fn needs_presence(condition: &Condition) -> bool {
    condition.test != Test::NotExists && !is_not_equal(condition)
}

fn is_always_there(selector: &Selector) -> bool {
    ALWAYS_THERE.contains(&selector.to_string().as_str())
}
