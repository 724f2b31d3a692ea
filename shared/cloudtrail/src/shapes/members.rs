//! The members that identify shapes, in the spelling of any SDK: `CloudTrailEvent`, `cloudTrailEvent`,
//! `cloud_trail_event`.
//!
//! This module only collects names and kinds of values; `shape` decides what the object is.

use crate::notification::MemberNames;
use std::ops::Range;

/// The most bytes of a name that are examined: every name in the table below is shorter.
pub(super) const NAME_BYTES: usize = 64;

/// A known member name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the variants are the names of members")]
pub(super) enum Name {
    // Lists of values that contain records.
    Records,
    Events,
    LogEvents,
    Messages,
    Entries,
    Results,
    QueryResultRows,
    // A record.
    EventVersion,
    EventTime,
    EventName,
    EventType,
    EventSource,
    EventId,
    // Values that contain a record.
    CloudTrailEvent,
    Detail,
    Message,
    AtMessage,
    Body,
    EventJson,
    Field,
    Value,
    Data,
    AwsLogs,
    Kinesis,
    Sns,
    Raw,
    Result,
    Log,
    // Members of objects that contain no record.
    MessageType,
    DigestStartTime,
    LogFiles,
    S3,
    S3Bucket,
    S3ObjectKey,
    ClassUid,
    TopicArn,
    Username,
    Bucket,
    Object,
}

/// Folded names in sorted order, the names as AWS writes them, and their variants.
const NAMES: [(&str, &str, Name); 39] = [
    ("@message", "@message", Name::AtMessage),
    ("awslogs", "awslogs", Name::AwsLogs),
    ("body", "body", Name::Body),
    ("bucket", "bucket", Name::Bucket),
    ("classuid", "class_uid", Name::ClassUid),
    ("cloudtrailevent", "CloudTrailEvent", Name::CloudTrailEvent),
    ("data", "data", Name::Data),
    ("detail", "detail", Name::Detail),
    ("digeststarttime", "digestStartTime", Name::DigestStartTime),
    ("entries", "Entries", Name::Entries),
    ("eventid", "eventID", Name::EventId),
    ("eventjson", "eventJson", Name::EventJson),
    ("eventname", "eventName", Name::EventName),
    ("events", "Events", Name::Events),
    ("eventsource", "eventSource", Name::EventSource),
    ("eventtime", "eventTime", Name::EventTime),
    ("eventtype", "eventType", Name::EventType),
    ("eventversion", "eventVersion", Name::EventVersion),
    ("field", "field", Name::Field),
    ("kinesis", "kinesis", Name::Kinesis),
    ("log", "log", Name::Log),
    ("logevents", "logEvents", Name::LogEvents),
    ("logfiles", "logFiles", Name::LogFiles),
    ("message", "message", Name::Message),
    ("messages", "Messages", Name::Messages),
    ("messagetype", "messageType", Name::MessageType),
    ("object", "object", Name::Object),
    ("queryresultrows", "QueryResultRows", Name::QueryResultRows),
    ("raw", "_raw", Name::Raw),
    ("records", "Records", Name::Records),
    ("result", "result", Name::Result),
    ("results", "results", Name::Results),
    ("s3", "s3", Name::S3),
    ("s3bucket", "s3Bucket", Name::S3Bucket),
    ("s3objectkey", "s3ObjectKey", Name::S3ObjectKey),
    ("sns", "Sns", Name::Sns),
    ("topicarn", "TopicArn", Name::TopicArn),
    ("username", "Username", Name::Username),
    ("value", "value", Name::Value),
];

