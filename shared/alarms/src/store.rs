//! The port to the alarms of an account and region.
//!
//! Each call is one that CloudWatch has; how often it is repeated, and in which order calls are made, is not decided here.

use std::future::Future;

use pipeline::Retry;
use pipeline::error::Cause;

use crate::alarm::{Alarm, Existing, Tags};

/// The alarms of one region of an account.
pub trait AlarmStore: Send + Sync {
    /// All alarms of every kind whose names begin with `name_prefix`, with their tags.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] when any of them could not be read.
    fn describe(
        &self,
        name_prefix: &str,
    ) -> impl Future<Output = Result<Vec<Existing>, AlarmStoreError>> + Send;

    /// Creates an alarm with its tags, or overwrites what the alarm of this name does and leaves its tags.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] when it was not accepted.
    fn put(&self, alarm: &Alarm) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;

    /// Adds tags to an alarm, and overwrites those of the same key.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] when they were not accepted.
    fn tag(&self, arn: &str, tags: &Tags) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;

    /// Deletes all these alarms or none: at most 100, or one composite alarm alone.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] when none was deleted, for instance because one of them does not exist.
    fn delete(&self, names: &[String]) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;
}

/// What an [`AlarmStore`] could not do.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct AlarmStoreError {
    /// The kind, which decides code and retry.
    pub kind: AlarmStoreErrorKind,
    /// What the service said.
    #[source]
    pub source: Cause,
}

/// The kinds of [`AlarmStoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmStoreErrorKind {
    /// The service asked to slow down.
    Throttled,
    /// No answer, a broken connection, a server-side fault.
    Unavailable,
    /// The caller may not do this.
    AccessDenied,
    /// The account has as many alarms as it may have.
    LimitExceeded,
    /// The alarm does not exist.
    NotFound,
    /// The request itself was refused.
    Refused,
}

impl AlarmStoreErrorKind {
    /// The stable code of this error.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Throttled => "alarms.throttled",
            Self::Unavailable => "alarms.unavailable",
            Self::AccessDenied => "alarms.access-denied",
            Self::LimitExceeded => "alarms.limit-exceeded",
            Self::NotFound => "alarms.not-found",
            Self::Refused => "alarms.refused",
        }
    }

    /// Whether the same call can succeed later without anybody's help.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::Throttled | Self::Unavailable => Retry::Transient,
            Self::AccessDenied | Self::LimitExceeded | Self::NotFound | Self::Refused => Retry::Permanent,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Throttled => "throttled by CloudWatch",
            Self::Unavailable => "CloudWatch gave no usable answer",
            Self::AccessDenied => {
                "access denied: check cloudwatch:DescribeAlarms, ListTagsForResource, PutMetricAlarm, PutCompositeAlarm, DeleteAlarms and TagResource"
            }
            Self::LimitExceeded => "the account has as many alarms as its quota allows; ask for a higher one",
            Self::NotFound => "the alarm does not exist",
            Self::Refused => "refused by CloudWatch",
        }
    }
}
