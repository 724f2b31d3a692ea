//! Alerts to SNS: one Publish for each alert, in the form that each kind of subscriber reads.
//!
//! Source: the SNS API reference, Publish; the SNS developer guide, message attributes.

mod envelope;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use pipeline::{Alert, AlertSink, SinkError, SinkErrorKind};

pub use self::envelope::MESSAGE_BYTES;
use crate::failure::alert_error;
use crate::topic::TopicArn;

/// [`AlertSink`] over Publish.
///
/// The attributes `rule`, `severity`, `account` and `region` let subscriptions filter; one whose value is unknown is
/// left out.
#[derive(Debug, Clone)]
pub struct SnsAlertSink {
    destination: Option<(Client, TopicArn)>,
}

impl SnsAlertSink {
    /// A sink that publishes to `topic`; the client has to be of the topic's region.
    pub fn new(client: Client, topic: TopicArn) -> Self {
        Self { destination: Some((client, topic)) }
    }

    /// A sink for users who want metrics and alarms only: an alert leaves a line in the log and counts as published.
    pub fn without_topic() -> Self {
        Self { destination: None }
    }
}

impl AlertSink for SnsAlertSink {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        let Some((client, topic)) = &self.destination else {
            tracing::info!(
                rule = alert.rule_id,
                severity = alert.severity,
                count = alert.count,
                "alert not published: no topic is configured",
            );
            return Ok(());
        };
        let mut publish = client
            .publish()
            .topic_arn(topic.as_str())
            .subject(alert.subject())
            .message(envelope::message(alert))
            .message_structure("json");
        for (name, value) in attributes(alert) {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|source| SinkError { kind: SinkErrorKind::Invalid, source: Box::new(source) })?;
            publish = publish.message_attributes(name, value);
        }
        publish.send().await.map_err(alert_error)?;
        Ok(())
    }
}

/// Names and values of the message attributes. SNS refuses empty values.
fn attributes(alert: &Alert) -> impl Iterator<Item = (&'static str, &str)> {
    let event = alert.events.first();
    [
        ("rule", Some(alert.rule_id.as_str())),
        ("severity", Some(alert.severity)),
        ("account", event.and_then(|event| event.account.as_deref())),
        ("region", event.and_then(|event| event.region.as_deref())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
}

#[cfg(test)]
mod tests;
