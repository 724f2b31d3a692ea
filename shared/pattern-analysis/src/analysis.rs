//! [`PatternAnalysis`]: the questions that can be asked about patterns.

use filter_pattern::ast::{Ast, Condition, Expression};
use filter_pattern::{Pattern, parse_record};
use serde_json::Value;

use crate::comparison::{PatternComparison, Relation};
use crate::effort::Effort;
use crate::formula::{Formula, FormulaId, Formulas};
use crate::reason::Reason;
use crate::search::Search;
use crate::structure::Records;
use crate::table::Table;
use crate::vocabulary::Vocabulary;
use crate::witness::Witness;

/// The answer to a question about all records.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The statement holds for every record.
    Proven,
    /// The statement does not hold for this record.
    Refuted(Witness),
    /// The question could not be decided.
    Unknown(Reason),
}

impl Answer {
    /// Whether the statement holds for every record.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        matches!(self, Answer::Proven)
    }
}

/// A pattern that was added to an analysis. It is valid only in that analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PatternId(u32);

/// A pattern, as two formulas: the pattern matches, and the pattern does not match.
struct Known {
    pattern: Meaning,
    matches: FormulaId,
    misses: FormulaId,
}

/// How a witness is checked.
enum Meaning {
    Pattern(Pattern),
    /// As part of a pattern, or as several patterns joined.
    Formula(FormulaId),
}

/// Decides questions about JSON patterns over all records, which are JSON objects.
///
/// An analysis remembers intermediate results, so ask all questions about the same patterns of one analysis.
///
/// ```
/// use pattern_analysis::{Answer, PatternAnalysis};
///
/// let mut analysis = PatternAnalysis::new();
/// let no = analysis.add(&r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = "No" }"#.parse()?)?;
/// let not_yes = analysis.add(&r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != "Yes" }"#.parse()?)?;
/// assert_eq!(analysis.implies(no, not_yes), Answer::Proven);
/// let Answer::Refuted(witness) = analysis.implies(not_yes, no) else { panic!() };
/// assert_eq!(witness.to_string(), r#"{"additionalEventData":{"MFAUsed":"x"},"eventName":"ConsoleLogin"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct PatternAnalysis {
    vocabulary: Vocabulary,
    formulas: Formulas,
    records: Records,
    known: Table<Known>,
    questions: u64,
}

impl PatternAnalysis {
    /// An analysis without patterns.
    #[must_use]
    pub fn new() -> PatternAnalysis {
        PatternAnalysis::default()
    }

    /// Adds a pattern: a JSON pattern, or the empty pattern, which matches every record.
    ///
    /// # Errors
    ///
    /// [`Reason::NotJson`] for any other term pattern and for a space-delimited pattern.
    pub fn add(&mut self, pattern: &Pattern) -> Result<PatternId, Reason> {
        let matches = match pattern.ast() {
            Ast::Json(expression) => self.formulas.of_expression(expression, &mut self.vocabulary),
            Ast::Terms(terms) if terms.is_empty() => self.formulas.add(Formula::All(Vec::new())),
            Ast::Terms(_) | Ast::SpaceDelimited(_) => return Err(Reason::NotJson),
        };
        Ok(self.add_formula(Meaning::Pattern(pattern.clone()), matches))
    }

    /// Adds a part of a JSON pattern as a separate pattern.
    pub fn add_expression(&mut self, expression: &Expression<Condition>) -> PatternId {
        let matches = self.formulas.of_expression(expression, &mut self.vocabulary);
        self.add_formula(Meaning::Formula(matches), matches)
    }

    /// Adds a pattern that matches every record that at least one of the given patterns matches.
    pub fn add_any(&mut self, patterns: &[PatternId]) -> PatternId {
        let parts = patterns.iter().map(|pattern| self.known[pattern.0].matches).collect();
        let matches = self.formulas.add(Formula::Any(parts));
        self.add_formula(Meaning::Formula(matches), matches)
    }

    fn add_formula(&mut self, pattern: Meaning, matches: FormulaId) -> PatternId {
        let misses = self.formulas.negation(matches);
        PatternId(self.known.add(Known { pattern, matches, misses }))
    }

