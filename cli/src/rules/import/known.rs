//! Which imported rules are provably rules of the catalogue: their patterns match the same records for all records, not
//! just for samples. The catalogue has tests, a response and a severity for these.

use std::collections::HashMap;

use pattern_analysis::{Answer, PatternAnalysis};
use rules::{RuleSet, catalogue};

/// An imported rule that matches exactly the records of a rule of the catalogue.
pub(super) struct Known {
    /// Its place among the imported rules.
    pub(super) number: usize,
    pub(super) id: String,
    /// The id of the rule of the catalogue.
    pub(super) built_in: String,
}

/// The imported rules that match exactly the records of a rule in the catalogue.
pub(super) fn known_rules(imported: &RuleSet) -> Vec<Known> {
    let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
    let mut analysis = PatternAnalysis::new();
    let built_in: Vec<_> =
        all.rules().iter().filter_map(|rule| Some((&rule.id, analysis.add(&rule.pattern).ok()?))).collect();
    // Many rules have the same pattern, except for its layout.
    let mut decided: HashMap<String, Option<String>> = HashMap::new();
    let mut found = Vec::new();
    for (number, rule) in imported.rules().iter().enumerate() {
        let same = decided.entry(rule.pattern.to_string()).or_insert_with(|| {
            let pattern = analysis.add(&rule.pattern).ok()?;
            let is_same = |analysis: &mut PatternAnalysis, other| {
                matches!(analysis.equivalent(pattern, other), Answer::Proven)
            };
            let known = built_in.iter().find(|(_, other)| is_same(&mut analysis, *other));
            known.map(|(id, _)| (*id).clone())
        });
        if let Some(built_in) = same.clone() {
            found.push(Known { number, id: rule.id.clone(), built_in });
        }
    }
    found
}
