//! One reading of a rule document: fetched, parsed, compiled.
//!
//! Of the document's text nothing goes to the log but what a diagnostic shows of the line that it is about.

use std::sync::Arc;

use rules::{Diagnostic, Diagnostics, RuleSet};

use super::{DOCUMENT_BYTES, FETCH_TIMEOUT, RulesError};
use crate::error::StoreError;
use crate::evaluate::Evaluator;
use crate::ports::{FetchedRules, RuleStore};

/// Diagnostics of one document that go to the log, one line each; `trailbell rules check` shows all.
const LOGGED_DIAGNOSTICS: usize = 20;

/// What one reading came to.
#[derive(Debug)]
pub(super) enum Loaded {
    /// The document is the version that was read before.
    Unchanged,
    /// It was read and can be used.
    Good { version: Option<String>, evaluator: Arc<Evaluator>, warnings: Diagnostics },
    /// It was read and cannot be used.
    Bad { version: Option<String>, error: RulesError, diagnostics: Diagnostics },
    /// It was not read.
    Failed(RulesError),
}

/// Reads the document, unless it is the version `known`.
pub(super) async fn load<S: RuleStore>(store: Arc<S>, known: Option<String>) -> Loaded {
    let location = store.location().to_owned();
    let fetch = store.fetch(known.as_deref(), DOCUMENT_BYTES);
    let Ok(fetched) = tokio::time::timeout(FETCH_TIMEOUT, fetch).await else {
        return Loaded::Failed(RulesError::Slow { location });
    };
    match fetched {
        Ok(FetchedRules::Unchanged) => Loaded::Unchanged,
        Ok(FetchedRules::TooLarge { version }) => {
            let error = RulesError::TooLarge { location, limit_bytes: DOCUMENT_BYTES };
            Loaded::Bad { version, error, diagnostics: Diagnostics::default() }
        }
        Ok(FetchedRules::Document { version, bytes }) => {
            let name = location.clone();
            // A large document takes a while on the share of a core that a small function has.
            match tokio::task::spawn_blocking(move || parse(name, version, &bytes)).await {
                Ok(loaded) => loaded,
                Err(source) => Loaded::Failed(RulesError::Aborted { location, source }),
            }
        }
        Err(StoreError { kind, source }) => Loaded::Failed(RulesError::Fetch { location, kind, source }),
    }
}

fn parse(location: String, version: Option<String>, bytes: &[u8]) -> Loaded {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(source) => {
            let error = RulesError::NotUtf8 { location, source };
            return Loaded::Bad { version, error, diagnostics: Diagnostics::default() };
        }
    };
    match RuleSet::parse(&location, text) {
        Ok((rules, warnings)) => {
            Loaded::Good { version, evaluator: Arc::new(Evaluator::new(rules)), warnings }
        }
        Err(diagnostics) => {
            let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
            let (line, column) = first.map_or((1, 1), |first| (first.line, first.column));
            let error = RulesError::Invalid { location, errors: diagnostics.errors(), line, column };
            Loaded::Bad { version, error, diagnostics }
        }
    }
}

/// Logs the diagnostics of a document: of one with errors the errors, or else its warnings.
pub(super) fn report_diagnostics(diagnostics: &Diagnostics) {
    let (with_errors, total) = match diagnostics.errors() {
        0 => (false, diagnostics.warnings()),
        errors => (true, errors),
    };
    let shown: Vec<&Diagnostic> =
        diagnostics.iter().filter(|one| one.is_error() == with_errors).take(LOGGED_DIAGNOSTICS).collect();
    for diagnostic in &shown {
        if with_errors {
            tracing::error!(code = "rules.invalid", "{diagnostic}");
        } else {
            tracing::warn!(code = "rules.warning", "{diagnostic}");
        }
    }
    if total > shown.len() {
        tracing::warn!(
            not_shown = total - shown.len(),
            "the rule document has more faults; `trailbell rules check` shows all",
        );
    }
}
