//! [`Numbers`]: finds a number that satisfies some tests and fails others, or proves that there is none.
//!
//! A number is compared by value (`< 1`, an unquoted `= 1`) and by its text (globs, quoted text, regular
//! expressions), both at once. Every test by value holds on one interval of the integers and on one of the
//! floats, so what remains of each is a few intervals. If no test looks at the text, any number in an
//! interval is an answer. Otherwise a few candidates are tried; then small intervals are searched one by one,
//! and the texts of larger ones become automata for the product with those of the tests.
//!
//! The text of a float is the shortest that reads back as that float. These texts are not a regular language,
//! so the automata accept more; a text counts only if it is the shortest text of its number.

mod domain;
mod texts;

use std::collections::HashMap;

use filter_pattern::ast::{Comparison, Operand, OrderOperator};
use serde_json::{Number, Value};

use crate::effort::{Attempt, Effort, Memory};
use crate::number::domain::{Domain, Interval, simplest};
use crate::number::texts::{ANY_NUMBER, Zones};
use crate::product::first_text;
use crate::text::Texts;
use crate::vocabulary::{SignedTest, Vocabulary};

/// The size of the largest interval whose numbers are tried one by one.
const FEW: i128 = 64;
/// How many texts of floats may lead to the same states, as some of them are not the text of any number.
const VISITS: u8 = 48;
/// Replacements for the `*` of a glob in candidates.
const FILLINGS: [&str; 5] = ["", "0", "1", "5", "00"];

/// Numbers that satisfy tests, and where the literals of tests divide the numbers.
#[derive(Default)]
pub(crate) struct Numbers {
    cuts: HashMap<(u32, Domain), Interval>,
    found: Memory<Vec<SignedTest>, Number>,
    zones: Zones,
}

impl Numbers {
    /// A number that satisfies the tests, found without an automaton; `None` if that decides nothing.
    pub(crate) fn at_hand(
        &mut self,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
    ) -> Option<Attempt<Number>> {
        let by_text = by_text(tests, vocabulary);
        let fits = |number: &Number| vocabulary.accepts(tests, &Value::Number(number.clone()));
        for (place, sign) in &by_text {
            if let (Some(only), true) = (vocabulary.known_test(*place).only_text(), *sign) {
                let number = number_of_text(only).filter(|number| fits(number));
                return Some(Ok(number));
            }
        }
        let intervals = [Domain::Integers, Domain::Floats]
            .map(|domain| (domain, self.intervals(domain, tests, vocabulary)));
        if intervals.iter().all(|(_, intervals)| intervals.is_empty()) {
            return Some(Ok(None));
        }
        let simple = intervals.iter().flat_map(|(domain, intervals)| {
            intervals.iter().flat_map(|interval| simplest(*domain, *interval))
        });
        let filled = by_text.iter().filter(|(_, sign)| *sign).flat_map(|(place, _)| {
            let glob = match &vocabulary.known_test(*place).comparison {
                Comparison::Equal(Operand::Text(glob)) => Some(glob.as_str()),
                Comparison::Equal(_) | Comparison::NotEqual(_) | Comparison::Order(..) => None,
            };
            glob.into_iter().flat_map(|glob| FILLINGS.map(|filling| glob.replace('*', filling)))
        });
        let candidates = simple.chain(filled.filter_map(|text| number_of_text(&text)));
        candidates.into_iter().find(fits).map(|number| Ok(Some(number)))
    }

    /// A number that satisfies the tests, found with automata if necessary.
    pub(crate) fn find(
        &mut self,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        texts: &mut Texts,
        effort: &mut Effort,
    ) -> Attempt<Number> {
        if let Some(outcome) = self.found.recall(tests, effort) {
            return outcome;
        }
        let before = *effort;
        let outcome = self.search(tests, vocabulary, texts, effort);
        self.found.keep(tests.to_vec(), &outcome, before, *effort);
        outcome
    }

