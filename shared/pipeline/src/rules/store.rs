//! The port to a rule document that changes.
//!
//! What happens if the document is unusable is decided in `reloading`.

use std::future::Future;

use crate::cause::StoreError;

/// A place that keeps a rule document and, possibly, its earlier versions.
pub trait RuleStore: Send + Sync {
    /// The location of the document, as shown in diagnostics.
    fn location(&self) -> &str;

    /// Reads the document, unless it is the version `known` or larger than `limit_bytes`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the document is missing, access is denied, or the store is unreachable.
    fn fetch(
        &self,
        known: Option<&str>,
        limit_bytes: usize,
    ) -> impl Future<Output = Result<FetchedRules, StoreError>> + Send;

    /// The versions of the document before the current one, newest first and at most `most`; none if the store keeps no
    /// versions.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if access is denied or the store is unreachable.
    fn earlier(&self, most: usize) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Reads one of those versions.
    ///
    /// # Errors
    ///
    /// As for [`fetch`](Self::fetch).
    fn fetch_earlier(
        &self,
        version: &str,
        limit_bytes: usize,
    ) -> impl Future<Output = Result<FetchedRules, StoreError>> + Send;
}

/// The answer of a [`RuleStore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchedRules {
    /// The document is the version that the caller knows.
    Unchanged,
    /// The document is too large.
    TooLarge {
        /// Its version, if the store has versions.
        version: Option<String>,
    },
    /// The current document.
    Document {
        /// Its version, if the store has versions; without one, the document is read at every check.
        version: Option<String>,
        /// Its contents.
        bytes: Vec<u8>,
    },
}
