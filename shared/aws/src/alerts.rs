//! Alerts to SNS: one Publish for each alert, with a form for each kind of subscriber.
//!
//! Source: the SNS API reference, Publish; the SNS developer guide, message attributes.

mod envelope;

use aws_sdk_sns::Client;
use aws_sdk_sns::config::Region;
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use pipeline::{Alert, AlertSink, SinkError, SinkErrorKind};

pub use self::envelope::MESSAGE_BYTES;
use crate::client::{AtFirstUse, Aws};
use crate::failure::{Failure, THROTTLED};
use crate::topic::TopicArn;

/// The codes of Publish for invalid content.
const INVALID_ALERT: [&str; 4] =
    ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException"];

/// [`AlertSink`] over Publish.
///
/// Subscriptions can filter by the attributes `rule`, `severity`, `account` and `region`. An attribute without a known
/// value is left out.
#[derive(Debug, Clone)]
pub struct SnsAlertSink {
    destination: Option<(AtFirstUse<Client>, TopicArn)>,
}

impl SnsAlertSink {
    /// Returns a sink that publishes to `topic`; the client must use the topic's region.
    pub fn new(client: Client, topic: TopicArn) -> Self {
        Self { destination: Some((AtFirstUse::new(|| client), topic)) }
    }

    /// Returns a sink for users who want only metrics and alarms: an alert is logged and counts as published.
    pub fn without_topic() -> Self {
        Self { destination: None }
    }
}

impl Aws {
    /// The sink for alerts, in the topic's own region. Without a topic, alerts are only logged.
    pub fn alert_sink(&self, topic: Option<TopicArn>) -> SnsAlertSink {
        match topic {
            None => SnsAlertSink::without_topic(),
            Some(topic) => {
                let region = Region::new(topic.region().to_owned());
                let config = aws_sdk_sns::config::Builder::from(self.config()).region(region).build();
                let client = AtFirstUse::new(|| Client::from_conf(config));
                SnsAlertSink { destination: Some((client, topic)) }
            }
        }
    }
}

impl AlertSink for SnsAlertSink {
    async fn publish(&self, alert: &Alert) -> Result<(), SinkError> {
        let Some((client, topic)) = &self.destination else {
            tracing::info!(
                rule = alert.rule.id,
                severity = alert.severity.as_str(),
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

/// The names and values of the message attributes. SNS rejects empty values.
fn attributes(alert: &Alert) -> impl Iterator<Item = (&'static str, &str)> {
    let event = alert.events.first();
    [
        ("rule", Some(alert.rule.id.as_str())),
        ("severity", Some(alert.severity.as_str())),
        ("account", event.and_then(|event| event.account.as_deref())),
        ("region", event.and_then(|event| event.region.as_deref())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
}

/// An error of Publish, as the pipeline knows it.
pub(crate) fn alert_error<E>(error: SdkError<E>) -> SinkError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    SinkError { kind: kind_of(Failure::of(&error)), source: Box::new(error) }
}

/// What a failure means for a publisher of alerts.
fn kind_of(failure: Failure<'_>) -> SinkErrorKind {
    match failure {
        // Only the owner of the key can fix a key that is disabled or deleted, as with a missing permission.
        Failure::Answer { code, .. } if code.starts_with("KMS") && !THROTTLED.contains(&code) => {
            SinkErrorKind::AccessDenied
        }
        Failure::Answer { code: "NotFound" | "NotFoundException", .. } => SinkErrorKind::AccessDenied,
        Failure::NotBuilt | Failure::NoAnswer | Failure::Answer { .. } => {
            failure.of_sink(|code| INVALID_ALERT.contains(&code))
        }
    }
}

#[cfg(test)]
mod tests;
