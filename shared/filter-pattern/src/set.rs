//! [`PatternSet`]: many patterns decided together on the bytes of one record.
//!
//! In one pass over the bytes the record is validated and the places of the values are captured from which those of every selector can be
//! reached (`scan.rs`, or for unusual text `walk.rs`). An index tells which patterns the record can match at all, and those are evaluated.
//! Once the buffers have grown, JSON patterns allocate nothing. The reference evaluator is asked only where all this is in doubt.
//!
//! The record is never kept, and no tree is made of it.

mod captures;
#[cfg(test)]
mod equivalence;
mod explain;
mod index;
mod program;
mod scan;
#[cfg(test)]
mod tests;
mod trie;
mod value;
mod walk;

use serde_json::Error;
use serde_json::error::Category;
use thiserror::Error as ThisError;

use crate::ast::{Ast, Condition, Expression};
use crate::matches::Matches;
use crate::pattern::Pattern;
use crate::record::parse_record;
use crate::reference;
pub(crate) use captures::Captures;
use captures::MAX_DEPTH;
pub use explain::{Evaluated, Explanation, Found, Requirement, SelectorUse, WhyAlways};
use index::{Guard, Index, Popularity};
use program::{Captured, Program, Undecided, leading_keys};
#[cfg(fuzzing)]
pub(crate) use scan::lanes_agree;
use trie::Trie;

/// Patterns that are decided together. Their indices are those of the order they were given in.
#[derive(Clone, Debug, Default)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    trie: Trie,
    /// For each pattern, how it is evaluated; `None` for what is applied to text.
    programs: Vec<Option<Program>>,
    /// For each pattern, what a record that matches has at least one of.
    guards: Vec<Option<Vec<Guard>>>,
    index: Index,
}

