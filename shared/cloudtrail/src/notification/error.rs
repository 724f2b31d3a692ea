//! Why a message could not be parsed.
//!
//! Errors name the shape, the member and what was expected. From the message's content, they show at most the names
//! of a few members, shortened, and never a value.

use serde_json::{Map, Value};
use std::fmt;
use std::str::Utf8Error;

/// The most member names that an error shows.
const SHOWN_NAMES: usize = 6;

/// The most characters of a member name that an error shows.
const SHOWN_NAME_CHARS: usize = 24;

/// The shape of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageShape {
    /// The envelope that SNS puts around a message.
    SnsEnvelope,
    /// CloudTrail's own message.
    CloudTrail,
    /// An S3 event notification.
    S3Event,
    /// An EventBridge event from S3.
    EventBridge,
}

impl fmt::Display for MessageShape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SnsEnvelope => "SNS envelope",
            Self::CloudTrail => "CloudTrail message",
            Self::S3Event => "S3 event notification",
            Self::EventBridge => "EventBridge event",
        })
    }
}

/// Why a message could not be parsed. All of these errors are permanent: parsing the same body fails again.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// The text is neither JSON nor CloudTrail's validation message.
    #[error("{} is neither JSON nor CloudTrail's validation message", text_name(*in_envelope))]
    NotJson {
        /// Whether the text was in an SNS envelope.
        in_envelope: bool,
        /// The error of the JSON parser.
        #[source]
        cause: serde_json::Error,
    },
    /// The text is JSON, but not an object.
    #[error("{} is {found}, expected a JSON object", text_name(*in_envelope))]
    NotAnObject {
        /// The JSON type of the text, with its article.
        found: &'static str,
        /// Whether the text was in an SNS envelope.
        in_envelope: bool,
    },
    /// The members of the object match no known shape.
    #[error(
        "the message has no known shape (SNS envelope, CloudTrail, S3 event notification, EventBridge); members: {members}"
    )]
    UnknownShape {
        /// The names of its first members.
        members: MemberNames,
    },
    /// A required member is missing, or has another type or value.
    #[error("`{path}` in the {shape} is {found}, expected {expected}")]
    Unexpected {
        /// The shape of the message.
        shape: MessageShape,
        /// The path of the member, such as `Records[2].s3.object.key`.
        path: String,
        /// What was found: a JSON type with its article, `missing`, `empty` or `a different value`.
        found: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A form-encoded key does not decode to UTF-8.
    #[error("`{path}` in the {shape} is not UTF-8 after form decoding")]
    KeyEncoding {
        /// The shape of the message.
        shape: MessageShape,
        /// The path of the key.
        path: String,
        /// The error of the decoder.
        #[source]
        cause: Utf8Error,
    },
    /// The message lists too many objects.
    #[error("the {shape} lists {count} objects; the limit is {limit}")]
    TooManyObjects {
        /// The shape of the message.
        shape: MessageShape,
        /// The length of the list.
        count: usize,
        /// The most objects accepted.
        limit: usize,
    },
    /// Too many SNS envelopes are nested.
    #[error("the message is wrapped in more than {limit} SNS envelopes")]
    TooManyEnvelopes {
        /// The most envelopes accepted.
        limit: usize,
    },
}

impl NotificationError {
    /// A stable name for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "message.not-json",
            Self::NotAnObject { .. } => "message.not-an-object",
            Self::UnknownShape { .. } => "message.unknown-shape",
            Self::Unexpected { .. } => "message.malformed",
            Self::KeyEncoding { .. } => "message.key-encoding",
            Self::TooManyObjects { .. } => "message.too-many-objects",
            Self::TooManyEnvelopes { .. } => "message.too-many-envelopes",
        }
    }
}

fn text_name(in_envelope: bool) -> &'static str {
    if in_envelope { "the `Message` of the SNS envelope" } else { "the message" }
}

/// The JSON type of `value`, with its article.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The first few names of an object's members, shortened and printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberNames {
    names: Vec<String>,
    more: usize,
}

impl MemberNames {
    pub(super) fn of(members: &Map<String, Value>) -> Self {
        let mut names = Self::none();
        members.keys().for_each(|name| names.push(name));
        names
    }

    /// No names.
    pub(crate) fn none() -> Self {
        Self { names: Vec::new(), more: 0 }
    }

    /// Adds the name of one more member.
    pub(crate) fn push(&mut self, name: &str) {
        if self.names.len() < SHOWN_NAMES {
            self.names.push(name.chars().take(SHOWN_NAME_CHARS).collect());
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for MemberNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.names.is_empty() {
            return formatter.write_str("none");
        }
        for (at, name) in self.names.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(formatter, "{separator}`{}`", name.escape_debug())?;
        }
        if self.more > 0 {
            write!(formatter, " and {} more", self.more)?;
        }
        Ok(())
    }
}
