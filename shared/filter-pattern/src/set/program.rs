//! Compiles patterns into checks of captured values, cheap checks first.
//!
//! The reference evaluator defines what a comparison means; this module only finds the operands.

use std::fmt::{self, Write};

use serde_json::Number;

use super::captures::Captures;
use super::trie::{NOWHERE, NodeId, ROOT, Trie, written};
use super::value::{Escapes, RawValue, any_selected, unescape};
use crate::ast::{Comparison, Condition, Expression, Operand, State, Test};
use crate::reference;
use crate::selector::{Selector, Step};

/// How to reach a selector's values: a captured node, and the steps that remain from there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ValuePath {
    pub(super) node: NodeId,
    pub(super) rest: Vec<Step>,
}

impl ValuePath {
    /// The path for a selector, with as many steps in `trie` as possible.
    pub(super) fn of(selector: &Selector, trie: &Trie) -> ValuePath {
        let (mut node, mut passed) = (ROOT, 0);
        for key in leading_keys(selector) {
            match trie.child(node, key.as_bytes()) {
                NOWHERE => break,
                child => (node, passed) = (child, passed + 1),
            }
        }
        ValuePath { node, rest: selector.steps().iter().skip(passed).cloned().collect() }
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

/// A JSON pattern that can be evaluated on captured values.
#[derive(Clone, Debug)]
pub(super) struct Program {
    root: Expression<Check>,
}

/// A condition, or several equality conditions on the same values.
#[derive(Clone, Debug)]
struct Check {
    path: ValuePath,
    test: CheckTest,
}

#[derive(Clone, Debug)]
enum CheckTest {
    NotExists,
    Is(State),
    Compare(Comparison),
    /// Equal to one of these texts.
    OneOf(Vec<LiteralText>),
    /// Starts with this text.
    StartsWith(LiteralText),
}

/// A text to compare with.
#[derive(Clone, Debug)]
enum LiteralText {
    /// Its spelling in a record without escapes, in quotes.
    Plain(Box<[u8]>),
    /// A text that cannot be written without escapes.
    Escaped(Box<str>),
}

impl LiteralText {
    fn new(value: &str) -> LiteralText {
        written(value, "\"").map_or_else(|| LiteralText::Escaped(value.into()), LiteralText::Plain)
    }

    /// Whether the string at the start of `rest`, which contains no escapes, is this text.
    fn is_written_at(&self, rest: &[u8]) -> bool {
        matches!(self, LiteralText::Plain(written) if rest.starts_with(written))
    }

    /// Whether the string at the start of `rest`, which contains no escapes, begins with this text.
    fn begins_at(&self, rest: &[u8]) -> bool {
        let LiteralText::Plain(written) = self else { return false };
        written.split_last().is_some_and(|(_, beginning)| rest.starts_with(beginning))
    }

    fn value(&self) -> &[u8] {
        match self {
            LiteralText::Plain(written) => written.get(1..written.len() - 1).unwrap_or_default(),
            LiteralText::Escaped(value) => value.as_bytes(),
        }
    }
}

/// A record and its captured values, with working memory for resolving escapes.
pub(super) struct CapturedRecord<'r> {
    pub(super) record: &'r [u8],
    pub(super) captures: &'r mut Captures,
}

/// The captured values are not enough to decide a pattern.
#[derive(Debug)]
pub(super) struct Undecided;

impl Program {
    pub(super) fn compile(conditions: &Expression<Condition>, trie: &Trie) -> Program {
        Program { root: compile(conditions, trie) }
    }

    /// Whether the pattern matches.
    pub(super) fn holds(&self, captured: &mut CapturedRecord<'_>) -> Result<bool, Undecided> {
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
                let rest = joined.iter_mut().try_fold(part, |part, other| join(other, part));
                joined.extend(rest);
            }
            Expression::Any(by_cost(joined))
        }
    }
}

/// Evaluation has no side effects and no errors, so the parts can be evaluated in any order.
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

/// Adds the texts of `right` to those of `left` if both test the same values for equality. Returns `right` otherwise.
fn join(left: &mut Expression<Check>, mut right: Expression<Check>) -> Option<Expression<Check>> {
    if let (Expression::Condition(left), Expression::Condition(right)) = (left, &mut right)
        && left.path == right.path
        && let (CheckTest::OneOf(texts), CheckTest::OneOf(more)) = (&mut left.test, &mut right.test)
    {
        texts.append(more);
        return None;
    }
    Some(right)
}

fn holds(expression: &Expression<Check>, captured: &mut CapturedRecord<'_>) -> Result<bool, Undecided> {
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
                CheckTest::OneOf(vec![LiteralText::new(glob.as_str())])
            }
            Test::Compare(Comparison::Equal(Operand::Text(glob)))
                if let Some(prefix) = only_prefix(glob.as_str()) =>
            {
                CheckTest::StartsWith(LiteralText::new(prefix))
            }
            Test::Compare(comparison) => CheckTest::Compare(comparison.clone()),
        };
        Check { path: ValuePath::of(&condition.selector, trie), test }
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
        test + 200 * self.path.rest.len()
    }

    fn holds(&self, captured: &mut CapturedRecord<'_>) -> Result<bool, Undecided> {
        let ValuePath { node, rest } = &self.path;
        let found = match captured.captures.get(*node) {
            None => false,
            Some(offset) if rest.is_empty() => self.test.holds_at(captured, offset),
            Some(offset) => {
                let record = captured.record;
                let mut buffers = std::mem::take(&mut captured.captures.keys);
                let mut test = |offset| self.test.holds_at(captured, offset);
                let found = any_selected(record, offset, rest, &mut buffers, &mut test);
                captured.captures.keys = buffers;
                found.ok_or(Undecided)?
            }
        };
        Ok(found != matches!(self.test, CheckTest::NotExists))
    }
}

impl CheckTest {
    /// Whether the value at an offset satisfies the test; for `NOT EXISTS`, whether there is a value.
    fn holds_at(&self, captured: &mut CapturedRecord<'_>, offset: usize) -> bool {
        let CapturedRecord { record, captures } = captured;
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

    /// Tests the string at the start of `rest`, which contains no escapes.
    fn accepts_plain(&self, rest: &[u8]) -> bool {
        match self {
            CheckTest::OneOf(texts) => texts.iter().any(|text| text.is_written_at(rest)),
            CheckTest::StartsWith(text) => text.begins_at(rest),
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
            CheckTest::OneOf(texts) => texts.iter().any(|text| text.value() == value.as_bytes()),
            CheckTest::StartsWith(text) => value.as_bytes().starts_with(text.value()),
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

/// The text before the star, if the only star is at the end.
fn only_prefix(glob: &str) -> Option<&str> {
    glob.strip_suffix('*').filter(|prefix| !prefix.contains('*'))
}

/// Formats a number without allocating. The longest text, of an integer or of the shortest decimal form of a float,
/// has 24 bytes.
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
