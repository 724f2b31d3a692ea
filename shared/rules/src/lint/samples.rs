//! Sample records that show what a pattern matches: the catalogue's test records, the set's own test records, and
//! records that the caller provides.
//!
//! A pattern that matches nearly all records is nearly always a mistake, such as exclusions joined by `||`. A pattern
//! that matches none may be correct but untested, which its author should know. No other lint is decided here.

use std::collections::BTreeSet;

use filter_pattern::{Matches, Pattern, PatternSet, RecordError, ast::Ast, parse_record};
use serde_json::Value;

use super::{
    kinds_seen::KindsSeen,
    rule_lints::RuleLints,
    values_seen::{self, ValuesSeen},
};
use crate::{LintCode, RuleSet, catalogue};

/// The smallest number of records for which "nine out of ten" is meaningful.
const ENOUGH_RECORDS: u64 = 20;

/// The number of records, and how many of them each rule matched.
#[derive(Debug, Default)]
struct MatchCounts {
    records: u64,
    matches: Vec<u64>,
}

impl MatchCounts {
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

/// What the sample records say about a rule set.
pub(super) struct Samples {
    patterns: PatternSet,
    matches: Matches,
    catalogue: MatchCounts,
    own_tests: MatchCounts,
    observed: MatchCounts,
    kinds: KindsSeen,
    values: ValuesSeen,
    /// For each rule, whether a record is the event that it asks for.
    has_event: Vec<bool>,
    /// The values of `eventName` and `eventSource` in all records.
    names: BTreeSet<String>,
    sources: BTreeSet<String>,
}

impl Samples {
    /// Evaluates the records of the catalogue's tests and of the set's own tests.
    pub(super) fn of(set: &RuleSet) -> Self {
        let mut kinds = KindsSeen::default();
        let mut values = ValuesSeen::default();
        for rule in set.rules() {
            if let Ast::Json(expression) = rule.pattern.ast() {
                kinds.watch(expression);
                values.watch(expression);
            }
        }
        let mut samples = Self {
            patterns: PatternSet::new(set.rules().iter().map(|rule| rule.pattern.clone())),
            matches: Matches::default(),
            catalogue: MatchCounts::default(),
            own_tests: MatchCounts::default(),
            observed: MatchCounts::default(),
            kinds,
            values,
            has_event: vec![false; set.rules().len()],
            names: BTreeSet::new(),
            sources: BTreeSet::new(),
        };
        // Test records were validated when their documents were read, so they cannot fail here.
        let all = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
        for test in all.rules().iter().flat_map(|rule| &rule.tests) {
            let _ = samples.take(test.text.as_bytes(), |samples| &mut samples.catalogue);
        }
        for test in set.rules().iter().flat_map(|rule| &rule.tests) {
            let _ = samples.take(test.text.as_bytes(), |samples| &mut samples.own_tests);
        }
        samples
    }

    /// Takes a record that the caller provides.
    pub(super) fn observe(&mut self, record: &[u8]) -> Result<(), RecordError> {
        self.take(record, |samples| &mut samples.observed)
    }

    /// The kinds of values that the records hold.
    pub(super) fn kinds(&self) -> &KindsSeen {
        &self.kinds
    }

    fn take(
        &mut self,
        record: &[u8],
        counts: impl FnOnce(&mut Self) -> &mut MatchCounts,
    ) -> Result<(), RecordError> {
        let mut matches = std::mem::take(&mut self.matches);
        let decided = self.patterns.matches_into(record, &mut matches);
        if decided.is_ok() {
            counts(self).add(&matches);
            let record = parse_record(record)?;
            self.kinds.observe(&record);
            self.values.observe(&record);
            for (pattern, has_event) in self.patterns.patterns().iter().zip(&mut self.has_event) {
                if let Ast::Json(expression) = pattern.ast() {
                    *has_event = *has_event || values_seen::is_event_of(expression, &record);
                }
            }
            let text = |key: &str| record.get(key).and_then(Value::as_str).map(str::to_owned);
            self.names.extend(text("eventName"));
            self.sources.extend(text("eventSource"));
        }
        self.matches = matches;
        decided
    }

    /// The name of an event in a record that differs from `written` only in its case; `None` if a record has `written`
    /// itself.
    pub(super) fn event_name_in_other_case(&self, written: &str) -> Option<&str> {
        if self.names.contains(written) {
            return None;
        }
        self.names.iter().find(|name| name.eq_ignore_ascii_case(written)).map(String::as_str)
    }

    /// Whether a record has this event source.
    pub(super) fn has_source(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    /// Whether a pattern matches no record only because the records have other events, or other values of its fields.
    fn lacks_values(&self, rule: usize, pattern: &Pattern) -> bool {
        let Ast::Json(expression) = pattern.ast() else { return false };
        let has_event = self.has_event.get(rule).copied().unwrap_or_default();
        self.values.lacks_event(expression) || has_event && self.values.has_fields(expression)
    }

    /// Checks how many records a rule matches. If a hint explains why it matches none, this is not repeated.
    pub(super) fn check(&self, rule: usize, is_explained: bool, lints: &mut RuleLints<'_, '_>) {
        for (counts, of) in
            [(&self.observed, "of the given records"), (&self.catalogue, "of the catalogue's test records")]
        {
            if counts.is_nearly_all(rule) {
                let (matches, records) = (counts.of(rule), counts.records);
                lints.add(
                    LintCode::MatchesNearlyAll,
                    String::new(),
                    format!("the pattern matches {matches} of {records} {of}"),
                    "look for `!=` conditions joined with `||`; exclusions must be joined with `&&`",
                );
                return;
            }
        }
        let matches_none =
            [&self.observed, &self.own_tests, &self.catalogue].iter().all(|counts| counts.of(rule) == 0);
        if matches_none && !is_explained && !self.lacks_values(rule, &lints.rule.pattern) {
            lints.add(
                LintCode::MatchesNothing,
                String::new(),
                "the pattern matches none of the sample records",
                "add a test with a record that must match, or pass records to the linter",
            );
        }
    }
}
