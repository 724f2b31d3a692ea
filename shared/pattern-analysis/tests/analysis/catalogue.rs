//! All pairs of the catalogue's rules: each is decided, and every witness is confirmed by all evaluators. What is found
//! is in `docs/patterns.md`; see [`crate::documented`].

use filter_pattern::{Matches, Pattern, PatternSet};
use pattern_analysis::{PatternAnalysis, PatternComparison, Relation, Witness};
use rules::RuleSet;

/// The rules with their ids.
pub(crate) fn catalogue() -> Vec<(String, Pattern)> {
    let set = RuleSet::from_set("all").unwrap();
    set.rules().iter().map(|rule| (rule.id.clone(), rule.pattern.clone())).collect()
}

/// Which of two patterns match a witness, by the evaluator that runs in production.
fn matched(patterns: &PatternSet, witness: &Witness) -> Vec<usize> {
    let mut matches = Matches::default();
    patterns.matches_into(witness.to_string().as_bytes(), &mut matches).unwrap();
    matches.iter().collect()
}

fn confirm(comparison: &PatternComparison, set: &PatternSet, name: &str) {
    let expected = [
        (comparison.only_first(), vec![0]),
        (comparison.only_second(), vec![1]),
        (comparison.both(), vec![0, 1]),
    ];
    for (witness, matches) in expected {
        assert!(witness.is_none_or(|witness| matched(set, witness) == matches), "{name}");
    }
}

#[test]
fn every_pair_of_rules_is_decided_and_every_witness_confirmed() {
    let rules = catalogue();
    assert_eq!(rules.len(), 76);
    let mut analysis = PatternAnalysis::new();
    let ids: Vec<_> = rules.iter().map(|(_, pattern)| analysis.add(pattern).unwrap()).collect();
    for (first, (first_name, first_pattern)) in rules.iter().enumerate() {
        for (second, (second_name, second_pattern)) in rules.iter().enumerate().skip(first + 1) {
            let comparison = analysis.compare(ids[first], ids[second]);
            let set = PatternSet::new([first_pattern.clone(), second_pattern.clone()]);
            let name = format!("{first_name}, {second_name}: {:?}", comparison.unknown());
            confirm(&comparison, &set, &name);
            assert!(!matches!(comparison.relation(), Relation::Equivalent | Relation::Unknown), "{name}");
        }
    }
}

#[test]
fn every_rule_can_match_and_none_always_does() {
    let mut analysis = PatternAnalysis::new();
    for (name, pattern) in catalogue() {
        let id = analysis.add(&pattern).unwrap();
        assert!(analysis.find(&[(id, true)]).unwrap().is_some(), "{name} never matches");
        assert!(analysis.find(&[(id, false)]).unwrap().is_some(), "{name} always matches");
    }
}
