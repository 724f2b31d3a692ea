//! [`Vocabulary`]: the conditions of all patterns, each kept once, and what each says about the values of a record.
//!
//! A condition or its negation, a *literal*, says one of two things about the values that its selector
//! reaches: that *some* value satisfies a demand, or that *every* value does. This module does not search for
//! records.
//!
//! | literal | asserted | denied |
//! |---|---|---|
//! | `sel NOT EXISTS` | every value: impossible | some value, of any kind |
//! | `sel IS NULL`, `IS TRUE`, `IS FALSE` | some value of that kind | every value is of another kind |
//! | `sel = x`, `sel < 1` | some string or number that fits | every string or number does not fit; other kinds are fine |
//! | `sel != x` | some string or number that does not fit | every string or number fits; other kinds are fine |

use std::collections::HashMap;

use filter_pattern::Step;
use filter_pattern::ast::{Comparison, Condition, Operand, State, Test};
use serde_json::Value;

use crate::table::Table;

/// A condition (even) or its negation (odd): twice the place of the condition, and one more if negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Literal(u32);

impl Literal {
    pub(crate) fn negated(self) -> Literal {
        Literal(self.0 ^ 1)
    }

    fn is_negated(self) -> bool {
        self.0 & 1 == 1
    }

    fn condition(self) -> u32 {
        self.0 >> 1
    }
}

/// A test of a comparison, by its place in the vocabulary, and whether it must succeed or fail.
pub(crate) type SignedTest = (u32, bool);

/// Kinds of JSON values, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Kinds = Kinds(0);
    pub(crate) const NULL: Kinds = Kinds(1);
    pub(crate) const TRUE: Kinds = Kinds(2);
    pub(crate) const FALSE: Kinds = Kinds(4);
    pub(crate) const STRING: Kinds = Kinds(8);
    pub(crate) const NUMBER: Kinds = Kinds(16);
    pub(crate) const ARRAY: Kinds = Kinds(32);
    pub(crate) const OBJECT: Kinds = Kinds(64);
    pub(crate) const COMPARABLE: Kinds = Kinds(8 | 16);
    pub(crate) const ALL: Kinds = Kinds(127);

    pub(crate) fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// Whether some kind is in both sets.
    pub(crate) fn has(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }
}

/// Whether a demand applies to at least one of the values that a selector reaches, or to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Some,
    Every,
}

/// What a literal demands of the values that its selector reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    pub(crate) quantifier: Quantifier,
    pub(crate) kinds: Kinds,
    /// The test that strings and numbers must also satisfy.
    pub(crate) test: Option<SignedTest>,
}

impl Demand {
    fn new(quantifier: Quantifier, kinds: Kinds, test: Option<SignedTest>) -> Demand {
        Demand { quantifier, kinds, test }
    }
}

/// A step of a selector, with keys by their place. `.*` and `[*]` mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Key(u32),
    Index(u32),
    /// Any field or element. The spelling only determines which kind of container is tried first.
    Any {
        elements_first: bool,
    },
}

/// A condition, and what it demands.
#[derive(Debug)]
struct KnownCondition {
    condition: Condition,
    moves: Vec<Move>,
    asserted: Demand,
    denied: Demand,
}

/// A test of strings and numbers: `= operand`, or an order with a number.
#[derive(Debug)]
pub(crate) struct KnownTest {
    pub(crate) comparison: Comparison,
}

impl KnownTest {
    /// Whether numbers are compared by value; otherwise by their text.
    pub(crate) fn is_by_value(&self) -> bool {
        match &self.comparison {
            Comparison::Equal(operand) | Comparison::NotEqual(operand) => {
                matches!(operand, Operand::Number(_))
            }
            Comparison::Order(..) => true,
        }
    }

    /// The only string that satisfies the test, if there is only one.
    pub(crate) fn only_text(&self) -> Option<&str> {
        match &self.comparison {
            Comparison::Equal(Operand::Text(glob)) if !glob.has_wildcard() => Some(glob.as_str()),
            Comparison::Equal(Operand::Number(number)) => Some(number.as_str()),
            Comparison::Equal(_) | Comparison::NotEqual(_) | Comparison::Order(..) => None,
        }
    }
}