    fn search(
        &mut self,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        texts: &mut Texts,
        effort: &mut Effort,
    ) -> Attempt<Number> {
        let by_text = by_text(tests, vocabulary);
        let is_text = &mut |_: &str| Some(());
        let any = [ANY_NUMBER.to_owned()];
        if texts.first(&any, &by_text, vocabulary, |parts| first_text(parts, 1, effort, is_text)) == Ok(None)
        {
            return Ok(None);
        }
        let mut undecided = None;
        for domain in [Domain::Integers, Domain::Floats] {
            for interval in self.intervals(domain, tests, vocabulary) {
                match self.search_interval(domain, interval, tests, vocabulary, texts, effort) {
                    Ok(None) => {}
                    Err(reason) => undecided = undecided.or(Some(reason)),
                    found @ Ok(Some(_)) => return found,
                }
            }
        }
        undecided.map_or(Ok(None), Err)
    }

    fn search_interval(
        &mut self,
        domain: Domain,
        interval: Interval,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        texts: &mut Texts,
        effort: &mut Effort,
    ) -> Attempt<Number> {
        let fits = |number: &Number| vocabulary.accepts(tests, &Value::Number(number.clone()));
        if interval.len() <= FEW {
            return Ok(interval.places().filter_map(|place| domain.number(place)).find(fits));
        }
        let by_text = by_text(tests, vocabulary);
        let visits = match domain {
            Domain::Integers => 1,
            Domain::Floats => VISITS,
        };
        let mut undecided = None;
        for zone in self.zones.of(domain, interval) {
            let accept = &mut |text: &str| number_of_text(text).filter(fits);
            let outcome = texts.first(&zone.expressions(), &by_text, vocabulary, |parts| {
                first_text(parts, visits, effort, accept)
            });
            match outcome {
                Ok(None) => {}
                Err(reason) => undecided = undecided.or(Some(reason)),
                Ok(Some(number)) => return Ok(Some(number)),
            }
        }
        undecided.map_or(Ok(None), Err)
    }

    /// The intervals of a domain that satisfy the tests by value.
    fn intervals(&mut self, domain: Domain, tests: &[SignedTest], vocabulary: &Vocabulary) -> Vec<Interval> {
        let mut left = vec![domain.all()];
        for (place, sign) in tests {
            let test = vocabulary.known_test(*place);
            if !test.is_by_value() {
                continue;
            }
            let accepted = *self
                .cuts
                .entry((*place, domain))
                .or_insert_with(|| accepted_by_value(&test.comparison, domain));
            left = left
                .into_iter()
                .flat_map(|interval| {
                    if *sign { vec![interval.and(accepted)] } else { interval.without(accepted).to_vec() }
                })
                .filter(|interval| !interval.is_empty())
                .collect();
        }
        left
    }
}

/// The numbers that satisfy a test by value: an interval, since such a test orders a number and a literal.
///
/// Its ends are searched for with the evaluator, which alone knows how integers and floats compare.
fn accepted_by_value(test: &Comparison, domain: Domain) -> Interval {
    let all = domain.all();
    match test {
        Comparison::Order(operator, _) => {
            let accepts = |number: &Number| test.accepts(&Value::Number(number.clone()));
            match operator {
                OrderOperator::Less | OrderOperator::LessOrEqual => {
                    let end = domain.first(|number| !accepts(number));
                    all.before(end)
                }
                OrderOperator::Greater | OrderOperator::GreaterOrEqual => all.from(domain.first(accepts)),
            }
        }
        Comparison::Equal(Operand::Number(literal)) | Comparison::NotEqual(Operand::Number(literal)) => {
            let side = |operator| accepted_by_value(&Comparison::Order(operator, literal.clone()), domain);
            side(OrderOperator::GreaterOrEqual).and(side(OrderOperator::LessOrEqual))
        }
        Comparison::Equal(_) | Comparison::NotEqual(_) => all,
    }
}

fn by_text(tests: &[SignedTest], vocabulary: &Vocabulary) -> Vec<SignedTest> {
    tests.iter().copied().filter(|(place, _)| !vocabulary.known_test(*place).is_by_value()).collect()
}

/// The number that has a text, if the text is that of a number: not `1e3`, which is the number `1000.0`.
fn number_of_text(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    (number.to_string() == text).then_some(number)
}
