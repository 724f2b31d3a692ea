//! A lint, and the collector that the checks of one rule add theirs to. Nothing is checked here.

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
    /// The part of the pattern, in canonical spelling; empty if the lint is about the whole pattern.
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
