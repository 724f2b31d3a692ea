//! Why a text is not a filter pattern: what is wrong, where, and how to mend it.
//!
//! Rendering with the source line and carets is in `diagnostic.rs`; the help texts stand where the fault is detected, because only
//! that place knows what the author meant.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::excerpt::is_deceptive;
use crate::parser::{MAX_NESTING, MAX_PATTERN_BYTES};
use crate::quota::{Quota, QuotaViolation};
use crate::regex::{MAX_REGEX_SIZE, MAX_REGEXES};

/// A text is not a filter pattern.
///
/// `Display` is the one-line message. [`diagnostic`](ParseError::diagnostic) shows the place as well.
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

    /// How large the regular expressions are that were compiled before the fault was found, as
    /// [`Pattern::regex_size`](crate::Pattern::regex_size) counts.
    pub fn regex_size(&self) -> usize {
        self.regex_size
    }

    /// The bytes of the pattern that are at fault. Empty at the end of the pattern if something is missing there.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// How to mend the pattern, if there is a likely way.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The message with the line of the pattern it is about and carets under the span, as plain text of several lines without a
    /// line break at the end.
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

/// What is wrong. Text of the pattern is shortened to a line: see [`Snippet`].
#[derive(Clone, Debug, PartialEq, Error)]
pub(crate) enum Fault {
    #[error("pattern is {bytes} bytes long; the limit is {MAX_PATTERN_BYTES} bytes")]
    TooLarge { bytes: usize },
    #[error("parentheses are nested deeper than {MAX_NESTING} levels")]
    TooDeep,
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: Found },
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
    #[error("single quotes do not quote a value")]
    SingleQuotes,
    #[error("`{operator}` compares with an unquoted number, not with {found}")]
    OrderNeedsNumber { operator: &'static str, found: Found },
    #[error("`{0}` is not supported in a selector")]
    SelectorSyntax(Snippet),
    #[error("index `{index}` is too large; the limit is {}", u32::MAX)]
    IndexTooLarge { index: Snippet },
    #[error("`...` is given twice")]
    SecondEllipsis,
    #[error("field name `{0}` is given twice")]
    DuplicateField(Snippet),
    #[error("the entry of field `{own}` tests another field, `{other}`")]
    OtherField { own: Snippet, other: Snippet },
    #[error("regular expression is empty")]
    EmptyRegex,
    #[error("`{0}` has nothing to repeat")]
    NothingToRepeat(Snippet),
    #[error("`{0}` is not a repetition count")]
    Repetition(Snippet),
    #[error("repetition `{0}` has a minimum above its maximum")]
    RepetitionOrder(Snippet),
    #[error("character class is empty")]
    EmptyClass,
    #[error("`{0}` is not a range of characters")]
    ClassRange(Snippet),
    #[error("`{0}` is not an escape sequence of a regular expression")]
    RegexEscape(Snippet),
    #[error("more regular expressions than the {MAX_REGEXES} that a pattern can have")]
    TooManyRegexes,
    #[error("regular expressions of the pattern are larger than {MAX_REGEX_SIZE} positions together")]
    RegexesTooLarge,
    #[error("regular expression is too large when compiled")]
    RegexTooLarge { source: regex::Error },
    #[error(transparent)]
    Quota(#[from] Quota),
}

/// What was found where something else was expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    End,
    Blank,
    Text(Snippet),
}

impl Found {
    pub(crate) fn text(text: &str) -> Found {
        Found::Text(Snippet::new(text))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::End => formatter.write_str("the end of the pattern"),
            Found::Blank => formatter.write_str("a blank"),
            Found::Text(text) => write!(formatter, "`{text}`"),
        }
    }
}

/// A piece of the pattern, fit for a one-line message: cut after [`Snippet::MAX_CHARACTERS`], and with escapes for what steers a
/// terminal, deceives its reader, or only looks like a blank.
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
