//! The failure taxonomy: every error has a stable code and says whether a retry can help.
//!
//! Codes appear in logs, in the `Code` dimension of the `Failures` metric and in `trailbell replay --format json`,
//! so they are part of the interface: change one only together with the alarms that read it.

use std::error::Error as StdError;

use cloudtrail::{LogFileError, NotificationError, S3Object};

use crate::rule_source::RulesError;

/// Whether the same work can succeed later without anybody's help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The message returns to the queue and is tried again.
    Transient,
    /// The message is kept (it ends in the dead-letter queue) until somebody mends the cause.
    Permanent,
}

/// The boxed cause of a port's error: an SDK error, an I/O error.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// Why a whole message failed before any of its files was looked at.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The body is none of the notifications that announce log files.
    #[error("the message is no log-file notification")]
    Notification(#[source] NotificationError),
}

impl MessageError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Notification(source) => source.code(),
        }
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Notification(_) => Retry::Permanent,
        }
    }
}

/// Why one file of a message failed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The message names a bucket that is not on the allow-list.
    #[error(
        "`{object}` is in a bucket that is not allowed; add the bucket to the allow-list if its files are to be read"
    )]
    BucketNotAllowed {
        /// The file.
        object: S3Object,
    },
    /// The file could not be opened.
    #[error("`{object}` could not be fetched")]
    Fetch {
        /// The file.
        object: S3Object,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The file was fetched and is not a readable log file.
    #[error("`{object}` could not be read as a log file")]
    Read {
        /// The file.
        object: S3Object,
        /// What is wrong with it.
        #[source]
        source: LogFileError,
    },
    /// Another invocation works on the file.
    #[error("`{object}` is being processed by another invocation")]
    InProgress {
        /// The file.
        object: S3Object,
    },
    /// The time of the invocation ran out before the file was begun, or before all of it was published.
    #[error("`{object}` was not finished: the invocation's deadline is too near")]
    Deadline {
        /// The file.
        object: S3Object,
    },
    /// The evaluation of the file came to no result.
    #[error("`{object}` was not evaluated")]
    Aborted {
        /// The file.
        object: S3Object,
        /// What was in its way.
        #[source]
        source: Abort,
    },
    /// The file's datapoints could not be published.
    #[error("the datapoints of `{object}` were not published")]
    Metrics {
        /// The file.
        object: S3Object,
        /// What the sink said.
        #[source]
        source: std::sync::Arc<SinkError>,
    },
    /// One of the file's alerts could not be published.
    #[error("an alert of `{object}` was not published")]
    Alerts {
        /// The file.
        object: S3Object,
        /// What the sink said.
        #[source]
        source: std::sync::Arc<SinkError>,
    },
}

impl FileError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BucketNotAllowed { .. } => "file.bucket-not-allowed",
            Self::Fetch { source, .. } => source.kind.code(),
            Self::Read { source, .. } => source.code(),
            Self::InProgress { .. } => "file.in-progress",
            Self::Deadline { .. } => "file.deadline",
            Self::Aborted { source, .. } => source.code(),
            Self::Metrics { source, .. } => source.kind.metrics_code(),
            Self::Alerts { source, .. } => source.kind.alerts_code(),
        }
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::BucketNotAllowed { .. } => Retry::Permanent,
            Self::Fetch { source, .. } => source.kind.retry(),
            Self::Read { source: LogFileError::Read { .. }, .. } => Retry::Transient,
            Self::Read { .. } => Retry::Permanent,
            Self::InProgress { .. } | Self::Deadline { .. } => Retry::Transient,
            Self::Aborted { source, .. } => source.retry(),
            Self::Metrics { source, .. } | Self::Alerts { source, .. } => source.kind.retry(),
        }
    }

    /// The file that failed.
    pub fn object(&self) -> &S3Object {
        match self {
            Self::BucketNotAllowed { object }
            | Self::Fetch { object, .. }
            | Self::Read { object, .. }
            | Self::InProgress { object }
            | Self::Deadline { object }
            | Self::Aborted { object, .. }
            | Self::Metrics { object, .. }
            | Self::Alerts { object, .. } => object,
        }
    }
}

