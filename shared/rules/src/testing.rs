//! The tests that a rule's author put beside the rule.
//!
//! A test's record is decided as production decides one, on the bytes of its text and by a `PatternSet`.

use filter_pattern::{Matches, PatternSet};

use crate::RuleSet;

/// How one test of a rule ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The rule that the test belongs to.
    pub rule_id: String,
    /// The test's name.
    pub name: String,
    /// Whether the rule's pattern had to match the record.
    pub expected: bool,
    /// Whether it did.
    pub actual: bool,
}

impl TestOutcome {
    /// Whether the pattern answered as its author said.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.expected == self.actual
    }
}

/// Runs every test of every rule, in the order of the documents.
#[must_use]
pub fn run_tests(set: &RuleSet) -> Vec<TestOutcome> {
    let mut matches = Matches::default();
    let mut outcomes = Vec::new();
    for rule in set.rules().iter().filter(|rule| !rule.tests.is_empty()) {
        let patterns = PatternSet::new([rule.pattern.clone()]);
        for test in &rule.tests {
            // A record that cannot be decided matches nothing; that of a test has been read once already.
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
