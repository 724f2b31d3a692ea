//! A lint, and the collector that the checks of one rule add theirs to. Nothing is checked here.

use filter_pattern::ast::{Ast, Condition};

use crate::{LintCode, Rule};

/// A part of a pattern that may not mean what its author intended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The kind of the lint.
    pub code: LintCode,
    /// The id of the rule.
    pub rule_id: String,
    /// Where the rule is written: see [`RuleSet::place`](crate::RuleSet::place).
    pub place: String,
    /// The part of the pattern: as written if it is a single condition, otherwise in canonical spelling; empty if the lint is about the whole pattern.
    pub part: String,
    /// What may surprise the author, in one line.
    pub message: String,
    /// What to write instead.
    pub advice: String,
    /// A record that shows the difference, as JSON; only for lints that the analysis of patterns finds.
    pub witness: Option<String>,
}

/// Collects the lints of one rule.
pub(super) struct RuleLints<'r, 'l> {
    pub(super) rule: &'r Rule,
    pub(super) place: &'r str,
    pub(super) lints: &'l mut Vec<Lint>,
}

impl RuleLints<'_, '_> {
    /// A condition of the rule's pattern as it is written; in canonical spelling if it extends over several lines.
    pub(super) fn written(&self, condition: &Condition) -> String {
        let pattern = &self.rule.pattern;
        let place = match pattern.ast() {
            Ast::Json(expression) => expression.conditions().position(|one| std::ptr::eq(one, condition)),
            Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
        };
        let written = place.and_then(|place| pattern.written_conditions().get(place).copied());
        written.filter(|text| !text.contains('\n')).map_or_else(|| condition.to_string(), str::to_owned)
    }

    pub(super) fn add(
        &mut self,
        code: LintCode,
        part: String,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.lints.push(Lint {
            code,
            rule_id: self.rule.id.clone(),
            place: self.place.to_owned(),
            part,
            message: message.into(),
            advice: advice.into(),
            witness: None,
        });
    }
}
