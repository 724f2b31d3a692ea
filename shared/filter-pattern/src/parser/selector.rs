//! Selectors: `$`, then `.name`, `.*`, `[n]`, `[*]`, `['key']` or `["key"]`, without blanks between.
//!
//! A dot may stand before a bracket. Bracketed keys have no escapes: a key ends at the next quote of its kind.

use crate::cursor::{Cursor, is_blank, is_name_character};
use crate::error::{Fault, ParseError, Snippet};
use crate::parser::expected;
use crate::parser::operand::is_quotable;
use crate::selector::{Selector, Step};

/// Reads a selector. The cursor is at the `$`.
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

/// What follows a dot.
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
                .with_help("every field on the way has to be named, or passed by a `*`, such as `$.a.*.b`"))
        }
        Some(quote @ ('"' | '\'')) => Err(quoted_name(cursor, quote)),
        Some(_) | None => Err(expected(cursor, "a field name").with_help(
            "a name with other characters than letters, digits, `_` and `-` is written `.['a name']`",
        )),
    }
}

/// `."a-b"`, which other languages have.
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
    error.with_help("a quoted name goes in brackets: `.['a name']`")
}

/// What is between brackets. The cursor is at the opening one.
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
                let fault = Fault::Unclosed { what: "a bracketed key", close: quote };
                let help = "a key in brackets ends with a quote like its first, and knows no escapes";
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

/// Brackets that hold something else than one index, key or star.
fn not_a_subscript(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let mut ahead = cursor.within(start..cursor.position() + cursor.rest().len());
    ahead.take_while(|next| next != ']' && next != '\n');
    if !ahead.eat("]") {
        return ParseError::new(Fault::Unclosed { what: "a subscript", close: ']' }, start..start + 1)
            .with_help("a subscript is `[0]`, `['key']`, `[\"key\"]` or `[*]`, without blanks");
    }
    let span = ahead.since(start);
    let written = cursor.slice(span.clone());
    let inside = written.trim_start_matches('[').trim_end_matches(']');
    let unquoted = inside.trim_matches(is_blank);
    let error = ParseError::new(Fault::SelectorSyntax(Snippet::new(written)), span);
    match inside.chars().next() {
        _ if unquoted.is_empty() => error.with_help("name an index, a key or `*`: `[0]`, `['key']`, `[*]`"),
        Some('?') => error.with_help("there are no filters; `[*]` tries every element"),
        Some('-') => error.with_help("elements are counted from the first, which is `[0]`"),
        Some(_) if inside.contains(':') => error.with_help("there are no slices; `[*]` tries every element"),
        Some(_) if inside.contains(',') => {
            error.with_help("a subscript is one index or key; join conditions with `||`")
        }
        Some(_) if unquoted.parse::<f64>().is_ok() => {
            error.with_help("an index is a whole number, without blanks")
        }
        Some(_) if is_quotable(unquoted) && !unquoted.contains('\'') => {
            error.with_help(format!("quote a key: `['{unquoted}']`"))
        }
        Some(_) | None => {
            error.with_help("a subscript is `[0]`, `['key']`, `[\"key\"]` or `[*]`, without blanks")
        }
    }
}

/// A character right after a selector that was probably meant as a part of it.
pub(super) fn continuation(cursor: &Cursor<'_>) -> Option<ParseError> {
    let character = cursor.peek()?;
    let at = cursor.position();
    let belongs = !is_blank(character)
        && !matches!(
            character,
            '=' | '!' | '<' | '>' | '~' | ')' | '}' | '&' | '|' | ',' | '*' | '"' | '%' | '('
        );
    belongs.then(|| {
        ParseError::new(Fault::Character { character, place: "a field name" }, at..at + character.len_utf8())
            .with_help(
                "a name with other characters than letters, digits, `_` and `-` is written `.['a name']`",
            )
    })
}
