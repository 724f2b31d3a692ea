//! Alarms with their states.
//!
//! Source: the CloudWatch API reference, DescribeAlarms.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use aws_smithy_types::DateTime;
use time::OffsetDateTime;

use super::{StackReader, moment};
use crate::operator::error::{CallError, call_error};

/// An alarm as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackAlarm {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Since when.
    pub since: Option<OffsetDateTime>,
    /// Whether it tells anybody when it rings.
    pub has_actions: bool,
}

impl StackAlarm {
    fn new(
        (name, description): (Option<&str>, Option<&str>),
        state: Option<&StateValue>,
        since: Option<&DateTime>,
        (enabled, actions): (Option<bool>, &[String]),
    ) -> Self {
        Self {
            name: name.unwrap_or_default().to_owned(),
            description: description.unwrap_or_default().to_owned(),
            state: state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
            since: since.and_then(moment),
            has_actions: enabled != Some(false) && !actions.is_empty(),
        }
    }

    /// Whether the alarm rings.
    #[must_use]
    pub fn rings(&self) -> bool {
        self.state == "ALARM"
    }
}

impl StackReader {
    /// The alarms whose names start with `prefix`.
    ///
    /// # Errors
    ///
    /// [`CallError`] if they cannot be listed.
    pub async fn alarms(&self, prefix: &str) -> Result<Vec<StackAlarm>, CallError> {
        let client = Client::new(self.aws.config());
        let mut pages = client
            .describe_alarms()
            .alarm_name_prefix(prefix)
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .into_paginator()
            .send();
        let mut alarms = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| call_error("cloudwatch:DescribeAlarms", prefix, error))?;
            alarms.extend(page.metric_alarms().iter().map(|alarm| {
                StackAlarm::new(
                    (alarm.alarm_name(), alarm.alarm_description()),
                    alarm.state_value(),
                    alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp()),
                    (alarm.actions_enabled(), alarm.alarm_actions()),
                )
            }));
            alarms.extend(page.composite_alarms().iter().map(|alarm| {
                StackAlarm::new(
                    (alarm.alarm_name(), alarm.alarm_description()),
                    alarm.state_value(),
                    alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp()),
                    (alarm.actions_enabled(), alarm.alarm_actions()),
                )
            }));
        }
        Ok(alarms)
    }
}
