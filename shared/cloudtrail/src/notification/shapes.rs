//! The shapes of a message, and how each names its objects.
//!
//! Only what is used is looked at. Sizes and versions are optional everywhere, and wrong ones count as absent; a bucket
//! or a key that is missing, of another type or empty is an error.

use super::error::{MemberNames, type_name};
use super::{IgnoreReason, MAX_OBJECTS, Notification, NotificationError, Opened, S3Object, Shape};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

type Members = Map<String, Value>;

/// Tells the shape of an object and reads it.
pub(super) fn open_object(mut members: Members) -> Result<Opened, NotificationError> {
    if let Some(opened) = open_envelope(&mut members)? {
        return Ok(opened);
    }
    let notification = if members.contains_key("s3ObjectKey") || members.contains_key("s3Bucket") {
        read_cloudtrail(&members)?
    } else if members.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        Notification::Ignorable(IgnoreReason::S3TestEvent)
    } else if members.contains_key("Records") {
        read_s3_event(&members)?
    } else if members.contains_key("detail-type") && members.contains_key("detail") {
        read_event_bridge(&members)?
    } else {
        return Err(NotificationError::UnknownShape { members: MemberNames::of(&members) });
    };
    Ok(Opened::Announcement(notification))
}

fn open_envelope(members: &mut Members) -> Result<Option<Opened>, NotificationError> {
    let ignorable = |reason| Ok(Some(Opened::Announcement(Notification::Ignorable(reason))));
    match members.get("Type").and_then(Value::as_str) {
        Some("SubscriptionConfirmation") => return ignorable(IgnoreReason::SubscriptionConfirmation),
        Some("UnsubscribeConfirmation") => return ignorable(IgnoreReason::UnsubscribeConfirmation),
        Some("Notification") => {}
        None if members.contains_key("TopicArn") && members.contains_key("Message") => {}
        _ => return Ok(None),
    }
    match members.remove("Message") {
        Some(Value::String(message)) => Ok(Some(Opened::Envelope(message))),
        other => Err(unexpected(Shape::SnsEnvelope, "Message", other.as_ref(), "a string")),
    }
}

fn read_cloudtrail(members: &Members) -> Result<Notification, NotificationError> {
    let shape = Shape::CloudTrail;
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
    let shape = Shape::S3Event;
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
        objects.extend(read_s3_record(index, record)?);
    }
    if objects.is_empty() {
        return Ok(Notification::Ignorable(IgnoreReason::OtherS3Event));
    }
    Ok(Notification::LogFiles(objects))
}

/// Reads one entry; `None` if it is about something else than a new object.
fn read_s3_record(index: usize, record: &Value) -> Result<Option<S3Object>, NotificationError> {
    let shape = Shape::S3Event;
    let at = |member: &str| format!("Records[{index}]{member}");
    if !record.is_object() {
        return Err(unexpected(shape, &at(""), Some(record), "an object"));
    }
    if name(shape, &at(".eventSource"), record.get("eventSource"))? != "aws:s3" {
        return Err(another_value(shape, at(".eventSource"), "`aws:s3`"));
    }
    let event = name(shape, &at(".eventName"), record.get("eventName"))?;
    // The configuration of a notification spells the event with `s3:` in front, the notification itself without.
    if !event.strip_prefix("s3:").unwrap_or(event).starts_with("ObjectCreated:") {
        return Ok(None);
    }
    let bucket = name(shape, &at(".s3.bucket.name"), record.pointer("/s3/bucket/name"))?;
    let path = at(".s3.object.key");
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
    let shape = Shape::EventBridge;
    if name(shape, "source", members.get("source"))? != "aws.s3" {
        return Err(another_value(shape, "source".to_owned(), "`aws.s3`"));
    }
    if name(shape, "detail-type", members.get("detail-type"))? != "Object Created" {
        return Ok(Notification::Ignorable(IgnoreReason::OtherS3Event));
    }
    let detail = |pointer| members.get("detail").and_then(|detail| detail.pointer(pointer));
    let bucket = name(shape, "detail.bucket.name", detail("/bucket/name"))?;
    let key = name(shape, "detail.object.key", detail("/object/key"))?;
    Ok(Notification::LogFiles(vec![S3Object {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        size: detail("/object/size").and_then(Value::as_u64),
        version_id: optional_text(detail("/object/version-id")),
        region: optional_text(members.get("region")),
    }]))
}

/// Undoes form encoding: first `+`, which stands for a space, then `%XX`, which may stand for a `+`.
fn decode_form(text: &str) -> Result<String, std::str::Utf8Error> {
    let spaced = text.replace('+', " ");
    Ok(percent_decode(spaced.as_bytes()).decode_utf8()?.into_owned())
}

/// A text that must be there and must not be empty.
fn name<'a>(shape: Shape, path: &str, value: Option<&'a Value>) -> Result<&'a str, NotificationError> {
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

fn check_count(shape: Shape, count: usize) -> Result<(), NotificationError> {
    if count > MAX_OBJECTS {
        return Err(NotificationError::TooManyObjects { shape, count, limit: MAX_OBJECTS });
    }
    Ok(())
}

fn unexpected(shape: Shape, path: &str, found: Option<&Value>, expected: &'static str) -> NotificationError {
    let found = found.map_or("missing", type_name);
    NotificationError::Unexpected { shape, path: path.to_owned(), found, expected }
}

fn another_value(shape: Shape, path: String, expected: &'static str) -> NotificationError {
    NotificationError::Unexpected { shape, path, found: "another value", expected }
}
