//! One reading of a rule document for a caller who needs the rules themselves, and no evaluator.
//!
//! Nothing is remembered here: which version the caller has read before, it says itself.

use std::fmt;
use std::sync::Arc;

use rules::{Diagnostics, RuleSet};

use super::RulesError;
use super::load::{Loaded, load, report_diagnostics};
use crate::error::{Retry, StoreErrorKind};
use crate::ports::RuleStore;

/// Rules, and the version of the document that they are from.
#[derive(Clone, Debug)]
pub struct ReadRules {
    /// The version, where the store tells it.
    pub version: Option<String>,
    /// The rules.
    pub rules: Arc<RuleSet>,
}

/// Why the rules cannot be used, with all faults of their document.
#[derive(Debug)]
pub struct RejectedRules {
    /// The error.
    pub error: RulesError,
    /// The document's faults; none where it could not be read.
    pub diagnostics: Diagnostics,
}

impl RejectedRules {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        self.error.code()
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        self.error.retry()
    }
}

/// The error, and the first of the document's faults.
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

/// A store called a document unchanged of which no version was known.
#[derive(Debug, thiserror::Error)]
#[error("the document is said to be unchanged, and it was never read")]
struct NeverRead;

/// Reads the rules; where they are still those of `known`, it answers these. The diagnostics of what was read go to the
/// log.
///
/// # Errors
///
/// [`RejectedRules`] when the document cannot be read or has an error.
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
