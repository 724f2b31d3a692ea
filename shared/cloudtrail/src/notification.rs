//! What one queue message announces, whatever route it took.
//!
//! The shape is decided for each message from the members of its JSON, unknown members are ignored, and nothing is
//! demanded that is not used: services add members without notice. The queue's own envelope is not read here, only the
//! body in it; the bucket is not checked against any list; keys are not classified.
//!
//! A message is read as a whole or not at all: one malformed entry fails it, so that no file is lost behind it.
//!
//! Source: "Configuring Amazon SNS notifications for CloudTrail" (CloudTrail user guide); "Event message structure" and
//! "Using EventBridge" (Amazon S3 user guide); "HTTP/HTTPS notification JSON format" (Amazon SNS developer guide).

mod error;
mod shapes;
#[cfg(test)]
mod tests;

pub use error::{MemberNames, NotificationError, Shape};

use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Most objects that one message may announce.
///
/// A queue message holds at most 1 MiB (Amazon SQS quotas), S3 announces one object and CloudTrail a few.
pub const MAX_OBJECTS: usize = 1000;

/// Most SNS envelopes around an announcement; more than one means that topics were chained.
const MAX_ENVELOPES: usize = 3;

/// The start of what CloudTrail publishes when a topic is set on a trail. It is not JSON.
const VALIDATION_TEXT: &str = "CloudTrail validation message";

/// What a message announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// New objects, at least one, with any kind of key.
    LogFiles(Vec<S3Object>),
    /// Nothing to fetch, and nothing wrong.
    Ignorable(IgnoreReason),
}

/// Why a message needs no work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IgnoreReason {
    /// CloudTrail's check that it may publish to the topic.
    CloudTrailValidation,
    /// S3's check that it may publish to the destination.
    S3TestEvent,
    /// An SNS subscription that waits for its confirmation. It is not confirmed here.
    SubscriptionConfirmation,
    /// An SNS subscription that was ended.
    UnsubscribeConfirmation,
    /// An S3 event about something else than a new object, such as a deletion.
    OtherS3Event,
    /// An announcement with an empty list of objects.
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
    /// Name of the bucket.
    pub bucket: String,
    /// The key as GetObject takes it: decoded, if the message had it encoded.
    pub key: String,
    /// Size in bytes as stored. `None` means unknown, as in CloudTrail's own messages, and never 0.
    pub size: Option<u64>,
    /// The version, in buckets that keep versions.
    pub version_id: Option<String>,
    /// The bucket's region, where the message names it.
    pub region: Option<String>,
}

impl fmt::Display for S3Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

/// Reads the body of one queue message.
///
/// | shape | told by | keys |
/// |---|---|---|
/// | SNS envelope | `Type`, or `TopicArn` and a text `Message` | those of what is inside |
/// | CloudTrail, also raw | `s3ObjectKey`, `s3Bucket` | plain |
/// | CloudTrail's validation text | its first words | |
/// | S3 event notification | `Records` | form-encoded |
/// | S3 test event | `Event` is `s3:TestEvent` | |
/// | EventBridge | `detail-type` and `detail` | plain |
///
/// # Errors
///
/// A [`NotificationError`] for anything else, and for a known shape in which something needed is missing or wrong.
pub fn parse_notification(body: &str) -> Result<Notification, NotificationError> {
    let mut text = Cow::Borrowed(body);
    for envelopes in 0..=MAX_ENVELOPES {
        match open_text(&text, envelopes > 0)? {
            Opened::Announcement(notification) => return Ok(notification),
            Opened::Envelope(message) => text = Cow::Owned(message),
        }
    }
    Err(NotificationError::TooManyEnvelopes { limit: MAX_ENVELOPES })
}

/// One layer of a message.
enum Opened {
    /// The innermost layer.
    Announcement(Notification),
    /// The text of an SNS envelope's `Message`.
    Envelope(String),
}

fn open_text(text: &str, in_envelope: bool) -> Result<Opened, NotificationError> {
    let validation = Opened::Announcement(Notification::Ignorable(IgnoreReason::CloudTrailValidation));
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(VALIDATION_TEXT) {
        return Ok(validation);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => shapes::open_object(members),
        // The validation text once more, quoted by a relay that turns every message into JSON.
        Ok(Value::String(quoted)) if quoted.trim().starts_with(VALIDATION_TEXT) => Ok(validation),
        Ok(other) => Err(NotificationError::NotAnObject { found: error::type_name(&other), in_envelope }),
        Err(cause) => Err(NotificationError::NotJson { in_envelope, cause }),
    }
}
