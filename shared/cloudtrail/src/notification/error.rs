//! Why a message could not be read.
//!
//! Errors name the shape, the place and what was expected there. Of the message's content they show at most the names of
//! a few members, shortened, and never a value.

use serde_json::{Map, Value};
use std::fmt;
use std::str::Utf8Error;

/// Most member names that an error shows.
const SHOWN_NAMES: usize = 6;

/// Most characters that an error shows of one member name.
const SHOWN_NAME_CHARS: usize = 24;

/// A shape that messages come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The envelope that SNS puts around a message.
    SnsEnvelope,
    /// CloudTrail's own message.
    CloudTrail,
    /// An S3 event notification.
    S3Event,
    /// An EventBridge event from S3.
    EventBridge,
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SnsEnvelope => "SNS envelope",
            Self::CloudTrail => "CloudTrail message",
            Self::S3Event => "S3 event notification",
            Self::EventBridge => "EventBridge event",
        })
    }
}

/// Why a message could not be read. All of these are permanent: the same body fails again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationError {
    /// The text is no JSON, nor CloudTrail's validation text.
    #[error("{} is neither JSON nor CloudTrail's validation text", place(*in_envelope))]
    NotJson {
        /// Whether the text came out of an SNS envelope.
        in_envelope: bool,
        /// What the JSON parser found.
        #[source]
        cause: serde_json::Error,
    },
    /// The text is JSON, but no object.
    #[error("{} is {found}, expected a JSON object", place(*in_envelope))]
    NotAnObject {
        /// The JSON type of the text, with its article.
        found: &'static str,
        /// Whether the text came out of an SNS envelope.
        in_envelope: bool,
    },
    /// The object has no members by which a shape could be told.
    #[error(
        "the message has none of the known shapes (SNS envelope, CloudTrail, S3 event, EventBridge); its members are {members}"
    )]
    UnknownShape {
        /// The names of its first members.
        members: MemberNames,
    },
    /// Something that is needed is absent or of another type.
    #[error("`{path}` is {found} in the {shape}, expected {expected}")]
    Unexpected {
        /// The shape as which the message was read.
        shape: Shape,
        /// Where in the message, such as `Records[2].s3.object.key`.
        path: String,
        /// What is there: a JSON type with its article, `missing`, `empty` or `another value`.
        found: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// A form-encoded key does not decode to text.
    #[error("`{path}` is not UTF-8 after form decoding in the {shape}")]
    KeyEncoding {
        /// The shape as which the message was read.
        shape: Shape,
        /// Where in the message.
        path: String,
        /// What the decoder found.
        #[source]
        cause: Utf8Error,
    },
    /// The message lists more objects than are accepted.
    #[error("the {shape} lists {count} objects, at most {limit} are accepted")]
    TooManyObjects {
        /// The shape as which the message was read.
        shape: Shape,
        /// Length of the list.
        count: usize,
        /// Most objects accepted.
        limit: usize,
    },
    /// SNS envelopes inside SNS envelopes.
    #[error("the message is inside more than {limit} SNS envelopes")]
    TooManyEnvelopes {
        /// Most envelopes accepted.
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

fn place(in_envelope: bool) -> &'static str {
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
        let shorten = |name: &String| name.chars().take(SHOWN_NAME_CHARS).collect::<String>();
        Self {
            names: members.keys().take(SHOWN_NAMES).map(shorten).collect(),
            more: members.len().saturating_sub(SHOWN_NAMES),
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
