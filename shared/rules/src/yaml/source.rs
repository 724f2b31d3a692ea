//! A document's text by lines and columns. Its contents are read in [`super::document`].

use crate::{Diagnostic, DiagnosticSeverity};

/// A position in a document: the line counted from 1, the column in characters counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 0 };
}

/// A range of a document; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

impl Span {
    /// The empty span at a position; a diagnostic underlines one character.
    pub(crate) const fn at(position: Position) -> Self {
        Self { start: position, end: position }
    }
}

/// The name and text of a document, and the starts of its lines.
pub(crate) struct SourceText<'t> {
    name: &'t str,
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> SourceText<'t> {
    pub(crate) fn new(name: &'t str, text: &'t str) -> Self {
        // The parser skips a byte order mark without counting it as a column.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut line_starts = vec![0];
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((offset, byte)) = bytes.next() {
            let followed_by_newline = matches!(bytes.peek(), Some((_, b'\n')));
            if byte == b'\n' || (byte == b'\r' && !followed_by_newline) {
                line_starts.push(offset + 1);
            }
        }
        Self { name, text, line_starts }
    }

    pub(crate) fn name(&self) -> &'t str {
        self.name
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// The text from a position to the end.
    pub(crate) fn from(&self, position: Position) -> &'t str {
        let line = self.line_from(position.line);
        let offset =
            line.char_indices().nth(position.column as usize).map_or(line.len(), |(offset, _)| offset);
        line.get(offset..).unwrap_or_default()
    }

    /// A diagnostic that underlines the first line of a span.
    pub(crate) fn diagnostic(
        &self,
        severity: DiagnosticSeverity,
        span: Span,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        let position = self.within(span.start);
        let line_text = self.line(position.line);
        let (line, start) = (position.line as usize, position.column as usize);
        let end = if span.end.line == position.line {
            span.end.column as usize
        } else {
            line_text.trim_end().chars().count()
        };
        Diagnostic::new(severity, self.name, line, line_text, start..end.max(start), message, help)
    }

    /// The position, or the end of the text if the parser reports a line after the last one.
    fn within(&self, position: Position) -> Position {
        let last = u32::try_from(self.line_starts.len()).unwrap_or(u32::MAX);
        if position.line <= last {
            return position;
        }
        let column = u32::try_from(self.line(last).chars().count()).unwrap_or(u32::MAX);
        Position { line: last, column }
    }

    /// The text of a line without its line break.
    fn line(&self, line: u32) -> &'t str {
        self.line_from(line).split(['\n', '\r']).next().unwrap_or_default()
    }

    fn line_from(&self, line: u32) -> &'t str {
        let index = (line as usize).saturating_sub(1);
        let start = self.line_starts.get(index).copied().unwrap_or(self.text.len());
        self.text.get(start..).unwrap_or_default()
    }
}
