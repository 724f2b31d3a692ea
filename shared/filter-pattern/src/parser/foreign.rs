//! Characters that word processors, chats and web pages put in the place of those of the language: curly quotes, blanks that are none,
//! and what cannot be seen at all. Whoever pasted a pattern from there sees nothing wrong with it.
//!
//! This explains errors, and accepts nothing.

use std::borrow::Cow;

use crate::cursor::{Cursor, is_blank};
use crate::error::{Fault, ParseError};
use crate::excerpt::is_deceptive;
use crate::parser::operand::is_quotable;

/// Quotation marks that stand for `"` or `'` in pasted text.
pub(super) fn is_curly_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '＂' | '＇')
}

/// Gives an error that is about such a character the advice that fits; any other stays as it is.
pub(super) fn explain(error: ParseError, text: &str) -> ParseError {
    let at = Cursor::new(text).within(error.span().start..text.len());
    let Some(character) = at.peek() else { return error };
    // In a regular expression the character would be wrong however it is written.
    let in_regex = matches!(error.fault(), Fault::Character { place: "a regular expression", .. });
    let help: Cow<'static, str> = if is_curly_quote(character) && !in_regex {
        let wants_name =
            matches!(error.fault(), Fault::Expected { expected: "a condition" | "a field name", .. });
        if wants_name { "only values are quoted".into() } else { straight_quotes(&at) }
    } else if character.is_whitespace() && !is_blank(character) {
        format!("`{}` only looks like a blank; write a blank", character.escape_unicode()).into()
    } else if is_deceptive(character) && !is_blank(character) {
        format!("`{}` cannot be seen; take it out", character.escape_unicode()).into()
    } else {
        return error;
    };
    error.with_help(help)
}

/// Advice on a curly quote. The cursor is at it.
fn straight_quotes(at: &Cursor<'_>) -> Cow<'static, str> {
    let before = at.slice(0..at.position()).chars().next_back();
    let is_opening = before.is_none_or(|before| {
        is_blank(before) || matches!(before, '=' | '<' | '>' | '-' | '?' | '(' | '[' | ',')
    });
    let mut ahead = at.clone();
    ahead.bump();
    let inside = ahead.take_while(|next| !is_curly_quote(next) && next != '\n');
    if is_opening && ahead.peek().is_some_and(is_curly_quote) && is_quotable(inside) {
        return format!("write straight double quotes: `\"{inside}\"`").into();
    }
    "write straight double quotes: `\"...\"`".into()
}
