//! The shapes of messages, and how each one names its objects.
//!
//! Only the members in use are examined. Sizes and versions are always optional, and invalid ones count as absent. A
//! bucket or key that is missing, empty or of another type is an error.

use super::announcement::{IgnoreReason, Notification, S3Object};
use super::error::{MemberNames, MessageShape, NotificationError, type_name};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

/// The most objects that one message may announce.
///
/// A queue message holds at most 1 MiB (Amazon SQS quotas); S3 announces one object per message, and CloudTrail a
/// few.
pub const MAX_OBJECTS: usize = 1000;

/// What AWS Config calls its messages. Their bodies can name an S3 object as CloudTrail's do.
///
/// Source: the AWS Config developer guide, "Notifications that AWS Config sends to an Amazon SNS topic".
const CONFIG_MESSAGES: [&str; 9] = [
    "ComplianceChangeNotification",
    "ConfigRulesEvaluationStarted",
    "ConfigurationHistoryDeliveryCompleted",
    "ConfigurationItemChangeNotification",
    "ConfigurationSnapshotDeliveryCompleted",
    "ConfigurationSnapshotDeliveryFailed",
    "ConfigurationSnapshotDeliveryStarted",
    "OversizedConfigurationItemChangeDeliveryFailed",
    "OversizedConfigurationItemChangeNotification",
];

/// The detail types of EventBridge that tell of no new object.
///
/// Source: the Amazon EventBridge events reference, "Amazon Simple Storage Service events".
const OTHER_DETAIL_TYPES: [&str; 10] = [
    "Async Copy Completion",
    "Object ACL Updated",
    "Object Access Tier Changed",
    "Object Deleted",
    "Object Restore Completed",
    "Object Restore Expired",
    "Object Restore Initiated",
    "Object Storage Class Changed",
    "Object Tags Added",
    "Object Tags Deleted",
];

/// The starts of the names of S3's events that tell of no new object.
///
/// Source: the Amazon S3 user guide, "Supported event types for SQS, SNS, and Lambda".
const OTHER_S3_EVENTS: [&str; 9] = [
    "IntelligentTiering",
    "LifecycleExpiration:",
    "LifecycleTransition",
    "ObjectAcl:",
    "ObjectRemoved:",
    "ObjectRestore:",
    "ObjectTagging:",
    "ReducedRedundancyLostObject",
    "Replication:",
];

/// What makes S3 say in EventBridge's detail that there is a new object.
///
/// Source: the Amazon S3 user guide, "EventBridge event message structure".
const CREATE_REASONS: [&str; 4] = ["CompleteMultipartUpload", "CopyObject", "POST Object", "PutObject"];

/// One layer of a message.
pub(super) enum Layer {
    /// The innermost layer.
    Announcement(Notification),
    /// The text of an SNS envelope's `Message`.
    Envelope(String),
}

type Members = Map<String, Value>;

const OTHER_S3_EVENT: Notification = Notification::Ignorable(IgnoreReason::OtherS3Event);

/// Determines the shape of an object and parses it.
pub(super) fn open_object(mut members: Members) -> Result<Layer, NotificationError> {
    if let Some(opened) = open_envelope(&mut members)? {
        return Ok(opened);
    }
    let notification = if is_one_of(&CONFIG_MESSAGES, members.get("messageType")) {
        Notification::Ignorable(IgnoreReason::AwsConfig)
    } else if members.contains_key("s3ObjectKey") || members.contains_key("s3Bucket") {
        read_cloudtrail(&members)?
    } else if members.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        Notification::Ignorable(IgnoreReason::S3TestEvent)
    } else if members.contains_key("Records") {
        read_s3_event(&members)?
    } else if members.contains_key("detail-type") && members.contains_key("detail") {
        read_event_bridge(&members)?
    } else if members.contains_key("s3") && members.contains_key("eventSource") {
        // A pipe or a transformer has taken one entry out of an S3 event notification.
        let object = read_s3_record("", &Value::Object(members))?;
        object.map_or(OTHER_S3_EVENT, |object| Notification::LogFiles(vec![object]))
    } else if members.contains_key("bucket") && is_one_of(&CREATE_REASONS, members.get("reason")) {
        // A transformer has left the detail of an EventBridge event.
        Notification::LogFiles(vec![read_detail(&Value::Object(members), "", None)?])
    } else {
        return Err(NotificationError::UnknownShape { members: MemberNames::of(&members) });
    };
    Ok(Layer::Announcement(notification))
}

