//! The pipeline's ports: what it needs from the outside world. Nothing here says how a port does its work.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::Read;

use cloudtrail::S3Object;
use time::OffsetDateTime;

use crate::alert::Alert;
use crate::cause::{Cause, SinkError, StoreError};
use crate::datapoint::MetricRequest;
use crate::findings::{FileFindings, Stamp};
use crate::rules::source::RuleSource;

/// The implementations that one program puts behind the ports.
///
/// A type without values implements it, such as `enum AwsPorts {}`; [`crate::Pipeline`] holds the values.
pub trait Ports {
    /// Where log files are read from.
    type Store: LogStore;
    /// What was done before.
    type Ledger: Ledger;
    /// Where datapoints go.
    type Metrics: MetricSink;
    /// Where alerts go.
    type Alerts: AlertSink;
    /// The time.
    type Clock: Clock;
    /// Where a batch gets its rules.
    type Rules: RuleSource;
}

/// Where log files are read from.
pub trait LogStore: Send + Sync {
    /// The compressed bytes of one file, read on a blocking thread while they arrive.
    type Body: Read + Send + 'static;

    /// Opens a log file.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the object is missing, access is denied, or the store is unreachable. A failure while the body
    /// is read is an [`std::io::Error`] of the body.
    fn open(&self, object: &S3Object) -> impl Future<Output = Result<Self::Body, StoreError>> + Send;
}

/// Where datapoints go.
pub trait MetricSink: Send + Sync {
    /// Publishes all datums of one request, or none.
    ///
    /// # Errors
    ///
    /// [`SinkError`]. With [`crate::SinkErrorKind::Invalid`] nothing was stored, but part of the request may be valid.
    fn put(&self, request: &MetricRequest) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Which timestamps the sink accepts, as seconds before and after the present. `None` means all.
    fn accepted_seconds(&self) -> Option<(i64, i64)> {
        None
    }

    /// Sees the findings of one file just before its datapoints are merged. Reports need it to say where datapoints come
    /// from; a sink that only publishes ignores it. Files of a batch arrive in the order of the batch.
    fn see(&self, _: &SeenFile<'_>) {}
}

/// The findings of one file, as a sink sees them.
#[derive(Debug, Clone, Copy)]
pub struct SeenFile<'f> {
    /// The file.
    pub object: &'f S3Object,
    /// What the rules found in it.
    pub findings: &'f FileFindings,
    /// For each finding, in order, whether it counts: the ledger knows it from no other file.
    pub counted: &'f [bool],
    /// The times of the file.
    pub stamp: Stamp,
}

/// Where alerts go.
pub trait AlertSink: Send + Sync {
    /// Publishes one alert.
    ///
    /// # Errors
    ///
    /// [`SinkError`] if the alert was not accepted.
    fn publish(&self, alert: &Alert) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// The record of what has been done. It turns at-least-once delivery into counting once.
///
/// An error means that the ledger is unreachable. The pipeline then processes and publishes anyway: a late duplicate is
/// better than a lost alert.
pub trait Ledger: Send + Sync {
    /// Claims a file. The claim holds until the caller finishes or releases the file, but no longer than `until`: a
    /// caller that has not finished by then was terminated. `None` is for callers without a deadline.
    ///
    /// # Errors
    ///
    /// The ledger is unreachable.
    fn claim(
        &self,
        file: &S3Object,
        until: Option<OffsetDateTime>,
    ) -> impl Future<Output = Result<Claim, Cause>> + Send;

    /// For each sighting (an event id and the id of the rule that it matched), in order, whether this file was the first
    /// to bring it.
    ///
    /// A sighting keeps its first file forever, and asking again does not change the answer. If it could pass to another
    /// file, that file might take an already published finding for its own, or the other way round.
    ///
    /// # Errors
    ///
    /// The ledger is unreachable.
    fn first_sightings(
        &self,
        file: &S3Object,
        sightings: &[String],
    ) -> impl Future<Output = Result<Vec<bool>, Cause>> + Send;

    /// Records which parts of a claimed file are published, so that a successor does not repeat them.
    ///
    /// # Errors
    ///
    /// The ledger is unreachable.
    fn note(
        &self,
        file: &S3Object,
        published: &PublishedParts,
    ) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Marks a claimed file as done: all its datapoints and alerts are published.
    ///
    /// # Errors
    ///
    /// The ledger is unreachable.
    fn finish(&self, file: &S3Object) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Gives up the claim on a file that failed with `code`, and records which of its parts are published.
    ///
    /// # Errors
    ///
    /// The ledger is unreachable.
    fn release(
        &self,
        file: &S3Object,
        published: PublishedParts,
        code: &'static str,
    ) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// The ledger's answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The caller may process the file, but must not repeat these parts: an earlier attempt published them.
    Granted(PublishedParts),
    /// Another caller is processing the file.
    InProgress,
    /// The file was processed before.
    Done,
}

/// The parts of a file that are already published. The next attempt needs them if this one fails or is cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedParts {
    /// The metric namespaces of which every datapoint is published.
    pub namespaces: BTreeSet<String>,
    /// The published series of the other namespaces, by [`crate::SeriesKey::identity`].
    pub series: BTreeSet<String>,
    /// The keys of the published alerts.
    pub alerts: BTreeSet<String>,
}

impl PublishedParts {
    /// Whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.series.is_empty() && self.alerts.is_empty()
    }

    /// Adds the parts of `other`, of which most are usually known already.
    pub(crate) fn add(&mut self, other: &Self) {
        for (own, others) in [
            (&mut self.namespaces, &other.namespaces),
            (&mut self.series, &other.series),
            (&mut self.alerts, &other.alerts),
        ] {
            let missing: Vec<String> = others.difference(own).cloned().collect();
            own.extend(missing);
        }
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
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all other code uses")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
