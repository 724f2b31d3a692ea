//! Records that show what a pattern does: those of the catalogue's tests, those of the set's own tests, and others.
//!
//! A pattern that matches nearly all records is nearly always a slip, such as exclusions joined by `||`. One that matches none
//! may be right and untested, which is worth knowing too.

use filter_pattern::{Matches, PatternSet, RecordError, ast::Ast, parse_record};

use super::{LintCode, Report, kinds::KindsSeen};
use crate::{RuleSet, catalogue};

/// Of how many records nine tenths say something.
const ENOUGH_RECORDS: u64 = 20;

/// How many records there were, and how many of them each rule matched.
#[derive(Debug, Default)]
struct Tally {
    records: u64,
    matches: Vec<u64>,
}

impl Tally {
    fn add(&mut self, matches: &Matches) {
        self.records += 1;
        for index in matches.iter() {
            if self.matches.len() <= index {
                self.matches.resize(index + 1, 0);
            }
            if let Some(count) = self.matches.get_mut(index) {
                *count += 1;
            }
        }
    }

    fn of(&self, rule: usize) -> u64 {
        self.matches.get(rule).copied().unwrap_or(0)
    }

    fn is_nearly_all(&self, rule: usize) -> bool {
        self.records >= ENOUGH_RECORDS && self.of(rule) * 10 >= self.records * 9
    }
}

/// What the records at hand say about a rule set.
pub(super) struct Samples {
    patterns: PatternSet,
    matches: Matches,
    catalogue: Tally,
    own_tests: Tally,
    observed: Tally,
    kinds: KindsSeen,
}

impl Samples {
    /// The records of the catalogue's tests and of the set's own tests.
    pub(super) fn of(set: &RuleSet) -> Self {
        let mut kinds = KindsSeen::default();
        for rule in set.rules() {
            if let Ast::Json(expression) = rule.pattern.ast() {
                kinds.watch(expression);
            }
        }
        let mut samples = Self {
            patterns: PatternSet::new(set.rules().iter().map(|rule| rule.pattern.clone())),
            matches: Matches::default(),
            catalogue: Tally::default(),
            own_tests: Tally::default(),
            observed: Tally::default(),
            kinds,
        };
        // Records of tests have been read once, and are records.
        let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
        for test in all.rules().iter().flat_map(|rule| &rule.tests) {
            let _ = samples.take(test.text.as_bytes(), |samples| &mut samples.catalogue);
        }
        for test in set.rules().iter().flat_map(|rule| &rule.tests) {
            let _ = samples.take(test.text.as_bytes(), |samples| &mut samples.own_tests);
        }
        samples
    }

    /// Takes a record of somebody else.
    pub(super) fn observe(&mut self, record: &[u8]) -> Result<(), RecordError> {
        self.take(record, |samples| &mut samples.observed)
    }

    /// What the records hold.
    pub(super) fn kinds(&self) -> &KindsSeen {
        &self.kinds
    }

    fn take(
        &mut self,
        record: &[u8],
        tally: impl FnOnce(&mut Self) -> &mut Tally,
    ) -> Result<(), RecordError> {
        let mut matches = std::mem::take(&mut self.matches);
        let decided = self.patterns.matches_into(record, &mut matches);
        if decided.is_ok() {
            tally(self).add(&matches);
            if !self.kinds.is_empty() {
                self.kinds.observe(&parse_record(record)?);
            }
        }
        self.matches = matches;
        decided
    }

    pub(super) fn check(&self, rule: usize, report: &mut Report<'_, '_>) {
        for (tally, of) in
            [(&self.observed, "of the records given"), (&self.catalogue, "of the catalogue's test records")]
        {
            if tally.is_nearly_all(rule) {
                let (matches, records) = (tally.of(rule), tally.records);
                report.add(
                    LintCode::MatchesNearlyAll,
                    String::new(),
                    format!("the pattern matches {matches} of {records} {of}"),
                    "look for `!=` terms joined by `||`: exclusions are joined by `&&`",
                );
                return;
            }
        }
        if [&self.observed, &self.own_tests, &self.catalogue].iter().all(|tally| tally.of(rule) == 0) {
            report.add(
                LintCode::MatchesNothing,
                String::new(),
                "the pattern matches no record at hand",
                "give the rule a test with a record that has to match, or show records to the linter",
            );
        }
    }
}
