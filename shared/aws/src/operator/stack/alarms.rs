//! Alarms with their states.
//!
//! Source: the CloudWatch API reference, DescribeAlarms.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{AlarmType, MetricAlarm, StateValue};
use aws_smithy_types::DateTime;
use time::{Duration, OffsetDateTime};

use super::{StackReader, moment};
use crate::operator::error::{CallError, call_error};

/// How much later than an alarm its first state can seem to be.
const CREATION: Duration = Duration::minutes(1);

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
    /// Whether data that stop rang it: it has actions for this, and has changed since it was made.
    pub has_lost_data: bool,
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
            has_lost_data: false,
        }
    }

    /// Whether the alarm rings.
    #[must_use]
    pub fn rings(&self) -> bool {
        self.state == "ALARM" || self.has_lost_data
    }

    /// The same alarm, if its state tells that data stopped. An alarm begins in this state, so that only one which came
    /// back to it later tells anything.
    fn with_lost_data(mut self, alarm: &MetricAlarm) -> Self {
        let made = alarm.alarm_configuration_updated_timestamp().and_then(moment);
        let is_later = made.zip(self.since).is_some_and(|(made, since)| since - made > CREATION);
        self.has_lost_data =
            self.state == "INSUFFICIENT_DATA" && !alarm.insufficient_data_actions().is_empty() && is_later;
        self
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
                .with_lost_data(alarm)
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
