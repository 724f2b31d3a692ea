//! Characters that word processors, chats and web pages substitute for those of the language: curly quotes,
//! characters that look like a space, and invisible characters. A pattern pasted from there looks correct to its
//! author.
//!
//! This module explains errors; it does not accept such characters.

use std::borrow::Cow;

use crate::cursor::{Cursor, is_curly_quote, is_quotable, is_whitespace};
use crate::error::{Fault, ParseError};
use crate::excerpt::is_deceptive;

/// Adds specific advice to an error about such a character. Other errors are returned unchanged.
pub(super) fn explain(error: ParseError, text: &str) -> ParseError {
    let at = Cursor::new(text).within(error.span().start..text.len());
    let Some(character) = at.peek() else { return error };
    // In a regular expression, the character would be wrong in any spelling.
    let in_regex = matches!(error.fault(), Fault::Character { place: "a regular expression", .. });
    let help: Cow<'static, str> = if is_curly_quote(character) && !in_regex {
        let wants_name =
            matches!(error.fault(), Fault::Expected { expected: "a condition" | "a field name", .. });
        if wants_name { "only values can be quoted".into() } else { straight_quotes(&at) }
    } else if character.is_whitespace() && !is_whitespace(character) {
        format!("`{}` only looks like a space; replace it with a space", character.escape_unicode()).into()
    } else if is_deceptive(character) && !is_whitespace(character) {
        format!("`{}` is invisible; remove it", character.escape_unicode()).into()
    } else {
        return error;
    };
    error.with_help(help)
}

/// Advice on a curly quote at the cursor.
fn straight_quotes(at: &Cursor<'_>) -> Cow<'static, str> {
    let before = at.slice(0..at.position()).chars().next_back();
    let is_opening = before.is_none_or(|before| {
        is_whitespace(before) || matches!(before, '=' | '<' | '>' | '-' | '?' | '(' | '[' | ',')
    });
    let mut ahead = at.clone();
    ahead.bump();
    let inside = ahead.take_while(|next| !is_curly_quote(next) && next != '\n');
    if is_opening && ahead.peek().is_some_and(is_curly_quote) && is_quotable(inside) {
        return format!("use straight double quotes: `\"{inside}\"`").into();
    }
    "use straight double quotes: `\"...\"`".into()
}
