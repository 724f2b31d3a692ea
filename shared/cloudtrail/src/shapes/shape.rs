//! Identifies an object by its members: a record, a container of records, or an object without records.
//!
//! It evaluates and opens nothing. An object that matches two shapes is rejected with the names of both.
//!
//! Source: the CloudTrail API reference (`LookupEvents`, `GetQueryResults`), the CloudWatch Logs API reference
//! (`FilterLogEvents`, `GetQueryResults`) and its user guide on subscriptions, the EventBridge user guide on the
//! structure of events, the Lambda developer guide on the events of S3, SNS, SQS, Kinesis and Firehose.

use super::error::InputFault;
use super::members::{Elements, Kind, Member, Members, Name};
use crate::log_file::error::JsonFault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What an object is.
#[derive(Debug)]
pub(super) enum Identity {
    /// A record.
    Record,
    /// A container of texts with records.
    Around(Vec<InnerText>),
    /// A field of a result row that is not the record.
    Field,
    /// An object that is known to contain no records.
    Nothing,
    Rejected(InputFault),
}

/// A text inside an object, without its quotes, escapes and base64.
#[derive(Debug)]
pub(super) struct InnerText {
    /// The member that contains it.
    pub(super) member: Option<&'static str>,
    pub(super) text: Vec<u8>,
}

/// CloudWatch Logs writes this before the name of the destination when it tests a subscription.
const CONTROL_MESSAGE: &[u8] = b"CWL CONTROL MESSAGE:";

/// The Logs Insights column that contains the record.
const MESSAGE_COLUMN: &[u8] = b"\"@message\"";

/// `eventSource` starts with this in the events that Lambda passes on for other services.
const SERVICE_PREFIX: &[u8] = b"\"aws:";

/// Identifies `object`, which is one of `elements` and has `members`.
pub(super) fn identify(members: &Members, object: &[u8], elements: Elements) -> Identity {
    let is_of_service =
        values(members, object, Name::EventSource).any(|text| text.starts_with(SERVICE_PREFIX));
    let is_record = !is_of_service && is_record(members);
    if is_record && elements == Elements::Records {
        return Identity::Record;
    }
    let mut signs = signs(members);
    if is_record {
        signs.push(Name::EventVersion);
    }
    match *signs {
        [] if is_of_service => Identity::Rejected(of_service(members)),
        [] => identify_unsigned(members, elements),
        [Name::EventVersion] => Identity::Record,
        [Name::Field] => match values(members, object, Name::Field).next() {
            Some(MESSAGE_COLUMN) => open(members, object, Name::Value, "@message"),
            _ => Identity::Field,
        },
        [Name::DigestStartTime] => Identity::Rejected(InputFault::Digest),
        [Name::S3ObjectKey | Name::Bucket] => Identity::Rejected(InputFault::Notification),
        [Name::ClassUid] => Identity::Rejected(InputFault::Ocsf),
        [sign] => open(members, object, sign, sign.as_str()),
        [first, second, ..] => ambiguous(first, second),
    }
}

/// Identifies an object with a list that was read element by element.
pub(super) fn identify_opened(members: &Members, opened: Name) -> Identity {
    let others = signs(members).into_iter().chain(is_record(members).then_some(Name::EventVersion));
    match members.second.into_iter().chain(others).find(|sign| *sign != opened) {
        Some(second) => ambiguous(opened, second),
        None => Identity::Nothing,
    }
}

fn ambiguous(first: Name, second: Name) -> Identity {
    Identity::Rejected(InputFault::Ambiguous { first: first.as_str(), second: second.as_str() })
}

/// Whether the members identify a record, in CloudTrail's spelling.
fn is_record(members: &Members) -> bool {
    members.has_exact_text(Name::EventVersion)
        && members.has_exact_text(Name::EventTime)
        && (members.has_exact_text(Name::EventName) || members.has_exact_text(Name::EventType))
}

