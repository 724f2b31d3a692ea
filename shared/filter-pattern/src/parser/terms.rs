//! Term patterns: words, quoted texts and regular expressions to find in the text of a log event.

use crate::ast::{Needle, Term, TermRole};
use crate::cursor::{Cursor, is_blank, is_word_character};
use crate::error::{Fault, ParseError};
use crate::parser::{expected, operand};
use crate::quota::Usage;

/// Reads terms to the end of the pattern.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Vec<Term>, ParseError> {
    if cursor.peek() == Some('$') {
        let error = expected(cursor, "a term");
        return Err(error.with_help("put a JSON pattern in braces, such as `{ $.eventName = \"*\" }`"));
    }
    let mut terms = Vec::new();
    loop {
        cursor.skip_blanks();
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
        Some(next) if is_word_character(next) => {
            Needle::Text(cursor.take_while(is_word_character).to_owned())
        }
        None => return Err(without_term(cursor, role)),
        Some(next) if is_blank(next) => return Err(without_term(cursor, role)),
        Some(_) => return Err(not_a_word(cursor, start)),
    };
    match cursor.peek() {
        None => Ok(Term { role, needle }),
        Some(next) if is_blank(next) => Ok(Term { role, needle }),
        Some(_) => Err(not_a_word(cursor, start)),
    }
}

/// A `-` or `?` that stands alone.
fn without_term(cursor: &Cursor<'_>, role: TermRole) -> ParseError {
    let what = match role {
        TermRole::Excluded => "a term after `-`",
        TermRole::Optional => "a term after `?`",
        TermRole::Required => "a term",
    };
    expected(cursor, what).with_help("put a literal `-` or `?` in double quotes")
}

/// A character that an unquoted term cannot have, or that comes right after a quoted one.
fn not_a_word(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let at = cursor.position();
    let Some(character) = cursor.peek() else {
        return expected(cursor, "a term");
    };
    let span = at..at + character.len_utf8();
    if matches!(cursor.slice(start..at).chars().next(), Some('"' | '%')) {
        return expected(cursor, "a blank between two terms");
    }
    let mut ahead = cursor.clone();
    ahead.take_while(|next| !is_blank(next));
    let word = ahead.slice(start..ahead.position());
    let error = ParseError::new(Fault::Character { character, place: "an unquoted term" }, span);
    if operand::is_quotable(word) {
        return error.with_help(format!("put the term in double quotes: `\"{word}\"`"));
    }
    error.with_help("put the term in double quotes")
}
