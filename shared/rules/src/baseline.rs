//! The embedded baseline: one rule for each control of the usual CloudTrail alarm baselines.
//!
//! The texts are those of AWS Security Hub and the CIS AWS Foundations Benchmark in their best form; where sources
//! disagree, the rule's description says what was chosen and why. Controls that would count the same records twice
//! are left out, and so is `ApiActivityWithoutMFACount`, which matches every role session.

use crate::RuleSet;

/// The rule document of the embedded baseline.
pub const BASELINE_YAML: &str = include_str!("../baseline.yaml");

/// The name under which the baseline appears in diagnostics.
pub(crate) const NAME: &str = "baseline.yaml";

#[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
pub(crate) fn parse() -> RuleSet {
    RuleSet::parse(NAME, BASELINE_YAML).expect("the embedded baseline is valid").0
}

/// Leaves the tests unread, which are most of the text and of the time that it takes.
#[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
pub(crate) fn parse_without_tests() -> RuleSet {
    // In the embedded text, and a test sees to it, the tests of a rule stand last and an empty line follows them.
    let mut in_tests = false;
    let mut text = String::with_capacity(BASELINE_YAML.len() / 2);
    for line in BASELINE_YAML.split_inclusive('\n') {
        in_tests = (in_tests || line == "    tests:\n") && line != "\n";
        if !in_tests {
            text.push_str(line);
        }
    }
    RuleSet::parse(NAME, &text).expect("the embedded baseline is valid").0
}

#[cfg(test)]
mod tests;
