//! Parses one queue message into what it announces, whichever route it took.
//!
//! The members of a message's JSON decide its shape. Unknown members are ignored, and unused members are not
//! required, because services add members without notice. This module parses only the body of the queue's own
//! envelope. It does not check the bucket against a list, and does not classify keys.
//!
//! A message is accepted completely or not at all: one malformed entry fails the whole message, so that no file after
//! it is lost. Messages that announce nothing are on documented lists, so that none is acknowledged by accident.
//!
//! Source: "Configuring Amazon SNS notifications for CloudTrail" (CloudTrail user guide); "Event message structure" and
//! "Using EventBridge" (Amazon S3 user guide); "HTTP/HTTPS notification JSON format" (Amazon SNS developer guide).

mod announcement;
mod error;
mod shapes;
#[cfg(test)]
mod tests;

pub use announcement::{IgnoreReason, Notification, S3Object};
pub use error::{MemberNames, MessageShape, NotificationError};
pub use shapes::MAX_OBJECTS;

use serde_json::Value;
use shapes::Layer;
use std::borrow::Cow;

/// The most SNS envelopes around an announcement. More than one means that topics are chained.
const MAX_ENVELOPES: usize = 3;

/// The start of the message that CloudTrail publishes when a topic is added to a trail. It is not JSON.
const VALIDATION_TEXT: &str = "CloudTrail validation message";

/// Parses the body of one queue message.
///
/// | shape | recognized by | keys |
/// |---|---|---|
/// | SNS envelope | `Type`, or `TopicArn` and a text `Message` | depends on the message inside |
/// | CloudTrail, also raw | `s3ObjectKey`, `s3Bucket` | plain |
/// | CloudTrail's validation text | its first words | |
/// | AWS Config | `messageType` | |
/// | S3 event notification, also one of its entries | `Records`; `s3` and `eventSource` | form-encoded |
/// | S3 test event | `Event` is `s3:TestEvent` | |
/// | EventBridge, also its detail alone | `detail-type` and `detail`; `bucket` and `reason` | plain |
///
/// # Errors
///
/// A [`NotificationError`] for anything else, and for a known shape in which a required member is missing or invalid.
pub fn parse_notification(body: &str) -> Result<Notification, NotificationError> {
    let mut text = Cow::Borrowed(body);
    for envelopes in 0..=MAX_ENVELOPES {
        match open_text(&text, envelopes > 0)? {
            Layer::Announcement(notification) => return Ok(notification),
            Layer::Envelope(message) => text = Cow::Owned(message),
        }
    }
    Err(NotificationError::TooManyEnvelopes { limit: MAX_ENVELOPES })
}

fn open_text(text: &str, in_envelope: bool) -> Result<Layer, NotificationError> {
    let validation = Layer::Announcement(Notification::Ignorable(IgnoreReason::CloudTrailValidation));
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(VALIDATION_TEXT) {
        return Ok(validation);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => shapes::open_object(members),
        // A relay that converts every message to JSON has quoted the validation text.
        Ok(Value::String(quoted)) if quoted.trim().starts_with(VALIDATION_TEXT) => Ok(validation),
        Ok(other) => Err(NotificationError::NotAnObject { found: error::type_name(&other), in_envelope }),
        Err(cause) => Err(NotificationError::NotJson { in_envelope, cause }),
    }
}
