//! [`Records`]: builds a record for which literals hold, or proves that there is none.
//!
//! A place of the record receives the literals that reach it, each cut to the rest of its path. Literals that
//! end there restrict the kind of the value and its text or size. If some literal needs a value further down,
//! the place is an object or an array, whose values are built in the same way. The values below a place do
//! not depend on each other, so no search is needed, except for the elements of an array whose length is
//! limited.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::array::{self, Elements};
use crate::effort::{Attempt, Effort};
use crate::scalar::Scalars;
use crate::vocabulary::{Kinds, Literal, Move, Quantifier, SignedTest, Vocabulary};

/// The greatest number of containers around a value: see `parse_record`.
pub(crate) const MAX_DEPTH: usize = 127;

/// Builds records, and remembers values that it built.
#[derive(Default)]
pub(crate) struct Records {
    scalars: Scalars,
    /// The values built for the current question, by depth and literals.
    built: HashMap<(usize, Vec<Literal>), Attempt<Value>>,
}

/// The fields that an object needs, and the demands on them.
#[derive(Debug, Default)]
struct Fields {
    named: BTreeMap<u32, Field>,
    /// Demands on every field.
    every: Vec<Literal>,
    /// Demands that at least one field must satisfy.
    some: Vec<Literal>,
}

#[derive(Debug, Default)]
struct Field {
    literals: Vec<Literal>,
    exists: bool,
}

impl Records {
    /// Forgets the values built for the last question. Results about texts and numbers are kept.
    pub(crate) fn begin(&mut self) {
        self.built = HashMap::default();
    }

    /// A record, an object, for which all literals hold. The literals are sorted and unique.
    pub(crate) fn build(
        &mut self,
        literals: &[Literal],
        vocabulary: &Vocabulary,
        effort: &mut Effort,
    ) -> Attempt<Value> {
        Builder { records: self, vocabulary, effort }.value(0, literals.to_vec())
    }
}

struct Builder<'b> {
    records: &'b mut Records,
    vocabulary: &'b Vocabulary,
    effort: &'b mut Effort,
}

impl Builder<'_> {
    /// The value of a place that has `depth` containers around it.
    fn value(&mut self, depth: usize, literals: Vec<Literal>) -> Attempt<Value> {
        let key = (depth, literals);
        if let Some(outcome) = self.records.built.get(&key) {
            return outcome.clone();
        }
        self.effort.count_build(key.1.len())?;
        let outcome = self.new_value(depth, &key.1);
        self.records.built.insert(key, outcome.clone());
        outcome
    }

    fn new_value(&mut self, depth: usize, literals: &[Literal]) -> Attempt<Value> {
        // A record is an object.
        let mut kinds = if depth == 0 { Kinds::OBJECT } else { Kinds::ALL };
        let mut tests: Vec<SignedTest> = Vec::new();
        let (mut key_needed, mut index_needed, mut elements_first) = (false, false, false);
        let mut any_needed = false;
        for literal in literals {
            let demand = self.vocabulary.demand(*literal);
            match self.vocabulary.moves(*literal).get(depth) {
                None => {
                    kinds = kinds.and(demand.kinds);
                    tests.extend(demand.test);
                }
                Some(_) if demand.quantifier == Quantifier::Every => {}
                Some(Move::Key(_)) => key_needed = true,
                Some(Move::Index(_)) => index_needed = true,
                Some(Move::Any { elements_first: first }) => {
                    any_needed = true;
                    elements_first |= first;
                }
            }
        }
        if depth >= MAX_DEPTH {
            kinds = kinds.without(Kinds::OBJECT).without(Kinds::ARRAY);
        }
        if !(key_needed || index_needed || any_needed) {
            tests.sort_unstable();
            tests.dedup();
            return self.records.scalars.find(kinds, &tests, self.vocabulary, self.effort);
        }
        let can_be_object = kinds.has(Kinds::OBJECT) && !index_needed;
        let can_be_array = kinds.has(Kinds::ARRAY) && !key_needed;
        let mut ways = [(can_be_object, false), (can_be_array, true)];
        if elements_first {
            ways.reverse();
        }
        let mut undecided = None;
        for (_, is_array) in ways.into_iter().filter(|(is_possible, _)| *is_possible) {
            let outcome = if is_array { self.array(depth, literals) } else { self.object(depth, literals) };
            match outcome {
                Ok(None) => {}
                Err(reason) => undecided = undecided.or(Some(reason)),
                found @ Ok(Some(_)) => return found,
            }
        }
        undecided.map_or(Ok(None), Err)
    }

    /// Builds an object. A demand that any field may satisfy gets a field of its own, which has the fewest
    /// demands; the number of fields is not limited.
    fn object(&mut self, depth: usize, literals: &[Literal]) -> Attempt<Value> {
        let fields = self.fields(depth, literals);
        let mut object = Map::new();
        let mut undecided = None;
        let named = fields.named.iter().filter(|(_, field)| field.exists);
        let named: Vec<(String, Vec<Literal>)> = named
            .map(|(key, field)| (self.vocabulary.key_text(*key).to_owned(), field.literals.clone()))
            .collect();
        let taken: Vec<&str> = fields.named.keys().map(|key| self.vocabulary.key_text(*key)).collect();
        let free = (1_u32..)
            .map(|number| if number == 1 { "other".to_owned() } else { format!("other{number}") })
            .filter(|key| !taken.contains(&key.as_str()));
        let own = free.zip(fields.some.iter().map(|literal| vec![*literal]));
        let all: Vec<(String, Vec<Literal>)> = named.into_iter().chain(own).collect();
        for (key, mut literals) in all {
            literals.extend(&fields.every);
            literals.sort_unstable();
            literals.dedup();
            match self.value(depth + 1, literals) {
                Ok(Some(value)) => {
                    object.insert(key, value);
                }
                Ok(None) => return Ok(None),
                Err(reason) => undecided = undecided.or(Some(reason)),
            }
        }
        undecided.map_or(Ok(Some(Value::Object(object))), Err)
    }

    fn fields(&self, depth: usize, literals: &[Literal]) -> Fields {
        let mut fields = Fields::default();
        for literal in literals {
            let is_some = self.vocabulary.demand(*literal).quantifier == Quantifier::Some;
            match self.vocabulary.moves(*literal).get(depth) {
                Some(Move::Key(key)) => {
                    let field = fields.named.entry(*key).or_default();
                    field.literals.push(*literal);
                    field.exists |= is_some;
                }
                Some(Move::Any { .. }) if is_some => fields.some.push(*literal),
                Some(Move::Any { .. }) => fields.every.push(*literal),
                Some(Move::Index(_)) | None => {}
            }
        }
        fields
    }

    fn array(&mut self, depth: usize, literals: &[Literal]) -> Attempt<Value> {
        let mut elements = Elements::default();
        for literal in literals {
            let is_some = self.vocabulary.demand(*literal).quantifier == Quantifier::Some;
            match self.vocabulary.moves(*literal).get(depth) {
                Some(Move::Index(index)) => {
                    let element = elements.named.entry(*index).or_default();
                    element.literals.push(*literal);
                    element.exists |= is_some;
                }
                Some(Move::Any { .. }) if is_some => elements.some.push(*literal),
                Some(Move::Any { .. }) => elements.every.push(*literal),
                Some(Move::Key(_)) | None => {}
            }
        }
        array::build(&elements, &mut |literals| self.value(depth + 1, literals))
    }
}
