//! What an SDK's error says, and the error codes that all services share.
//!
//! Each adapter has the table of its own codes. The tables list the codes that the services document; an unknown code
//! gets the kind with which nothing is lost. The SDK has already retried, so nothing is retried here.
//!
//! Source: "Common errors" in the Amazon S3, CloudWatch and SNS API references.

use aws_sdk_s3::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::SinkErrorKind;

/// The codes with which services throttle a caller.
pub(crate) const THROTTLED: [&str; 12] = [
    "BandwidthLimitExceeded",
    "KMSThrottling",
    "KMSThrottlingException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The codes of transient refusals: new credentials, a corrected clock or a second attempt resolve them.
pub(crate) const PASSING: [&str; 7] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
];

/// What an SDK's error says, without its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure<'a> {
    /// The request could not be built.
    NotBuilt,
    /// There was no response: no credentials, no connection, or no time left.
    NoAnswer,
    /// The service refused the request.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The error code; empty if the response has none.
        code: &'a str,
    },
}

impl<'a> Failure<'a> {
    /// Reads an SDK's error.
    pub(crate) fn of<E: ProvideErrorMetadata>(error: &'a SdkError<E>) -> Self {
        match error.raw_response() {
            Some(response) => Self::Answer {
                status: response.status().as_u16(),
                code: ProvideErrorMetadata::code(error).unwrap_or_default(),
            },
            None if matches!(error, SdkError::ConstructionFailure(_)) => Self::NotBuilt,
            None => Self::NoAnswer,
        }
    }

    /// A refusal, for the tests of the tables.
    #[cfg(test)]
    pub(crate) const fn answer(status: u16, code: &'a str) -> Self {
        Self::Answer { status, code }
    }

    /// The kind for a sink. `Invalid` makes the pipeline drop data, so only codes that are known to mean it lead there.
    pub(crate) fn of_sink(self, is_invalid: impl Fn(&str) -> bool) -> SinkErrorKind {
        let (status, code) = match self {
            Self::NotBuilt | Self::NoAnswer => return SinkErrorKind::Unavailable,
            Self::Answer { status, code } => (status, code),
        };
        if THROTTLED.contains(&code) || status == 429 {
            return SinkErrorKind::Throttled;
        }
        if PASSING.contains(&code) || status >= 500 {
            return SinkErrorKind::Unavailable;
        }
        // Parts of a request that is too large are valid.
        if is_invalid(code) || status == 413 {
            return SinkErrorKind::Invalid;
        }
        match status {
            401 | 403 => SinkErrorKind::AccessDenied,
            _ => SinkErrorKind::Unavailable,
        }
    }
}

/// A code without the ending that only some protocols use.
pub(crate) fn bare(code: &str) -> &str {
    code.trim_end_matches("Exception").trim_end_matches("Fault")
}
