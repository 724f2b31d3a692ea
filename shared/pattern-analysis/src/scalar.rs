//! [`Scalars`]: finds a value without fields or elements that has one of some kinds and passes some tests.

use filter_pattern::ast::{Comparison, Operand};
use serde_json::{Map, Value};

use crate::effort::{Attempt, Effort};
use crate::number::Numbers;
use crate::text::{self, Texts};
use crate::vocabulary::{Kinds, SignedTest, Vocabulary};

/// Finds values without fields or elements.
#[derive(Default)]
pub(crate) struct Scalars {
    texts: Texts,
    numbers: Numbers,
}

impl Scalars {
    /// A value of one of the kinds; strings and numbers must pass the tests, which are sorted and unique.
    ///
    /// Values that need no automaton are tried first, so that a proof is attempted only if nothing else is
    /// left.
    pub(crate) fn find(
        &mut self,
        mut kinds: Kinds,
        tests: &[SignedTest],
        vocabulary: &Vocabulary,
        effort: &mut Effort,
    ) -> Attempt<Value> {
        if contradicts(tests) {
            kinds = kinds.without(Kinds::COMPARABLE);
        }
        // A person expects a number where the pattern has one, although a string of digits would do.
        let order = if compares_numbers(tests, vocabulary) {
            [Kinds::NUMBER, Kinds::STRING]
        } else {
            [Kinds::STRING, Kinds::NUMBER]
        };
        for kind in order {
            if !kinds.has(kind) {
                continue;
            }
            let found = if kind == Kinds::STRING {
                text::at_hand(tests, vocabulary).map(|found| found.map(|text| text.map(Value::String)))
            } else {
                let found = self.numbers.at_hand(tests, vocabulary);
                found.map(|found| found.map(|number| number.map(Value::Number)))
            };
            match found {
                Some(Ok(Some(value))) => return Ok(Some(value)),
                Some(_) => kinds = kinds.without(kind),
                None => {}
            }
        }
        if let Some(value) = untested(kinds) {
            return Ok(Some(value));
        }
        let mut undecided = None;
        if kinds.has(Kinds::STRING) {
            match self.texts.find(tests, vocabulary, effort) {
                Ok(Some(text)) => return Ok(Some(Value::String(text))),
                Ok(None) => {}
                Err(reason) => undecided = Some(reason),
            }
        }
        if kinds.has(Kinds::NUMBER) {
            match self.numbers.find(tests, vocabulary, &mut self.texts, effort) {
                Ok(Some(number)) => return Ok(Some(Value::Number(number))),
                Ok(None) => {}
                Err(reason) => undecided = undecided.or(Some(reason)),
            }
        }
        undecided.map_or(Ok(None), Err)
    }
}

/// Whether some value must equal a number, or be in order with one.
fn compares_numbers(tests: &[SignedTest], vocabulary: &Vocabulary) -> bool {
    tests.iter().any(|(place, sign)| {
        let comparison = &vocabulary.known_test(*place).comparison;
        *sign && matches!(comparison, Comparison::Equal(Operand::Number(_)) | Comparison::Order(..))
    })
}

/// Whether some test must both succeed and fail.
fn contradicts(tests: &[SignedTest]) -> bool {
    tests.iter().zip(tests.iter().skip(1)).any(|(left, right)| left.0 == right.0 && left.1 != right.1)
}

/// A value of a kind that no test looks at.
fn untested(kinds: Kinds) -> Option<Value> {
    let values = [
        (Kinds::TRUE, Value::Bool(true)),
        (Kinds::FALSE, Value::Bool(false)),
        (Kinds::NULL, Value::Null),
        (Kinds::OBJECT, Value::Object(Map::new())),
        (Kinds::ARRAY, Value::Array(Vec::new())),
    ];
    values.into_iter().find(|(kind, _)| kinds.has(*kind)).map(|(_, value)| value)
}
