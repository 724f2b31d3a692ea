//! Term patterns: words, quoted text and regular expressions to find in the text of a log event.

use crate::ast::{Needle, Term, TermRole};
use crate::cursor::{Cursor, is_quotable, is_term_character, is_whitespace};
use crate::error::{Fault, ParseError};
use crate::parser::expect::expected;
use crate::parser::operand;
use crate::quota::Usage;

const BRACES_HELP: &str = "put a JSON pattern in braces, such as `{ $.eventName = \"*\" }`";

/// Parses terms up to the end of the pattern.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Vec<Term>, ParseError> {
    if cursor.peek() == Some('$') {
        return Err(expected(cursor, "a term").with_help(BRACES_HELP));
    }
    let mut terms = Vec::new();
    loop {
        cursor.skip_whitespace();
        if cursor.is_at_end() {
            return Ok(terms);
        }
        terms.push(term(cursor, usage)?);
    }
}

fn term(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Term, ParseError> {
    let role = if cursor.eat("-") {
        TermRole::Excluded
    } else if cursor.eat("?") {
        TermRole::Optional
    } else {
        TermRole::Required
    };
    let start = cursor.position();
    let needle = match cursor.peek() {
        Some('"') => Needle::Text(operand::quoted(cursor)?),
        Some('%') => Needle::Regex(operand::regex(cursor, usage)?),
        Some(next) if is_term_character(next) => {
            Needle::Text(cursor.take_while(is_term_character).to_owned())
        }
        None => return Err(without_term(cursor, role)),
        Some(next) if is_whitespace(next) => return Err(without_term(cursor, role)),
        Some(_) => return Err(not_a_word(cursor, start)),
    };
    match cursor.peek() {
        None => Ok(Term { role, needle }),
        Some(next) if is_whitespace(next) => Ok(Term { role, needle }),
        Some(_) => Err(not_a_word(cursor, start)),
    }
}

/// An error about a `-` or `?` without a term.
fn without_term(cursor: &Cursor<'_>, role: TermRole) -> ParseError {
    let what = match role {
        TermRole::Excluded => "a term after `-`",
        TermRole::Optional => "a term after `?`",
        TermRole::Required => "a term",
    };
    expected(cursor, what).with_help("put a literal `-` or `?` in double quotes")
}

/// An error about a character that an unquoted term cannot contain, or that directly follows a quoted term.
fn not_a_word(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let at = cursor.position();
    let Some(character) = cursor.peek() else {
        return expected(cursor, "a term");
    };
    let span = at..at + character.len_utf8();
    if matches!(cursor.slice(start..at).chars().next(), Some('"' | '%')) {
        let error = expected(cursor, "a space between two terms");
        if matches!(character, '"' | '%' | '-' | '?') {
            return error
                .with_help("put a space between them, or write a quote inside quoted text as `\\\"`");
        }
        return match operand::after_closing(cursor) {
            Some(help) => error.with_help(help),
            None => error,
        };
    }
    let error = ParseError::new(Fault::Character { character, place: "an unquoted term" }, span);
    if let Some(help) = json_help(cursor) {
        return error.with_help(help);
    }
    let mut ahead = cursor.clone();
    ahead.take_while(|next| !is_whitespace(next));
    let word = ahead.slice(start..ahead.position());
    if is_quotable(word) {
        return error.with_help(format!("put the term in double quotes: `\"{word}\"`"));
    }
    if word.contains('"') {
        return error.with_help("put the term in double quotes, and write a quote inside it as `\\\"`");
    }
    error.with_help("put the term in double quotes")
}

/// Advice on text that looks like the conditions of a JSON pattern.
fn json_help(cursor: &Cursor<'_>) -> Option<&'static str> {
    let mut ahead = cursor.clone();
    let opened = ahead.take_while(|next| matches!(next, '(' | '{' | '!') || is_whitespace(next));
    let is_condition = ahead.eat("$.") || ahead.eat("$[");
    match opened.chars().next() {
        _ if !is_condition => None,
        Some('{') => Some("a JSON pattern starts with `{`; remove the text before it"),
        Some(_) | None => Some(BRACES_HELP),
    }
}
