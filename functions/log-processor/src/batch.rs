//! The event that the event source mapping sends, and the response that it reads.
//!
//! Only members that matter are read from the event. The event type of `aws_lambda_events` reads all of them, so it would
//! fail a whole batch because of a member that nobody needs. Members that merely help, such as a message's attributes,
//! cannot fail a batch either. What a message announces is not looked at here.
//!
//! Source: the AWS Lambda developer guide, "Using Lambda with Amazon SQS".

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::Diagnostic;
use pipeline::{BatchOutcome, Message, OperationalEvent, PublishOptions};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A batch, as the event source mapping sends it.
#[derive(Debug, Clone, Deserialize)]
pub struct QueueBatch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<QueueRecord>,
}

/// One message of a [`QueueBatch`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRecord {
    /// The id; failures are reported by this id.
    #[serde(default)]
    pub message_id: Option<String>,
    /// The body. A message without a body is unreadable, like one with an empty body.
    #[serde(default)]
    pub body: Option<String>,
    /// The receipt handle, which a change of the message's visibility needs.
    #[serde(default, deserialize_with = "lenient")]
    pub receipt_handle: Option<String>,
    /// What the queue says about the message.
    #[serde(default, deserialize_with = "lenient")]
    pub attributes: Attributes,
    /// What the sender says about the message.
    #[serde(default, deserialize_with = "lenient")]
    pub message_attributes: Value,
}

/// What the queue says about a message.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Attributes {
    /// The number of receives so far, as text.
    #[serde(default, rename = "ApproximateReceiveCount", deserialize_with = "lenient")]
    pub receive_count: Option<String>,
}

/// A member with an unexpected type counts as missing.
fn lenient<'de, T: Default + serde::de::DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A message has no id, so its failure could not be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "message {position} of the batch has no `messageId`, so the whole batch returns to the queue; the function expects events from an SQS event source mapping"
)]
pub struct MissingMessageId {
    /// The position of the message in the batch, from 1.
    pub position: usize,
}

/// What Lambda records about a failed invocation.
impl From<MissingMessageId> for Diagnostic {
    fn from(error: MissingMessageId) -> Self {
        Self {
            error_type: OperationalEvent::BatchMissingMessageId.code().to_owned(),
            error_message: error.to_string(),
        }
    }
}

impl QueueBatch {
    /// The messages for the pipeline, in the order of the batch.
    ///
    /// # Errors
    ///
    /// [`MissingMessageId`] for the first message without one.
    pub fn into_messages(self) -> Result<Vec<Message>, MissingMessageId> {
        self.records
            .into_iter()
            .enumerate()
            .map(|(index, record)| match record.message_id {
                Some(id) if !id.is_empty() => {
                    let options = options(&record.message_attributes);
                    Ok(Message { id, body: record.body.unwrap_or_default(), options })
                }
                Some(_) | None => Err(MissingMessageId { position: index + 1 }),
            })
            .collect()
    }
}

/// What the sender wants to be published.
fn options(attributes: &Value) -> PublishOptions {
    PublishOptions::of_attributes(|name| attributes.get(name)?.get("stringValue")?.as_str())
}

/// The response to a batch: the messages that must return to the queue. All others are deleted.
pub fn response(outcome: &BatchOutcome) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.set_failures(outcome.failed_ids());
    response
}

#[cfg(test)]
mod tests {
    use pipeline::{MessageError, MessageOutcome, MetricOptions};
    use serde_json::json;

    use super::*;

    fn messages(event: serde_json::Value) -> Result<Vec<(String, String)>, MissingMessageId> {
        let batch: QueueBatch = serde_json::from_value(event).unwrap();
        Ok(batch.into_messages()?.into_iter().map(|message| (message.id, message.body)).collect())
    }

    #[test]
    fn an_event_of_the_mapping_is_read_whatever_else_it_holds() {
        let event = json!({"Records": [{
            "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
            "receiptHandle": "handle",
            "body": "text",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1789387200000"},
            "messageAttributes": {"a": {"stringListValues": null, "dataType": "String"}},
            "md5OfBody": null,
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:deliveries",
            "awsRegion": "us-east-1",
        }]});
        let expected = [("19dd0b57-b21e-4ac1-bd88-01bbb068cb78".to_owned(), "text".to_owned())];
        assert_eq!(messages(event).unwrap(), expected);
    }

    #[test]
    fn the_sender_says_what_is_published() {
        let attribute = |value: &str| json!({ "stringValue": value, "dataType": "String" });
        let (on, metrics) = (PublishOptions::default(), |metrics| PublishOptions { metrics, alerts: true });
        for (attributes, expected) in [
            (json!({}), on),
            (json!(null), on),
            (json!(["trailbell.metrics"]), on),
            (json!({ "trailbell.metrics": "off", "trailbell.alerts": { "stringValue": 1 } }), on),
            (json!({ "trailbell.metrics": attribute("on"), "trailbell.alerts": attribute("OFF") }), on),
            (json!({ "trailbell.metrics": attribute("off") }), metrics(MetricOptions::Off)),
            (json!({ "trailbell.metrics": attribute("log-file-time") }), metrics(MetricOptions::LogFileTime)),
            (json!({ "trailbell.alerts": attribute("off") }), PublishOptions { alerts: false, ..on }),
        ] {
            let record = json!({ "messageId": "1", "body": "", "messageAttributes": attributes });
            let batch: QueueBatch = serde_json::from_value(json!({ "Records": [record] })).unwrap();
            assert_eq!(batch.into_messages().unwrap()[0].options, expected, "{attributes}");
        }
    }

    #[test]
    fn members_that_only_help_fail_no_batch() {
        for odd in [json!(null), json!(1), json!([]), json!("text")] {
            let record = json!({
                "messageId": "1", "body": "b",
                "receiptHandle": odd, "attributes": odd, "messageAttributes": odd,
            });
            assert_eq!(messages(json!({ "Records": [record] })).unwrap(), [("1".into(), "b".into())]);
        }
    }

    #[test]
    fn a_missing_body_is_an_empty_one() {
        for record in [json!({"messageId": "1"}), json!({"messageId": "1", "body": null})] {
            assert_eq!(messages(json!({"Records": [record]})).unwrap(), [("1".to_owned(), String::new())]);
        }
    }

    #[test]
    fn a_missing_id_is_an_error_that_names_the_position() {
        for record in [json!({}), json!({"messageId": null}), json!({"messageId": ""})] {
            let event = json!({"Records": [{"messageId": "1", "body": ""}, record]});
            assert_eq!(messages(event).unwrap_err(), MissingMessageId { position: 2 });
        }
    }

    #[test]
    fn an_event_without_records_is_no_batch() {
        for event in [json!({}), json!({"Records": null}), json!([]), json!(null)] {
            assert!(serde_json::from_value::<QueueBatch>(event).is_err());
        }
    }

    #[test]
    fn the_answer_has_the_names_that_the_mapping_reads() {
        let failed = |id: &str| {
            let error = cloudtrail::parse_notification("").unwrap_err();
            (id.to_owned(), MessageOutcome::Unreadable(MessageError::Notification(error)))
        };
        let mut outcome = BatchOutcome::default();
        assert_eq!(serde_json::to_value(response(&outcome)).unwrap(), json!({"batchItemFailures": []}));
        outcome.messages = vec![failed("2"), ("3".into(), MessageOutcome::Processed), failed("1")];
        assert_eq!(
            serde_json::to_value(response(&outcome)).unwrap(),
            json!({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "1"}]})
        );
    }
}
