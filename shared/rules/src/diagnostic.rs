//! Faults of a rule document, as a reader sees them: place, message, the line with a caret, advice.
//!
//! Plain text without colours; whoever prints may add them. A diagnostic owns what it shows, so it outlives the
//! document.

use std::{error::Error, fmt, ops::Range};

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
    snippet: Snippet,
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
        let message = message.chars().map(printable).collect();
        Self {
            severity,
            source_name: source_name.to_owned(),
            line,
            column: underlined.start + 1,
            message,
            help,
            snippet: Snippet::new(line_text, underlined),
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
        let Self { severity, source_name, line, column, message, help, snippet } = self;
        write!(formatter, "{source_name}:{line}:{column}: {severity}: {message}")?;
        let margin = line.to_string().len();
        if !snippet.text.is_empty() {
            write!(formatter, "\n{:margin$} |\n{line} | {}", "", snippet.text)?;
            write!(formatter, "\n{:margin$} | {}{}", "", snippet.indent, "^".repeat(snippet.carets))?;
        }
        if let Some(help) = help {
            write!(formatter, "\n{:margin$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// The line of a fault, cut to a readable width, and where the carets go.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Snippet {
    text: String,
    /// Blanks up to the first caret; tabs of the line stay tabs, so that the caret stands below its character.
    indent: String,
    carets: usize,
}

impl Snippet {
    /// The most characters of a line that are shown.
    const WIDTH: usize = 100;
    /// How many of them stand before the fault when a line has to be cut.
    const LEAD: usize = 40;
    const CUT: char = '…';

    fn new(line: &str, underlined: Range<usize>) -> Self {
        let length = line.chars().count();
        let (skipped, shown) = if length <= Self::WIDTH {
            (0, length)
        } else {
            let last = length - Self::WIDTH;
            (underlined.start.saturating_sub(Self::LEAD).min(last), Self::WIDTH)
        };
        let window: String = line.chars().skip(skipped).take(shown).map(printable).collect();
        let before = underlined.start.saturating_sub(skipped).min(shown);
        let mut indent: String =
            window.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let mut text = String::with_capacity(window.len() + 2 * Self::CUT.len_utf8());
        if skipped > 0 {
            text.push(Self::CUT);
            indent.insert(0, ' ');
        }
        text.push_str(window.trim_end());
        if skipped + shown < length {
            text.push(Self::CUT);
        }
        let carets = underlined.len().clamp(1, (shown - before).max(1));
        Self { text, indent, carets }
    }
}

/// Keeps a document from steering the terminal that its faults are printed on.
fn printable(c: char) -> char {
    if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }
}

/// All faults of one or more rule documents, in the order of the documents and of their lines.
///
/// At least one of them is an error; the warnings are included. It prints every diagnostic, with a blank line
/// between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics)
    }

    /// The diagnostics in document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// The diagnostics in document order.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
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
        Ok(())
    }
}

impl Error for Diagnostics {}
