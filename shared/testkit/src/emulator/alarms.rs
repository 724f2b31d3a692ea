//! Alarms: read as a whole, and made and deleted as somebody does who knows nothing of rules.
//!
//! The emulator looks at an alarm when a value of its metric arrives through the API, whatever the dimensions are, and at no
//! other time; it knows nothing of missing data, and metrics of its own services move no alarm.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, CompositeAlarm, MetricAlarm, StateValue, Statistic, Tag,
};

use super::EmulatedCloud;

/// What CloudWatch answers about an alarm on a metric or on other alarms.
///
/// Two of them that are equal are of an alarm that nobody has written to in between.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alarm {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Its description.
    pub description: String,
    /// Namespace and name of the metric; none for an alarm on other alarms.
    pub metric: Option<(String, String)>,
    /// What the metric is compared with; none for an alarm on other alarms.
    pub threshold: Option<f64>,
    /// The expression over other alarms; none for an alarm on a metric.
    pub rule: Option<String>,
    /// ARNs of what is told that it is in `ALARM`.
    pub alarm_actions: Vec<String>,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was last written.
    pub written: Option<DateTime>,
}

impl EmulatedCloud {
    /// The state of an alarm on a metric: `OK`, `ALARM` or `INSUFFICIENT_DATA`; none if there is no such alarm.
    pub async fn alarm_state(&self, name: &str) -> Option<String> {
        let answer = self.cloudwatch().describe_alarms().alarm_names(name).send().await;
        let alarm = answer.expect("describe an alarm").metric_alarms.unwrap_or_default().pop()?;
        alarm.state_value.map(|state| state.as_str().to_owned())
    }

    /// All alarms whose names begin with `prefix`, by name.
    pub async fn alarms(&self, prefix: &str) -> BTreeMap<String, Alarm> {
        let client = self.cloudwatch();
        let mut pages = client
            .describe_alarms()
            .alarm_name_prefix(prefix)
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .into_paginator()
            .send();
        let mut alarms = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.expect("describe alarms");
            for alarm in page.metric_alarms.unwrap_or_default() {
                let (name, tags) = (alarm.alarm_name.clone(), tags(&client, alarm.alarm_arn()).await);
                alarms.insert(name.unwrap_or_default(), Alarm { tags, ..on_metric(alarm) });
            }
            for alarm in page.composite_alarms.unwrap_or_default() {
                let (name, tags) = (alarm.alarm_name.clone(), tags(&client, alarm.alarm_arn()).await);
                alarms.insert(name.unwrap_or_default(), Alarm { tags, ..on_alarms(alarm) });
            }
        }
        alarms
    }

    /// Creates an alarm on CPU utilization, or overwrites the one of this name, whose tags then stay as they are.
    pub async fn put_alarm(&self, name: &str, tags: &[(&str, &str)]) {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build());
        let request = self
            .cloudwatch()
            .put_metric_alarm()
            .alarm_name(name)
            .namespace("AWS/EC2")
            .metric_name("CPUUtilization")
            .statistic(Statistic::Average)
            .period(300)
            .evaluation_periods(1)
            .threshold(90.0)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .set_tags(Some(tags.collect()));
        request.send().await.expect("put an alarm");
    }

    /// Lets an alarm ring, as a test of its actions does.
    pub async fn ring_alarm(&self, name: &str) {
        let request = self.cloudwatch().set_alarm_state().alarm_name(name).state_value(StateValue::Alarm);
        request.state_reason("a test").send().await.expect("set the state of an alarm");
    }

    /// Deletes an alarm.
    pub async fn delete_alarm(&self, name: &str) {
        self.cloudwatch().delete_alarms().alarm_names(name).send().await.expect("delete an alarm");
    }

    fn cloudwatch(&self) -> Client {
        Client::new(self.sdk_config())
    }
}

fn on_metric(alarm: MetricAlarm) -> Alarm {
    Alarm {
        state: alarm.state_value.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        description: alarm.alarm_description.unwrap_or_default(),
        metric: alarm.namespace.zip(alarm.metric_name),
        threshold: alarm.threshold,
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        written: alarm.alarm_configuration_updated_timestamp,
        ..Alarm::default()
    }
}

fn on_alarms(alarm: CompositeAlarm) -> Alarm {
    Alarm {
        state: alarm.state_value.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        description: alarm.alarm_description.unwrap_or_default(),
        rule: alarm.alarm_rule,
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        written: alarm.alarm_configuration_updated_timestamp,
        ..Alarm::default()
    }
}

/// The tags of an alarm; none if it has been deleted since it was listed.
async fn tags(client: &Client, arn: Option<&str>) -> BTreeMap<String, String> {
    let answer = client.list_tags_for_resource().set_resource_arn(arn.map(str::to_owned)).send().await;
    let tags = answer.ok().and_then(|answer| answer.tags).unwrap_or_default();
    tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect()
}
