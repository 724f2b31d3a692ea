//! The kinds of values that sample records hold at the selectors of a pattern. Nothing is reported here.

use std::collections::HashMap;

use filter_pattern::{
    Selector,
    ast::{Comparison, Condition, Expression, Operand, Test},
};
use serde_json::Value;

/// The fields that CloudTrail documents as booleans.
const BOOLEANS: [&str; 2] = ["$.managementEvent", "$.readOnly"];

/// The kinds of values found at a selector.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds {
    /// A string or a number: the kinds that `=` compares.
    pub(super) has_text: bool,
    pub(super) has_boolean: bool,
    pub(super) has_object_or_array: bool,
}

/// The kinds of values found at each watched selector.
#[derive(Debug, Default)]
pub(super) struct KindsSeen {
    by_selector: HashMap<Selector, Kinds>,
}

impl KindsSeen {
    /// Starts watching those selectors of a pattern whose kinds matter.
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

    pub(super) fn of(&self, selector: &Selector) -> Kinds {
        let mut kinds = self.by_selector.get(selector).copied().unwrap_or_default();
        kinds.has_boolean |= BOOLEANS.contains(&selector.to_string().as_str());
        kinds
    }
}

/// What a condition assumes about the kind of a value.
pub(super) enum Question {
    IsBooleanText(bool),
    IsAnything,
}

pub(super) fn question(condition: &Condition) -> Option<Question> {
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
