//! Comparisons with values of the wrong kind: `= true` on booleans, and `= "*"` on objects and booleans.
//!
//! `$.readOnly = true` compares with the text `true` and is false for the boolean, whereas `mfaAuthenticated` really
//! is the text `true`. Except for two documented fields, only sample records show what a field holds. If no sample
//! has the field, only the comparison with a boolean is reported, because most such fields hold booleans. If a sample
//! holds text, nothing is reported.
//!
//! Source: "CloudTrail record contents" in the CloudTrail user guide for the fields that hold booleans.

use filter_pattern::ast::{Condition, Expression};

use super::{
    kinds_seen::{Question, question},
    rule_lints::RuleLints,
    samples::Samples,
};
use crate::LintCode;

pub(super) fn check(expression: &Expression<Condition>, samples: &Samples, lints: &mut RuleLints<'_, '_>) {
    for condition in expression.conditions() {
        let kinds = samples.kinds().of(&condition.selector);
        let selector = &condition.selector;
        match question(condition) {
            Some(Question::IsBooleanText(value)) if !kinds.has_text => {
                let word = if value { "TRUE" } else { "FALSE" };
                let message = format!("this compares with the text `{value}`, which never equals a boolean");
                let advice =
                    format!("write `{selector} IS {word}`, or leave it unchanged if the field holds text");
                lints.add(LintCode::BooleanAsText, lints.written(condition), message, advice);
            }
            Some(Question::IsAnything)
                if !kinds.has_text && (kinds.has_object_or_array || kinds.has_boolean) =>
            {
                let message = format!("`*` matches text and numbers, but `{selector}` holds neither");
                let advice = "test a field inside it, or test a boolean with `IS TRUE` or `IS FALSE`";
                lints.add(LintCode::StarOnObject, lints.written(condition), message, advice);
            }
            Some(Question::IsBooleanText(_) | Question::IsAnything) | None => {}
        }
    }
}
