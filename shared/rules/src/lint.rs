//! Lints: valid patterns that may not mean what their author intended.
//!
//! Lints follow from the semantics of the pattern language and from sample records: the records of the catalogue's
//! tests, the records of the rules' own tests, and records passed to [`Linter::observe`]. A lint is advice; nothing
//! depends on it. Everything that prevents a document from being used, and every problem with an alarm, is a
//! [diagnostic](crate::Diagnostics) instead.
//!
//! Source: filter pattern syntax in the CloudWatch Logs user guide, and recorded answers of the service; see the
//! documentation of `filter_pattern`.

mod absent;
mod conditions;
mod contradiction;
mod duplicate;
mod grouping;
mod hints;
mod kinds;
mod kinds_seen;
mod rule_lints;
mod samples;
mod values_seen;

use filter_pattern::{RecordError, ast::Ast};

use crate::RuleSet;
use duplicate::Patterns;
use rule_lints::RuleLints;
use samples::Samples;

pub use rule_lints::Lint;

/// Finds lints in a rule set.
///
/// ```
/// use rules::{LintCode, Linter, RuleSet};
///
/// let text = r#"{ version: 1, rules: [{ id: a, metricTransformation: { metricName: A },
///     filterPattern: '{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != "Yes" }' }] }"#;
/// let (set, _) = RuleSet::parse("rules.yaml", text)?;
/// let lints = Linter::new(&set).finish();
/// assert_eq!(lints[0].code, LintCode::NotEqualOnAbsent);
/// assert_eq!(lints[0].part, r#"$.additionalEventData.MFAUsed != "Yes""#);
/// # Ok::<(), rules::Diagnostics>(())
/// ```
pub struct Linter<'s> {
    set: &'s RuleSet,
    samples: Samples,
}

impl<'s> Linter<'s> {
    /// A linter that knows the records of the catalogue's tests and of the set's own tests.
    #[must_use]
    pub fn new(set: &'s RuleSet) -> Self {
        Self { set, samples: Samples::of(set) }
    }

    /// Takes one more record into account, as JSON.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if the bytes are not a record. The linter then ignores them.
    pub fn observe(&mut self, record: &[u8]) -> Result<(), RecordError> {
        self.samples.observe(record)
    }

    /// Returns all lints, rule by rule.
    #[must_use]
    pub fn finish(self) -> Vec<Lint> {
        let mut lints = Vec::new();
        let mut patterns = Patterns::default();
        for (index, (rule, place)) in self.set.placed().enumerate() {
            let before = lints.len();
            let mut rule_lints = RuleLints { rule, place, lints: &mut lints };
            if let Ast::Json(expression) = rule.pattern.ast() {
                absent::check(expression, &mut rule_lints);
                kinds::check(expression, &self.samples, &mut rule_lints);
                grouping::check(rule.pattern.text(), &mut rule_lints);
                contradiction::check(expression, &mut rule_lints);
            }
            hints::check(&rule.pattern, &self.samples, &mut rule_lints);
            let mut found = rule_lints.lints.iter().skip(before);
            let is_explained = found.any(|lint| lint.code.explains_nothing());
            self.samples.check(index, is_explained, &mut rule_lints);
            patterns.check(&mut rule_lints);
        }
        lints
    }
}

#[cfg(test)]
mod tests;
