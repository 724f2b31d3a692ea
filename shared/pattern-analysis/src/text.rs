//! [`Texts`]: finds a string that satisfies some tests and fails others, or proves that there is none.
//!
//! Most questions end with one of a few readable candidates. The others are decided by a product of automata,
//! one for each test.

use std::collections::HashMap;

use filter_pattern::ast::{Comparison, Operand};
use serde_json::Value;

use crate::automaton::{Automaton, expression_of, quoted};
use crate::effort::{Attempt, Effort, Memory};
use crate::product::{Part, first_text};
use crate::reason::Reason;
use crate::vocabulary::{SignedTest, Vocabulary};

/// Replacements for the `*` of a glob in candidates, and candidates for a text that must only differ from
/// others.
const FILLINGS: [&str; 6] = ["x", "", "xyz", "1", "x1", "-"];

/// All texts.
const UNICODE: &str = "(?s:.)*";
/// The greatest number of automata that are kept.
const MAX_AUTOMATA: usize = 256;

/// Strings that satisfy tests, and the automata that found them.
#[derive(Default)]
pub(crate) struct Texts {
    /// By the expression that each was made from.
    automata: HashMap<String, Automaton>,
    found: Memory<Vec<SignedTest>, String>,
}

/// The answer without an automaton; `None` if one is needed.
pub(crate) fn at_hand(tests: &[SignedTest], vocabulary: &Vocabulary) -> Option<Attempt<String>> {
    let fits = |text: &str| vocabulary.accepts(tests, &Value::from(text));
    for (place, _) in tests.iter().filter(|(_, sign)| *sign) {
        let test = vocabulary.known_test(*place);
        if let Some(only) = test.only_text() {
            return Some(Ok(fits(only).then(|| only.to_owned())));
        }
        if matches!(test.comparison, Comparison::Order(..)) {
            return Some(Ok(None));
        }
    }
    let globs: Vec<&str> = tests.iter().filter_map(|test| wanted_glob(*test, vocabulary)).collect();
    let globs = if globs.is_empty() { vec!["*"] } else { globs };
    let candidates =
        FILLINGS.iter().flat_map(|filling| globs.iter().map(move |glob| glob.replace('*', filling)));
    candidates.into_iter().find(|text| fits(text)).map(|text| Ok(Some(text)))
}

fn wanted_glob((place, sign): SignedTest, vocabulary: &Vocabulary) -> Option<&str> {
    match &vocabulary.known_test(place).comparison {
        Comparison::Equal(Operand::Text(glob)) if sign => Some(glob.as_str()),
        Comparison::Equal(_) | Comparison::NotEqual(_) | Comparison::Order(..) => None,
    }
}

impl Texts {
    /// A string that satisfies the tests, found with automata.
    pub(crate) fn find(
        &mut self,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        effort: &mut Effort,
    ) -> Attempt<String> {
        if let Some(outcome) = self.found.recall(tests, effort) {
            return outcome;
        }
        let before = *effort;
        let outcome = self.search(tests, vocabulary, effort);
        self.found.keep(tests.to_vec(), &outcome, before, *effort);
        outcome
    }

    fn search(
        &mut self,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        effort: &mut Effort,
    ) -> Attempt<String> {
        let fits = &mut |text: &str| vocabulary.accepts(tests, &Value::from(text)).then(|| text.to_owned());
        let outcome =
            self.first(&[UNICODE.to_owned()], tests, vocabulary, |parts| first_text(parts, 1, effort, fits));
        match outcome {
            // The automata accept this text, but the evaluator does not.
            Err(Reason::NumberText) => Err(Reason::Unconfirmed),
            outcome => outcome,
        }
    }

    /// Walks the automata of tests by text together with those of expressions, which must describe the whole
    /// text.
    pub(crate) fn first<T>(
        &mut self,
        expressions: &[String],
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        walk: impl FnOnce(&mut [Part]) -> Attempt<T>,
    ) -> Attempt<T> {
        let mut wanted: Vec<(String, bool)> =
            expressions.iter().map(|expression| (expression.clone(), true)).collect();
        let mut excluded = Vec::new();
        for (place, sign) in tests {
            let test = vocabulary.known_test(*place);
            match test.only_text() {
                // One automaton for all texts that are named and excluded.
                Some(only) if !sign => excluded.push(quoted(only)),
                Some(_) | None => wanted.extend(expression_of(&test.comparison).map(|text| (text, *sign))),
            }
        }
        if !excluded.is_empty() {
            wanted.push((excluded.join("|"), false));
        }
        let mut parts = Vec::with_capacity(wanted.len());
        for (expression, wanted) in &wanted {
            let automaton = match self.automata.remove(expression) {
                Some(automaton) => automaton,
                None => Automaton::whole(expression)?,
            };
            parts.push(Part { automaton, wanted: *wanted });
        }
        let outcome = walk(&mut parts);
        if self.automata.len() >= MAX_AUTOMATA {
            self.automata.clear();
        }
        self.automata.extend(
            wanted.into_iter().zip(parts).map(|((expression, _), part)| (expression, part.automaton)),
        );
        outcome
    }
}
