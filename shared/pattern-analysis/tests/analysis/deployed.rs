//! All pairs of the patterns that people deploy and of the catalogue's: each is decided.

use std::path::Path;

use filter_pattern::{Pattern, PatternKind};
use pattern_analysis::{PatternAnalysis, Relation};
use serde_json::Value;

use crate::catalogue::catalogue;

/// The patterns of this repository's list.
pub(crate) fn deployed() -> Vec<Pattern> {
    let lines = include_str!("deployed.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| Pattern::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// Compares all pairs, and counts those of each relation.
fn compare_all(patterns: &[Pattern]) -> Vec<(Relation, usize)> {
    use Relation::{Disjoint, Equivalent, Implied, Implies, Overlap, Unknown};
    let mut counts = [Equivalent, Implies, Implied, Disjoint, Overlap, Unknown].map(|relation| (relation, 0));
    let mut analysis = PatternAnalysis::new();
    let ids: Vec<_> = patterns.iter().map(|pattern| analysis.add(pattern).unwrap()).collect();
    for (first, id) in ids.iter().enumerate() {
        for (second, other) in ids.iter().enumerate().skip(first + 1) {
            let comparison = analysis.compare(*id, *other);
            let names = || format!("{}\n{}\n{:?}", patterns[first], patterns[second], comparison.unknown());
            assert_ne!(comparison.relation(), Unknown, "{}", names());
            for (relation, count) in &mut counts {
                *count += usize::from(*relation == comparison.relation());
            }
        }
    }
    counts.to_vec()
}

#[test]
fn every_pair_of_deployed_patterns_is_decided() {
    let rules = catalogue().into_iter().map(|(_, pattern)| pattern);
    let patterns: Vec<Pattern> = deployed().into_iter().chain(rules).collect();
    let counts = compare_all(&patterns);
    println!("{} patterns: {counts:?}", patterns.len());
    assert!(counts.iter().all(|(relation, count)| (*count > 0) != (*relation == Relation::Unknown)));
}

#[test]
fn every_pair_of_the_conformance_cases_is_decided() {
    // The cases lie beside the repository on the machines where it is developed.
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/filter-pattern-cases.jsonl");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let cases = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let patterns = cases.filter_map(|case| Pattern::parse(case["pattern"].as_str()?).ok());
    let mut patterns: Vec<_> = patterns.filter(|pattern| pattern.kind() == PatternKind::Json).collect();
    patterns.dedup();
    println!("{} patterns: {:?}", patterns.len(), compare_all(&patterns));
}
