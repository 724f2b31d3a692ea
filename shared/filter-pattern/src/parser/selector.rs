//! Selectors: `$`, then `.name`, `.*`, `[n]`, `[*]`, `['key']` or `["key"]`, without whitespace between them.
//!
//! A bracket may follow a dot. Bracketed keys have no escapes: a key ends at the next quote of the same kind.

use std::str::FromStr;

use crate::cursor::{Cursor, is_name_character, is_quotable, is_whitespace};
use crate::error::{Fault, ParseError, Snippet};
use crate::limits::MAX_PATTERN_BYTES;
use crate::parser::expect::expected;
use crate::parser::foreign;
use crate::selector::{Selector, Step};

impl Selector {
    /// Parses a selector that stands alone, without surrounding whitespace.
    ///
    /// # Errors
    ///
    /// If the text is anything but one selector.
    pub fn parse(text: &str) -> Result<Selector, ParseError> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(ParseError::new(Fault::TooLarge { bytes: text.len() }, 0..0));
        }
        parse_whole(&mut Cursor::new(text)).map_err(|error| foreign::explain(error, text))
    }
}

impl FromStr for Selector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Selector, ParseError> {
        Selector::parse(text)
    }
}

fn parse_whole(cursor: &mut Cursor<'_>) -> Result<Selector, ParseError> {
    if cursor.peek() != Some('$') {
        return Err(
            expected(cursor, "a selector").with_help("a selector starts with `$`, such as `$.eventName`")
        );
    }
    let selector = parse(cursor)?;
    if cursor.is_at_end() {
        return Ok(selector);
    }
    Err(continuation(cursor).unwrap_or_else(|| expected(cursor, "the end of the selector")))
}

/// Parses a selector. The cursor is at the `$`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Selector, ParseError> {
    cursor.bump();
    let mut steps = Vec::new();
    loop {
        match cursor.peek() {
            Some('.') => {
                cursor.bump();
                steps.push(dotted(cursor)?);
            }
            Some('[') => steps.push(bracketed(cursor)?),
            Some(_) | None if steps.is_empty() => {
                return Err(
                    expected(cursor, "`.` or `[` after `$`").with_help("name a field, such as `$.eventName`")
                );
            }
            Some(_) | None => return Ok(Selector::new(steps)),
        }
    }
}

/// Parses the step after a dot.
fn dotted(cursor: &mut Cursor<'_>) -> Result<Step, ParseError> {
    let start = cursor.position();
    match cursor.peek() {
        Some('*') => {
            cursor.bump();
            Ok(Step::AnyField)
        }
        Some('[') => bracketed(cursor),
        Some(next) if is_name_character(next) => {
            Ok(Step::Key(cursor.take_while(is_name_character).to_owned()))
        }
        Some('.') => {
            let error = ParseError::new(Fault::SelectorSyntax(Snippet::new("..")), start - 1..start + 1);
            Err(error
                .with_help("name every field on the path, or use `*` for any one field, such as `$.a.*.b`"))
        }
        Some(quote @ ('"' | '\'')) => Err(quoted_name(cursor, quote)),
        Some(_) | None => Err(expected(cursor, "a field name").with_help(
            "write a name that has characters other than letters, digits, `_` and `-` as `.['a name']`",
        )),
    }
}

/// An error about `."a-b"`, which other languages support.
fn quoted_name(cursor: &Cursor<'_>, quote: char) -> ParseError {
    let start = cursor.position();
    let mut ahead = cursor.clone();
    ahead.bump();
    let name = ahead.take_while(|next| next != quote && next != '\n');
    ahead.bump();
    let span = ahead.since(start);
    let error = ParseError::new(Fault::SelectorSyntax(Snippet::new(cursor.slice(span.clone()))), span);
    if is_quotable(name) {
        return error.with_help(format!("write `{}`", Step::Key(name.to_owned())));
    }
    error.with_help("put a quoted name in brackets: `.['a name']`")
}

