//! From an SDK's error to the kinds of the pipeline, of `alarms` and of the operator's calls, by error code and status.
//!
//! The tables name what the services document; what is unknown falls to the kind that loses nothing. An attempt that
//! the SDK has repeated already is not repeated here.
//!
//! Sources: the "Common errors" and per-action errors of the Amazon S3, CloudWatch and SNS API references.

#[cfg(feature = "alarms")]
use alarms::{AlarmStoreError, AlarmStoreErrorKind};
use aws_sdk_s3::error::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::{SinkError, SinkErrorKind, StoreError, StoreErrorKind};

#[cfg(feature = "operator")]
use crate::operator::CallErrorKind;

/// Codes by which every service says that the caller is too fast.
const THROTTLED: [&str; 12] = [
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

/// Codes of refusals that pass by themselves: new credentials, a corrected clock, a second try.
const PASSING: [&str; 7] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
];

/// Codes of changes to an alarm that met another change at the same time.
#[cfg(feature = "alarms")]
const SIMULTANEOUS: [&str; 3] = ["ConcurrentModification", "Conflict", "ResourceConflict"];

/// Codes of PutMetricData that concern the request's content. The protocols spell them with and without a final
/// `Exception` or `Fault`.
const INVALID_METRICS: [&str; 7] = [
    "InvalidFormat",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingParameter",
    "MissingRequiredParameter",
    "Validation",
    "ValidationError",
];

/// Codes of Publish that concern the request's content.
#[cfg(feature = "alerts")]
const INVALID_ALERT: [&str; 4] =
    ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException"];

/// Codes by which services say that the queue, table or bucket does not exist.
#[cfg(feature = "operator")]
const ABSENT: [&str; 6] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "InvalidAddress",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "TableNotFound",
];

/// Codes by which services say that the credentials are not valid, whoever they are of.
#[cfg(feature = "operator")]
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

