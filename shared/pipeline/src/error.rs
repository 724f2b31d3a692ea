//! The failure taxonomy: why a message or a file failed.
//!
//! Each error reports one [`OperationalEvent`], which decides its code and whether a retry can help.

use cloudtrail::{LogFileError, NotificationError, RejectReason, S3Object};

use crate::cause::{SinkError, StoreError};
use crate::operational_event::{OperationalEvent, Retry};
use crate::rules::error::RulesError;

/// Why a whole message failed before any of its files was read.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The body is not one of the notifications that announce log files.
    #[error("the message is not a notification about log files")]
    Notification(#[source] NotificationError),
}

impl MessageError {
    /// The event that this error reports.
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::Notification(source) => notification_event(source),
        }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        self.event().code()
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        self.event().retry()
    }
}

/// Why one file of a message failed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The message names a bucket that is not on the allow-list.
    #[error(
        "`{object}` is in a bucket that is not allowed; if its files should be read, add the bucket to the allow-list"
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
        /// The store's error.
        #[source]
        source: StoreError,
    },
    /// The file was fetched, but it is not a readable log file.
    #[error("`{object}` could not be read as a log file")]
    Read {
        /// The file.
        object: S3Object,
        /// What is wrong with it.
        #[source]
        source: LogFileError,
    },
    /// Another invocation is processing the file.
    #[error("`{object}` is being processed by another invocation")]
    InProgress {
        /// The file.
        object: S3Object,
    },
    /// The invocation ran out of time before the file was started, or before all of it was published.
    #[error("`{object}` was not finished before the invocation's deadline")]
    Deadline {
        /// The file.
        object: S3Object,
    },
    /// The evaluation of the file had no result.
    #[error("`{object}` was not evaluated")]
    Aborted {
        /// The file.
        object: S3Object,
        /// Why there is no result.
        #[source]
        source: Abort,
    },
    /// The file's datapoints could not be published.
    #[error("the datapoints of `{object}` could not be published")]
    Metrics {
        /// The file.
        object: S3Object,
        /// The sink's error.
        #[source]
        source: std::sync::Arc<SinkError>,
    },
    /// One of the file's alerts could not be published.
    #[error("an alert about `{object}` could not be published")]
    Alerts {
        /// The file.
        object: S3Object,
        /// The sink's error.
        #[source]
        source: std::sync::Arc<SinkError>,
    },
}

impl FileError {
    /// The event that this error reports.
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::BucketNotAllowed { .. } => OperationalEvent::FileBucketNotAllowed,
            Self::Fetch { source, .. } => source.kind.file_event(),
            Self::Read { source, .. } => log_file_event(source),
            Self::InProgress { .. } => OperationalEvent::FileInProgress,
            Self::Deadline { .. } => OperationalEvent::FileDeadline,
            Self::Aborted { source, .. } => source.event(),
            Self::Metrics { source, .. } => source.kind.metrics_event(),
            Self::Alerts { source, .. } => source.kind.alerts_event(),
        }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        self.event().code()
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        self.event().retry()
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

/// Why the evaluation of a file had no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Abort {
    /// The task that evaluated the file ended early.
    #[error("the task was aborted")]
    Task(#[source] std::sync::Arc<tokio::task::JoinError>),
    /// There are no rules to evaluate.
    #[error("there are no usable rules")]
    Rules(#[source] std::sync::Arc<RulesError>),
}

impl Abort {
    /// The event that this error reports.
    fn event(&self) -> OperationalEvent {
        match self {
            Self::Task(_) => OperationalEvent::FileAborted,
            Self::Rules(source) => source.event(),
        }
    }
}

/// The event of a message that is not a notification.
fn notification_event(error: &NotificationError) -> OperationalEvent {
    match error {
        NotificationError::NotJson { .. } => OperationalEvent::MessageNotJson,
        NotificationError::NotAnObject { .. } => OperationalEvent::MessageNotAnObject,
        NotificationError::UnknownShape { .. } => OperationalEvent::MessageUnknownShape,
        NotificationError::Unexpected { .. } => OperationalEvent::MessageMalformed,
        NotificationError::KeyEncoding { .. } => OperationalEvent::MessageKeyEncoding,
        NotificationError::TooManyObjects { .. } => OperationalEvent::MessageTooManyObjects,
        NotificationError::TooManyEnvelopes { .. } => OperationalEvent::MessageTooManyEnvelopes,
    }
}

/// The event of a file that is not a readable log file.
fn log_file_event(error: &LogFileError) -> OperationalEvent {
    match error {
        LogFileError::Empty => OperationalEvent::FileEmpty,
        LogFileError::NotGzip => OperationalEvent::FileNotGzip,
        LogFileError::Truncated => OperationalEvent::FileTruncatedGzip,
        LogFileError::CorruptGzip(_) => OperationalEvent::FileCorruptGzip,
        LogFileError::ChecksumMismatch => OperationalEvent::FileChecksumMismatch,
        LogFileError::TrailingData => OperationalEvent::FileTrailingData,
        LogFileError::TooLarge { .. } => OperationalEvent::FileTooLarge,
        LogFileError::NotJson { .. } => OperationalEvent::FileNotJson,
        LogFileError::NoRecords => OperationalEvent::FileNoRecords,
        LogFileError::RecordsNotAList => OperationalEvent::FileRecordsNotAList,
        LogFileError::Read(_) => OperationalEvent::FileRead,
        LogFileError::AfterFailure => OperationalEvent::FileAfterFailure,
    }
}

/// The event of a record that was rejected before any rule was evaluated.
pub(crate) fn rejection_event(reason: RejectReason) -> OperationalEvent {
    match reason {
        RejectReason::NotAnObject => OperationalEvent::RecordNotAnObject,
        RejectReason::TooLarge { .. } => OperationalEvent::RecordTooLarge,
        RejectReason::TooDeep { .. } => OperationalEvent::RecordTooDeep,
        RejectReason::Unbalanced => OperationalEvent::RecordUnbalanced,
        RejectReason::InvalidUtf8 => OperationalEvent::RecordInvalidUtf8,
    }
}
