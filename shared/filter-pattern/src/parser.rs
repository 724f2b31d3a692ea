//! Parses text into a syntax tree, by hand-written descent over a [`Cursor`].
//!
//! The first character of a pattern determines its form; each form has its own module. Nested conditions are kept on
//! an explicit stack (`expression.rs`), so no input can exhaust the call stack. The service's quotas are recorded
//! here, never enforced.
//!
//! Source of the grammar: [filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).

mod delimited;
mod expect;
mod expression;
mod foreign;
mod json;
mod operand;
mod selector;
mod terms;

use crate::ast::Ast;
use crate::cursor::{Cursor, is_whitespace};
use crate::error::{Fault, ParseError};
use crate::limits::MAX_PATTERN_BYTES;
use crate::quota::Usage;

/// Returns a pattern's tree and its use of the service's quotas.
pub(crate) fn parse(text: &str) -> Result<(Ast, Usage), ParseError> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(ParseError::new(Fault::TooLarge { bytes: text.len() }, 0..0));
    }
    let start = text.len() - text.trim_start_matches(is_whitespace).len();
    let end = text.trim_end_matches(is_whitespace).len().max(start);
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
