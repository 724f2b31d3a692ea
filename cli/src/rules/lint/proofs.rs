//! Lints that the analysis of patterns proves: parts without effect, patterns that always or never match, and rules that
//! count the records of another rule again.
//!
//! Only rules of the documents are examined; the sets of built-in rules contain such pairs on purpose. Nothing is
//! reported if the analysis cannot decide.

use filter_pattern::ast::{Ast, Condition, Expression};
use pattern_analysis::{Answer, PatternAnalysis, PatternId, Relation, WhyIdle};
use rules::{Lint, LintCode, Rule, RuleSet};

use super::is_built_in;

/// Adds what can be proven to the lints, in the order of the rules.
pub(super) fn add(set: &RuleSet, lints: &mut Vec<Lint>) {
    let mut analysis = PatternAnalysis::new();
    let ids: Vec<Option<PatternId>> =
        set.rules().iter().map(|rule| analysis.add(&rule.pattern).ok()).collect();
    let mut found = Vec::new();
    for (index, rule) in set.rules().iter().enumerate() {
        let Some(id) = ids.get(index).copied().flatten().filter(|_| !is_built_in(set, rule)) else {
            continue;
        };
        let known: Vec<LintCode> =
            lints.iter().filter(|lint| lint.rule_id == rule.id).map(|lint| lint.code).collect();
        let mut proofs = Proofs { rule, place: set.place(&rule.id).unwrap_or_default(), found: &mut found };
        proofs.extremes(id, &known, &mut analysis);
        if let Ast::Json(expression) = rule.pattern.ast() {
            proofs.idle_parts(expression, &mut analysis);
        }
        for (other, other_id) in set.rules().iter().zip(&ids) {
            if let Some(other_id) = other_id.filter(|_| other.id != rule.id) {
                // Of two rules of the documents, the later one is reported.
                let is_later = set.rules().iter().take(index).any(|before| before.id == other.id);
                let is_first = is_later || is_built_in(set, other);
                proofs.pair((id, other, other_id), is_first, &known, &mut analysis);
            }
        }
    }
    lints.extend(found);
    let place = |lint: &Lint| set.rules().iter().position(|rule| rule.id == lint.rule_id);
    lints.sort_by_key(place);
}

struct Proofs<'r> {
    rule: &'r Rule,
    place: &'r str,
    found: &'r mut Vec<Lint>,
}

impl Proofs<'_> {
    fn add(&mut self, code: LintCode, part: &str, message: &str, advice: &str, witness: Option<String>) {
        self.found.push(Lint {
            code,
            rule_id: self.rule.id.clone(),
            place: self.place.to_owned(),
            part: part.to_owned(),
            message: message.to_owned(),
            advice: advice.to_owned(),
            witness,
        });
    }

    fn extremes(&mut self, id: PatternId, known: &[LintCode], analysis: &mut PatternAnalysis) {
        if matches!(analysis.always(id), Answer::Proven) && !known.contains(&LintCode::MatchesNearlyAll) {
            let advice = "look for `!=` conditions joined with `||`; exclusions must be joined with `&&`";
            self.add(LintCode::AlwaysHolds, "", "the pattern matches every record", advice, None);
        }
        if matches!(analysis.never(id), Answer::Proven) && !known.contains(&LintCode::NeverHolds) {
            let advice = "remove or change one of the conditions that exclude each other";
            self.add(LintCode::NeverHolds, "", "the pattern can match no record", advice, None);
        }
    }

    fn idle_parts(&mut self, expression: &Expression<Condition>, analysis: &mut PatternAnalysis) {
        for idle in analysis.idle_parts(expression).unwrap_or_default() {
            let (message, advice) = match idle.why {
                WhyIdle::RestrictsNothing => (
                    "without this condition, the pattern matches the same records",
                    "remove it, or check what it was meant to exclude",
                ),
                WhyIdle::NeverHolds => ("no record satisfies this alternative", "correct or remove it"),
                WhyIdle::AddsNothing => {
                    ("this alternative adds nothing, because the others match its records too", "remove it")
                }
            };
            let part = Ast::Json(idle.part).to_string();
            let part = part.strip_prefix("{ ").and_then(|part| part.strip_suffix(" }")).unwrap_or(&part);
            self.add(LintCode::IdleCondition, part, message, advice, None);
        }
    }

    /// Compares the rule with another one. Equal patterns are reported for one of the two rules, the other relation
    /// only if both count in the same metric.
    fn pair(
        &mut self,
        (id, other, other_id): (PatternId, &Rule, PatternId),
        reports_equal: bool,
        known: &[LintCode],
        analysis: &mut PatternAnalysis,
    ) {
        let is_same_metric = (&self.rule.metric.namespace, &self.rule.metric.name)
            == (&other.metric.namespace, &other.metric.name);
        let relation = analysis.relation(id, other_id);
        if relation == Relation::Equivalent {
            if reports_equal && !known.contains(&LintCode::DuplicatePattern) {
                let message = format!(
                    "the pattern matches exactly the records of rule `{}`, written differently",
                    other.id
                );
                self.add(LintCode::SameRecords, "", &message, "keep only one of the two rules", None);
            }
            return;
        }
        if relation == Relation::Implies && is_same_metric {
            let message =
                format!("every record that matches is counted by rule `{}` in the same metric too", other.id);
            let advice = "give the rule a metric of its own, or exclude its records from the other rule";
            let witness = analysis.compare(id, other_id).both().map(ToString::to_string);
            self.add(LintCode::Contained, "", &message, advice, witness);
        }
    }
}
