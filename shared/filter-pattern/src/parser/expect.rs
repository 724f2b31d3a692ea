//! Expectations that the parsers of all three forms share: a particular token, an operator, the closing bracket of a
//! pattern.
//!
//! It reports what was found instead. The callers add the advice, because they know what the author meant.

use crate::cursor::{Cursor, is_whitespace};
use crate::error::{Fault, ParseError, Token};

/// An error of the form "expected this, found that", about the next token.
pub(super) fn expected(cursor: &Cursor<'_>, expected: &'static str) -> ParseError {
    let (found, span) = cursor.token();
    ParseError::new(Fault::Expected { expected, found }, span)
}

/// An error of the form "this is not an operator", about the next word or run of operator characters.
pub(super) fn not_an_operator(cursor: &Cursor<'_>, help: &'static str) -> ParseError {
    let (found, span) = cursor.token();
    let fault = match found {
        Token::Text(operator) => Fault::NotAnOperator(operator),
        Token::End | Token::Whitespace => Fault::Expected { expected: "an operator", found },
    };
    ParseError::new(fault, span).with_help(help)
}

/// Consumes the closing bracket of a pattern, which must be the last character. If something else is there, `rest`
/// explains it.
pub(super) fn close(
    cursor: &mut Cursor<'_>,
    close: char,
    rest: impl FnOnce(&Cursor<'_>) -> ParseError,
) -> Result<(), ParseError> {
    if cursor.peek() != Some(close) {
        return Err(rest(cursor));
    }
    cursor.bump();
    if cursor.is_at_end() {
        return Ok(());
    }
    let trailing = cursor.rest();
    let whitespace = trailing.len() - trailing.trim_start_matches(is_whitespace).len();
    let start = cursor.position() + whitespace;
    let error = ParseError::new(Fault::TrailingText { close }, start..cursor.position() + trailing.len());
    Err(error.with_help("put the whole pattern in one pair of brackets, with nothing before or after it"))
}
