//! Runs the tests that a rule contains.
//!
//! A test's record is evaluated the way production evaluates records: as bytes, by a `PatternSet`. No metric, alarm
//! or alert is tested.

use filter_pattern::{Matches, PatternSet};

use crate::RuleSet;

/// The result of one test of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The rule that the test belongs to.
    pub rule_id: String,
    /// The test's name.
    pub name: String,
    /// Whether the rule's pattern should match the record.
    pub expected: bool,
    /// Whether it does.
    pub actual: bool,
}

impl TestOutcome {
    /// Whether the pattern gave the expected result.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.expected == self.actual
    }
}

/// Runs every test of every rule, in document order.
#[must_use]
pub fn run_tests(set: &RuleSet) -> Vec<TestOutcome> {
    let mut matches = Matches::default();
    let mut outcomes = Vec::new();
    for rule in set.rules().iter().filter(|rule| !rule.tests.is_empty()) {
        let patterns = PatternSet::new([rule.pattern.clone()]);
        for test in &rule.tests {
            // A malformed record matches nothing, but test records were validated when the document was read.
            let decided = patterns.matches_into(test.text.as_bytes(), &mut matches);
            outcomes.push(TestOutcome {
                rule_id: rule.id.clone(),
                name: test.name.clone(),
                expected: test.expected,
                actual: decided.is_ok() && matches.contains(0),
            });
        }
    }
    outcomes
}
