//! What a message announces: new objects, or nothing to do and why.
//!
//! It holds values only; `shapes.rs` reads them from a message.

use std::fmt;

/// What a message announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// At least one new object, whatever its kind of key.
    LogFiles(Vec<S3Object>),
    /// There is nothing to fetch, and nothing is wrong.
    Ignorable(IgnoreReason),
}

/// Why a message requires no work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IgnoreReason {
    /// CloudTrail tested its permission to publish to the topic.
    CloudTrailValidation,
    /// S3 tested its permission to publish to the destination.
    S3TestEvent,
    /// An SNS subscription is waiting for confirmation. This crate does not confirm it.
    SubscriptionConfirmation,
    /// An SNS subscription has ended.
    UnsubscribeConfirmation,
    /// AWS Config has published to the same topic, as it does where Control Tower has set both up.
    AwsConfig,
    /// The S3 event is not about a new object, but about a deletion, for example.
    OtherS3Event,
    /// The announcement has an empty list of objects.
    NoObjects,
}

impl IgnoreReason {
    /// A stable name for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudTrailValidation => "cloudtrail-validation",
            Self::S3TestEvent => "s3-test-event",
            Self::SubscriptionConfirmation => "subscription-confirmation",
            Self::UnsubscribeConfirmation => "unsubscribe-confirmation",
            Self::AwsConfig => "aws-config",
            Self::OtherS3Event => "other-s3-event",
            Self::NoObjects => "no-objects",
        }
    }
}

impl fmt::Display for IgnoreReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An object that a message announces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Object {
    /// The name of the bucket.
    pub bucket: String,
    /// The key as GetObject expects it, decoded if the message had encoded it.
    pub key: String,
    /// The stored size in bytes. `None` means unknown, as in CloudTrail's own messages.
    pub size: Option<u64>,
    /// The version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// The bucket's region, if the message names it.
    pub region: Option<String>,
}

impl fmt::Display for S3Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}