/// Parses a step in brackets. The cursor is at the opening one.
fn bracketed(cursor: &mut Cursor<'_>) -> Result<Step, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let step = match cursor.peek() {
        Some('*') => {
            cursor.bump();
            Step::AnyElement
        }
        Some(next) if next.is_ascii_digit() => {
            let digits_start = cursor.position();
            let digits = cursor.take_while(|next| next.is_ascii_digit());
            let Ok(index) = digits.parse() else {
                let fault = Fault::IndexTooLarge { index: Snippet::new(digits) };
                return Err(ParseError::new(fault, cursor.since(digits_start)));
            };
            Step::Index(index)
        }
        Some(quote @ ('"' | '\'')) => {
            cursor.bump();
            let key = cursor.take_while(|next| next != quote).to_owned();
            if cursor.bump().is_none() {
                let fault = Fault::Unclosed { what: "bracketed key", close: quote };
                let help = "a key in brackets ends at the next quote of the same kind, and has no escapes";
                return Err(ParseError::new(fault, start + 1..start + 2).with_help(help));
            }
            Step::Key(key)
        }
        Some(_) | None => return Err(not_a_subscript(cursor, start)),
    };
    if cursor.eat("]") {
        return Ok(step);
    }
    Err(not_a_subscript(cursor, start))
}

/// An error about brackets that do not contain exactly one index, key or star.
fn not_a_subscript(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let mut ahead = cursor.within(start..cursor.position() + cursor.rest().len());
    ahead.take_while(|next| next != ']' && next != '\n');
    if !ahead.eat("]") {
        return ParseError::new(Fault::Unclosed { what: "subscript", close: ']' }, start..start + 1)
            .with_help("a subscript is `[0]`, `['key']`, `[\"key\"]` or `[*]`, without spaces");
    }
    let span = ahead.since(start);
    let written = cursor.slice(span.clone());
    let inside = written.trim_start_matches('[').trim_end_matches(']');
    let unquoted = inside.trim_matches(is_whitespace);
    let error = ParseError::new(Fault::SelectorSyntax(Snippet::new(written)), span);
    match inside.chars().next() {
        _ if unquoted.is_empty() => error.with_help("write an index, a key or `*`: `[0]`, `['key']`, `[*]`"),
        Some('?') => error.with_help("filters are not supported; `[*]` tests every element"),
        Some('-') => error.with_help("elements are counted from the first, `[0]`"),
        Some(_) if inside.contains(':') => {
            error.with_help("slices are not supported; `[*]` tests every element")
        }
        Some(_) if inside.contains(',') => {
            error.with_help("a subscript is one index or key; join conditions with `||`")
        }
        Some(_) if unquoted.parse::<f64>().is_ok() => {
            error.with_help("an index is a whole number, without spaces")
        }
        Some(_) if is_quotable(unquoted) && !unquoted.contains('\'') => {
            error.with_help(format!("put the key in quotes: `['{unquoted}']`"))
        }
        Some(_) | None => {
            error.with_help("a subscript is `[0]`, `['key']`, `[\"key\"]` or `[*]`, without spaces")
        }
    }
}

/// An error about a character directly after a selector that the author probably meant as a part of it.
pub(super) fn continuation(cursor: &Cursor<'_>) -> Option<ParseError> {
    let character = cursor.peek()?;
    let at = cursor.position();
    let belongs = !is_whitespace(character)
        && !matches!(
            character,
            '=' | '!' | '<' | '>' | '~' | ')' | '}' | '&' | '|' | ',' | '*' | '"' | '%' | '('
        );
    belongs.then(|| {
        ParseError::new(Fault::Character { character, place: "a field name" }, at..at + character.len_utf8())
            .with_help(
                "write a name that has characters other than letters, digits, `_` and `-` as `.['a name']`",
            )
    })
}
