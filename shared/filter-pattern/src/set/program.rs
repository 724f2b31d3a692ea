//! Patterns compiled for evaluation on captured values, cheap tests first.
//!
//! What a comparison means is the reference evaluator's; here is only how its operands are found.

use std::fmt::{self, Write};

use serde_json::Number;

use super::captures::Captures;
use super::trie::{NOWHERE, NodeId, ROOT, Trie, written};
use super::value::{Escapes, RawValue, any_selected, unescape};
use crate::ast::{Comparison, Condition, Expression, Operand, State, Test};
use crate::reference;
use crate::selector::{Selector, Step};

/// Where a selector's values are: a node that is captured, and the steps from there on.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) node: NodeId,
    pub(super) rest: Vec<Step>,
}

impl Place {
    /// The place of a selector, as far as `trie` goes.
    pub(super) fn of(selector: &Selector, trie: &Trie) -> Place {
        let (mut node, mut passed) = (ROOT, 0);
        for key in leading_keys(selector) {
            match trie.child(node, key.as_bytes()) {
                NOWHERE => break,
                child => (node, passed) = (child, passed + 1),
            }
        }
        Place { node, rest: selector.steps().iter().skip(passed).cloned().collect() }
    }
}

/// The keys of a selector up to its first index or wildcard.
pub(super) fn leading_keys(selector: &Selector) -> Vec<&str> {
    fn key(step: &Step) -> Option<&str> {
        match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) | Step::AnyField | Step::AnyElement => None,
        }
    }
    selector.steps().iter().map_while(key).collect()
}

/// A JSON pattern that can be asked of captured values.
#[derive(Clone, Debug)]
pub(super) struct Program {
    root: Expression<Check>,
}

/// A condition, or several that ask for equality of the same values.
#[derive(Clone, Debug)]
struct Check {
    place: Place,
    test: CheckTest,
}

#[derive(Clone, Debug)]
enum CheckTest {
    NotExists,
    Is(State),
    Compare(Comparison),
    /// Equal to one of these texts.
    OneOf(Vec<Text>),
    /// Starts with this text.
    StartsWith(Text),
}

/// A text to compare with.
#[derive(Clone, Debug)]
struct Text {
    value: Box<str>,
    /// How it starts, and for equality also ends, in a record without escapes. `None` if it cannot be written without them.
    written: Option<Box<[u8]>>,
}

impl Text {
    fn equal(value: &str) -> Text {
        Text { written: written(value, "\""), value: value.into() }
    }

    fn prefix(value: &str) -> Text {
        Text { written: written(value, ""), value: value.into() }
    }

    fn is_written_at(&self, rest: &[u8]) -> bool {
        self.written.as_deref().is_some_and(|written| rest.starts_with(written))
    }
}

/// A record, its captured values, and the space to resolve escapes in.
pub(super) struct Captured<'r> {
    pub(super) record: &'r [u8],
    pub(super) captures: &'r mut Captures,
}

/// The captured values do not decide a pattern.
#[derive(Debug)]
pub(super) struct Undecided;

impl Program {
    pub(super) fn compile(conditions: &Expression<Condition>, trie: &Trie) -> Program {
        Program { root: compile(conditions, trie) }
    }

    /// Whether the pattern holds.
    pub(super) fn holds(&self, captured: &mut Captured<'_>) -> Result<bool, Undecided> {
        holds(&self.root, captured)
    }
}

fn compile(expression: &Expression<Condition>, trie: &Trie) -> Expression<Check> {
    match expression {
        Expression::Condition(condition) => Expression::Condition(Check::of(condition, trie)),
        Expression::All(parts) => {
            Expression::All(by_cost(parts.iter().map(|part| compile(part, trie)).collect()))
        }
        Expression::Any(parts) => {
            let mut joined: Vec<Expression<Check>> = Vec::new();
            for part in parts {
                let part = compile(part, trie);
                if !joined.iter_mut().any(|other| join(other, &part)) {
                    joined.push(part);
                }
            }
            Expression::Any(by_cost(joined))
        }
    }
}

/// Evaluation has no effects and no errors, so the order of the parts is free.
fn by_cost(mut parts: Vec<Expression<Check>>) -> Vec<Expression<Check>> {
    parts.sort_by_key(cost);
    parts
}

fn cost(expression: &Expression<Check>) -> usize {
    match expression {
        Expression::Condition(check) => check.cost(),
        Expression::All(parts) | Expression::Any(parts) => parts.iter().map(cost).sum(),
    }
}

/// Adds the texts of one check to those of another, if both ask whether the same values are equal to something.
fn join(left: &mut Expression<Check>, right: &Expression<Check>) -> bool {
    let (Expression::Condition(left), Expression::Condition(right)) = (left, right) else { return false };
    let same_place = left.place.node == right.place.node && left.place.rest == right.place.rest;
    match (&mut left.test, &right.test) {
        (CheckTest::OneOf(texts), CheckTest::OneOf(more)) if same_place => {
            texts.extend(more.iter().cloned());
            true
        }
        _ => false,
    }
}

