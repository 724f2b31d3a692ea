//! Reads a rule document for a caller that needs the rules themselves and not an evaluator.
//!
//! Nothing is remembered here: the caller says which version it has read before.

use std::fmt;
use std::sync::Arc;

use rules::{Diagnostics, RuleSet};

use super::error::RulesError;
use super::load::{Loaded, load, report_diagnostics};
use super::store::RuleStore;
use crate::cause::StoreErrorKind;
use crate::operational_event::{OperationalEvent, Retry};

/// Rules, and the version of the document that they come from.
#[derive(Clone, Debug)]
pub struct ReadRules {
    /// The version, if the store has versions.
    pub version: Option<String>,
    /// The rules.
    pub rules: Arc<RuleSet>,
}

/// Why the rules cannot be used, with all diagnostics of their document.
#[derive(Debug)]
pub struct RejectedRules {
    /// The error.
    pub error: RulesError,
    /// The document's diagnostics; none if it could not be read.
    pub diagnostics: Diagnostics,
}

impl RejectedRules {
    /// The event that this error reports.
    pub fn event(&self) -> OperationalEvent {
        self.error.event()
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        self.error.code()
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        self.error.retry()
    }
}

/// The error, followed by the first error in the document.
impl fmt::Display for RejectedRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)?;
        match self.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
            Some(first) => write!(formatter, ": {}", first.message),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RejectedRules {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// The store reported a document as unchanged, although the caller knows no version.
#[derive(Debug, thiserror::Error)]
#[error("the store reported the document as unchanged, but it was never read")]
struct NeverRead;

/// Reads the rules, or returns `known` if the document has not changed since. Logs the diagnostics of a document that was
/// read.
///
/// # Errors
///
/// [`RejectedRules`] if the document cannot be read or has an error.
pub async fn read_rules<S: RuleStore>(
    store: Arc<S>,
    known: Option<ReadRules>,
) -> Result<ReadRules, RejectedRules> {
    let location = store.location().to_owned();
    let version = known.as_ref().and_then(|known| known.version.clone());
    let without_diagnostics = |error| RejectedRules { error, diagnostics: Diagnostics::default() };
    match load(&*store, version.as_deref(), Arc::new).await {
        Loaded::Unchanged => known.ok_or_else(|| {
            let (kind, source) = (StoreErrorKind::Unavailable, Box::new(NeverRead));
            without_diagnostics(RulesError::Fetch { location, kind, source })
        }),
        Loaded::Good { version, rules, warnings } => {
            report_diagnostics(&warnings);
            Ok(ReadRules { version, rules })
        }
        Loaded::Bad { error, diagnostics, .. } => {
            report_diagnostics(&diagnostics);
            Err(RejectedRules { error, diagnostics })
        }
        Loaded::Failed(error) => Err(without_diagnostics(error)),
    }
}