/// Why the evaluation of a file came to no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Abort {
    /// The task that evaluated it ended early.
    #[error("the task was aborted")]
    Task(#[source] std::sync::Arc<tokio::task::JoinError>),
    /// There are no rules to evaluate it with.
    #[error("there are no usable rules")]
    Rules(#[source] std::sync::Arc<RulesError>),
}

impl Abort {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Task(_) => "file.aborted",
            Self::Rules(source) => source.code(),
        }
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Task(_) => Retry::Transient,
            Self::Rules(source) => source.retry(),
        }
    }
}

/// An error's message followed by those of its causes, on one line.
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

/// What a [`crate::LogStore`] could not do.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct StoreError {
    /// The kind, which decides code and retry.
    pub kind: StoreErrorKind,
    /// What the store said.
    #[source]
    pub source: Cause,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The object or its bucket does not exist.
    NotFound,
    /// The caller may not read the object, or may not use its KMS key.
    AccessDenied,
    /// The store asked to slow down.
    Throttled,
    /// No answer, a broken connection, a server-side fault.
    Unavailable,
    /// Anything else that the store refused.
    Refused,
}

impl StoreErrorKind {
    fn code(self) -> &'static str {
        match self {
            Self::NotFound => "file.not-found",
            Self::AccessDenied => "file.access-denied",
            Self::Throttled => "file.throttled",
            Self::Unavailable => "file.unavailable",
            Self::Refused => "file.refused",
        }
    }

    pub(crate) fn retry(self) -> Retry {
        match self {
            Self::Throttled | Self::Unavailable => Retry::Transient,
            Self::NotFound | Self::AccessDenied | Self::Refused => Retry::Permanent,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::NotFound => {
                "not found: the object was deleted or expired, or the notification names another bucket"
            }
            Self::AccessDenied => {
                "access denied: check s3:GetObject in the function's role and the bucket policy, and kms:Decrypt if the trail uses a KMS key; without s3:ListBucket a missing object is denied as well"
            }
            Self::Throttled => "throttled by the store",
            Self::Unavailable => "the store gave no usable answer",
            Self::Refused => "refused by the store",
        }
    }
}

/// What a [`crate::MetricSink`] or a [`crate::AlertSink`] could not do.
#[derive(Debug, thiserror::Error)]
#[error("{}", kind.advice())]
pub struct SinkError {
    /// The kind, which decides code and retry.
    pub kind: SinkErrorKind,
    /// What the service said.
    #[source]
    pub source: Cause,
}

/// The kinds of [`SinkError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkErrorKind {
    /// The request itself is invalid, so nothing of it was stored; a part of it may be valid.
    Invalid,
    /// The caller may not publish, or the topic does not exist.
    AccessDenied,
    /// The service asked to slow down.
    Throttled,
    /// No answer, a broken connection, a server-side fault.
    Unavailable,
}

impl SinkErrorKind {
    fn metrics_code(self) -> &'static str {
        match self {
            Self::Invalid => "metrics.invalid",
            Self::AccessDenied => "metrics.access-denied",
            Self::Throttled => "metrics.throttled",
            Self::Unavailable => "metrics.unavailable",
        }
    }

    fn alerts_code(self) -> &'static str {
        match self {
            Self::Invalid => "alerts.invalid",
            Self::AccessDenied => "alerts.access-denied",
            Self::Throttled => "alerts.throttled",
            Self::Unavailable => "alerts.unavailable",
        }
    }

    fn retry(self) -> Retry {
        match self {
            Self::Throttled | Self::Unavailable => Retry::Transient,
            Self::Invalid | Self::AccessDenied => Retry::Permanent,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Invalid => "the service refused the request as invalid",
            Self::AccessDenied => {
                "access denied: check the function's role, the topic's policy and the policy of its KMS key"
            }
            Self::Throttled => "throttled by the service",
            Self::Unavailable => "the service gave no usable answer",
        }
    }
}
