//! The reference evaluator: the meaning of a pattern, written as plainly as possible. It is the oracle for every
//! faster evaluator, so it avoids tricks: it walks the tree over a parsed record, and copies where that is simpler.
//!
//! Evaluation is total. A test that does not apply to a value is false, even a negative one such as `!=`.

use std::cmp::Ordering;

use serde_json::Value;

use crate::ast::{
    Ast, Comparison, Condition, Entry, Expression, FieldTest, Needle, Operand, OrderOperator, State, Term,
    TermRole, Test,
};
use crate::cursor::is_whitespace;
use crate::fields;
use crate::number::Number;
use crate::record::parse_record;

/// Whether a parsed record matches.
pub(crate) fn matches_record(ast: &Ast, record: &Value) -> bool {
    match ast {
        Ast::Json(conditions) => matches_json(conditions, record),
        Ast::Terms(terms) => matches_terms(terms, &record.to_string()),
        Ast::SpaceDelimited(entries) => matches_fields(entries, &record.to_string()),
    }
}

/// Whether the text of a log event matches.
pub(crate) fn matches_message(ast: &Ast, message: &str) -> bool {
    match ast {
        Ast::Json(conditions) => json_of(message).is_some_and(|record| matches_json(conditions, &record)),
        Ast::Terms(terms) => matches_terms(terms, message),
        Ast::SpaceDelimited(entries) => matches_fields(entries, message),
    }
}

/// Whether a record matches, given also its text, which terms and space-delimited patterns are matched against.
pub(crate) fn matches_record_text(ast: &Ast, record: &Value, text: &str) -> bool {
    match ast {
        Ast::Json(conditions) => matches_json(conditions, record),
        Ast::Terms(_) | Ast::SpaceDelimited(_) => matches_message(ast, text),
    }
}

/// Parses the message as JSON or, if it starts with something else, from its first `{` on.
fn json_of(message: &str) -> Option<Value> {
    if let Ok(record) = parse_record(message.as_bytes()) {
        return Some(record);
    }
    // A message that starts like JSON is broken JSON, and a part of it is not the record.
    if message.trim_start_matches(is_whitespace).starts_with(['{', '[', '"']) {
        return None;
    }
    let (_, after) = message.split_once('{')?;
    let object = message.get(message.len() - after.len() - 1..)?;
    parse_record(object.as_bytes()).ok()
}

fn matches_json(conditions: &Expression<Condition>, record: &Value) -> bool {
    (record.is_object() || record.is_array()) && conditions.holds(&|condition| condition.holds(record))
}

impl Condition {
    /// Whether the condition holds for a parsed record.
    pub fn holds(&self, record: &Value) -> bool {
        let values = self.selector.select(record);
        match &self.test {
            Test::NotExists => values.is_empty(),
            Test::Is(State::Null) => values.into_iter().any(Value::is_null),
            Test::Is(State::True) => values.into_iter().any(|value| value == &Value::Bool(true)),
            Test::Is(State::False) => values.into_iter().any(|value| value == &Value::Bool(false)),
            Test::Compare(comparison) => values.into_iter().any(|value| comparison.accepts(value)),
        }
    }
}

impl Comparison {
    /// Whether a JSON value satisfies the comparison. Only strings and numbers can.
    pub fn accepts(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => compare_text(self, text),
            Value::Number(number) => compare_number(self, &number.to_string(), number),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

/// Compares a JSON string.
pub(crate) fn compare_text(comparison: &Comparison, text: &str) -> bool {
    compare(comparison, text, None, equals_text)
}

/// Compares a JSON number, given also its text.
pub(crate) fn compare_number(comparison: &Comparison, text: &str, number: &serde_json::Number) -> bool {
    compare(comparison, text, Some(Number::from(number)), equals_number)
}

/// Compares a space-delimited field, as a number if it reads like one.
fn compare_field(comparison: &Comparison, field: &str) -> bool {
    match Number::parse(field) {
        Some(number) => compare(comparison, field, Some(number), equals_number),
        None => compare(comparison, field, None, equals_text),
    }
}

fn compare(
    comparison: &Comparison,
    text: &str,
    number: Option<Number>,
    equals: fn(&Operand, &str, Option<Number>) -> bool,
) -> bool {
    match comparison {
        Comparison::Equal(operand) => equals(operand, text, number),
        Comparison::NotEqual(operand) => !equals(operand, text, number),
        Comparison::Order(operator, literal) => number
            .and_then(|number| number.compare(literal.value()))
            .is_some_and(|ordering| operator.accepts(ordering)),
    }
}

fn equals_text(operand: &Operand, text: &str, _: Option<Number>) -> bool {
    match operand {
        Operand::Text(glob) => glob.matches(text),
        Operand::Number(literal) => literal.as_str() == text,
        Operand::Regex(regex) => regex.is_match(text),
    }
}

fn equals_number(operand: &Operand, text: &str, number: Option<Number>) -> bool {
    match operand {
        Operand::Text(_) | Operand::Regex(_) => equals_text(operand, text, number),
        Operand::Number(literal) => {
            number.and_then(|number| number.compare(literal.value())) == Some(Ordering::Equal)
        }
    }
}

impl OrderOperator {
    /// Whether the operator accepts the ordering of its left side relative to its right side.
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            OrderOperator::Less => ordering.is_lt(),
            OrderOperator::LessOrEqual => ordering.is_le(),
            OrderOperator::Greater => ordering.is_gt(),
            OrderOperator::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// `?term` counts only if all terms are of that kind.
fn matches_terms(terms: &[Term], message: &str) -> bool {
    let found = |term: &Term| match &term.needle {
        Needle::Text(text) => text.chars().all(is_whitespace) || message.contains(text.as_str()),
        Needle::Regex(regex) => regex.is_match(message),
    };
    if !terms.is_empty() && terms.iter().all(|term| term.role == TermRole::Optional) {
        return terms.iter().any(found);
    }
    terms.iter().all(|term| match term.role {
        TermRole::Required => found(term),
        TermRole::Excluded => !found(term),
        TermRole::Optional => true,
    })
}

fn matches_fields(entries: &[Entry], line: &str) -> bool {
    let Some(assigned) = fields::assign(entries, line) else {
        return false;
    };
    assigned.into_iter().all(|(entry, field)| match entry {
        Entry::Ellipsis | Entry::Unnamed => true,
        Entry::Field { condition, .. } => condition.holds(&|test| match test {
            FieldTest::Present => true,
            FieldTest::Compare(comparison) => compare_field(comparison, field),
        }),
    })
}
