//! Where the rules come from: each time the version that there is at that time.
//!
//! A version that cannot be used is an error, and no earlier one takes its place: alarms are only ever made of the rules as
//! they are.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pipeline::{ReadRules, RejectedRules, RuleStore, read_rules};
use rules::RuleSet;

/// The source of the rules.
pub trait RuleVersions: Send + Sync {
    /// The rules as they are.
    ///
    /// # Errors
    ///
    /// [`RejectedRules`] when they cannot be read or used.
    fn latest(&self) -> impl Future<Output = Result<Arc<RuleSet>, RejectedRules>> + Send;
}

/// The same rules every time.
impl RuleVersions for Arc<RuleSet> {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        Ok(Self::clone(self))
    }
}

/// Rules of a document that changes; it is fetched only when it is another version than the last good one.
#[derive(Debug)]
pub struct StoredRules<S> {
    store: Arc<S>,
    good: Mutex<Option<ReadRules>>,
}

impl<S: RuleStore> StoredRules<S> {
    /// Rules of the document in `store`. Nothing is read yet.
    pub fn new(store: S) -> Self {
        Self { store: Arc::new(store), good: Mutex::default() }
    }

    fn good(&self) -> MutexGuard<'_, Option<ReadRules>> {
        // It is replaced as a whole, so that a poisoned one is usable, too.
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
