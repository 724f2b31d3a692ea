//! Reads a rule document once: fetches it, parses it and turns it into what the caller needs. If the document is unusable,
//! looks for an earlier version that is usable.
//!
//! The log never contains more of the document than the line that a diagnostic shows.

use std::time::Duration;

use rules::{Diagnostic, Diagnostics, RuleSet};

use super::error::RulesError;
use super::store::{FetchedRules, RuleStore};
use crate::cause::{StoreError, StoreErrorKind, chain};
use crate::operational_event::{OperationalEvent, log_event};

/// The largest accepted rule document, in bytes: several thousand rules.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// The longest time for one attempt to fetch a version of the document.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
/// This many diagnostics of a document are logged, one line each; `trailbell rules check` shows all.
const LOGGED_DIAGNOSTICS: usize = 20;

/// This many earlier versions are tried. Somebody who edits in a hurry may store several bad versions in a row.
const EARLIER_VERSIONS: usize = 10;

/// The result of reading a document, with a replacement if one was needed and found.
#[derive(Debug)]
pub(super) struct Reading<T> {
    /// The current document.
    pub(super) document: Loaded<T>,
    /// The newest usable earlier version, if it was looked for and found.
    pub(super) earlier: Option<Earlier<T>>,
}

/// A version of the document before the current one.
#[derive(Debug)]
pub(super) struct Earlier<T> {
    pub(super) version: String,
    pub(super) rules: T,
}

/// The result of reading the current document; usable rules are turned into a `T`.
#[derive(Debug)]
pub(super) enum Loaded<T> {
    /// The document is the version that the caller knows.
    Unchanged,
    /// It was read and is usable.
    Good { version: Option<String>, rules: T, warnings: Diagnostics },
    /// It was read and is unusable.
    Bad { version: Option<String>, error: RulesError, diagnostics: Diagnostics },
    /// It could not be read.
    Failed(RulesError),
}

impl<T> Loaded<T> {
    /// Whether the document is unusable until somebody fixes it.
    fn is_out_of_use(&self) -> bool {
        match self {
            // The same version again. Only callers without rules ask, so this version is known to be bad.
            Self::Unchanged | Self::Bad { .. } => true,
            Self::Failed(RulesError::Fetch { kind, .. }) => *kind == StoreErrorKind::NotFound,
            Self::Good { .. } | Self::Failed(_) => false,
        }
    }
}

/// Reads the document, unless it is the version `known`. If it is unusable and the caller has no other rules, looks for an
/// earlier version that is usable.
pub(super) async fn read<S: RuleStore, T: Send + 'static>(
    store: &S,
    known: Option<&str>,
    has_rules: bool,
    make: fn(RuleSet) -> T,
) -> Reading<T> {
    let document = load(store, known, make).await;
    let earlier = if has_rules || !document.is_out_of_use() { None } else { earlier(store, make).await };
    Reading { document, earlier }
}

/// Reads the document, unless it is the version `known`.
pub(super) async fn load<S: RuleStore, T: Send + 'static>(
    store: &S,
    known: Option<&str>,
    make: fn(RuleSet) -> T,
) -> Loaded<T> {
    let location = store.location().to_owned();
    let Ok(fetched) = tokio::time::timeout(FETCH_TIMEOUT, store.fetch(known, DOCUMENT_BYTES)).await else {
        return Loaded::Failed(RulesError::Slow { location });
    };
    evaluate(location, fetched, make).await
}

/// The newest usable earlier version. If a version cannot be fetched, the search ends: an even older version might be
/// usable, but it might not be the last good one.
async fn earlier<S: RuleStore, T: Send + 'static>(store: &S, make: fn(RuleSet) -> T) -> Option<Earlier<T>> {
    let location = store.location();
    let listed = tokio::time::timeout(FETCH_TIMEOUT, store.earlier(EARLIER_VERSIONS)).await;
    let versions = match listed {
        Ok(Ok(versions)) => versions,
        Ok(Err(StoreError { kind, source })) => {
            let error = RulesError::Earlier { location: location.to_owned(), kind, source };
            log_event!(error.event(), "{}", chain(&error));
            return None;
        }
        Err(_elapsed) => return None,
    };
    for version in versions {
        let fetch = store.fetch_earlier(&version, DOCUMENT_BYTES);
        let fetched = tokio::time::timeout(FETCH_TIMEOUT, fetch).await.ok()?;
        match evaluate(location.to_owned(), fetched, make).await {
            Loaded::Good { rules, .. } => return Some(Earlier { version, rules }),
            Loaded::Bad { .. } => {}
            Loaded::Failed(error) => {
                log_event!(error.event(), version, "{}", chain(&error));
                return None;
            }
            Loaded::Unchanged => return None,
        }
    }
    None
}

async fn evaluate<T: Send + 'static>(
    location: String,
    fetched: Result<FetchedRules, StoreError>,
    make: fn(RuleSet) -> T,
) -> Loaded<T> {
    match fetched {
        Ok(FetchedRules::Unchanged) => Loaded::Unchanged,
        Ok(FetchedRules::TooLarge { version }) => {
            let error = RulesError::TooLarge { location, limit_bytes: DOCUMENT_BYTES };
            Loaded::Bad { version, error, diagnostics: Diagnostics::default() }
        }
        Ok(FetchedRules::Document { version, bytes }) => {
            let name = location.clone();
            // Parsing a large document takes a while, because a small function has only a fraction of a core.
            match tokio::task::spawn_blocking(move || parse(name, version, &bytes, make)).await {
                Ok(loaded) => loaded,
                Err(source) => Loaded::Failed(RulesError::Aborted { location, source }),
            }
        }
        Err(StoreError { kind, source }) => Loaded::Failed(RulesError::Fetch { location, kind, source }),
    }
}

fn parse<T>(location: String, version: Option<String>, bytes: &[u8], make: fn(RuleSet) -> T) -> Loaded<T> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(source) => {
            let error = RulesError::NotUtf8 { location, source };
            return Loaded::Bad { version, error, diagnostics: Diagnostics::default() };
        }
    };
    match RuleSet::parse_without_tests(&location, text) {
        Ok((rules, warnings)) => Loaded::Good { version, rules: make(rules), warnings },
        Err(diagnostics) => {
            let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
            let (line, column) = first.map_or((1, 1), |first| (first.line, first.column));
            let error = RulesError::Invalid { location, errors: diagnostics.errors(), line, column };
            Loaded::Bad { version, error, diagnostics }
        }
    }
}

/// Logs the diagnostics of a document: its errors, or else its warnings.
pub(super) fn report_diagnostics(diagnostics: &Diagnostics) {
    let (with_errors, total) = match diagnostics.errors() {
        0 => (false, diagnostics.warnings()),
        errors => (true, errors),
    };
    let shown: Vec<&Diagnostic> =
        diagnostics.iter().filter(|one| one.is_error() == with_errors).take(LOGGED_DIAGNOSTICS).collect();
    for diagnostic in &shown {
        if with_errors {
            log_event!(OperationalEvent::RulesInvalid, "{diagnostic}");
        } else {
            log_event!(OperationalEvent::RulesWarning, "{diagnostic}");
        }
    }
    if total > shown.len() {
        log_event!(
            OperationalEvent::RulesMoreDiagnostics,
            not_shown = total - shown.len(),
            "more diagnostics were not logged; `trailbell rules check` shows all",
        );
    }
}
