//! Maps a character of a scalar's value to its position in the document.
//!
//! The value and its source differ only in white space, quotes and escapes. Walking through both side by side
//! therefore finds every visible character in each of the five scalar styles. Nothing is decoded here.

use saphyr_parser::ScalarStyle;

use super::{Position, Scalar, SourceText, Span};

/// The span of the document from which the bytes `bytes` of a scalar's value come.
pub(crate) fn place_in_scalar(
    source: &SourceText<'_>,
    span: Span,
    scalar: &Scalar<'_>,
    bytes: std::ops::Range<usize>,
) -> Span {
    let start = place(source, span, scalar, bytes.start);
    // The end of the last visible character rather than the start of the next one: a folded line may lie between
    // them.
    let last = scalar.text.get(..bytes.end).unwrap_or(&scalar.text).char_indices().next_back();
    let end = match last {
        Some((offset, _)) if offset > bytes.start => {
            let position = place(source, span, scalar, offset);
            Position { column: position.column + 1, ..position }
        }
        _ => start,
    };
    Span { start, end: end.max(start) }
}

fn place(source: &SourceText<'_>, span: Span, scalar: &Scalar<'_>, offset: usize) -> Position {
    let mut raw = Raw::new(source, span, scalar.style);
    let before = scalar.text.get(..offset).unwrap_or(&scalar.text);
    for c in before.chars() {
        if is_blank(c) {
            raw.skip_one_blank();
        } else {
            raw.skip_blanks();
            raw.skip_character();
        }
    }
    let target = scalar.text.get(offset..).and_then(|rest| rest.chars().next());
    if target.is_some_and(|c| !is_blank(c)) {
        raw.skip_blanks();
    }
    raw.position
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Reads a scalar as written.
struct Raw<'t> {
    rest: &'t str,
    position: Position,
    style: ScalarStyle,
}

impl<'t> Raw<'t> {
    fn new(source: &SourceText<'t>, span: Span, style: ScalarStyle) -> Self {
        let mut raw = Self { rest: source.from(span.start), position: span.start, style };
        match style {
            // The parser's position of a block scalar is its text, after the line with `|` or `>`.
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => {}
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => raw.advance(),
        }
        raw
    }

    fn skip_blanks(&mut self) {
        while self.skip_one_blank() {}
    }

    /// Skips one blank as written; `false` if there is none.
    fn skip_one_blank(&mut self) -> bool {
        if self.rest.starts_with(is_blank) {
            self.advance();
            return true;
        }
        let escaped = self.style == ScalarStyle::DoubleQuoted
            && self
                .rest
                .strip_prefix('\\')
                .is_some_and(|escape| escape.starts_with(['n', 't', 'r', ' ', '\t', '\n', '\r']));
        if escaped {
            self.advance();
            self.advance();
        }
        escaped
    }

    /// Skips the source text of one visible character.
    fn skip_character(&mut self) {
        let written = match self.style {
            ScalarStyle::SingleQuoted if self.rest.starts_with("''") => 2,
            ScalarStyle::DoubleQuoted if self.rest.starts_with('\\') => match self.rest.chars().nth(1) {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                _ => 2,
            },
            ScalarStyle::Plain
            | ScalarStyle::SingleQuoted
            | ScalarStyle::DoubleQuoted
            | ScalarStyle::Literal
            | ScalarStyle::Folded => 1,
        };
        for _ in 0..written {
            self.advance();
        }
    }

    fn advance(&mut self) {
        let mut characters = self.rest.chars();
        let Some(c) = characters.next() else { return };
        self.rest = characters.as_str();
        let ends_line = c == '\n' || (c == '\r' && !self.rest.starts_with('\n'));
        if ends_line {
            self.position = Position { line: self.position.line + 1, column: 0 };
        } else {
            self.position.column += 1;
        }
    }
}
