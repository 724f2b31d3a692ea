//! Which values that patterns ask for occur in sample records. Nothing is reported here.
//!
//! A pattern for events, addresses or users that no sample has is as it should be; only if the samples have the values
//! one by one, or lack a field altogether, does it deserve a second look that they never match it.

use std::collections::HashMap;

use filter_pattern::{
    Selector,
    ast::{Comparison, Condition, Expression, Test},
};
use serde_json::Value;

/// The values of a field.
#[derive(Debug, Default)]
struct Field {
    /// Whether a record has text or a number here.
    is_held: bool,
    /// The comparisons by `=` that patterns make, and whether a value satisfies them.
    asked: Vec<(Comparison, bool)>,
}

/// The values found at each watched selector.
#[derive(Debug, Default)]
pub(super) struct ValuesSeen {
    by_selector: HashMap<Selector, Field>,
}

impl ValuesSeen {
    /// Starts watching the values that a pattern asks for.
    pub(super) fn watch(&mut self, expression: &Expression<Condition>) {
        for (selector, comparison) in asked_by(expression) {
            let field = self.by_selector.entry(selector.clone()).or_default();
            if !field.asked.iter().any(|(asked, _)| asked == comparison) {
                field.asked.push((comparison.clone(), false));
            }
        }
    }

    pub(super) fn observe(&mut self, record: &Value) {
        for (selector, field) in &mut self.by_selector {
            if field.is_held && field.asked.iter().all(|(_, is_seen)| *is_seen) {
                continue;
            }
            for value in selector.select(record) {
                field.is_held |= value.is_string() || value.is_number();
                for (comparison, is_seen) in &mut field.asked {
                    *is_seen = *is_seen || comparison.accepts(value);
                }
            }
        }
    }

    /// Whether a pattern asks for values of a field of which the records have others only.
    pub(super) fn lacks(&self, expression: &Expression<Condition>) -> bool {
        let mut is_found: HashMap<&Selector, bool> = HashMap::new();
        for (selector, comparison) in asked_by(expression) {
            let Some(field) = self.by_selector.get(selector).filter(|field| field.is_held) else { continue };
            let is_seen = field.asked.iter().any(|(asked, is_seen)| *is_seen && asked == comparison);
            *is_found.entry(selector).or_default() |= is_seen;
        }
        is_found.values().any(|is_found| !is_found)
    }
}

fn asked_by(expression: &Expression<Condition>) -> impl Iterator<Item = (&Selector, &Comparison)> {
    expression.conditions().filter_map(|condition| match &condition.test {
        Test::Compare(comparison @ Comparison::Equal(_)) => Some((&condition.selector, comparison)),
        Test::Compare(_) | Test::Is(_) | Test::NotExists => None,
    })
}
