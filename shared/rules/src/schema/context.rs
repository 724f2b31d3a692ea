//! The state of reading one document: its source, the faults so far, and the remaining budget for regular
//! expressions.

use std::collections::BTreeMap;

use crate::{
    Diagnostic, DiagnosticSeverity, Diagnostics, limits,
    yaml::{Document, Position, SourceText, Span},
};

/// The document that is being read, and its faults.
pub(crate) struct Context<'s, 't> {
    pub(crate) source: &'s SourceText<'t>,
    faults: Vec<(Span, Diagnostic)>,
    errors: usize,
    warnings: usize,
    refused: BTreeMap<Position, Position>,
    is_cut_short: bool,
    regex_size_left: Option<usize>,
}

impl<'s, 't> Context<'s, 't> {
    /// A context for one document. `regex_size_left` is the part of [`limits::REGEX_SIZE`] that earlier documents
    /// have not used; `None` if they exceeded it.
    pub(crate) fn new(source: &'s SourceText<'t>, regex_size_left: Option<usize>) -> Self {
        Self {
            source,
            faults: Vec::new(),
            errors: 0,
            warnings: 0,
            refused: BTreeMap::new(),
            is_cut_short: false,
            regex_size_left,
        }
    }

    /// Records the faults of the YAML. Further faults of the same values are then suppressed.
    pub(crate) fn begin(&mut self, document: &mut Document<'t>) {
        for fault in document.faults.drain(..) {
            self.error_with_help(fault.span, fault.message(), fault.help());
        }
        self.refused = std::mem::take(&mut document.refused);
        self.is_cut_short = document.is_cut_short;
    }

    /// Whether the tree ends before the document does, so that absent keys must not be reported as missing.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    /// Whether the YAML reader has refused the value at this position.
    pub(crate) fn is_refused(&self, span: Span) -> bool {
        let before = self.refused.range(..=span.start).next_back();
        before.is_some_and(|(start, end)| *start == span.start || span.start < *end)
    }

    /// The remaining budget for regular expressions; `None` once it is exceeded.
    pub(crate) fn regex_size_left(&self) -> Option<usize> {
        self.regex_size_left
    }

    /// Spends a part of the budget for regular expressions; `false` if it does not suffice.
    pub(crate) fn spend_regex_size(&mut self, size: usize) -> bool {
        self.regex_size_left = self.regex_size_left.and_then(|left| left.checked_sub(size));
        self.regex_size_left.is_some()
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.record(DiagnosticSeverity::Error, span, message.into(), None);
    }

    pub(crate) fn error_with_help(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.record(DiagnosticSeverity::Error, span, message.into(), Some(help.into()));
    }

    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.record(DiagnosticSeverity::Warning, span, message.into(), Some(help.into()));
    }

    pub(crate) fn record(
        &mut self,
        severity: DiagnosticSeverity,
        span: Span,
        message: String,
        help: Option<String>,
    ) {
        if self.is_refused(span) {
            return;
        }
        let (limit, count) = match severity {
            DiagnosticSeverity::Error => (limits::SHOWN_ERRORS, &mut self.errors),
            DiagnosticSeverity::Warning => (limits::SHOWN_WARNINGS, &mut self.warnings),
        };
        *count += 1;
        if *count <= limit {
            self.faults.push((span, self.source.diagnostic(severity, span, message, help)));
        }
    }

    /// All faults in document order.
    pub(crate) fn into_diagnostics(mut self) -> Diagnostics {
        self.faults.sort_by_key(|(span, _)| span.start);
        let shown = self.faults.into_iter().map(|(_, diagnostic)| diagnostic).collect();
        let hidden_errors = self.errors.saturating_sub(limits::SHOWN_ERRORS);
        let hidden_warnings = self.warnings.saturating_sub(limits::SHOWN_WARNINGS);
        Diagnostics::new(shown, hidden_errors, hidden_warnings)
    }
}
