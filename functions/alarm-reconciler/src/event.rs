//! The events that invoke the function.
//!
//! Only members that matter are read. An unknown event is an error, so that a rule or a schedule that sends something else is
//! noticed.
//!
//! Source: the EventBridge user guide, "Amazon S3 events" and "Scheduled events"; the AWS CloudFormation user guide,
//! "Custom resource request objects".

use serde::Deserialize;
use serde_json::Value;

use crate::custom_resource::Request;

/// The `detail-type` of a new version of an object.
const OBJECT_CREATED: &str = "Object Created";
/// The `detail-type` of a schedule.
const SCHEDULED: &str = "Scheduled Event";
/// The only action that can be requested manually.
const RECONCILE: &str = "reconcile";

/// Why the function is invoked.
#[derive(Debug)]
pub enum Event {
    /// CloudFormation creates, updates or deletes the custom resource that stands for the alarms.
    CustomResource(Box<Request>),
    /// An object in S3 has a new version.
    ObjectCreated {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// The schedule asks for a check for drift.
    Schedule,
    /// Somebody asks for a run: `{}` or `{"action": "reconcile"}`.
    Manual,
}

/// Why the function cannot handle an event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The event looks like one of the known events, but lacks a member.
    #[error("the event is incomplete")]
    Incomplete(#[source] serde_json::Error),
    /// The event is unknown.
    #[error(
        "unknown event; expected a CloudFormation custom resource, `{OBJECT_CREATED}` or `{SCHEDULED}` from EventBridge, {{}} or {{\"action\": \"{RECONCILE}\"}}"
    )]
    Unknown,
}

#[derive(Deserialize)]
struct ObjectCreated {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

impl Event {
    /// Distinguishes events by the members that only they have.
    ///
    /// # Errors
    ///
    /// [`EventError`] if the event is unknown or incomplete.
    pub fn read(event: Value) -> Result<Self, EventError> {
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        if text("RequestType").is_some() {
            return serde_json::from_value(event).map(Self::CustomResource).map_err(EventError::Incomplete);
        }
        match (text("detail-type"), text("action"), event.as_object().map(serde_json::Map::len)) {
            (Some(OBJECT_CREATED), ..) => {
                let created: ObjectCreated = serde_json::from_value(event).map_err(EventError::Incomplete)?;
                let Detail { bucket, object } = created.detail;
                Ok(Self::ObjectCreated { bucket: bucket.name, key: object.key })
            }
            (Some(SCHEDULED), ..) => Ok(Self::Schedule),
            (None, Some(RECONCILE), _) | (None, None, Some(0)) => Ok(Self::Manual),
            _ => Err(EventError::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_apart() {
        let created = json!({
            "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created",
            "source": "aws.s3", "account": "111122223333",
            "detail": {
                "version": "0", "bucket": {"name": "amzn-s3-demo-bucket"},
                "object": {"key": "rules v2.yaml", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184"},
                "reason": "PutObject",
            },
        });
        let event = Event::read(created).unwrap();
        let Event::ObjectCreated { bucket, key } = event else { panic!("{event:?}") };
        assert_eq!((bucket.as_str(), key.as_str()), ("amzn-s3-demo-bucket", "rules v2.yaml"));
        let scheduled = json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
        assert!(matches!(Event::read(scheduled), Ok(Event::Schedule)));
        for event in [json!({}), json!({"action": "reconcile"})] {
            assert!(matches!(Event::read(event), Ok(Event::Manual)));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for event in [
            json!({"action": "delete"}),
            json!({"Records": []}),
            json!({"detail-type": "Object Deleted"}),
            json!([]),
            json!(null),
            json!("reconcile"),
        ] {
            assert!(matches!(Event::read(event.clone()), Err(EventError::Unknown)), "{event}");
        }
        let incomplete = Event::read(json!({"detail-type": "Object Created", "detail": {}})).unwrap_err();
        assert!(matches!(incomplete, EventError::Incomplete(_)));
        assert!(Event::read(json!({"RequestType": "Create"})).is_err());
        assert!(Event::read(json!({"RequestType": "Rename"})).is_err());
    }
}
