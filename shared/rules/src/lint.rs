//! Lints: patterns that are valid and may not mean what their author meant.
//!
//! They follow from the semantics of the pattern language and from records: those of the catalogue's tests, those of the rules'
//! own tests, and whatever else [`Linter::observe`] is given. A lint is an opinion; nothing depends on it. What keeps a
//! document from being used, and what is wrong with an alarm, are [diagnostics](crate::Diagnostics).
//!
//! Source: filter pattern syntax in the CloudWatch Logs user guide, and the recorded answers of the service; see the
//! documentation of `filter_pattern`.

mod absent;
mod contradiction;
mod duplicate;
mod grouping;
mod kinds;
mod samples;

use filter_pattern::{
    RecordError,
    ast::{Ast, Condition, Expression},
};

use crate::{Rule, RuleSet, named::named};
use duplicate::Patterns;
use samples::Samples;

named! {
    /// What a lint is about. The spelling is stable.
    pub enum LintCode {
        /// `!=` on a field that may be absent, which is false then.
        NotEqualOnAbsent = "not-equal-on-absent",
        /// `=` or `!=` with the text `true` or `false` on a field that holds booleans.
        BooleanAsText = "boolean-as-text",
        /// `= "*"` on a field that holds objects, arrays or booleans, which it does not match.
        StarOnObject = "star-on-object",
        /// `&&` and `||` side by side without parentheses.
        Ungrouped = "ungrouped",
        /// Conditions that cannot hold together.
        NeverHolds = "never-holds",
        /// A pattern that matches at least nine of ten records.
        MatchesNearlyAll = "matches-nearly-all",
        /// A pattern that matches no record at hand.
        MatchesNothing = "matches-nothing",
        /// A pattern that another rule has too.
        DuplicatePattern = "duplicate-pattern",
    }
}

/// A place where a pattern may not mean what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// What it is about.
    pub code: LintCode,
    /// The rule.
    pub rule_id: String,
    /// Where the rule is written: see [`RuleSet::place`].
    pub place: String,
    /// The part of the pattern, in its canonical spelling; empty where it is all of it.
    pub part: String,
    /// What may be unexpected, in one line.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

/// Looks for lints in a rule set.
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
    /// A linter that knows the records of the catalogue's tests and of the set's own.
    #[must_use]
    pub fn new(set: &'s RuleSet) -> Self {
        Self { set, samples: Samples::of(set) }
    }

    /// Takes one more record into account, as JSON.
    ///
    /// # Errors
    ///
    /// If the bytes are no record; it counts as none then.
    pub fn observe(&mut self, record: &[u8]) -> Result<(), RecordError> {
        self.samples.observe(record)
    }

    /// All lints, rule by rule.
    #[must_use]
    pub fn finish(self) -> Vec<Lint> {
        let mut lints = Vec::new();
        let mut patterns = Patterns::default();
        for (index, (rule, place)) in self.set.placed().enumerate() {
            let mut report = Report { rule, place, lints: &mut lints };
            if let Ast::Json(expression) = rule.pattern.ast() {
                absent::check(expression, &mut report);
                kinds::check(expression, &self.samples, &mut report);
                grouping::check(rule.pattern.text(), &mut report);
                contradiction::check(expression, &mut report);
            }
            self.samples.check(index, &mut report);
            patterns.check(&mut report);
        }
        lints
    }
}

/// Where the checks of a rule put their lints.
struct Report<'r, 'l> {
    rule: &'r Rule,
    place: &'r str,
    lints: &'l mut Vec<Lint>,
}

impl Report<'_, '_> {
    fn add(&mut self, code: LintCode, part: String, message: impl Into<String>, advice: impl Into<String>) {
        self.lints.push(Lint {
            code,
            rule_id: self.rule.id.clone(),
            place: self.place.to_owned(),
            part,
            message: message.into(),
            advice: advice.into(),
        });
    }
}

/// The parts of an expression that are single conditions, where parts are joined; itself, where it is one.
fn direct(expression: &Expression<Condition>) -> impl Iterator<Item = &Condition> {
    let parts = match expression {
        Expression::Condition(_) => std::slice::from_ref(expression),
        Expression::All(parts) | Expression::Any(parts) => parts.as_slice(),
    };
    parts.iter().filter_map(|part| match part {
        Expression::Condition(condition) => Some(condition),
        Expression::All(_) | Expression::Any(_) => None,
    })
}

#[cfg(test)]
mod tests;