impl Name {
    /// The name that `text` spells in any letter case, and whether it has AWS's exact spelling.
    fn of(text: &str) -> Option<(Self, bool)> {
        if text.len() > NAME_BYTES {
            return None;
        }
        let mut folded = [0_u8; NAME_BYTES];
        let mut length = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b'-' | b'_')) {
            *folded.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        let folded = folded.get(..length)?;
        let at = NAMES.binary_search_by(|(known, ..)| known.as_bytes().cmp(folded)).ok()?;
        let (_, exact, name) = NAMES.get(at)?;
        Some((*name, *exact == text))
    }

    /// The name in AWS's spelling.
    pub(super) fn as_str(self) -> &'static str {
        NAMES.iter().find(|(.., name)| *name == self).map_or("", |(_, exact, _)| exact)
    }

    /// The expected elements of a list with this name; `None` if the member is not such a list.
    pub(super) fn elements(self) -> Option<Elements> {
        match self {
            Self::Records => Some(Elements::Records),
            Self::Results | Self::QueryResultRows => Some(Elements::Rows),
            Self::Events | Self::LogEvents | Self::Messages | Self::Entries => Some(Elements::Any),
            Self::EventVersion
            | Self::EventTime
            | Self::EventName
            | Self::EventType
            | Self::EventSource
            | Self::EventId
            | Self::CloudTrailEvent
            | Self::Detail
            | Self::Message
            | Self::AtMessage
            | Self::Body
            | Self::EventJson
            | Self::Field
            | Self::Value
            | Self::Data
            | Self::AwsLogs
            | Self::Kinesis
            | Self::Sns
            | Self::Raw
            | Self::Result
            | Self::Log
            | Self::MessageType
            | Self::DigestStartTime
            | Self::LogFiles
            | Self::S3
            | Self::S3Bucket
            | Self::S3ObjectKey
            | Self::ClassUid
            | Self::TopicArn
            | Self::Username
            | Self::Bucket
            | Self::Object => None,
        }
    }
}

/// The expected elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    /// Any shape that contains records.
    Any,
    /// Records, unless they match another known shape.
    Records,
    /// Result rows of a query.
    Rows,
    /// Fields of one row, one of which should contain a record: the elements of a nested list.
    Fields,
}

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Object,
    List,
    Bare,
}

impl Kind {
    /// The kind of a value that starts with `byte`.
    pub(super) fn of(byte: u8) -> Self {
        match byte {
            b'"' => Self::Text,
            b'{' => Self::Object,
            b'[' => Self::List,
            _ => Self::Bare,
        }
    }
}

/// A member with a known name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: Name,
    /// Whether the name has AWS's exact spelling.
    pub(super) is_exact: bool,
    pub(super) kind: Kind,
    /// The position of its value in the object; meaningless if the object is too large to be kept.
    pub(super) value: Range<usize>,
}

/// The most members of an object that are remembered; AWS's objects have only a few.
const MAX_MEMBERS: usize = 64;

/// The known members of one object.
#[derive(Debug)]
pub(super) struct Members {
    known: Vec<Member>,
    pub(super) names: MemberNames,
    /// The list of this object that was read element by element.
    pub(super) opened: Option<Name>,
    /// Another such list, which was skipped.
    pub(super) second: Option<Name>,
}

impl Default for Members {
    fn default() -> Self {
        Self { known: Vec::new(), names: MemberNames::none(), opened: None, second: None }
    }
}

impl Members {
    /// Adds a member and returns its name if known.
    pub(super) fn push(&mut self, name: &str, kind: Kind) -> Option<Name> {
        self.names.push(name);
        let (name, is_exact) = Name::of(name)?;
        if self.known.len() == MAX_MEMBERS {
            return None;
        }
        self.known.push(Member { name, is_exact, kind, value: 0..0 });
        Some(name)
    }

    /// Sets the position of the value of the known member that was added last.
    pub(super) fn set_value(&mut self, value: Range<usize>) {
        if let Some(member) = self.known.last_mut() {
            member.value = value;
        }
    }

    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &Member> {
        self.known.iter().filter(move |member| member.name == name)
    }

    pub(super) fn find(&self, name: Name) -> Option<&Member> {
        self.all(name).next()
    }

    pub(super) fn has(&self, name: Name) -> bool {
        self.find(name).is_some()
    }

    pub(super) fn has_text(&self, name: Name) -> bool {
        self.all(name).any(|member| member.kind == Kind::Text)
    }

    pub(super) fn has_exact_text(&self, name: Name) -> bool {
        self.all(name).any(|member| member.kind == Kind::Text && member.is_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Name};

    #[test]
    fn names_are_found_in_any_letter_case() {
        assert!(NAMES.is_sorted_by_key(|(folded, ..)| *folded));
        for (folded, exact, name) in NAMES {
            assert_eq!(Name::of(folded), Some((name, folded == exact)));
            assert_eq!(Name::of(exact), Some((name, true)));
            assert_eq!(Name::of(&exact.to_uppercase()).map(|(name, _)| name), Some(name));
            assert_eq!(name.as_str(), exact);
        }
        assert_eq!(Name::of("cloud_trail_event"), Some((Name::CloudTrailEvent, false)));
        assert_eq!(Name::of("detail-type"), None);
        assert_eq!(Name::of(&"x".repeat(1000)), None);
        assert_eq!(Name::of(""), None);
    }
}
