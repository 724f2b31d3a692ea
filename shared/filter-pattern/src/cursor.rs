//! A position in a pattern's text, and ways to move it. It knows whitespace and words, but no grammar.

use std::ops::Range;

use crate::error::Token;
use crate::excerpt::is_deceptive;

/// Whether the language treats the character as whitespace: space, tab, carriage return or line feed.
pub(crate) fn is_whitespace(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// Whether a selector's dotted name or a field name can contain the character.
pub(crate) fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// Whether a keyword can contain the character.
pub(crate) fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether an unquoted term can contain the character. The guide asks for quotes around a period, but it does so for
/// values of JSON patterns too, where the service accepts `s3.amazonaws.com`.
pub(crate) fn is_term_character(character: char) -> bool {
    is_word_character(character) || character == '.'
}

/// Whether an operator of this language, or of a similar one, can contain the character.
pub(crate) fn is_operator_character(character: char) -> bool {
    matches!(character, '=' | '!' | '<' | '>' | '~')
}

/// Whether the character is a quotation mark that replaces `"` or `'` in pasted text.
pub(crate) fn is_curly_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '＂' | '＇')
}

/// Whether a help text can show the text in double quotes, unchanged and on one line.
pub(crate) fn is_quotable(text: &str) -> bool {
    let plain = |character: char| {
        let is_other_blank = character.is_whitespace() && character != ' ';
        !is_deceptive(character)
            && !is_other_blank
            && !is_curly_quote(character)
            && !matches!(character, '"' | '\\')
    };
    !text.is_empty() && text.chars().count() <= 40 && text.chars().all(plain)
}

/// A position in a text. Positions are byte offsets from the start of the text, always on a character boundary.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0 }
    }

    /// A cursor over a part of the same text. Its positions still count from the start of the whole text.
    pub(crate) fn within(&self, range: Range<usize>) -> Cursor<'t> {
        Cursor { text: self.text.get(..range.end).unwrap_or(self.text), at: range.start }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The span from an earlier position to the current one.
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

    /// The character after the next one.
    pub(crate) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Skips `expected` and returns `true` if it comes next.
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

    pub(crate) fn skip_whitespace(&mut self) {
        self.take_while(is_whitespace);
    }

    /// The next token and its span, for an error message: a word, a run of operator characters, or one character.
    pub(crate) fn token(&self) -> (Token, Range<usize>) {
        let mut ahead = self.clone();
        let Some(first) = ahead.peek() else {
            return (Token::End, self.at..self.at);
        };
        if is_whitespace(first) {
            return (Token::Whitespace, self.at..self.at + first.len_utf8());
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
        (Token::text(self.slice(span.clone())), span)
    }

    /// The next word, empty if there is none. The cursor does not move.
    pub(crate) fn peek_word(&self) -> &'t str {
        self.clone().take_while(is_word_character)
    }
}
