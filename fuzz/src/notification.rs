//! Queue messages, and the keys they announce.

use cloudtrail::{
    MAX_OBJECTS, Notification, NotificationError, ObjectKind, S3Object, classify_key, parse_notification,
};
use serde_json::json;

use crate::shown::is_line;

/// The longest error in bytes: member names are shortened, and values are not shown.
const ERROR_BYTES: usize = 1000;

/// The input is a notification, with the same result in an SNS envelope and with objects that every service could
/// announce, or it is an error of one short line.
pub fn notification(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let answer = parse_notification(text);
    match &answer {
        Ok(Notification::LogFiles(objects)) => {
            assert!((1..=MAX_OBJECTS).contains(&objects.len()));
            objects.iter().for_each(is_announced);
        }
        Ok(Notification::Ignorable(reason)) => assert!(!reason.as_str().is_empty()),
        Err(error) => {
            is_line(&error.to_string());
            assert!(error.to_string().len() < ERROR_BYTES && error.code().starts_with("message."));
        }
    }
    let wrapped = json!({ "Type": "Notification", "Message": text }).to_string();
    match (answer, parse_notification(&wrapped)) {
        (Ok(bare), Ok(wrapped)) => assert_eq!(bare, wrapped),
        (Ok(_), Err(NotificationError::TooManyEnvelopes { .. })) | (Err(_), Err(_)) => {}
        (bare, wrapped) => panic!("{bare:?}, and in an envelope {wrapped:?}"),
    }
}

/// An object is the same, whichever service announces it.
fn is_announced(object: &S3Object) {
    assert!(!object.bucket.is_empty() && !object.key.is_empty());
    let S3Object { bucket, key, size, version_id, region } = object;
    let event_bridge = json!({
        "source": "aws.s3", "detail-type": "Object Created", "region": region,
        "detail": { "bucket": { "name": bucket }, "object": { "key": key, "size": size, "version-id": version_id } },
    });
    let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let s3 = json!({ "Records": [{
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": region,
        "s3": { "bucket": { "name": bucket }, "object": { "key": encoded, "size": size, "versionId": version_id } },
    }] });
    for announced in [event_bridge, s3] {
        let again = parse_notification(&announced.to_string()).expect("an announcement");
        assert_eq!(again, Notification::LogFiles(vec![object.clone()]));
    }
}

/// The input is a key of some kind. If it names a log file, a path built from its account and region gives the same
/// result.
pub fn object_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kind = classify_key(text);
    assert_eq!(kind == ObjectKind::Marker, text.ends_with('/'));
    assert!(!kind.as_str().is_empty());
    let (ObjectKind::LogFile(key) | ObjectKind::Insight(key) | ObjectKind::NetworkActivity(key)) = &kind
    else {
        return;
    };
    assert!(key.account.len() == 12 && key.account.bytes().all(|byte| byte.is_ascii_digit()));
    is_line(&key.region);
    assert!(text.contains(&key.account) && text.contains(&key.region));
    let organization = key.organization.as_ref().map_or_else(String::new, |id| format!("{id}/"));
    let folder = match kind {
        ObjectKind::LogFile(_) => "CloudTrail",
        ObjectKind::Insight(_) => "CloudTrail-Insight",
        _ => "CloudTrail-NetworkActivity",
    };
    let name = text.rsplit('/').next().unwrap_or_default();
    let path = format!("AWSLogs/{organization}{}/{folder}/{}/2026/09/14/{name}", key.account, key.region);
    assert_eq!(classify_key(&path), kind);
}
