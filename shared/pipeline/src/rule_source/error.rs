//! Why a rule document cannot be used.
//!
//! The faults inside a document are no cause here: they go to the log once, when it is read, and not into the error of
//! every file that waits for it.

use std::str::Utf8Error;

use tokio::task::JoinError;

use crate::error::{Cause, Retry, StoreErrorKind};

/// Why the rules as they are stored cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The store did not give the document.
    #[error("the rules `{location}` could not be fetched: {}", advice(*kind))]
    Fetch {
        /// Where they are.
        location: String,
        /// The kind, which decides code and retry.
        kind: StoreErrorKind,
        /// What the store said.
        #[source]
        source: Cause,
    },
    /// The store did not tell the document's earlier versions.
    #[error("the earlier versions of the rules `{location}` could not be listed: {}", advice_on_versions(*kind))]
    Earlier {
        /// Where they are.
        location: String,
        /// The kind, which decides code and retry.
        kind: StoreErrorKind,
        /// What the store said.
        #[source]
        source: Cause,
    },
    /// The document took too long.
    #[error("the rules `{location}` did not arrive in time")]
    Slow {
        /// Where they are.
        location: String,
    },
    /// The document has more bytes than are read.
    #[error("the rules `{location}` are larger than the {limit_bytes} bytes that are read")]
    TooLarge {
        /// Where they are.
        location: String,
        /// The most bytes.
        limit_bytes: usize,
    },
    /// The document is not text.
    #[error("the rules `{location}` are not UTF-8")]
    NotUtf8 {
        /// Where they are.
        location: String,
        /// Where the text ends.
        #[source]
        source: Utf8Error,
    },
    /// The document has faults.
    #[error(
        "the rules `{location}` are not valid; errors: {errors}, the first at line {line}, column {column}"
    )]
    Invalid {
        /// Where they are.
        location: String,
        /// How many errors there are.
        errors: usize,
        /// The line of the first, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// The task that read the document ended without a result.
    #[error("reading the rules `{location}` was aborted")]
    Aborted {
        /// Where they are.
        location: String,
        /// How it ended.
        #[source]
        source: JoinError,
    },
}

impl RulesError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch { kind, .. } | Self::Earlier { kind, .. } => match kind {
                StoreErrorKind::NotFound => "rules.not-found",
                StoreErrorKind::AccessDenied => "rules.access-denied",
                StoreErrorKind::Throttled => "rules.throttled",
                StoreErrorKind::Unavailable => "rules.unavailable",
                StoreErrorKind::Refused => "rules.refused",
            },
            Self::Slow { .. } => "rules.slow",
            Self::TooLarge { .. } => "rules.too-large",
            Self::NotUtf8 { .. } => "rules.not-utf-8",
            Self::Invalid { .. } => "rules.invalid",
            Self::Aborted { .. } => "rules.aborted",
        }
    }

    /// Whether a retry can help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Fetch { kind, .. } | Self::Earlier { kind, .. } => kind.retry(),
            Self::Slow { .. } => Retry::Transient,
            Self::TooLarge { .. } | Self::NotUtf8 { .. } | Self::Invalid { .. } | Self::Aborted { .. } => {
                Retry::Permanent
            }
        }
    }
}

fn advice(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::NotFound => "not found: put the rule file there, or name another one",
        StoreErrorKind::AccessDenied => {
            "access denied: check s3:GetObject in the function's role and the bucket policy, and kms:Decrypt if the object is encrypted with a KMS key; without s3:ListBucket a missing object is denied as well"
        }
        StoreErrorKind::Throttled => "throttled by the store",
        StoreErrorKind::Unavailable => "the store gave no usable answer",
        StoreErrorKind::Refused => "refused by the store",
    }
}

fn advice_on_versions(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::AccessDenied => {
            "access denied: check s3:ListBucketVersions and s3:GetObjectVersion in the function's role and the bucket policy"
        }
        StoreErrorKind::NotFound => "there is no such bucket",
        StoreErrorKind::Throttled | StoreErrorKind::Unavailable | StoreErrorKind::Refused => advice(kind),
    }
}
