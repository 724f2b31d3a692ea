//! Comparisons with values of the wrong kind: `= true` on booleans, and `= "*"` on objects and booleans.
//!
//! Only records tell what a field holds, but for two fields that CloudTrail documents. `$.readOnly = true` compares with the
//! text `true` and is false for the boolean, while `mfaAuthenticated` is the text `true`. Where no record at hand has the
//! field, only the comparison with a boolean is reported: most such fields hold booleans. Where one holds text, nothing is.
//!
//! Source: "CloudTrail record contents" in the CloudTrail user guide for the fields that hold booleans.

use std::collections::HashMap;

use filter_pattern::{
    Selector,
    ast::{Comparison, Condition, Expression, Operand, Test},
};
use serde_json::Value;

use super::{LintCode, Report, samples::Samples};

/// Fields that are documented as booleans.
const BOOLEANS: [&str; 2] = ["$.managementEvent", "$.readOnly"];

/// What the records have been seen to hold at a selector.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds {
    /// A string or a number, which `=` compares.
    has_text: bool,
    has_boolean: bool,
    has_object_or_array: bool,
}

/// What the records hold at each selector of interest.
#[derive(Debug, Default)]
pub(super) struct KindsSeen {
    by_selector: HashMap<Selector, Kinds>,
}

impl KindsSeen {
    /// Begins to look at the selectors of a pattern whose kinds matter.
    pub(super) fn watch(&mut self, expression: &Expression<Condition>) {
        for condition in expression.conditions() {
            if question(condition).is_some() {
                self.by_selector.entry(condition.selector.clone()).or_default();
            }
        }
    }

    pub(super) fn observe(&mut self, record: &Value) {
        for (selector, kinds) in &mut self.by_selector {
            for value in selector.select(record) {
                match value {
                    Value::String(_) | Value::Number(_) => kinds.has_text = true,
                    Value::Bool(_) => kinds.has_boolean = true,
                    Value::Object(_) | Value::Array(_) => kinds.has_object_or_array = true,
                    Value::Null => {}
                }
            }
        }
    }

    /// Whether there is anything to look at.
    pub(super) fn is_empty(&self) -> bool {
        self.by_selector.is_empty()
    }

    fn of(&self, selector: &Selector) -> Kinds {
        let mut kinds = self.by_selector.get(selector).copied().unwrap_or_default();
        kinds.has_boolean |= BOOLEANS.contains(&selector.to_string().as_str());
        kinds
    }
}

/// What a condition supposes about the kind of a value.
enum Question {
    IsBooleanText(bool),
    IsAnything,
}

fn question(condition: &Condition) -> Option<Question> {
    let Test::Compare(comparison) = &condition.test else { return None };
    let (operand, is_equal) = match comparison {
        Comparison::Equal(operand) => (operand, true),
        Comparison::NotEqual(operand) => (operand, false),
        Comparison::Order(..) => return None,
    };
    let Operand::Text(glob) = operand else { return None };
    match glob.as_str() {
        "true" => Some(Question::IsBooleanText(true)),
        "false" => Some(Question::IsBooleanText(false)),
        "*" if is_equal => Some(Question::IsAnything),
        _ => None,
    }
}

pub(super) fn check(expression: &Expression<Condition>, samples: &Samples, report: &mut Report<'_, '_>) {
    for condition in expression.conditions() {
        let kinds = samples.kinds().of(&condition.selector);
        let selector = &condition.selector;
        match question(condition) {
            Some(Question::IsBooleanText(value)) if !kinds.has_text => {
                let word = if value { "TRUE" } else { "FALSE" };
                let message = format!("the comparison is with the text `{value}`, and false for a boolean");
                let advice = format!("write `{selector} IS {word}`; keep it if the field holds text");
                report.add(LintCode::BooleanAsText, condition.to_string(), message, advice);
            }
            Some(Question::IsAnything)
                if !kinds.has_text && (kinds.has_object_or_array || kinds.has_boolean) =>
            {
                let message = format!("`*` matches text and numbers, and `{selector}` holds neither");
                let advice = "ask for a field inside it, or for what it is with `IS TRUE` or `IS FALSE`";
                report.add(LintCode::StarOnObject, condition.to_string(), message, advice);
            }
            Some(Question::IsBooleanText(_) | Question::IsAnything) | None => {}
        }
    }
}
