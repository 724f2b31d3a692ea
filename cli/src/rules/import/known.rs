//! Which imported rules are provably rules of the catalogue: their patterns match the same records for all records, not
//! just for samples. The catalogue has tests, a response and a severity for these.

use pattern_analysis::{Answer, PatternAnalysis};
use rules::{RuleSet, catalogue};

/// The imported rules that match exactly the records of a rule in the catalogue: both ids.
pub(super) fn known_rules(imported: &RuleSet) -> Vec<(String, String)> {
    let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
    let mut analysis = PatternAnalysis::new();
    let known: Vec<_> =
        all.rules().iter().filter_map(|rule| Some((&rule.id, analysis.add(&rule.pattern).ok()?))).collect();
    let mut found = Vec::new();
    for rule in imported.rules() {
        let Ok(pattern) = analysis.add(&rule.pattern) else { continue };
        let is_same = |other| matches!(analysis.equivalent(pattern, other), Answer::Proven);
        if let Some(id) = first(&known, is_same) {
            found.push((rule.id.clone(), id.clone()));
        }
    }
    found
}

fn first<'k, T: Copy>(known: &[(&'k String, T)], mut is_it: impl FnMut(T) -> bool) -> Option<&'k String> {
    known.iter().find(|(_, pattern)| is_it(*pattern)).map(|(id, _)| *id)
}