fn open_envelope(members: &mut Members) -> Result<Option<Layer>, NotificationError> {
    let ignorable = |reason| Ok(Some(Layer::Announcement(Notification::Ignorable(reason))));
    match members.get("Type").and_then(Value::as_str) {
        Some("SubscriptionConfirmation") => return ignorable(IgnoreReason::SubscriptionConfirmation),
        Some("UnsubscribeConfirmation") => return ignorable(IgnoreReason::UnsubscribeConfirmation),
        Some("Notification") => {}
        None if members.contains_key("TopicArn") && members.contains_key("Message") => {}
        _ => return Ok(None),
    }
    match members.remove("Message") {
        Some(Value::String(message)) => Ok(Some(Layer::Envelope(message))),
        other => Err(unexpected(MessageShape::SnsEnvelope, "Message", other.as_ref(), "a string")),
    }
}

fn read_cloudtrail(members: &Members) -> Result<Notification, NotificationError> {
    let shape = MessageShape::CloudTrail;
    let keys = match members.get("s3ObjectKey") {
        Some(Value::Array(keys)) => keys.as_slice(),
        Some(single @ Value::String(_)) => std::slice::from_ref(single),
        other => return Err(unexpected(shape, "s3ObjectKey", other, "a list of keys")),
    };
    check_count(shape, keys.len())?;
    if keys.is_empty() {
        return Ok(Notification::Ignorable(IgnoreReason::NoObjects));
    }
    let bucket = name(shape, "s3Bucket", members.get("s3Bucket"))?;
    let object = |(index, key)| {
        let path = format!("s3ObjectKey[{index}]");
        let key = name(shape, &path, Some(key))?.to_owned();
        Ok(S3Object { bucket: bucket.to_owned(), key, size: None, version_id: None, region: None })
    };
    keys.iter().enumerate().map(object).collect::<Result<_, _>>().map(Notification::LogFiles)
}

fn read_s3_event(members: &Members) -> Result<Notification, NotificationError> {
    let shape = MessageShape::S3Event;
    let records = match members.get("Records") {
        Some(Value::Array(records)) => records,
        other => return Err(unexpected(shape, "Records", other, "a list")),
    };
    check_count(shape, records.len())?;
    if records.is_empty() {
        return Ok(Notification::Ignorable(IgnoreReason::NoObjects));
    }
    let mut objects = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        objects.extend(read_s3_record(&format!("Records[{index}]"), record)?);
    }
    if objects.is_empty() {
        return Ok(OTHER_S3_EVENT);
    }
    Ok(Notification::LogFiles(objects))
}

/// Parses the entry at `path`; `None` if it is not about a new object.
fn read_s3_record(path: &str, record: &Value) -> Result<Option<S3Object>, NotificationError> {
    let shape = MessageShape::S3Event;
    let at = |member: &str| below(path, member);
    if !record.is_object() {
        return Err(unexpected(shape, path, Some(record), "an object"));
    }
    if name(shape, &at("eventSource"), record.get("eventSource"))? != "aws:s3" {
        return Err(another_value(shape, at("eventSource"), "`aws:s3`"));
    }
    let event = name(shape, &at("eventName"), record.get("eventName"))?;
    // S3's notification configuration writes the event with the prefix `s3:`, the notification itself without it.
    let event = event.strip_prefix("s3:").unwrap_or(event);
    if !event.starts_with("ObjectCreated:") {
        let is_known = OTHER_S3_EVENTS.iter().any(|known| event.starts_with(known));
        return if is_known {
            Ok(None)
        } else {
            Err(another_value(shape, at("eventName"), "an event of S3"))
        };
    }
    let bucket = name(shape, &at("s3.bucket.name"), record.pointer("/s3/bucket/name"))?;
    let path = at("s3.object.key");
    let key = decode_form(name(shape, &path, record.pointer("/s3/object/key"))?)
        .map_err(|cause| NotificationError::KeyEncoding { shape, path, cause })?;
    Ok(Some(S3Object {
        bucket: bucket.to_owned(),
        key,
        size: record.pointer("/s3/object/size").and_then(Value::as_u64),
        version_id: optional_text(record.pointer("/s3/object/versionId")),
        region: optional_text(record.get("awsRegion")),
    }))
}

