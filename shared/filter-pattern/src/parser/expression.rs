//! Conditions joined by `&&`, `||` and parentheses; the same for JSON and for space-delimited patterns.
//!
//! `&&` binds tighter than `||`. Open parentheses are kept on a stack of our own.

use crate::ast::Expression;
use crate::cursor::Cursor;
use crate::error::{Fault, ParseError};
use crate::parser::{MAX_NESTING, expected, not_an_operator, operand};

/// One level of parentheses while it is read.
struct Group<C> {
    /// Where its `(` is. The outermost level has none.
    opened: usize,
    /// The finished alternatives of `||`.
    alternatives: Vec<Expression<C>>,
    /// The conditions of the alternative that is being read.
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

/// Reads conditions up to something that cannot continue them, which is left to the caller.
pub(super) fn parse<'t, C>(
    cursor: &mut Cursor<'t>,
    mut condition: impl FnMut(&mut Cursor<'t>) -> Result<C, ParseError>,
) -> Result<Expression<C>, ParseError> {
    let mut enclosing: Vec<Group<C>> = Vec::new();
    let mut group = Group::new(cursor.position());
    loop {
        cursor.skip_blanks();
        let start = cursor.position();
        if cursor.eat("(") {
            if enclosing.len() == MAX_NESTING {
                return Err(ParseError::new(Fault::TooDeep, start..start + 1));
            }
            enclosing.push(std::mem::replace(&mut group, Group::new(start)));
            continue;
        }
        group.conjunction.push(Expression::Condition(condition(cursor)?));

        cursor.skip_blanks();
        while cursor.peek() == Some(')') {
            let start = cursor.position();
            cursor.bump();
            let Some(parent) = enclosing.pop() else {
                return Err(ParseError::new(Fault::UnmatchedParenthesis, start..start + 1)
                    .with_help("leave it out, or write its `(` where the group begins"));
            };
            let inner = std::mem::replace(&mut group, parent).finish();
            group.conjunction.push(inner);
            cursor.skip_blanks();
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

/// Inside parentheses, something that does not continue the conditions: either it is wrong, or `)` is missing.
fn unclosed(cursor: &Cursor<'_>, opened: usize) -> ParseError {
    match cursor.peek() {
        None | Some('}' | ']') => {
            ParseError::new(Fault::Unclosed { what: "a group", close: ')' }, opened..opened + 1)
                .with_help("write its `)` where the group ends, or leave the `(` out")
        }
        Some(_) => not_joined(cursor, "`&&`, `||` or `)`"),
    }
}

/// Something after a condition that neither joins it to the next nor ends the pattern.
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
            .with_help("`IS` and `NOT EXISTS` stand alone after a selector of a JSON pattern");
    }
    match cursor.peek() {
        Some('&') => not_an_operator(cursor, "join conditions with `&&`"),
        Some('|') => not_an_operator(cursor, "join conditions with `||`"),
        Some(',' | ';' | '(') => expected(cursor, what).with_help("join conditions with `&&` or `||`"),
        Some('$') => expected(cursor, what)
            .with_help("join conditions with `&&` or `||`; a field cannot be compared with another field"),
        Some('"' | '%' | '\'') => expected(cursor, what)
            .with_help("a condition has one value; join several conditions with `&&` or `||`"),
        Some(_) if !word.is_empty() => {
            expected(cursor, what).with_help("put a value that has blanks in double quotes")
        }
        Some(_) | None => expected(cursor, what),
    }
}

/// Something where a condition has to start. `None` when there is no likely way to mend it.
pub(super) fn not_a_condition(cursor: &Cursor<'_>) -> Option<ParseError> {
    let error = || expected(cursor, "a condition");
    match cursor.peek() {
        Some('!') => Some(error().with_help("there is no negation; use `!=`, `NOT EXISTS` or `IS FALSE`")),
        Some('&' | '|' | '}' | ']') | None => {
            Some(error().with_help("`&&` and `||` stand between two conditions"))
        }
        Some(')') => Some(
            error().with_help("a group needs at least one condition, and `&&` and `||` stand between two"),
        ),
        _ => None,
    }
}