    /// Whether no record matches. Refuted by a record that does.
    pub fn never(&mut self, pattern: PatternId) -> Answer {
        self.answer(&[(pattern, true)])
    }

    /// Whether every record matches. Refuted by a record that does not.
    pub fn always(&mut self, pattern: PatternId) -> Answer {
        self.answer(&[(pattern, false)])
    }

    /// Whether every record that matches `first` matches `second`. Refuted by a record that only `first`
    /// matches.
    pub fn implies(&mut self, first: PatternId, second: PatternId) -> Answer {
        self.answer(&[(first, true), (second, false)])
    }

    /// Whether no record matches both. Refuted by a record that does.
    pub fn disjoint(&mut self, first: PatternId, second: PatternId) -> Answer {
        self.answer(&[(first, true), (second, true)])
    }

    /// Whether both match the same records. Refuted by a record that only one of them matches.
    pub fn equivalent(&mut self, first: PatternId, second: PatternId) -> Answer {
        match (self.implies(first, second), self.implies(second, first)) {
            (Answer::Proven, other) | (other, Answer::Proven) => other,
            (refuted @ Answer::Refuted(_), _) | (_, refuted @ Answer::Refuted(_)) => refuted,
            (unknown @ Answer::Unknown(_), Answer::Unknown(_)) => unknown,
        }
    }

    /// Compares the records that two patterns match, with an example record for each part that is not empty.
    pub fn compare(&mut self, first: PatternId, second: PatternId) -> PatternComparison {
        let only_first = self.find(&[(first, true), (second, false)]);
        let only_second = self.find(&[(second, true), (first, false)]);
        let both = self.find(&[(first, true), (second, true)]);
        PatternComparison::new(only_first, only_second, both)
    }

    /// The relation of two patterns, without witnesses.
    pub fn relation(&mut self, first: PatternId, second: PatternId) -> Relation {
        self.compare(first, second).relation()
    }

    fn answer(&mut self, wanted: &[(PatternId, bool)]) -> Answer {
        match self.find(wanted) {
            Ok(None) => Answer::Proven,
            Ok(Some(witness)) => Answer::Refuted(witness),
            Err(reason) => Answer::Unknown(reason),
        }
    }

    /// A record that matches, or does not match, each pattern as required; `None` if there is provably no
    /// such record.
    ///
    /// # Errors
    ///
    /// [`Reason`] if the question could not be decided.
    pub fn find(&mut self, wanted: &[(PatternId, bool)]) -> Result<Option<Witness>, Reason> {
        let formulas: Vec<FormulaId> = wanted
            .iter()
            .map(|(pattern, matches)| {
                let known = &self.known[pattern.0];
                if *matches { known.matches } else { known.misses }
            })
            .collect();
        let mut search =
            Search { formulas: &self.formulas, vocabulary: &self.vocabulary, records: &mut self.records };
        self.questions += 1;
        match search.find(&formulas, Effort::new(self.questions))? {
            Some(record) => self.confirm(wanted, &record).map(Some),
            None => Ok(None),
        }
    }

    /// No witness is trusted: each one is written as JSON, read back like any record, and checked by the
    /// evaluator.
    fn confirm(&self, wanted: &[(PatternId, bool)], record: &Value) -> Result<Witness, Reason> {
        let text = record.to_string();
        let Ok(read) = parse_record(text.as_bytes()) else { return Err(Reason::Unconfirmed) };
        if read.is_object() && self.decides(wanted, &read) {
            Ok(Witness::new(read))
        } else {
            Err(Reason::Unconfirmed)
        }
    }

    /// Whether a record matches each pattern as required, according to the evaluator.
    #[must_use]
    pub fn decides(&self, wanted: &[(PatternId, bool)], record: &Value) -> bool {
        wanted.iter().all(|(pattern, matches)| self.matches(*pattern, record) == *matches)
    }

    fn matches(&self, pattern: PatternId, record: &Value) -> bool {
        match &self.known[pattern.0].pattern {
            Meaning::Pattern(pattern) => pattern.matches_record(record),
            Meaning::Formula(formula) => self.formulas.holds(*formula, record, &self.vocabulary),
        }
    }
}
