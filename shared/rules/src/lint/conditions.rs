//! Questions about conditions and selectors that several lints ask. No lint is made here.

use filter_pattern::{
    Selector,
    ast::{Condition, Expression},
};

/// The single conditions among the parts of an `&&` or `||`; the expression itself if it is a condition.
pub(super) fn direct(expression: &Expression<Condition>) -> impl Iterator<Item = &Condition> {
    let parts = match expression {
        Expression::Condition(_) => std::slice::from_ref(expression),
        Expression::All(parts) | Expression::Any(parts) => parts.as_slice(),
    };
    parts.iter().filter_map(|part| match part {
        Expression::Condition(condition) => Some(condition),
        Expression::All(_) | Expression::Any(_) => None,
    })
}

/// Whether `other` selects the same value as `selector` or a value inside it.
pub(super) fn is_prefix(selector: &Selector, other: &Selector) -> bool {
    other.steps().starts_with(selector.steps())
}
