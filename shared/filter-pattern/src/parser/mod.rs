//! Text to syntax tree, by hand-written descent over a [`Cursor`].
//!
//! The form of a pattern follows from its first character; each form has its module. Conditions nest through an explicit stack
//! (`expression.rs`), so no input can exhaust the call stack. Quotas of the service are noted, never enforced here.
//!
//! Source of the grammar: [filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).

mod delimited;
mod expression;
mod foreign;
mod json;
mod operand;
mod selector;
mod terms;

use crate::ast::Ast;
use crate::cursor::{Cursor, is_blank};
use crate::error::{Fault, Found, ParseError};
use crate::quota::Usage;
use crate::selector::Selector;

/// The longest text that is parsed at all, in bytes: sixty times what CloudWatch Logs takes.
pub(crate) const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// The deepest nesting of parentheses. More than fit into the 1024 characters of a pattern of CloudWatch Logs, and few enough for
/// whatever walks the tree recursively.
pub(crate) const MAX_NESTING: usize = 512;

/// A pattern's tree, and what it uses of the service's quotas.
pub(crate) fn parse(text: &str) -> Result<(Ast, Usage), ParseError> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(ParseError::new(Fault::TooLarge { bytes: text.len() }, 0..0));
    }
    let start = text.len() - text.trim_start_matches(is_blank).len();
    let end = text.trim_end_matches(is_blank).len().max(start);
    let mut cursor = Cursor::new(text).within(start..end);
    let mut usage = Usage::default();
    match parse_form(&mut cursor, &mut usage) {
        Ok(ast) => Ok((ast, usage)),
        Err(error) => Err(foreign::explain(error, text).after_regexes(usage.regex_size())),
    }
}

fn parse_form(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Ast, ParseError> {
    Ok(match cursor.peek() {
        Some('{') => Ast::Json(json::parse(cursor, usage)?),
        Some('[') => Ast::SpaceDelimited(delimited::parse(cursor, usage)?),
        Some(_) | None => Ast::Terms(terms::parse(cursor, usage)?),
    })
}

/// A selector that is the whole text.
pub(crate) fn parse_selector(text: &str) -> Result<Selector, ParseError> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(ParseError::new(Fault::TooLarge { bytes: text.len() }, 0..0));
    }
    parse_whole_selector(&mut Cursor::new(text)).map_err(|error| foreign::explain(error, text))
}

fn parse_whole_selector(cursor: &mut Cursor<'_>) -> Result<Selector, ParseError> {
    if cursor.peek() != Some('$') {
        return Err(
            expected(cursor, "a selector").with_help("a selector starts with `$`, such as `$.eventName`")
        );
    }
    let selector = selector::parse(cursor)?;
    if cursor.is_at_end() {
        return Ok(selector);
    }
    Err(selector::continuation(cursor).unwrap_or_else(|| expected(cursor, "the end of the selector")))
}

/// "Expected this, found what comes next."
fn expected(cursor: &Cursor<'_>, expected: &'static str) -> ParseError {
    let (found, span) = cursor.token();
    ParseError::new(Fault::Expected { expected, found }, span)
}

/// "This is not an operator", about the word or run of operator characters that comes next.
fn not_an_operator(cursor: &Cursor<'_>, help: &'static str) -> ParseError {
    let (found, span) = cursor.token();
    let fault = match found {
        Found::Text(operator) => Fault::NotAnOperator(operator),
        Found::End | Found::Blank => Fault::Expected { expected: "an operator", found },
    };
    ParseError::new(fault, span).with_help(help)
}

/// Requires the closing bracket of a pattern, and nothing after it. `rest` explains what stands there instead.
fn close(
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
    let blanks = trailing.len() - trailing.trim_start_matches(is_blank).len();
    let start = cursor.position() + blanks;
    let error = ParseError::new(Fault::TrailingText { close }, start..cursor.position() + trailing.len());
    Err(error.with_help("everything goes in one pair of brackets, with nothing before or after it"))
}