/// What an SDK's error says, without its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure<'a> {
    /// The request could not be built.
    NotBuilt,
    /// No answer: no credentials, no connection, no time left.
    NoAnswer,
    /// The service answered, and refused.
    Answer {
        /// HTTP status.
        status: u16,
        /// Error code; empty where the answer names none.
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

    /// What it means to a reader of S3.
    pub(crate) fn of_store(self) -> StoreErrorKind {
        let (status, code) = match self {
            Self::NotBuilt => return StoreErrorKind::Refused,
            Self::NoAnswer => return StoreErrorKind::Unavailable,
            Self::Answer { status, code } => (status, code),
        };
        // S3 names the codes of KMS as `KMS.DisabledException`.
        let kms = code.strip_prefix("KMS.");
        if THROTTLED.contains(&kms.unwrap_or(code)) {
            return StoreErrorKind::Throttled;
        }
        if PASSING.contains(&code) {
            return StoreErrorKind::Unavailable;
        }
        if kms.is_some() {
            return StoreErrorKind::AccessDenied;
        }
        match (code, status) {
            // An archived object answers 403, and no permission helps.
            ("InvalidObjectState", _) => StoreErrorKind::Refused,
            ("NoSuchKey" | "NoSuchBucket" | "NoSuchVersion", _) | (_, 404 | 410) => StoreErrorKind::NotFound,
            // The version that the notification names is a delete marker.
            ("MethodNotAllowed", _) => StoreErrorKind::NotFound,
            ("AccessDenied" | "AllAccessDisabled", _) | (_, 401 | 403) => StoreErrorKind::AccessDenied,
            (_, 429 | 503) => StoreErrorKind::Throttled,
            // An answer of 200 that cannot be read, and every fault on the other side.
            (_, 200..=299 | 500..) => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Refused,
        }
    }

    /// What it means to a publisher of datapoints.
    pub(crate) fn of_metrics(self) -> SinkErrorKind {
        self.of_sink(|code| INVALID_METRICS.contains(&bare(code)))
    }

    /// What it means to a keeper of alarms.
    #[cfg(feature = "alarms")]
    pub(crate) fn of_alarms(self) -> AlarmStoreErrorKind {
        let (status, code) = match self {
            Self::NotBuilt => return AlarmStoreErrorKind::Refused,
            Self::NoAnswer => return AlarmStoreErrorKind::Unavailable,
            Self::Answer { status, code } => (status, code),
        };
        if THROTTLED.contains(&code) || status == 429 {
            return AlarmStoreErrorKind::Throttled;
        }
        if PASSING.contains(&code) || SIMULTANEOUS.contains(&bare(code)) {
            return AlarmStoreErrorKind::Unavailable;
        }
        match (bare(code), status) {
            ("LimitExceeded", _) => AlarmStoreErrorKind::LimitExceeded,
            ("ResourceNotFound", _) => AlarmStoreErrorKind::NotFound,
            (_, 401 | 403) => AlarmStoreErrorKind::AccessDenied,
            (_, 200..=299 | 500..) => AlarmStoreErrorKind::Unavailable,
            _ => AlarmStoreErrorKind::Refused,
        }
    }

    /// What it means to an operator at a terminal.
    #[cfg(feature = "operator")]
    pub(crate) fn of_call(self) -> CallErrorKind {
        let (status, code) = match self {
            Self::NotBuilt => return CallErrorKind::Refused,
            Self::NoAnswer => return CallErrorKind::Unavailable,
            Self::Answer { status, code } => (status, code),
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
        // DynamoDB denies with the status 400.
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

    /// What it means to a publisher of alerts.
    #[cfg(feature = "alerts")]
    pub(crate) fn of_alert(self) -> SinkErrorKind {
        match self {
            // A key that is disabled or gone is mended like a missing permission: by its owner.
            Self::Answer { code, .. } if code.starts_with("KMS") && !THROTTLED.contains(&code) => {
                SinkErrorKind::AccessDenied
            }
            Self::Answer { code: "NotFound" | "NotFoundException", .. } => SinkErrorKind::AccessDenied,
            Self::NotBuilt | Self::NoAnswer | Self::Answer { .. } => {
                self.of_sink(|code| INVALID_ALERT.contains(&code))
            }
        }
    }

    /// `Invalid` makes the pipeline drop what is invalid, so that only codes known for it lead there.
    fn of_sink(self, is_invalid: impl Fn(&str) -> bool) -> SinkErrorKind {
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
        // A request that is too large is valid in parts.
        if is_invalid(code) || status == 413 {
            return SinkErrorKind::Invalid;
        }
        match status {
            401 | 403 => SinkErrorKind::AccessDenied,
            _ => SinkErrorKind::Unavailable,
        }
    }
}

/// A code without the ending that one protocol has and another has not.
fn bare(code: &str) -> &str {
    code.trim_end_matches("Exception").trim_end_matches("Fault")
}

/// An error of the calls about alarms as `alarms` knows it.
#[cfg(feature = "alarms")]
pub(crate) fn alarm_error<E>(error: SdkError<E>) -> AlarmStoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    AlarmStoreError { kind: Failure::of(&error).of_alarms(), source: Box::new(error) }
}

/// An error of GetObject as the pipeline knows it.
pub(crate) fn store_error<E>(error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    StoreError { kind: Failure::of(&error).of_store(), source: Box::new(error) }
}

/// An error of PutMetricData as the pipeline knows it.
pub(crate) fn metrics_error<E>(error: SdkError<E>) -> SinkError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    SinkError { kind: Failure::of(&error).of_metrics(), source: Box::new(error) }
}

