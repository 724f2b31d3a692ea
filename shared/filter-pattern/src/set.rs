//! [`PatternSet`]: decides many patterns together on the bytes of one record.
//!
//! One pass over the bytes validates the record and captures the offsets of the values from which every selector can
//! be resolved (`scan.rs`, or `walk.rs` for unusual text). An index then selects the patterns that the record can
//! match at all, and only those are evaluated. Once its buffers have grown, evaluating JSON patterns allocates
//! nothing. In the rare cases that this cannot decide, the reference evaluator does.
//!
//! The record is never stored, and no tree is built from it.

mod capture;
mod captures;
#[cfg(test)]
mod equivalence;
mod explain;
mod index;
mod matches;
mod program;
mod projection;
mod scalar;
mod scan;
#[cfg(test)]
mod tests;
mod trie;
mod value;
mod walk;

use crate::pattern::Pattern;
use crate::record::{RecordError, parse_record};
use crate::reference;
use capture::{capture, capture_next};
pub use explain::{Evaluated, Explanation, Requirement, SelectorLookup, SelectorUse, WhyAlways};
use index::{Guard, Index};
pub use matches::Matches;
use program::{CapturedRecord, Program, Undecided, leading_keys};
pub use projection::{ProjectedRecord, Projection, ProjectionBuffer};
pub use scalar::Scalar;
#[cfg(fuzzing)]
pub(crate) use scan::lanes_agree;
use trie::Trie;

/// Patterns that are decided together. A pattern's index is its position in the input.
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    trie: Trie,
    /// For each pattern, how it is evaluated; `None` for a pattern that is matched against the text.
    programs: Vec<Option<Program>>,
    index: Index,
}

impl PatternSet {
    /// Compiles patterns into a set.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> PatternSet {
        let patterns: Vec<Pattern> = patterns.into_iter().collect();
        let guards = index::guards(&patterns);
        let trie =
            Trie::new(patterns.iter().zip(&guards).flat_map(|(pattern, guards)| paths(pattern, guards)));
        let index = Index::new(guards.iter().map(Option::as_deref), &trie);
        let compile = |pattern: &Pattern| {
            pattern.ast().conditions().map(|conditions| Program::compile(conditions, &trie))
        };
        let programs = patterns.iter().map(compile).collect();
        PatternSet { patterns, trie, programs, index }
    }

    /// The number of patterns.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns in their original order.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Explains how the set is compiled: what is looked up in a record, and when each pattern is evaluated.
    pub fn explain(&self) -> Explanation {
        explain::explain(&self.patterns, &self.trie)
    }

    /// Decides every pattern on one record, a JSON object, and writes the indices of the matching patterns to
    /// `matches`.
    ///
    /// Term and space-delimited patterns are matched against the bytes as they are.
    ///
    /// # Errors
    ///
    /// If the record is not an object that [`parse_record`] accepts. Then `matches` is empty.
    pub fn matches_into(&self, record: &[u8], matches: &mut Matches) -> Result<(), RecordError> {
        matches.reset(self.patterns.len());
        if capture(record, &self.trie, &mut matches.captures) && self.evaluate(record, matches).is_ok() {
            return Ok(());
        }
        self.decide_by_reference(record, matches)
    }

    /// Decides every pattern on the record at the start of `text`, and returns the record's length in bytes.
    ///
    /// A reader of many records need not search for the end of each one. `None` says nothing about the record except
    /// that the caller must delimit it and pass it to [`matches_into`](PatternSet::matches_into): it may be invalid,
    /// continue beyond `text`, be written in an unusual way, or be nested deeper than `depth_limit` (at most 127
    /// levels). `matches` is then empty.
    pub fn matches_next_into(&self, text: &[u8], depth_limit: usize, matches: &mut Matches) -> Option<usize> {
        matches.reset(self.patterns.len());
        let record = capture_next(text, depth_limit, &self.trie, &mut matches.captures)?;
        match self.evaluate(record, matches) {
            Ok(()) => Some(record.len()),
            Err(Undecided) => {
                matches.reset(self.patterns.len());
                None
            }
        }
    }

    /// Evaluates the patterns that a captured record can match.
    fn evaluate(&self, record: &[u8], matches: &mut Matches) -> Result<(), Undecided> {
        let Matches { words, captures } = matches;
        self.index.candidates(record, captures, |index, captures| {
            let holds = match self.programs.get(index) {
                Some(Some(program)) => program.holds(&mut CapturedRecord { record, captures })?,
                Some(None) | None => self.holds_on_text(index, record),
            };
            if holds {
                matches::insert(words, index);
            }
            Ok(())
        })
    }

    fn holds_on_text(&self, index: usize, record: &[u8]) -> bool {
        let text = str::from_utf8(record).ok();
        let pattern = self.patterns.get(index);
        text.zip(pattern).is_some_and(|(text, pattern)| pattern.matches_message(text))
    }

    fn decide_by_reference(&self, record: &[u8], matches: &mut Matches) -> Result<(), RecordError> {
        matches.reset(self.patterns.len());
        let value = parse_record(record)?;
        if !value.is_object() {
            return Err(RecordError::NotAnObject);
        }
        // Parsed text is UTF-8, so nothing is replaced or copied.
        let text = String::from_utf8_lossy(record);
        for (index, pattern) in self.patterns.iter().enumerate() {
            if reference::matches_record_text(pattern.ast(), &value, &text) {
                matches.insert(index);
            }
        }
        Ok(())
    }
}

/// The paths captured in every record for a pattern: those that its guards test, and the first keys of its selectors,
/// from which it is evaluated if a guard holds. Without guards, all keys of its selectors.
fn paths<'p>(pattern: &'p Pattern, guards: &'p Option<Vec<Guard<'p>>>) -> impl Iterator<Item = Vec<&'p str>> {
    let depth = if guards.is_some() { 1 } else { usize::MAX };
    let starts = pattern.ast().selectors().map(move |selector| {
        let mut keys = leading_keys(selector);
        keys.truncate(depth);
        keys
    });
    starts.chain(guards.iter().flatten().map(|guard| guard.path.clone()))
}

impl FromIterator<Pattern> for PatternSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> PatternSet {
        PatternSet::new(patterns)
    }
}
