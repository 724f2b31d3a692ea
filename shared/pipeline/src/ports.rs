//! The pipeline's ports: what it needs from the world outside, and nothing about how it is done.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::Read;
use std::sync::Arc;

use cloudtrail::S3Object;
use time::OffsetDateTime;

use crate::alert::Alert;
use crate::datapoint::MetricRequest;
use crate::error::{Cause, SinkError, StoreError};
use crate::evaluate::Evaluator;
use crate::rule_source::RulesError;

/// Where log files are read from.
pub trait LogStore: Send + Sync {
    /// The compressed bytes of one file, read on a blocking thread while they arrive.
    type Body: Read + Send + 'static;

    /// Opens a log file.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the object is missing, forbidden or out of reach. Faults while reading surface as
    /// [`std::io::Error`] of the body.
    fn open(&self, object: &S3Object) -> impl Future<Output = Result<Self::Body, StoreError>> + Send;
}

/// Where the rules of a batch come from.
pub trait RuleSource: Send + Sync {
    /// The rules for a batch that begins at `now`. Newer ones are waited for until `until` at the most.
    fn current(
        &self,
        now: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> impl Future<Output = CurrentRules> + Send;
}

/// The rules for one batch, from its beginning to its end.
#[derive(Debug, Clone)]
pub struct CurrentRules {
    /// The rules, or why there are none; then every file of the batch fails.
    pub evaluator: Result<Arc<Evaluator>, Arc<RulesError>>,
    /// Whether the rules as they are stored cannot be used, so that older ones or none are in force.
    pub rejected: bool,
}

/// The same rules for every batch.
impl RuleSource for Arc<Evaluator> {
    async fn current(&self, _: OffsetDateTime, _: Option<OffsetDateTime>) -> CurrentRules {
        CurrentRules { evaluator: Ok(Arc::clone(self)), rejected: false }
    }
}

/// Where a rule document that changes is kept.
pub trait RuleStore: Send + Sync {
    /// Where the document is, as diagnostics name it.
    fn location(&self) -> &str;

    /// Reads the document if it is not the version `known`, and not larger than `limit_bytes`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the document is missing, forbidden or out of reach.
    fn fetch(
        &self,
        known: Option<&str>,
        limit_bytes: usize,
    ) -> impl Future<Output = Result<FetchedRules, StoreError>> + Send;

    /// The versions of the document before the present one, newest first and `most` at most; none where the store
    /// keeps none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they are forbidden or out of reach.
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
    /// The document has too many bytes.
    TooLarge {
        /// Its version, where the store tells it.
        version: Option<String>,
    },
    /// The document as it is.
    Document {
        /// Its version, where the store tells it; without one it is read at every check.
        version: Option<String>,
        /// All of it.
        bytes: Vec<u8>,
    },
}

/// Where datapoints go.
pub trait MetricSink: Send + Sync {
    /// Publishes one request, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`SinkError`]; with [`crate::SinkErrorKind::Invalid`] nothing was stored and a part may still be accepted.
    fn put(&self, request: &MetricRequest) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// The span of timestamps that the sink accepts, as seconds before and after the present.
    /// `None` accepts everything.
    fn accepted_seconds(&self) -> Option<(i64, i64)> {
        None
    }
}

/// Where alerts go.
pub trait AlertSink: Send + Sync {
    /// Publishes one alert.
    ///
    /// # Errors
    ///
    /// [`SinkError`] when the alert was not accepted.
    fn publish(&self, alert: &Alert) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// The memory of what was done, which makes at-least-once delivery count once.
///
/// An error means that the ledger is out of reach. The pipeline then processes and publishes all the same: a
/// late duplicate is better than a lost alert.
pub trait Ledger: Send + Sync {
    /// Asks for the right to process a file, which is the caller's until it finishes or releases the file, or until
    /// the time is `until`: a caller that was ended by then is not heard of again. `None` stands for a caller that has
    /// all the time it wants.
    ///
    /// # Errors
    ///
    /// The ledger is out of reach.
    fn claim(
        &self,
        file: &S3Object,
        until: Option<OffsetDateTime>,
    ) -> impl Future<Output = Result<Claim, Cause>> + Send;

    /// For each sighting (an event id with the rule that it matched), in order, whether this file is the first to
    /// bring it. A file that asks again is still the first, and stays so whatever becomes of it: another file that took
    /// the sighting over might believe that it has published it.
    ///
    /// # Errors
    ///
    /// The ledger is out of reach.
    fn first_sightings(
        &self,
        file: &S3Object,
        sightings: &[String],
    ) -> impl Future<Output = Result<Vec<bool>, Cause>> + Send;

    /// Writes down what is out of a claimed file that is still being worked on, so that whoever takes it over after a
    /// crash does not publish that again.
    ///
    /// # Errors
    ///
    /// The ledger is out of reach.
    fn note(&self, file: &S3Object, progress: &Progress) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Marks a claimed file as done: everything that it led to is published.
    ///
    /// # Errors
    ///
    /// The ledger is out of reach.
    fn finish(&self, file: &S3Object) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Gives a claimed file back, with what was published of it before the failure, whose code is `code`.
    ///
    /// # Errors
    ///
    /// The ledger is out of reach.
    fn release(
        &self,
        file: &S3Object,
        progress: Progress,
        code: &'static str,
    ) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// The ledger's answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The caller may process the file; what an earlier attempt published must not be published again.
    Granted(Progress),
    /// Somebody else is processing the file.
    InProgress,
    /// The file was processed before.
    Done,
}

/// What of a file is published already, kept for the attempt after one that failed or was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The metric namespaces whose datapoints are all out.
    pub namespaces: BTreeSet<String>,
    /// In the other namespaces, the series that are out, by [`crate::SeriesKey::identity`].
    pub series: BTreeSet<String>,
    /// The keys of the alerts that are out.
    pub alerts: BTreeSet<String>,
}

impl Progress {
    /// Whether nothing is out.
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.series.is_empty() && self.alerts.is_empty()
    }
}

/// The time.
pub trait Clock: Send + Sync {
    /// The present, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else has to use")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
