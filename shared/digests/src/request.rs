//! What is asked of the verifier, how it tells its progress, and why it may have no answer.

use std::collections::HashMap;

use crate::keys::KeySourceError;
use crate::place::Place;
use crate::report::LogFileOutcome;
use crate::store::ObjectError;

/// Log files named by digests that are held in memory for one account and region, some 300 bytes each.
pub const MOST_ENTRIES: usize = 200_000;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The first second of the span of delivery, since 1970; `None` for the first day that there is.
    pub from: Option<i64>,
    /// The end of the span, which does not belong to it.
    pub to: i64,
    /// The time of the verification.
    pub now: i64,
    /// The accounts; all if empty.
    pub accounts: Vec<String>,
    /// The regions; all if empty.
    pub regions: Vec<String>,
    /// For digests of earlier runs, by SHA-256, the seals of their log files; see [`TerritoryReport::sealed`](crate::TerritoryReport::sealed).
    pub sealed: HashMap<[u8; 32], [u8; 32]>,
    /// How many log files named by digests may be held in memory for one account and region, [`MOST_ENTRIES`] by default.
    pub most_entries: usize,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            from: None,
            to: 0,
            now: 0,
            accounts: Vec::new(),
            regions: Vec::new(),
            sealed: HashMap::new(),
            most_entries: MOST_ENTRIES,
        }
    }
}

impl Request {
    pub(crate) fn wants_account(&self, account: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|wanted| wanted == account)
    }

    pub(crate) fn wants_region(&self, region: &str) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|wanted| wanted == region)
    }
}

/// Hears how far the work is. Called from several threads.
pub trait Observer: Sync {
    /// So many log files more will be looked at.
    fn log_files_planned(&self, count: usize);
    /// One was.
    fn log_file_done(&self);
    /// These log files of an account and region were judged, in the order of their places; there may be more to come, of
    /// later times.
    fn log_files_judged(&self, account: &str, region: &str, files: &[LogFileOutcome]);
    /// The accounts and regions so far are complete; those to come are behind them in the order of the report.
    fn territories_judged(&self);
}

/// Hears nothing.
impl Observer for () {
    fn log_files_planned(&self, _: usize) {}
    fn log_file_done(&self) {}
    fn log_files_judged(&self, _: &str, _: &str, _: &[LogFileOutcome]) {}
    fn territories_judged(&self) {}
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A folder cannot be listed, so that a missing object cannot be distinguished from one that cannot be seen.
    #[error("the objects cannot be listed")]
    List(#[source] ObjectError),
    /// The keys of a region cannot be had.
    #[error("digests of a region cannot be verified")]
    Keys(#[source] KeySourceError),
    /// A digest changed between two looks at it.
    #[error("`{0}` changed while it was verified; verify again")]
    Changed(Place),
    /// There is nothing to verify.
    #[error(
        "there are no digests and no log files of these accounts and regions; expected a folder `AWSLogs/` with an account, \
         and in it `CloudTrail-Digest/` and `CloudTrail/`"
    )]
    Nothing,
    /// The span ends where it begins, or before.
    #[error("the span ends at or before its start")]
    EmptySpan,
}
