//! Errors and warnings about a rule document, as its author sees them: position, message, source line with carets,
//! help.
//!
//! The text is plain; callers may add colors. A diagnostic owns everything it shows, so it outlives the document.

use std::{error::Error, fmt, ops::Range};

use filter_pattern::{Excerpt, printable};

/// Whether a diagnostic prevents the document from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosticSeverity {
    /// The document can be used, but its author should know.
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

/// One error or warning about a rule document.
///
/// It prints as `file:line:column: error: message`, followed by the source line, carets below the faulty text, and
/// help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the document can still be used.
    pub severity: DiagnosticSeverity,
    /// The name of the document, usually its path.
    pub source_name: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
    excerpt: Excerpt,
}

impl Diagnostic {
    /// A diagnostic that underlines the characters `underlined` (counted from 0) of `line_text`, the text of line
    /// `line`.
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

    /// Whether this diagnostic prevents the document from being used.
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

/// The errors and warnings about one or more rule documents, in document order.
///
/// At most 200 errors and 200 warnings of each document are kept; the counts include the ones beyond. It prints the
/// diagnostics separated by blank lines, and finally how many are not shown.
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

    /// The diagnostics that are kept, in document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.shown.iter()
    }

    /// The diagnostics that are kept, in document order.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.shown
    }

    /// Whether there are no diagnostics.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The number of errors, including the ones that are not kept.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.iter().filter(|diagnostic| diagnostic.is_error()).count() + self.hidden_errors
    }

    /// The number of warnings, including the ones that are not kept.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.iter().filter(|diagnostic| !diagnostic.is_error()).count() + self.hidden_warnings
    }

    /// The number of errors that are not kept.
    #[must_use]
    pub fn hidden_errors(&self) -> usize {
        self.hidden_errors
    }

    /// The number of warnings that are not kept.
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