/// Conditions, tests and keys, each known by its place.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    conditions: Table<KnownCondition>,
    conditions_by_text: HashMap<String, u32>,
    tests: Table<KnownTest>,
    tests_by_text: HashMap<String, u32>,
    keys: Table<String>,
    keys_by_text: HashMap<String, u32>,
}

impl Vocabulary {
    /// The literal that asserts a condition.
    pub(crate) fn literal(&mut self, condition: &Condition) -> Literal {
        let text = condition.to_string();
        if let Some(place) = self.conditions_by_text.get(&text) {
            return Literal(place << 1);
        }
        let moves = condition.selector.steps().iter().map(|step| self.step(step)).collect();
        let (asserted, denied) = self.demands(&condition.test);
        let known = KnownCondition { condition: condition.clone(), moves, asserted, denied };
        let place = self.conditions.add(known);
        self.conditions_by_text.insert(text, place);
        Literal(place << 1)
    }

    fn step(&mut self, step: &Step) -> Move {
        match step {
            Step::Key(key) => Move::Key(self.key(key)),
            Step::Index(index) => Move::Index(*index),
            Step::AnyField => Move::Any { elements_first: false },
            Step::AnyElement => Move::Any { elements_first: true },
        }
    }

    fn key(&mut self, key: &str) -> u32 {
        if let Some(place) = self.keys_by_text.get(key) {
            return *place;
        }
        let place = self.keys.add(key.to_owned());
        self.keys_by_text.insert(key.to_owned(), place);
        place
    }

    /// The demands of a condition and of its negation.
    fn demands(&mut self, test: &Test) -> (Demand, Demand) {
        use Quantifier::{Every, Some as Any};
        match test {
            Test::NotExists => (Demand::new(Every, Kinds::NONE, None), Demand::new(Any, Kinds::ALL, None)),
            Test::Is(state) => {
                let kind = match state {
                    State::Null => Kinds::NULL,
                    State::True => Kinds::TRUE,
                    State::False => Kinds::FALSE,
                };
                (Demand::new(Any, kind, None), Demand::new(Every, Kinds::ALL.without(kind), None))
            }
            Test::Compare(comparison) => {
                let (place, sign) = self.test(comparison);
                let some = Demand::new(Any, Kinds::COMPARABLE, Some((place, sign)));
                (some, Demand::new(Every, Kinds::ALL, Some((place, !sign))))
            }
        }
    }

    /// The test of a comparison, and whether the comparison asks for its success.
    fn test(&mut self, comparison: &Comparison) -> SignedTest {
        let (test, sign) = match comparison {
            Comparison::NotEqual(operand) => (Comparison::Equal(operand.clone()), false),
            Comparison::Equal(_) | Comparison::Order(..) => (comparison.clone(), true),
        };
        let text = test.to_string();
        if let Some(place) = self.tests_by_text.get(&text) {
            return (*place, sign);
        }
        let place = self.tests.add(KnownTest { comparison: test });
        self.tests_by_text.insert(text, place);
        (place, sign)
    }

    /// What a literal demands.
    pub(crate) fn demand(&self, literal: Literal) -> Demand {
        let known = &self.conditions[literal.condition()];
        if literal.is_negated() { known.denied } else { known.asserted }
    }

    /// Where a literal's values are.
    pub(crate) fn moves(&self, literal: Literal) -> &[Move] {
        &self.conditions[literal.condition()].moves
    }

    /// Whether a literal holds for a record.
    pub(crate) fn holds(&self, literal: Literal, record: &Value) -> bool {
        self.conditions[literal.condition()].condition.holds(record) != literal.is_negated()
    }

    pub(crate) fn known_test(&self, place: u32) -> &KnownTest {
        &self.tests[place]
    }

    /// Whether a string or number satisfies all tests.
    pub(crate) fn accepts(&self, tests: &[SignedTest], value: &Value) -> bool {
        tests.iter().all(|(place, sign)| self.tests[*place].comparison.accepts(value) == *sign)
    }

    pub(crate) fn key_text(&self, place: u32) -> &str {
        &self.keys[place]
    }
}
