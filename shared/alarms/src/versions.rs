//! The source of the rules, which always provides the current version.
//!
//! An invalid version is an error. Unlike in the pipeline, no earlier version replaces it: alarms always follow the
//! current rules.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{ReadRules, RejectedRules, RuleStore, read_rules};
use rules::RuleSet;

/// A source of rules.
pub trait RuleVersions: Send + Sync {
    /// The current rules.
    ///
    /// # Errors
    ///
    /// [`RejectedRules`] if they cannot be read or are invalid.
    fn latest(&self) -> impl Future<Output = Result<Arc<RuleSet>, RejectedRules>> + Send;
}

/// The same rules every time.
impl RuleVersions for Arc<RuleSet> {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        Ok(Self::clone(self))
    }
}

/// The rules of a stored document, which is fetched only if its version differs from the last valid one.
#[derive(Debug)]
pub struct StoredRules<S> {
    store: Arc<S>,
    good: Mutex<Option<ReadRules>>,
}

impl<S: RuleStore> StoredRules<S> {
    /// The rules of the document in `store`. Nothing is read yet.
    pub fn new(store: S) -> Self {
        Self { store: Arc::new(store), good: Mutex::default() }
    }

    fn good(&self) -> MutexGuard<'_, Option<ReadRules>> {
        // The value is only ever replaced as a whole, so it is usable even if the mutex is poisoned.
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: RuleStore> RuleVersions for StoredRules<S> {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        let known = self.good().clone();
        let read = read_rules(Arc::clone(&self.store), known).await?;
        let rules = Arc::clone(&read.rules);
        *self.good() = Some(read);
        Ok(rules)
    }
}