/// The members that identify a shape other than a record, one for each shape.
fn signs(members: &Members) -> Vec<Name> {
    let holds = |name| members.all(name).any(|member| matches!(member.kind, Kind::Text | Kind::Object));
    let object = |name| members.all(name).any(|member| member.kind == Kind::Object);
    if members.has(Name::ClassUid) {
        // Its `message` is for people.
        return vec![Name::ClassUid];
    }
    let table = [
        (Name::CloudTrailEvent, holds(Name::CloudTrailEvent)),
        (Name::Detail, holds(Name::Detail)),
        (Name::Message, holds(Name::Message)),
        (Name::AtMessage, holds(Name::AtMessage)),
        (Name::EventJson, holds(Name::EventJson)),
        (Name::Field, members.has_text(Name::Field) && members.has(Name::Value)),
        (Name::Body, members.has_text(Name::Body)),
        (Name::Data, members.has_text(Name::Data)),
        (Name::Kinesis, object(Name::Kinesis)),
        (Name::AwsLogs, object(Name::AwsLogs)),
        (Name::Sns, object(Name::Sns)),
        (Name::Raw, members.has_text(Name::Raw)),
        (Name::Result, object(Name::Result)),
        (Name::Log, members.has_text(Name::Log)),
        (Name::DigestStartTime, members.has(Name::DigestStartTime) && members.has(Name::LogFiles)),
        (Name::S3ObjectKey, members.has(Name::S3ObjectKey) && members.has(Name::S3Bucket)),
        (Name::Bucket, object(Name::Bucket) && object(Name::Object)),
        (Name::Records, members.has_text(Name::Records)),
        (Name::Events, members.has_text(Name::Events)),
        (Name::LogEvents, members.has_text(Name::LogEvents)),
    ];
    table.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

/// Identifies an object whose members match no other shape.
fn identify_unsigned(members: &Members, elements: Elements) -> Identity {
    let has_name = members.has_exact_text(Name::EventName) || members.has_exact_text(Name::EventType);
    let is_record_in_other_letters = members.has_text(Name::EventVersion)
        && members.has_text(Name::EventTime)
        && (members.has_text(Name::EventName) || members.has_text(Name::EventType))
        && !is_record(members);
    let is_lookup = members.has_text(Name::EventName)
        && (members.has_text(Name::Username)
            || members.all(Name::EventId).any(|id| id.kind == Kind::Text && !id.is_exact));
    if is_record_in_other_letters {
        return Identity::Rejected(InputFault::OtherSpelling);
    }
    match elements {
        Elements::Records => Identity::Record,
        _ if is_lookup => Identity::Rejected(InputFault::LookupWithoutRecord),
        _ if has_name
            && [Name::EventSource, Name::EventVersion, Name::EventId]
                .into_iter()
                .any(|name| members.has_exact_text(name)) =>
        {
            Identity::Record
        }
        Elements::Fields => Identity::Field,
        Elements::Any | Elements::Rows => {
            Identity::Rejected(InputFault::UnknownShape { members: members.names.clone() })
        }
    }
}

/// The fault of an event that Lambda passes on for another service, if it contains nothing to open.
fn of_service(members: &Members) -> InputFault {
    if members.has(Name::S3) { InputFault::Notification } else { InputFault::OtherEvent }
}

/// The raw values of the members called `name`.
fn values<'o>(members: &'o Members, object: &'o [u8], name: Name) -> impl Iterator<Item = &'o [u8]> {
    members.all(name).filter_map(move |member| object.get(member.value.clone()))
}

/// Extracts the texts of the members called `name`.
fn open(members: &Members, object: &[u8], name: Name, shown: &'static str) -> Identity {
    let mut texts = Vec::new();
    for member in members.all(name) {
        let raw = object.get(member.value.clone()).unwrap_or_default();
        match open_member(member, raw) {
            Ok(Some(text)) => texts.push(InnerText { member: Some(shown), text }),
            Ok(None) => {}
            Err(fault) => return Identity::Rejected(fault),
        }
    }
    if texts.is_empty() { Identity::Nothing } else { Identity::Around(texts) }
}

/// The text in a value; `None` if it is known to contain no records.
fn open_member(member: &Member, raw: &[u8]) -> Result<Option<Vec<u8>>, InputFault> {
    if member.kind == Kind::Object {
        return Ok(Some(raw.to_vec()));
    }
    let text = unescape(raw)?;
    if text.starts_with(CONTROL_MESSAGE) {
        return Ok(None);
    }
    if member.name != Name::Data || text.contains(&b'{') {
        return Ok(Some(text));
    }
    STANDARD.decode(&text).ok().map(Some).ok_or(InputFault::NotBase64)
}

/// Decodes a JSON string, given with its quotes.
pub(super) fn unescape(raw: &[u8]) -> Result<Vec<u8>, InputFault> {
    let text = serde_json::from_slice::<String>(raw).ok().map(String::into_bytes);
    text.ok_or(InputFault::NotJson(JsonFault::Expected("a valid string")))
}
