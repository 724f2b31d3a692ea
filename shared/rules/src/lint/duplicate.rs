//! Patterns that occur in two rules, whatever the order of their conditions. Equivalent patterns with different
//! conditions are not recognized.

use std::collections::HashMap;

use filter_pattern::ast::{Ast, Condition, Expression};

use super::rule_lints::RuleLints;
use crate::LintCode;

/// The patterns so far, each with the id of the first rule that has it.
#[derive(Default)]
pub(super) struct Patterns<'r> {
    first: HashMap<String, &'r str>,
}

impl<'r> Patterns<'r> {
    pub(super) fn check(&mut self, lints: &mut RuleLints<'r, '_>) {
        let rule = lints.rule;
        let text = match rule.pattern.ast() {
            Ast::Json(expression) => canonical(expression),
            other @ (Ast::Terms(_) | Ast::SpaceDelimited(_)) => other.to_string(),
        };
        let other = *self.first.entry(text).or_insert(&rule.id);
        if other != rule.id {
            lints.add(
                LintCode::DuplicatePattern,
                String::new(),
                format!("rule `{other}` has the same pattern, so every matching record counts twice"),
                "keep only one of the two rules",
            );
        }
    }
}

/// The expression as text that does not depend on the order of the operands of `&&` and `||`.
fn canonical(expression: &Expression<Condition>) -> String {
    let (parts, operator) = match expression {
        Expression::Condition(condition) => return condition.to_string(),
        Expression::All(parts) => (parts, "&&"),
        Expression::Any(parts) => (parts, "||"),
    };
    let mut parts: Vec<_> = parts.iter().map(canonical).collect();
    parts.sort();
    parts.dedup();
    format!("({})", parts.join(operator))
}
