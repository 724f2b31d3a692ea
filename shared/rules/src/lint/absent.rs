//! `!=` on fields that may be absent.
//!
//! `$.x != "y"` asks for a value that is there and different. People read it as "not y", and lose the records without the
//! field. It is fine beside `$.x NOT EXISTS`, beside a condition that only a present value can satisfy, beside
//! `$.userIdentity.type != ...`, which is how a field that only one type of identity has is excluded, and on a field that
//! every record has.
//!
//! Source: "CloudTrail record contents" in the CloudTrail user guide for the fields that every record has.

use filter_pattern::{
    Selector,
    ast::{Comparison, Condition, Expression, Test},
};

use super::{LintCode, Report, direct};

/// Fields of every record. Those that single events of single services lack are among them.
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

pub(super) fn check(expression: &Expression<Condition>, report: &mut Report<'_, '_>) {
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
                "a call that succeeded has none: add `{selector} NOT EXISTS ||` in parentheses if it is meant too"
            )
        } else {
            format!("if records without it are meant too, write `(({selector} NOT EXISTS) || ({condition}))`")
        };
        let message = format!("`!=` is false for a record without `{selector}`");
        report.add(LintCode::NotEqualOnAbsent, condition.to_string(), message, advice);
    }
}

/// Gathers the conditions at fault. `cared_for` are selectors whose absence something around the expression is about.
fn walk<'e>(
    expression: &'e Expression<Condition>,
    cared_for: &[&'e Selector],
    found: &mut Vec<&'e Condition>,
) {
    let mut cared_for = cared_for.to_vec();
    match expression {
        Expression::Condition(condition) => {
            let is_guarded = cared_for.iter().any(|guard| is_prefix(guard, &condition.selector));
            if is_not_equal(condition) && !is_guarded && !is_always_there(&condition.selector) {
                found.push(condition);
            }
        }
        Expression::All(parts) => {
            cared_for
                .extend(direct(expression).filter(|part| needs_presence(part)).map(|part| &part.selector));
            parts.iter().for_each(|part| walk(part, &cared_for, found));
        }
        Expression::Any(parts) => {
            if direct(expression).any(|part| is_not_equal(part) && part.selector.to_string() == IDENTITY_TYPE)
            {
                return;
            }
            cared_for.extend(
                direct(expression).filter(|part| part.test == Test::NotExists).map(|part| &part.selector),
            );
            parts.iter().for_each(|part| walk(part, &cared_for, found));
        }
    }
}

fn is_not_equal(condition: &Condition) -> bool {
    matches!(condition.test, Test::Compare(Comparison::NotEqual(_)))
}

/// Whether the condition says that the field is there, and is no `!=` itself.
fn needs_presence(condition: &Condition) -> bool {
    condition.test != Test::NotExists && !is_not_equal(condition)
}

fn is_always_there(selector: &Selector) -> bool {
    ALWAYS_THERE.contains(&selector.to_string().as_str())
}

/// Whether one selector leads to the other or is the same.
pub(super) fn is_prefix(selector: &Selector, other: &Selector) -> bool {
    other.steps().starts_with(selector.steps())
}