impl PatternSet {
    /// Compiles patterns into a set.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> PatternSet {
        let patterns: Vec<Pattern> = patterns.into_iter().collect();
        let mut popularity = Popularity::default();
        patterns.iter().filter_map(conditions).for_each(|conditions| popularity.add(conditions));
        let guards: Vec<Option<Vec<Guard>>> = patterns
            .iter()
            .map(|pattern| conditions(pattern).and_then(|conditions| popularity.guards(conditions)))
            .collect();
        let trie =
            Trie::new(patterns.iter().zip(&guards).flat_map(|(pattern, guards)| paths(pattern, guards)));
        let index = Index::new(guards.iter().map(Option::as_deref), &trie);
        let compile = |pattern| conditions(pattern).map(|conditions| Program::compile(conditions, &trie));
        let programs = patterns.iter().map(compile).collect();
        PatternSet { patterns, trie, programs, guards, index }
    }

    /// The number of patterns.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The patterns in their order.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// How the set compiled: what is looked for in a record, and when each pattern is evaluated.
    pub fn explain(&self) -> Explanation {
        explain::explain(self)
    }

    /// Decides every pattern on one record, a JSON object, and leaves the indices of those that match in `matches`.
    ///
    /// Term and space-delimited patterns are applied to the bytes as they are.
    ///
    /// # Errors
    ///
    /// If the record is not an object that [`parse_record`] takes. No pattern matches then, and `matches` is empty.
    pub fn matches_into(&self, record: &[u8], matches: &mut Matches) -> Result<(), RecordError> {
        matches.reset(self.patterns.len());
        if self.capture(record, &mut matches.captures) && self.evaluate(record, matches).is_ok() {
            return Ok(());
        }
        self.decide_by_reference(record, matches)
    }

    /// Does the same for the record in front of `text`, wherever it ends, and returns its length in bytes.
    ///
    /// This spares a reader of many records the search for the end of each. `None` does not tell anything about the record, except that it
    /// has to be delimited and given to [`matches_into`](PatternSet::matches_into): it may be wrong, go on behind the text, be written in
    /// an unusual way, or be nested deeper than `depth_limit`, of which at most 127 levels count. `matches` is empty then.
    pub fn matches_next_into(&self, text: &[u8], depth_limit: usize, matches: &mut Matches) -> Option<usize> {
        matches.reset(self.patterns.len());
        matches.captures.reset(&self.trie);
        // Places are kept in 32 bits, and no record is that long.
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let length = scan::scan(text, depth_limit.min(MAX_DEPTH), &self.trie, &mut matches.captures)?;
        let record = text.get(..length)?;
        match self.evaluate(record, matches) {
            Ok(()) => Some(length),
            Err(Undecided) => {
                matches.reset(self.patterns.len());
                None
            }
        }
    }

    /// Finds the values of all selectors. `false` for text that only `serde_json` can judge.
    fn capture(&self, record: &[u8], captures: &mut Captures) -> bool {
        // Places are kept in 32 bits.
        if u32::try_from(record.len()).is_err() {
            return false;
        }
        captures.reset(&self.trie);
        if scan::scan(record, MAX_DEPTH, &self.trie, captures) == Some(record.len()) {
            return true;
        }
        captures.reset(&self.trie);
        walk::walk(record, &self.trie, captures).is_some()
    }

    /// Evaluates the patterns that a captured record can match.
    fn evaluate(&self, record: &[u8], matches: &mut Matches) -> Result<(), Undecided> {
        let Matches { words, captures } = matches;
        self.index.candidates(record, captures, |index, captures| {
            let holds = match self.programs.get(index) {
                Some(Some(program)) => program.holds(&mut Captured { record, captures })?,
                Some(None) | None => self.holds_on_text(index, record),
            };
            if holds {
                crate::matches::insert(words, index);
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
        // What was parsed is UTF-8, so nothing is replaced or copied.
        let text = String::from_utf8_lossy(record);
        for (index, pattern) in self.patterns.iter().enumerate() {
            if reference::matches_record_text(pattern.ast(), &value, &text) {
                matches.insert(index);
            }
        }
        Ok(())
    }
}

/// What is captured of every record for the sake of a pattern: what its guards look at, and where to start from if they hold. If it has
/// no guards, all that it looks at.
fn paths<'p>(pattern: &'p Pattern, guards: &'p Option<Vec<Guard>>) -> Vec<Vec<&'p str>> {
    let depth = if guards.is_some() { 1 } else { usize::MAX };
    let selectors = explain::selectors_of(pattern.ast());
    let starts = selectors.map(|selector| leading_keys(selector).into_iter().take(depth).collect());
    let guarded = guards.iter().flatten().map(|guard| guard.keys().collect());
    starts.chain(guarded).collect()
}

fn conditions(pattern: &Pattern) -> Option<&Expression<Condition>> {
    match pattern.ast() {
        Ast::Json(conditions) => Some(conditions),
        Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
    }
}

impl FromIterator<Pattern> for PatternSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> PatternSet {
        PatternSet::new(patterns)
    }
}

/// Why no pattern can be decided on a record. Says where, never what the record holds.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes are not one JSON text.
    #[error("record is not valid JSON: {} at line {line} column {column}", describe(*.category))]
    NotJson {
        /// Whether the text is wrong or ends too early.
        category: Category,
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1; 0 for the end of the line before.
        column: usize,
    },
    /// Arrays and objects are nested deeper than is evaluated.
    #[error("record is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is evaluated.
        limit: usize,
    },
    /// A number is beyond the range of a 64-bit float, such as `1e400`. What it would compare as is not defined.
    #[error("record has a number out of range at line {line} column {column}")]
    NumberOutOfRange {
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1.
        column: usize,
    },
    /// The record is JSON of another kind.
    #[error("record is not a JSON object")]
    NotAnObject,
}

impl RecordError {
    pub(crate) fn from_json(error: Error) -> RecordError {
        // `serde_json` tells these two from other syntax errors by the message alone; a test holds it to that.
        let message = error.to_string();
        if message.starts_with("recursion limit exceeded") {
            return RecordError::TooDeep { limit: MAX_DEPTH };
        }
        let (line, column) = (error.line(), error.column());
        if message.starts_with("number out of range") {
            return RecordError::NumberOutOfRange { line, column };
        }
        RecordError::NotJson { category: error.classify(), line, column }
    }
}

fn describe(category: Category) -> &'static str {
    match category {
        Category::Eof => "unexpected end",
        Category::Syntax => "syntax error",
        // Neither occurs when bytes in memory are read into a `Value`.
        Category::Data | Category::Io => "unreadable",
    }
}
