//! The port to the alarms of an account and region.
//!
//! Each method corresponds to calls of CloudWatch. Retries and the order of calls are not decided here.

use std::future::Future;

use pipeline::{Cause, OperationalEvent, Retry};

use crate::alarm::{Alarm, Existing, Tags};

/// The alarms of one region of an account.
pub trait AlarmStore: Send + Sync {
    /// All alarms of every kind whose names begin with `name_prefix`, with their tags.
    ///
    /// CloudWatch is asked for the tags of each alarm, except where the definition is that of the alarm of the same name in
    /// `trusted`: such an alarm is taken to have the tags of that one.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] if any of them could not be read.
    fn describe(
        &self,
        name_prefix: &str,
        trusted: &[Alarm],
    ) -> impl Future<Output = Result<Vec<Existing>, AlarmStoreError>> + Send;

    /// Creates an alarm with its tags. If an alarm with this name exists, replaces its definition but not its tags.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] if the alarm was not accepted.
    fn put(&self, alarm: &Alarm) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;

    /// Adds tags to an alarm, replacing the values of existing keys.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] if the tags were not accepted.
    fn tag(&self, arn: &str, tags: &Tags) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;

    /// Deletes all of these alarms or none: at most 100 metric alarms, or a single composite alarm.
    ///
    /// # Errors
    ///
    /// [`AlarmStoreError`] if no alarm was deleted, for example because one of them does not exist.
    fn delete(&self, names: &[String]) -> impl Future<Output = Result<(), AlarmStoreError>> + Send;
}

/// An error of an [`AlarmStore`].
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct AlarmStoreError {
    /// The kind, which determines the code and whether to retry.
    pub kind: AlarmStoreErrorKind,
    /// The error from the service.
    #[source]
    pub source: Cause,
}

/// The kinds of [`AlarmStoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmStoreErrorKind {
    /// The service throttled the call.
    Throttled,
    /// No response, a broken connection, or a server-side fault.
    Unavailable,
    /// The caller lacks a permission.
    AccessDenied,
    /// The account has reached its quota of alarms.
    LimitExceeded,
    /// The alarm does not exist.
    NotFound,
    /// The service rejected the request itself.
    Refused,
}

impl AlarmStoreErrorKind {
    /// The event that this error reports.
    #[must_use]
    pub fn event(self) -> OperationalEvent {
        match self {
            Self::Throttled => OperationalEvent::AlarmsThrottled,
            Self::Unavailable => OperationalEvent::AlarmsUnavailable,
            Self::AccessDenied => OperationalEvent::AlarmsAccessDenied,
            Self::LimitExceeded => OperationalEvent::AlarmsLimitExceeded,
            Self::NotFound => OperationalEvent::AlarmsNotFound,
            Self::Refused => OperationalEvent::AlarmsRefused,
        }
    }

    /// Whether the same call can succeed later without intervention.
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
            Self::Unavailable => "CloudWatch did not respond, or its response was unusable",
            Self::AccessDenied => {
                "access denied: allow cloudwatch:DescribeAlarms, ListTagsForResource, PutMetricAlarm, PutCompositeAlarm, DeleteAlarms and TagResource"
            }
            Self::LimitExceeded => "the account has reached its quota of alarms; request an increase",
            Self::NotFound => "the alarm does not exist",
            Self::Refused => "rejected by CloudWatch",
        }
    }
}
