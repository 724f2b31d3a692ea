//! What the walk carries along: the document and the faults found so far.

use crate::{
    Diagnostic, DiagnosticSeverity, limits,
    yaml::{Position, Source, Span},
};

/// The document in hand and its faults.
pub(crate) struct Context<'s, 't> {
    pub(crate) source: &'s Source<'t>,
    faults: Vec<(Span, Diagnostic)>,
    dropped: usize,
}

impl<'s, 't> Context<'s, 't> {
    pub(crate) fn new(source: &'s Source<'t>) -> Self {
        Self { source, faults: Vec::new(), dropped: 0 }
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
        // Errors are always counted: a document must not pass because its warnings came first.
        if self.faults.len() >= limits::DIAGNOSTICS {
            self.dropped += usize::from(severity == DiagnosticSeverity::Error);
            return;
        }
        self.faults.push((span, self.source.diagnostic(severity, span, message, help)));
    }

    pub(crate) fn adopt(&mut self, diagnostic: Diagnostic) {
        self.faults.push((Span::at(Position::START), diagnostic));
    }

    /// All faults in document order.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.faults.sort_by_key(|(span, _)| span.start);
        let last = self.faults.last().map_or(Span::at(Position::START), |(span, _)| *span);
        let mut diagnostics: Vec<_> = self.faults.into_iter().map(|(_, diagnostic)| diagnostic).collect();
        if self.dropped > 0 {
            let message = format!("{} more errors are not shown", self.dropped);
            diagnostics.push(self.source.diagnostic(
                DiagnosticSeverity::Error,
                Span::at(last.start),
                message,
                None,
            ));
        }
        diagnostics
    }
}
