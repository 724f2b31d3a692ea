//! Why a call of the operator's tool failed: which permission it needs, on what, and what is to be mended.
//!
//! Whether a call is worth another attempt is not said here: the SDK has made all that are.

use aws_sdk_s3::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::error::Cause;

use crate::failure::Failure;

/// A call that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("`{action}` on `{resource}`: {}", kind.advice())]
pub struct CallError {
    /// The permission that the call needs, such as `sqs:ReceiveMessage`.
    pub action: &'static str,
    /// What it is about: a queue's URL, a table, a bucket.
    pub resource: String,
    /// The kind, which decides the advice.
    pub kind: CallErrorKind,
    /// What the service said.
    #[source]
    pub source: Cause,
}

/// The kinds of [`CallError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The queue, table or bucket does not exist where it was looked for.
    NotFound,
    /// The caller lacks the permission, or that for the resource's KMS key.
    AccessDenied,
    /// The service does not know the credentials, or they have expired.
    Credentials,
    /// The service asked to slow down, and went on doing so.
    Throttled,
    /// No answer, a broken connection, a server-side fault.
    Unavailable,
    /// Anything else that the service refused.
    Refused,
}

impl CallErrorKind {
    fn advice(self) -> &'static str {
        match self {
            Self::NotFound => "it does not exist; check its name, its account and its region",
            Self::AccessDenied => {
                "access denied; the caller needs this permission, and those for the KMS key if the resource has one"
            }
            Self::Credentials => "the credentials are not valid or have expired; sign in again",
            Self::Throttled => "throttled; try again later",
            Self::Unavailable => "no usable answer; check the network, the region and the credentials",
            Self::Refused => "refused by the service",
        }
    }
}

/// One entry of a batch that failed, where others may have succeeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the service answered `{code}`{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct EntryError {
    /// The service's code.
    pub code: String,
    /// The service's text; it may be empty.
    pub message: String,
    /// Whether the same entry fails again.
    pub is_permanent: bool,
}

/// An SDK's error as the operator's tool knows it.
pub(crate) fn call_error<E>(action: &'static str, resource: &str, error: SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let kind = Failure::of(&error).of_call();
    CallError { action, resource: resource.to_owned(), kind, source: Box::new(error) }
}