fn holds(expression: &Expression<Check>, captured: &mut Captured<'_>) -> Result<bool, Undecided> {
    match expression {
        Expression::Condition(check) => check.holds(captured),
        Expression::All(parts) => {
            for part in parts {
                if !holds(part, captured)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Expression::Any(parts) => {
            for part in parts {
                if holds(part, captured)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

impl Check {
    fn of(condition: &Condition, trie: &Trie) -> Check {
        let test = match &condition.test {
            Test::NotExists => CheckTest::NotExists,
            Test::Is(state) => CheckTest::Is(*state),
            Test::Compare(Comparison::Equal(Operand::Text(glob))) if !glob.has_wildcard() => {
                CheckTest::OneOf(vec![Text::equal(glob.as_str())])
            }
            Test::Compare(Comparison::Equal(Operand::Text(glob)))
                if let Some(prefix) = only_prefix(glob.as_str()) =>
            {
                CheckTest::StartsWith(Text::prefix(prefix))
            }
            Test::Compare(comparison) => CheckTest::Compare(comparison.clone()),
        };
        Check { place: Place::of(&condition.selector, trie), test }
    }

    fn cost(&self) -> usize {
        let test = match &self.test {
            CheckTest::NotExists | CheckTest::Is(_) => 1,
            CheckTest::OneOf(texts) => 2 + texts.len(),
            CheckTest::StartsWith(_) => 3,
            CheckTest::Compare(Comparison::Order(..)) => 20,
            CheckTest::Compare(Comparison::Equal(operand) | Comparison::NotEqual(operand)) => match operand {
                Operand::Text(_) | Operand::Number(_) => 10,
                Operand::Regex(_) => 50,
            },
        };
        test + 200 * self.place.rest.len()
    }

    fn holds(&self, captured: &mut Captured<'_>) -> Result<bool, Undecided> {
        let Place { node, rest } = &self.place;
        let found = match captured.captures.get(*node) {
            None => false,
            Some(offset) if rest.is_empty() => self.test.holds_at(captured, offset),
            Some(offset) => {
                let record = captured.record;
                let mut test = |offset| self.test.holds_at(captured, offset);
                any_selected(record, offset, rest, &mut test).ok_or(Undecided)?
            }
        };
        Ok(found != matches!(self.test, CheckTest::NotExists))
    }
}

impl CheckTest {
    /// Whether the value at an offset satisfies the test; for `NOT EXISTS`, whether there is one.
    fn holds_at(&self, captured: &mut Captured<'_>, offset: usize) -> bool {
        let Captured { record, captures } = captured;
        match self {
            CheckTest::NotExists => true,
            CheckTest::Is(State::Null) => RawValue::at(record, offset) == RawValue::Null,
            CheckTest::Is(State::True) => RawValue::at(record, offset) == RawValue::True,
            CheckTest::Is(State::False) => RawValue::at(record, offset) == RawValue::False,
            CheckTest::OneOf(_) | CheckTest::StartsWith(_) | CheckTest::Compare(_) => {
                match record.get(offset..) {
                    Some(rest @ [b'"', ..]) if !captures.escapes => self.accepts_plain(rest),
                    Some(_) | None => self.accepts(RawValue::at(record, offset), &mut captures.text),
                }
            }
        }
    }

    /// A test on the string in front of `rest`, in which there are no escapes.
    fn accepts_plain(&self, rest: &[u8]) -> bool {
        match self {
            CheckTest::OneOf(texts) => texts.iter().any(|text| text.is_written_at(rest)),
            CheckTest::StartsWith(text) => text.is_written_at(rest),
            CheckTest::NotExists | CheckTest::Is(_) | CheckTest::Compare(_) => {
                self.accepts(RawValue::at(rest, 0), &mut String::new())
            }
        }
    }

    fn accepts(&self, value: RawValue<'_>, scratch: &mut String) -> bool {
        match value {
            RawValue::Text(raw, Escapes::None) => {
                str::from_utf8(raw).is_ok_and(|text| self.accepts_text(text))
            }
            RawValue::Text(raw, Escapes::Some) => {
                unescape(raw, scratch);
                self.accepts_text(scratch)
            }
            RawValue::Number(raw) => self.accepts_number(raw),
            RawValue::True | RawValue::False | RawValue::Null | RawValue::Container => false,
        }
    }

    fn accepts_text(&self, value: &str) -> bool {
        match self {
            CheckTest::OneOf(texts) => texts.iter().any(|text| *text.value == *value),
            CheckTest::StartsWith(text) => value.starts_with(&*text.value),
            CheckTest::Compare(comparison) => reference::compare_text(comparison, value),
            CheckTest::NotExists | CheckTest::Is(_) => false,
        }
    }

    fn accepts_number(&self, raw: &[u8]) -> bool {
        let Ok(number) = serde_json::from_slice::<Number>(raw) else { return false };
        let mut text = NumberText::default();
        if write!(text, "{number}").is_err() {
            return false;
        }
        match self {
            CheckTest::Compare(comparison) => reference::compare_number(comparison, text.as_str(), &number),
            CheckTest::OneOf(_) | CheckTest::StartsWith(_) => self.accepts_text(text.as_str()),
            CheckTest::NotExists | CheckTest::Is(_) => false,
        }
    }
}

/// What is before the star of a text that has one only, at its end.
fn only_prefix(glob: &str) -> Option<&str> {
    glob.strip_suffix('*').filter(|prefix| !prefix.contains('*'))
}

/// The text of a number, without a `String`. The longest, of an integer or of the shortest decimal of a float, has 24 bytes.
#[derive(Default)]
struct NumberText {
    bytes: [u8; 32],
    length: usize,
}

impl NumberText {
    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Write for NumberText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}
