//! Faults of a rule document, as a reader sees them: place, message, the line with a caret, advice.
//!
//! Plain text without colours; whoever prints may add them. A diagnostic owns what it shows, so it outlives the
//! document.

use std::{error::Error, fmt, ops::Range};

use filter_pattern::{Excerpt, printable};

/// Whether a diagnostic stands in the way of using the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosticSeverity {
    /// The document can be used; its author should know.
    Warning,
    /// The document cannot be used.
    Error,
}

impl fmt::Display for DiagnosticSeverity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One fault of a rule document.
///
/// It prints as `file:line:column: error: message`, followed by the line, a caret below the fault, and advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the document can still be used.
    pub severity: DiagnosticSeverity,
    /// The name that the document was given, most often its path.
    pub source_name: String,
    /// The line of the fault, from 1.
    pub line: usize,
    /// The column of the fault in characters, from 1.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    excerpt: Excerpt,
}

impl Diagnostic {
    /// A diagnostic on the characters `underlined` (from 0) of the given line, whose text is `line_text`.
    pub(crate) fn new(
        severity: DiagnosticSeverity,
        source_name: &str,
        line: usize,
        line_text: &str,
        underlined: Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Self {
        let byte =
            |character| line_text.char_indices().nth(character).map_or(line_text.len(), |(offset, _)| offset);
        let marked = byte(underlined.start)..byte(underlined.end);
        Self {
            severity,
            source_name: source_name.to_owned(),
            line,
            column: underlined.start + 1,
            message: printable(&message).into_owned(),
            help: help.map(|help| printable(&help).into_owned()),
            excerpt: Excerpt::new(line_text, marked),
        }
    }

    /// Whether the document cannot be used because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == DiagnosticSeverity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, source_name, line, column, message, help, excerpt } = self;
        write!(formatter, "{source_name}:{line}:{column}: {severity}: {message}")?;
        let margin = line.to_string().len();
        if !excerpt.line().is_empty() {
            write!(formatter, "\n{:margin$} |\n{line} | {}", "", excerpt.line())?;
            write!(formatter, "\n{:margin$} | {}", "", excerpt.carets())?;
        }
        if let Some(help) = help {
            write!(formatter, "\n{:margin$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// Faults of one or more rule documents, in the order of the documents and of their lines.
///
/// Of each document 200 errors and 200 warnings are shown; the others are only counted, and the counts are always those of all. It
/// prints every diagnostic, with a blank line between two, and at the end how many are not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    shown: Vec<Diagnostic>,
    hidden_errors: usize,
    hidden_warnings: usize,
}

impl Diagnostics {
    pub(crate) fn new(shown: Vec<Diagnostic>, hidden_errors: usize, hidden_warnings: usize) -> Self {
        Self { shown, hidden_errors, hidden_warnings }
    }

    /// Adds the diagnostics of another document.
    pub(crate) fn append(&mut self, other: Self) {
        self.shown.extend(other.shown);
        self.hidden_errors += other.hidden_errors;
        self.hidden_warnings += other.hidden_warnings;
    }

    /// The diagnostics that are shown, in document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.shown.iter()
    }

    /// The diagnostics that are shown, in document order.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.shown
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// How many errors there are, shown or not.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.iter().filter(|diagnostic| diagnostic.is_error()).count() + self.hidden_errors
    }

    /// How many warnings there are, shown or not.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.iter().filter(|diagnostic| !diagnostic.is_error()).count() + self.hidden_warnings
    }

    /// How many of the errors are not shown.
    #[must_use]
    pub fn hidden_errors(&self) -> usize {
        self.hidden_errors
    }

    /// How many of the warnings are not shown.
    #[must_use]
    pub fn hidden_warnings(&self) -> usize {
        self.hidden_warnings
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.shown.into_iter()
    }
}

impl<'d> IntoIterator for &'d Diagnostics {
    type Item = &'d Diagnostic;
    type IntoIter = std::slice::Iter<'d, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            diagnostic.fmt(formatter)?;
        }
        match (self.hidden_errors, self.hidden_warnings) {
            (0, 0) => Ok(()),
            (errors, 0) => write!(formatter, "\n\nnot shown: {errors} more errors"),
            (0, warnings) => write!(formatter, "\n\nnot shown: {warnings} more warnings"),
            (errors, warnings) => {
                write!(formatter, "\n\nnot shown: {errors} more errors, {warnings} more warnings")
            }
        }
    }
}

impl Error for Diagnostics {}
