//! Why a port failed: the causes that errors carry, and the kinds that decide what happens next.
//!
//! Which file or message is affected is not known here; `error` and `rules::error` add it.

use std::error::Error as StdError;

use crate::operational_event::OperationalEvent;

/// The boxed cause of a port's error, such as an SDK error or an I/O error.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// An error's message followed by the messages of its causes, on one line.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let line = next.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = next.source();
    }
    text.replace(['\n', '\r'], " ")
}

/// Why a [`crate::LogStore`] or a [`crate::RuleStore`] failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct StoreError {
    /// The kind, which decides the event and whether a retry can help.
    pub kind: StoreErrorKind,
    /// The store's own error.
    #[source]
    pub source: Cause,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The object or its bucket does not exist.
    NotFound,
    /// The caller may not read the object or use its KMS key.
    AccessDenied,
    /// The store asked to slow down.
    Throttled,
    /// There was no response, the connection broke, or the service had an internal error.
    Unavailable,
    /// The store refused the request for another reason.
    Refused,
}

impl StoreErrorKind {
    /// The event of a log file that the store did not hand out.
    pub(crate) fn file_event(self) -> OperationalEvent {
        match self {
            Self::NotFound => OperationalEvent::FileNotFound,
            Self::AccessDenied => OperationalEvent::FileAccessDenied,
            Self::Throttled => OperationalEvent::FileThrottled,
            Self::Unavailable => OperationalEvent::FileUnavailable,
            Self::Refused => OperationalEvent::FileRefused,
        }
    }

    /// The event of a rule document that the store did not hand out.
    pub(crate) fn rules_event(self) -> OperationalEvent {
        match self {
            Self::NotFound => OperationalEvent::RulesNotFound,
            Self::AccessDenied => OperationalEvent::RulesAccessDenied,
            Self::Throttled => OperationalEvent::RulesThrottled,
            Self::Unavailable => OperationalEvent::RulesUnavailable,
            Self::Refused => OperationalEvent::RulesRefused,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::NotFound => {
                "not found: the object was deleted or has expired, or the notification names the wrong bucket"
            }
            Self::AccessDenied => {
                "access denied: check s3:GetObject in the function's role and the bucket policy, and kms:Decrypt if the trail uses a KMS key; without s3:ListBucket, S3 reports a missing object as access denied too"
            }
            Self::Throttled => "throttled by the store",
            Self::Unavailable => "no usable response from the store",
            Self::Refused => "refused by the store",
        }
    }
}

/// Why a [`crate::MetricSink`] or a [`crate::AlertSink`] failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct SinkError {
    /// The kind, which decides the event and whether a retry can help.
    pub kind: SinkErrorKind,
    /// The service's own error.
    #[source]
    pub source: Cause,
}

/// The kinds of [`SinkError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkErrorKind {
    /// The request is invalid, so nothing was stored. Part of it may be valid.
    Invalid,
    /// The caller may not publish, or the topic does not exist.
    AccessDenied,
    /// The service asked to slow down.
    Throttled,
    /// There was no response, the connection broke, or the service had an internal error.
    Unavailable,
}

impl SinkErrorKind {
    /// The event of a file whose datapoints were not published.
    pub(crate) fn metrics_event(self) -> OperationalEvent {
        match self {
            Self::Invalid => OperationalEvent::MetricsInvalid,
            Self::AccessDenied => OperationalEvent::MetricsAccessDenied,
            Self::Throttled => OperationalEvent::MetricsThrottled,
            Self::Unavailable => OperationalEvent::MetricsUnavailable,
        }
    }

    /// The event of a file of which an alert was not published.
    pub(crate) fn alerts_event(self) -> OperationalEvent {
        match self {
            Self::Invalid => OperationalEvent::AlertsInvalid,
            Self::AccessDenied => OperationalEvent::AlertsAccessDenied,
            Self::Throttled => OperationalEvent::AlertsThrottled,
            Self::Unavailable => OperationalEvent::AlertsUnavailable,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Invalid => "the service rejected the request as invalid",
            Self::AccessDenied => {
                "access denied: check the function's role, the topic's policy and the policy of its KMS key"
            }
            Self::Throttled => "throttled by the service",
            Self::Unavailable => "no usable response from the service",
        }
    }
}
