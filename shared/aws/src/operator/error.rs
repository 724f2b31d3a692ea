//! Why a call of the operator's tool failed: which permission it needs, on which resource, and what to fix.
//!
//! The errors do not say whether another attempt can help: the SDK has already retried.

use aws_sdk_s3::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::Cause;

use crate::failure::{Failure, THROTTLED, bare};

/// The codes for a resource that does not exist.
const ABSENT: [&str; 8] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "InvalidAddress",
    "NoSuchBucket",
    "NotFound",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "TableNotFound",
    "TrailNotFound",
];

/// The codes for credentials that are invalid, whatever they allow.
const BAD_CREDENTIALS: [&str; 9] = [
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignature",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
];

/// A call that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("`{action}` on `{resource}`: {}", kind.advice())]
pub struct CallError {
    /// The permission that the call needs, such as `sqs:ReceiveMessage`.
    pub action: &'static str,
    /// The resource: a queue's URL, a table, a bucket.
    pub resource: String,
    /// The kind, which decides the advice.
    pub kind: CallErrorKind,
    /// The service's own error.
    #[source]
    pub source: Cause,
}

/// The kinds of [`CallError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The resource does not exist in this account and region.
    NotFound,
    /// The caller lacks the permission, or a permission for the resource's KMS key.
    AccessDenied,
    /// The credentials are unknown or have expired.
    Credentials,
    /// The object is in an archive storage class, or in an archive tier.
    Archived,
    /// The service throttled every attempt.
    Throttled,
    /// There was no response, the connection broke, or the service had an internal error.
    Unavailable,
    /// The service refused the request for another reason.
    Refused,
}

impl CallErrorKind {
    fn advice(self) -> &'static str {
        match self {
            Self::NotFound => "it does not exist; check its name, its account and its region",
            Self::AccessDenied => {
                "access denied; the caller needs this permission and, if the resource is encrypted with a KMS key, permission to use the key"
            }
            Self::Credentials => "the credentials are invalid or have expired; sign in again",
            Self::Archived => {
                "it is archived; restore it first (`aws s3api restore-object`), and wait until that is done"
            }
            Self::Throttled => "throttled; try again later",
            Self::Unavailable => "no usable response; check the network, the region and the credentials",
            Self::Refused => "refused by the service",
        }
    }
}

/// A failed entry of a batch whose other entries may have succeeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the service responded with `{code}`{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct EntryError {
    /// The service's error code.
    pub code: String,
    /// The service's message; it may be empty.
    pub message: String,
    /// Whether the same entry would fail again.
    pub is_permanent: bool,
}

/// An SDK's error, as the operator's tool knows it.
pub(crate) fn call_error<E>(action: &'static str, resource: &str, error: SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let kind = kind_of(Failure::of(&error));
    CallError { action, resource: resource.to_owned(), kind, source: Box::new(error) }
}

/// What a failure means for an operator at a terminal.
fn kind_of(failure: Failure<'_>) -> CallErrorKind {
    let (status, code) = match failure {
        Failure::NotBuilt => return CallErrorKind::Refused,
        Failure::NoAnswer => return CallErrorKind::Unavailable,
        Failure::Answer { status, code } => (status, code),
    };
    if THROTTLED.contains(&code) || matches!(bare(code), "OverLimit" | "ProvisionedThroughputExceeded") {
        return CallErrorKind::Throttled;
    }
    if BAD_CREDENTIALS.contains(&bare(code)) {
        return CallErrorKind::Credentials;
    }
    if ABSENT.contains(&bare(code)) {
        return CallErrorKind::NotFound;
    }
    // Its status is 403, but no permission helps.
    if code == "InvalidObjectState" {
        return CallErrorKind::Archived;
    }
    // DynamoDB denies access with status 400.
    let is_denied = code.contains("AccessDenied") || code.to_ascii_lowercase().starts_with("kms");
    match status {
        _ if is_denied => CallErrorKind::AccessDenied,
        401 | 403 => CallErrorKind::AccessDenied,
        404 => CallErrorKind::NotFound,
        429 | 503 => CallErrorKind::Throttled,
        200..=299 | 500.. => CallErrorKind::Unavailable,
        _ => CallErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_learns_what_to_fix() {
        use CallErrorKind::{AccessDenied, Archived, Credentials, NotFound, Refused, Throttled, Unavailable};
        let cases = [
            (Failure::answer(403, "AccessDenied"), AccessDenied),
            (Failure::answer(400, "AccessDeniedException"), AccessDenied),
            (Failure::answer(400, "KmsAccessDenied"), AccessDenied),
            (Failure::answer(400, "KmsDisabled"), AccessDenied),
            (Failure::answer(403, ""), AccessDenied),
            (Failure::answer(403, "InvalidObjectState"), Archived),
            (Failure::answer(403, "ExpiredToken"), Credentials),
            (Failure::answer(400, "ExpiredTokenException"), Credentials),
            (Failure::answer(400, "UnrecognizedClientException"), Credentials),
            (Failure::answer(403, "InvalidClientTokenId"), Credentials),
            (Failure::answer(403, "InvalidAccessKeyId"), Credentials),
            (Failure::answer(403, "SignatureDoesNotMatch"), Credentials),
            (Failure::answer(400, "QueueDoesNotExist"), NotFound),
            (Failure::answer(400, "AWS.SimpleQueueService.NonExistentQueue"), NotFound),
            (Failure::answer(400, "ResourceNotFoundException"), NotFound),
            (Failure::answer(404, "NoSuchBucket"), NotFound),
            (Failure::answer(404, ""), NotFound),
            (Failure::answer(400, "ProvisionedThroughputExceededException"), Throttled),
            (Failure::answer(400, "ThrottlingException"), Throttled),
            (Failure::answer(403, "RequestThrottled"), Throttled),
            (Failure::answer(403, "OverLimit"), Throttled),
            (Failure::answer(503, "SlowDown"), Throttled),
            (Failure::answer(500, "InternalError"), Unavailable),
            (Failure::answer(400, "ValidationException"), Refused),
            (Failure::answer(301, "PermanentRedirect"), Refused),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Refused),
        ];
        for (failure, kind) in cases {
            assert_eq!(kind_of(failure), kind, "{failure:?}");
        }
    }
}
