//! Why a rule document cannot be used.
//!
//! The errors inside a document are not part of the error: they are logged once, when the document is read, and not for
//! every file that waits for rules.

use std::str::Utf8Error;

use tokio::task::JoinError;

use crate::cause::{Cause, StoreErrorKind};
use crate::operational_event::{OperationalEvent, Retry};

/// Why the stored rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The document could not be fetched.
    #[error("the rules `{location}` could not be fetched: {}", advice(*kind))]
    Fetch {
        /// Where they are.
        location: String,
        /// The kind, which decides the event.
        kind: StoreErrorKind,
        /// The store's error.
        #[source]
        source: Cause,
    },
    /// The document's earlier versions could not be listed.
    #[error("the earlier versions of the rules `{location}` could not be listed: {}", advice_on_versions(*kind))]
    Earlier {
        /// Where they are.
        location: String,
        /// The kind, which decides the event.
        kind: StoreErrorKind,
        /// The store's error.
        #[source]
        source: Cause,
    },
    /// The document did not arrive in time.
    #[error("the rules `{location}` did not arrive in time")]
    Slow {
        /// Where they are.
        location: String,
    },
    /// The document is larger than the limit.
    #[error("the rules `{location}` are larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// Where they are.
        location: String,
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The document is not text.
    #[error("the rules `{location}` are not UTF-8")]
    NotUtf8 {
        /// Where they are.
        location: String,
        /// Where the UTF-8 text ends.
        #[source]
        source: Utf8Error,
    },
    /// The document has errors.
    #[error("the rules `{location}` are not valid: {} line {line}, column {column}", found(*errors))]
    Invalid {
        /// Where they are.
        location: String,
        /// The number of errors.
        errors: usize,
        /// The line of the first error, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// The task that read the document ended without a result.
    #[error("the task that read the rules `{location}` was aborted")]
    Aborted {
        /// Where they are.
        location: String,
        /// Why the task was aborted.
        #[source]
        source: JoinError,
    },
}

impl RulesError {
    /// The event that this error reports.
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::Fetch { kind, .. } | Self::Earlier { kind, .. } => kind.rules_event(),
            Self::Slow { .. } => OperationalEvent::RulesSlow,
            Self::TooLarge { .. } => OperationalEvent::RulesTooLarge,
            Self::NotUtf8 { .. } => OperationalEvent::RulesNotUtf8,
            Self::Invalid { .. } => OperationalEvent::RulesInvalid,
            Self::Aborted { .. } => OperationalEvent::RulesAborted,
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

fn found(errors: usize) -> String {
    match errors {
        1 => "1 error, at".to_owned(),
        errors => format!("{errors} errors, the first at"),
    }
}

fn advice(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::NotFound => "not found: put the rule file there, or change the location",
        StoreErrorKind::AccessDenied => {
            "access denied: check s3:GetObject in the function's role and the bucket policy, and kms:Decrypt if the object is encrypted with a KMS key; without s3:ListBucket, S3 reports a missing object as access denied too"
        }
        StoreErrorKind::Throttled => "throttled by the store",
        StoreErrorKind::Unavailable => "no usable response from the store",
        StoreErrorKind::Refused => "refused by the store",
    }
}

fn advice_on_versions(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::AccessDenied => {
            "access denied: check s3:ListBucketVersions and s3:GetObjectVersion in the function's role and the bucket policy"
        }
        StoreErrorKind::NotFound => "the bucket does not exist",
        StoreErrorKind::Throttled | StoreErrorKind::Unavailable | StoreErrorKind::Refused => advice(kind),
    }
}
