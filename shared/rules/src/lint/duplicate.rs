//! Patterns that two rules have, in whatever order they name their conditions.

use std::collections::HashMap;

use filter_pattern::ast::{Ast, Condition, Expression};

use super::{LintCode, Report};

/// The patterns seen so far, each with the id of the first rule that has it.
#[derive(Default)]
pub(super) struct Patterns<'r> {
    first: HashMap<String, &'r str>,
}

impl<'r> Patterns<'r> {
    pub(super) fn check(&mut self, report: &mut Report<'r, '_>) {
        let rule = report.rule;
        let text = match rule.pattern.ast() {
            Ast::Json(expression) => canonical(expression),
            other @ (Ast::Terms(_) | Ast::SpaceDelimited(_)) => other.to_string(),
        };
        let other = *self.first.entry(text).or_insert(&rule.id);
        if other != rule.id {
            report.add(
                LintCode::DuplicatePattern,
                String::new(),
                format!("rule `{other}` has the same pattern, and every record that matches counts twice"),
                "keep one of the two rules",
            );
        }
    }
}

/// The expression as text in which the order of what is joined makes no difference.
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
