//! Which values that patterns ask for occur in sample records. Nothing is reported here.
//!
//! A pattern for events, addresses or users that no sample has is as it should be. That samples never match it deserves a
//! second look only if they have the event that it asks for, or lack a field altogether.

use std::collections::HashMap;

use filter_pattern::{
    Selector, Step,
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

    /// Whether the records have every field of which a pattern asks for a value.
    pub(super) fn has_fields(&self, expression: &Expression<Condition>) -> bool {
        asked_by(expression)
            .all(|(selector, _)| self.by_selector.get(selector).is_some_and(|field| field.is_held))
    }

    /// Whether a pattern asks for an event, by its name or source, of which the records have others only.
    pub(super) fn lacks_event(&self, expression: &Expression<Condition>) -> bool {
        let mut is_found: HashMap<&Selector, bool> = HashMap::new();
        for (selector, comparison) in asked_by(expression) {
            if !is_about_event(selector) {
                continue;
            }
            let Some(field) = self.by_selector.get(selector).filter(|field| field.is_held) else { continue };
            let is_seen = field.asked.iter().any(|(asked, is_seen)| *is_seen && asked == comparison);
            *is_found.entry(selector).or_default() |= is_seen;
        }
        is_found.values().any(|is_found| !is_found)
    }
}

/// Whether a record is the event of a pattern, whatever values the pattern asks for otherwise.
pub(super) fn is_event_of(expression: &Expression<Condition>, record: &Value) -> bool {
    expression.holds(&|condition| {
        let is_open = matches!(condition.test, Test::Compare(Comparison::Equal(_)));
        is_open && !is_about_event(&condition.selector) || condition.holds(record)
    })
}

/// Whether a field says which event a record is.
fn is_about_event(selector: &Selector) -> bool {
    matches!(selector.steps(), [Step::Key(name)] if matches!(name.as_str(), "eventName" | "eventSource"))
}

fn asked_by(expression: &Expression<Condition>) -> impl Iterator<Item = (&Selector, &Comparison)> {
    expression.conditions().filter_map(|condition| match &condition.test {
        Test::Compare(comparison @ Comparison::Equal(_)) => Some((&condition.selector, comparison)),
        Test::Compare(_) | Test::Is(_) | Test::NotExists => None,
    })
}
