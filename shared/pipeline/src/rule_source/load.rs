//! One reading of a rule document: fetched, parsed, made into what its reader needs; and the search for an earlier version
//! of one that cannot be used.
//!
//! Of the document's text nothing goes to the log but what a diagnostic shows of the line that it is about.

use rules::{Diagnostic, Diagnostics, RuleSet};

use super::{DOCUMENT_BYTES, FETCH_TIMEOUT, RulesError};
use crate::error::{StoreError, StoreErrorKind, chain};
use crate::ports::{FetchedRules, RuleStore};

/// Diagnostics of one document that go to the log, one line each; `trailbell rules check` shows all.
const LOGGED_DIAGNOSTICS: usize = 20;

/// Earlier versions that are tried. Somebody who edits in haste may store a few bad ones in a row.
const EARLIER_VERSIONS: usize = 10;

/// What one reading came to, with what replaces it.
#[derive(Debug)]
pub(super) struct Reading<T> {
    /// The document as it is.
    pub(super) document: Loaded<T>,
    /// The newest earlier version that can be used, where it was looked for and found.
    pub(super) earlier: Option<Earlier<T>>,
}

/// A version of the document before the present one.
#[derive(Debug)]
pub(super) struct Earlier<T> {
    pub(super) version: String,
    pub(super) rules: T,
}

/// What became of the document as it is, where good rules are made into a `T`.
#[derive(Debug)]
pub(super) enum Loaded<T> {
    /// The document is the version that was read before.
    Unchanged,
    /// It was read and can be used.
    Good { version: Option<String>, rules: T, warnings: Diagnostics },
    /// It was read and cannot be used.
    Bad { version: Option<String>, error: RulesError, diagnostics: Diagnostics },
    /// It was not read.
    Failed(RulesError),
}

impl<T> Loaded<T> {
    /// Whether it stays out of use until somebody mends it.
    fn is_out_of_use(&self) -> bool {
        match self {
            // The same version again, and whoever has no rules knows that it is a bad one.
            Self::Unchanged | Self::Bad { .. } => true,
            Self::Failed(RulesError::Fetch { kind, .. }) => *kind == StoreErrorKind::NotFound,
            Self::Good { .. } | Self::Failed(_) => false,
        }
    }
}

/// Reads the document, unless it is the version `known`. Where that cannot be used and there are no other rules, looks
/// for an earlier version that can.
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

/// The newest earlier version that can be used. One that cannot be fetched ends the search: a version before it might
/// be good, and still not be the last good one.
async fn earlier<S: RuleStore, T: Send + 'static>(store: &S, make: fn(RuleSet) -> T) -> Option<Earlier<T>> {
    let location = store.location();
    let listed = tokio::time::timeout(FETCH_TIMEOUT, store.earlier(EARLIER_VERSIONS)).await;
    let versions = match listed {
        Ok(Ok(versions)) => versions,
        Ok(Err(StoreError { kind, source })) => {
            let error = RulesError::Earlier { location: location.to_owned(), kind, source };
            tracing::warn!(code = error.code(), "{}", chain(&error));
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
                tracing::warn!(code = error.code(), version, "{}", chain(&error));
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
            // A large document takes a while on the share of a core that a small function has.
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
