//! A position in a pattern's text, and the few ways to move it. It knows blanks and words, but no grammar.

use std::ops::Range;

use crate::error::Found;

/// Whether the language takes the character as a blank.
pub(crate) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// A character of a selector's dotted name or of a field name.
pub(crate) fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// A character of a term or keyword.
pub(crate) fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// A character that operators are made of, in this language or in others.
pub(crate) fn is_operator_character(character: char) -> bool {
    matches!(character, '=' | '!' | '<' | '>' | '~')
}

/// A position in a text. Positions are byte offsets from the start of the text, and always lie between characters.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0 }
    }

    /// A cursor over a part of the same text; its positions still count from the start of the whole.
    pub(crate) fn within(&self, range: Range<usize>) -> Cursor<'t> {
        Cursor { text: self.text.get(..range.end).unwrap_or(self.text), at: range.start }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The span from an earlier position to here.
    pub(crate) fn since(&self, start: usize) -> Range<usize> {
        start..self.at
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character after the next.
    pub(crate) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Steps over `expected` if it comes next.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(crate) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken =
            rest.find(|character| !accept(character)).map_or(rest, |end| rest.get(..end).unwrap_or(rest));
        self.at += taken.len();
        taken
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// What comes next and its span, for an error: a word, a run of operator characters, or one character.
    pub(crate) fn token(&self) -> (Found, Range<usize>) {
        let mut ahead = self.clone();
        let Some(first) = ahead.peek() else {
            return (Found::End, self.at..self.at);
        };
        if is_blank(first) {
            return (Found::Blank, self.at..self.at + first.len_utf8());
        }
        let class: fn(char) -> bool = match first {
            _ if is_word_character(first) => is_word_character,
            _ if is_operator_character(first) => is_operator_character,
            '&' => |character| character == '&',
            '|' => |character| character == '|',
            _ => |_| false,
        };
        if ahead.take_while(class).is_empty() {
            ahead.bump();
        }
        let span = ahead.since(self.at);
        (Found::text(self.slice(span.clone())), span)
    }

    /// The word that comes next, if any. Does not move.
    pub(crate) fn peek_word(&self) -> &'t str {
        self.clone().take_while(is_word_character)
    }
}
