//! Why a text is not a filter pattern: what is wrong, where, and how to fix it.
//!
//! `diagnostic.rs` renders errors with the source line and carets. The help texts are written where an error is
//! detected, because only that code knows what the author probably meant.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::excerpt::is_deceptive;
use crate::limits::{MAX_NESTING, MAX_PATTERN_BYTES, MAX_REGEX_SIZE, MAX_REGEXES};
use crate::quota::{Quota, QuotaViolation};

/// An error in the text of a filter pattern.
///
/// `Display` gives the message on one line; [`diagnostic`](ParseError::diagnostic) also shows where the error is.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    fault: Fault,
    span: Range<usize>,
    help: Option<Cow<'static, str>>,
    regex_size: usize,
}

impl ParseError {
    pub(crate) fn new(fault: Fault, span: Range<usize>) -> ParseError {
        ParseError { fault, span, help: None, regex_size: 0 }
    }

    pub(crate) fn fault(&self) -> &Fault {
        &self.fault
    }

    pub(crate) fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> ParseError {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn after_regexes(mut self, size: usize) -> ParseError {
        self.regex_size = size;
        self
    }

    /// The size of the regular expressions compiled before the error was found, in the unit of
    /// [`Pattern::regex_size`](crate::Pattern::regex_size).
    pub fn regex_size(&self) -> usize {
        self.regex_size
    }

    /// The byte range of the error in the pattern. It is empty at the end of the pattern if something is missing
    /// there.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// How to fix the pattern, if there is a likely fix.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The message, the line of the pattern and carets under the span, as plain text of several lines without a
    /// trailing line break.
    ///
    /// `source` is the text that was parsed.
    pub fn diagnostic(&self, source: &str) -> String {
        crate::diagnostic::render("error", self, self.span(), self.help(), source)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(formatter)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

impl From<&QuotaViolation> for ParseError {
    fn from(violation: &QuotaViolation) -> ParseError {
        ParseError::new(Fault::Quota(violation.quota()), violation.span()).with_help(violation.help())
    }
}

/// What is wrong. Text from the pattern is shortened to one line: see [`Snippet`].
#[derive(Clone, Debug, PartialEq, Error)]
pub(crate) enum Fault {
    #[error("pattern is {bytes} bytes long; the limit is {MAX_PATTERN_BYTES} bytes")]
    TooLarge { bytes: usize },
    #[error("parentheses are nested deeper than {MAX_NESTING} levels")]
    TooDeep,
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: Token },
    #[error("`{0}` is not an operator")]
    NotAnOperator(Snippet),
    #[error("character `{}` is not allowed in {place}", Snippet::new(.character.encode_utf8(&mut [0; 4])))]
    Character { character: char, place: &'static str },
    #[error("{what} is not closed: expected `{close}`")]
    Unclosed { what: &'static str, close: char },
    #[error("`)` has no matching `(`")]
    UnmatchedParenthesis,
    #[error("unexpected text after the closing `{close}`")]
    TrailingText { close: char },
    #[error("single quotes cannot quote a value")]
    SingleQuotes,
    #[error("`{operator}` needs an unquoted number, found {found}")]
    OrderNeedsNumber { operator: &'static str, found: Token },
    #[error("`{0}` is not supported in a selector")]
    SelectorSyntax(Snippet),
    #[error("index `{index}` is too large; the limit is {}", u32::MAX)]
    IndexTooLarge { index: Snippet },
    #[error("`...` appears twice")]
    SecondEllipsis,
    #[error("field name `{0}` is used twice")]
    DuplicateField(Snippet),
    #[error("the entry for field `{own}` tests a different field, `{other}`")]
    OtherField { own: Snippet, other: Snippet },
    #[error("regular expression is empty")]
    EmptyRegex,
    #[error("`{0}` has nothing to repeat")]
    NothingToRepeat(Snippet),
    #[error("`{0}` is not a repetition count")]
    Repetition(Snippet),
    #[error("repetition `{0}` has a minimum greater than its maximum")]
    RepetitionOrder(Snippet),
    #[error("character class is empty")]
    EmptyClass,
    #[error("`{0}` is not a valid character range")]
    ClassRange(Snippet),
    #[error("`{0}` is not a supported escape sequence")]
    RegexEscape(Snippet),
    #[error("pattern has more than {MAX_REGEXES} regular expressions")]
    TooManyRegexes,
    #[error("the pattern's regular expressions have more than {MAX_REGEX_SIZE} positions in total")]
    RegexesTooLarge,
    #[error("compiled regular expression is too large")]
    RegexTooLarge { source: regex::Error },
    #[error(transparent)]
    Quota(#[from] Quota),
}

/// What the parser found where it expected something else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    End,
    Whitespace,
    Text(Snippet),
}

impl Token {
    pub(crate) fn text(text: &str) -> Token {
        Token::Text(Snippet::new(text))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::End => formatter.write_str("the end of the pattern"),
            Token::Whitespace => formatter.write_str("whitespace"),
            Token::Text(text) => write!(formatter, "`{text}`"),
        }
    }
}

/// A piece of the pattern for a one-line message. It is cut after [`Snippet::MAX_CHARACTERS`], and characters that
/// could control a terminal, mislead the reader or only look like a space are escaped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snippet(String);

impl Snippet {
    pub(crate) const MAX_CHARACTERS: usize = 40;

    pub(crate) fn new(text: &str) -> Snippet {
        let mut shown = String::new();
        for (index, character) in text.chars().enumerate() {
            if index == Snippet::MAX_CHARACTERS {
                shown.push('…');
                break;
            }
            if is_deceptive(character) || (character.is_whitespace() && character != ' ') {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        Snippet(shown)
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_pattern_stays_on_one_line_and_short() {
        assert_eq!(Snippet::new("a\nb\u{7}\"é漢").to_string(), "a\\nb\\u{7}\"é漢");
        assert_eq!(Snippet::new("\u{a0}\u{202e}\u{feff}").to_string(), r"\u{a0}\u{202e}\u{feff}");
        assert_eq!(Snippet::new(&"x".repeat(41)).to_string(), "x".repeat(40) + "…");
        assert_eq!(Snippet::new(&"x".repeat(40)).to_string(), "x".repeat(40));
    }
}