fn read_event_bridge(members: &Members) -> Result<Notification, NotificationError> {
    let shape = MessageShape::EventBridge;
    if name(shape, "source", members.get("source"))? != "aws.s3" {
        return Err(another_value(shape, "source".to_owned(), "`aws.s3`"));
    }
    match name(shape, "detail-type", members.get("detail-type"))? {
        "Object Created" => {}
        other if OTHER_DETAIL_TYPES.contains(&other) => return Ok(OTHER_S3_EVENT),
        // CloudTrail's events about S3 come late and name the object in another way.
        _ => return Err(another_value(shape, "detail-type".to_owned(), "`Object Created`")),
    }
    let region = optional_text(members.get("region"));
    let object = read_detail(members.get("detail").unwrap_or(&Value::Null), "detail", region)?;
    Ok(Notification::LogFiles(vec![object]))
}

/// Parses what EventBridge calls the detail, which is at `path`.
fn read_detail(detail: &Value, path: &str, region: Option<String>) -> Result<S3Object, NotificationError> {
    let shape = MessageShape::EventBridge;
    let text = |member: &str, pointer| name(shape, &below(path, member), detail.pointer(pointer));
    Ok(S3Object {
        bucket: text("bucket.name", "/bucket/name")?.to_owned(),
        key: text("object.key", "/object/key")?.to_owned(),
        size: detail.pointer("/object/size").and_then(Value::as_u64),
        version_id: optional_text(detail.pointer("/object/version-id")),
        region,
    })
}

fn is_one_of(names: &[&str], value: Option<&Value>) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| names.contains(&text))
}

fn below(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

/// Decodes form encoding: first each `+` into a space, then each `%XX`, which may encode a `+`.
fn decode_form(text: &str) -> Result<String, std::str::Utf8Error> {
    let spaced = text.replace('+', " ");
    Ok(percent_decode(spaced.as_bytes()).decode_utf8()?.into_owned())
}

/// A required, non-empty string.
fn name<'a>(shape: MessageShape, path: &str, value: Option<&'a Value>) -> Result<&'a str, NotificationError> {
    match value {
        Some(Value::String(text)) if text.is_empty() => Err(NotificationError::Unexpected {
            shape,
            path: path.to_owned(),
            found: "empty",
            expected: "a string",
        }),
        Some(Value::String(text)) => Ok(text),
        other => Err(unexpected(shape, path, other, "a string")),
    }
}

fn optional_text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn check_count(shape: MessageShape, count: usize) -> Result<(), NotificationError> {
    if count > MAX_OBJECTS {
        return Err(NotificationError::TooManyObjects { shape, count, limit: MAX_OBJECTS });
    }
    Ok(())
}

fn unexpected(
    shape: MessageShape,
    path: &str,
    found: Option<&Value>,
    expected: &'static str,
) -> NotificationError {
    let found = found.map_or("missing", type_name);
    NotificationError::Unexpected { shape, path: path.to_owned(), found, expected }
}

fn another_value(shape: MessageShape, path: String, expected: &'static str) -> NotificationError {
    NotificationError::Unexpected { shape, path, found: "a different value", expected }
}
