//! Conditions joined by `&&`, `||` and parentheses, as in JSON and space-delimited patterns.
//!
//! `&&` binds tighter than `||`. Open parentheses are kept on an explicit stack.

use crate::ast::Expression;
use crate::cursor::Cursor;
use crate::error::{Fault, ParseError};
use crate::limits::MAX_NESTING;
use crate::parser::expect::{expected, not_an_operator};
use crate::parser::operand;

/// A level of parentheses that is being parsed.
struct Group<C> {
    /// The position of its `(`. The outermost level has none.
    opened: usize,
    /// The completed alternatives of `||`.
    alternatives: Vec<Expression<C>>,
    /// The conditions of the current alternative.
    conjunction: Vec<Expression<C>>,
}

impl<C> Group<C> {
    fn new(opened: usize) -> Group<C> {
        Group { opened, alternatives: Vec::new(), conjunction: Vec::new() }
    }

    fn end_alternative(&mut self) {
        let conjunction = std::mem::take(&mut self.conjunction);
        self.alternatives.push(Expression::all(conjunction));
    }

    fn finish(mut self) -> Expression<C> {
        self.end_alternative();
        Expression::any(self.alternatives)
    }
}

/// Parses conditions up to a token that cannot continue them. The caller handles that token.
pub(super) fn parse<'t, C>(
    cursor: &mut Cursor<'t>,
    mut condition: impl FnMut(&mut Cursor<'t>) -> Result<C, ParseError>,
) -> Result<Expression<C>, ParseError> {
    let mut enclosing: Vec<Group<C>> = Vec::new();
    let mut group = Group::new(cursor.position());
    loop {
        cursor.skip_whitespace();
        let start = cursor.position();
        if cursor.eat("(") {
            if enclosing.len() == MAX_NESTING {
                return Err(ParseError::new(Fault::TooDeep, start..start + 1));
            }
            enclosing.push(std::mem::replace(&mut group, Group::new(start)));
            continue;
        }
        group.conjunction.push(Expression::Condition(condition(cursor)?));

        cursor.skip_whitespace();
        while cursor.peek() == Some(')') {
            let start = cursor.position();
            cursor.bump();
            let Some(parent) = enclosing.pop() else {
                return Err(ParseError::new(Fault::UnmatchedParenthesis, start..start + 1)
                    .with_help("remove it, or add a `(` where the group starts"));
            };
            let inner = std::mem::replace(&mut group, parent).finish();
            group.conjunction.push(inner);
            cursor.skip_whitespace();
        }

        if cursor.eat("||") {
            group.end_alternative();
        } else if !cursor.eat("&&") {
            if enclosing.is_empty() {
                return Ok(group.finish());
            }
            return Err(unclosed(cursor, group.opened));
        }
    }
}

/// An error inside parentheses, where the next token cannot continue the conditions: the token is wrong, or a `)` is
/// missing.
fn unclosed(cursor: &Cursor<'_>, opened: usize) -> ParseError {
    match cursor.peek() {
        None | Some('}' | ']') => {
            ParseError::new(Fault::Unclosed { what: "group", close: ')' }, opened..opened + 1)
                .with_help("add a `)` where the group ends, or remove the `(`")
        }
        Some(_) => not_joined(cursor, "`&&`, `||` or `)`"),
    }
}

/// An error after a condition, where the next token neither joins another condition nor ends the pattern.
pub(super) fn not_joined(cursor: &Cursor<'_>, what: &'static str) -> ParseError {
    if let Some(help) = operand::after_closing(cursor).filter(|_| !cursor.is_at_end()) {
        return expected(cursor, what).with_help(help);
    }
    let word = cursor.peek_word();
    if word.eq_ignore_ascii_case("and") {
        return not_an_operator(cursor, "join conditions with `&&`");
    }
    if word.eq_ignore_ascii_case("or") {
        return not_an_operator(cursor, "join conditions with `||`");
    }
    if ["is", "not", "exists"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
        return expected(cursor, what)
            .with_help("`IS` and `NOT EXISTS` directly follow a selector, in JSON patterns only");
    }
    match cursor.peek() {
        Some('&') => not_an_operator(cursor, "join conditions with `&&`"),
        Some('|') => not_an_operator(cursor, "join conditions with `||`"),
        Some(',' | ';' | '(') => expected(cursor, what).with_help("join conditions with `&&` or `||`"),
        Some('$') => expected(cursor, what)
            .with_help("join conditions with `&&` or `||`; a field cannot be compared with another field"),
        Some('"' | '%' | '\'') => expected(cursor, what)
            .with_help("a condition takes one value; join several conditions with `&&` or `||`"),
        Some(_) if !word.is_empty() => {
            expected(cursor, what).with_help("put a value that contains spaces in double quotes")
        }
        Some(_) | None => expected(cursor, what),
    }
}

/// An error where a condition must start. `None` if there is no likely fix.
pub(super) fn not_a_condition(cursor: &Cursor<'_>) -> Option<ParseError> {
    let error = || expected(cursor, "a condition");
    match cursor.peek() {
        Some('!') => {
            Some(error().with_help("conditions cannot be negated; use `!=`, `NOT EXISTS` or `IS FALSE`"))
        }
        Some('&' | '|' | '}' | ']') | None => {
            Some(error().with_help("`&&` and `||` go between two conditions"))
        }
        Some(')') => {
            Some(error().with_help("a group needs at least one condition, and `&&` and `||` go between two"))
        }
        _ => None,
    }
}