/// An error of Publish as the pipeline knows it.
#[cfg(feature = "alerts")]
pub(crate) fn alert_error<E>(error: SdkError<E>) -> SinkError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    SinkError { kind: Failure::of(&error).of_alert(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn answer(status: u16, code: &'static str) -> Failure<'static> {
        Failure::Answer { status, code }
    }

    #[test]
    fn every_documented_refusal_of_s3_has_its_kind() {
        use StoreErrorKind::{AccessDenied, NotFound, Refused, Throttled, Unavailable};
        let cases = [
            (answer(404, "NoSuchKey"), NotFound),
            (answer(404, "NoSuchBucket"), NotFound),
            (answer(404, "NoSuchVersion"), NotFound),
            (answer(404, ""), NotFound),
            (answer(405, "MethodNotAllowed"), NotFound),
            (answer(403, "AccessDenied"), AccessDenied),
            (answer(403, "InvalidAccessKeyId"), AccessDenied),
            (answer(403, "SignatureDoesNotMatch"), AccessDenied),
            (answer(403, ""), AccessDenied),
            (answer(400, "KMS.DisabledException"), AccessDenied),
            (answer(400, "KMS.KMSInvalidStateException"), AccessDenied),
            (answer(400, "KMS.ThrottlingException"), Throttled),
            (answer(503, "SlowDown"), Throttled),
            (answer(503, ""), Throttled),
            (answer(429, "TooManyRequestsException"), Throttled),
            (answer(500, "InternalError"), Unavailable),
            (answer(400, "RequestTimeout"), Unavailable),
            (answer(400, "ExpiredToken"), Unavailable),
            (answer(403, "RequestTimeTooSkewed"), Unavailable),
            (answer(200, ""), Unavailable),
            (answer(403, "InvalidObjectState"), Refused),
            (answer(400, "InvalidBucketName"), Refused),
            (answer(301, "PermanentRedirect"), Refused),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Refused),
        ];
        for (failure, kind) in cases {
            assert_eq!(failure.of_store(), kind, "{failure:?}");
        }
    }

    #[test]
    fn every_documented_refusal_of_cloudwatch_has_its_kind() {
        use SinkErrorKind::{AccessDenied, Invalid, Throttled, Unavailable};
        let cases = [
            (answer(400, "InvalidParameterValue"), Invalid),
            (answer(400, "InvalidParameterValueException"), Invalid),
            (answer(400, "InvalidParameterCombinationException"), Invalid),
            (answer(400, "MissingRequiredParameterException"), Invalid),
            (answer(400, "MissingParameter"), Invalid),
            (answer(400, "InvalidFormatFault"), Invalid),
            (answer(400, "ValidationError"), Invalid),
            (answer(400, "ValidationException"), Invalid),
            (answer(413, ""), Invalid),
            (answer(400, "Throttling"), Throttled),
            (answer(400, "ThrottlingException"), Throttled),
            (answer(429, ""), Throttled),
            (answer(403, "AccessDenied"), AccessDenied),
            (answer(403, "InvalidClientTokenId"), AccessDenied),
            (answer(403, "ExpiredToken"), Unavailable),
            (answer(500, "InternalServiceFault"), Unavailable),
            (answer(503, "ServiceUnavailable"), Unavailable),
            (answer(400, "LimitExceededException"), Unavailable),
            (answer(400, "SomethingNew"), Unavailable),
            (answer(404, ""), Unavailable),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Unavailable),
        ];
        for (failure, kind) in cases {
            assert_eq!(failure.of_metrics(), kind, "{failure:?}");
        }
    }

    #[test]
    fn every_documented_refusal_of_a_call_about_alarms_has_its_kind() {
        use AlarmStoreErrorKind::{AccessDenied, LimitExceeded, NotFound, Refused, Throttled, Unavailable};
        let cases = [
            (answer(400, "Throttling"), Throttled),
            (answer(400, "ThrottlingException"), Throttled),
            (answer(429, ""), Throttled),
            (answer(400, "LimitExceeded"), LimitExceeded),
            (answer(400, "LimitExceededFault"), LimitExceeded),
            (answer(404, "ResourceNotFound"), NotFound),
            (answer(404, "ResourceNotFoundException"), NotFound),
            (answer(404, ""), Refused),
            (answer(429, "ConcurrentModificationException"), Throttled),
            (answer(400, "ConcurrentModificationException"), Unavailable),
            (answer(409, "ConflictException"), Unavailable),
            (answer(409, "ResourceConflict"), Unavailable),
            (answer(403, "AccessDenied"), AccessDenied),
            (answer(403, "InvalidClientTokenId"), AccessDenied),
            (answer(403, "ExpiredToken"), Unavailable),
            (answer(400, "ValidationError"), Refused),
            (answer(400, "InvalidParameterValueException"), Refused),
            (answer(400, "InvalidNextToken"), Refused),
            (answer(500, "InternalServiceFault"), Unavailable),
            (answer(200, ""), Unavailable),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Refused),
        ];
        for (failure, kind) in cases {
            assert_eq!(failure.of_alarms(), kind, "{failure:?}");
        }
    }

    #[test]
    fn an_operator_is_told_what_is_to_be_mended() {
        use CallErrorKind::{AccessDenied, Credentials, NotFound, Refused, Throttled, Unavailable};
        let cases = [
            (answer(403, "AccessDenied"), AccessDenied),
            (answer(400, "AccessDeniedException"), AccessDenied),
            (answer(400, "KmsAccessDenied"), AccessDenied),
            (answer(400, "KmsDisabled"), AccessDenied),
            (answer(403, ""), AccessDenied),
            (answer(403, "ExpiredToken"), Credentials),
            (answer(400, "ExpiredTokenException"), Credentials),
            (answer(400, "UnrecognizedClientException"), Credentials),
            (answer(403, "InvalidClientTokenId"), Credentials),
            (answer(403, "InvalidAccessKeyId"), Credentials),
            (answer(403, "SignatureDoesNotMatch"), Credentials),
            (answer(400, "QueueDoesNotExist"), NotFound),
            (answer(400, "AWS.SimpleQueueService.NonExistentQueue"), NotFound),
            (answer(400, "ResourceNotFoundException"), NotFound),
            (answer(404, "NoSuchBucket"), NotFound),
            (answer(404, ""), NotFound),
            (answer(400, "ProvisionedThroughputExceededException"), Throttled),
            (answer(400, "ThrottlingException"), Throttled),
            (answer(403, "RequestThrottled"), Throttled),
            (answer(403, "OverLimit"), Throttled),
            (answer(503, "SlowDown"), Throttled),
            (answer(500, "InternalError"), Unavailable),
            (answer(400, "ValidationException"), Refused),
            (answer(301, "PermanentRedirect"), Refused),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Refused),
        ];
        for (failure, kind) in cases {
            assert_eq!(failure.of_call(), kind, "{failure:?}");
        }
    }

    #[test]
    fn every_documented_refusal_of_sns_has_its_kind() {
        use SinkErrorKind::{AccessDenied, Invalid, Throttled, Unavailable};
        let cases = [
            (answer(400, "InvalidParameter"), Invalid),
            (answer(400, "ParameterValueInvalid"), Invalid),
            (answer(400, "ValidationException"), Invalid),
            (answer(403, "AuthorizationError"), AccessDenied),
            (answer(403, "InvalidSecurity"), AccessDenied),
            (answer(404, "NotFound"), AccessDenied),
            (answer(400, "KMSAccessDenied"), AccessDenied),
            (answer(400, "KMSDisabled"), AccessDenied),
            (answer(400, "KMSThrottling"), Throttled),
            (answer(429, "Throttled"), Throttled),
            (answer(500, "InternalError"), Unavailable),
            (answer(400, "EndpointDisabled"), Unavailable),
            (Failure::NoAnswer, Unavailable),
            (Failure::NotBuilt, Unavailable),
        ];
        for (failure, kind) in cases {
            assert_eq!(failure.of_alert(), kind, "{failure:?}");
        }
    }
}
