//! The tests that a rule's author put beside the rule.

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
    let tests = set.rules().iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test)));
    tests
        .map(|(rule, test)| TestOutcome {
            rule_id: rule.id.clone(),
            name: test.name.clone(),
            expected: test.expected,
            actual: rule.pattern.matches_record(&test.record),
        })
        .collect()
}
