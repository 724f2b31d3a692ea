//! The alarms of a region: read with their tags, put, tagged and deleted.
//!
//! CloudWatch lists alarms without their tags, so the tags that are not known are requested alarm by alarm, several at a
//! time. Nothing is retried here except by the SDK itself.
//!
//! Source: the CloudWatch API reference, DescribeAlarms, ListTagsForResource, PutMetricAlarm, PutCompositeAlarm,
//! TagResource, DeleteAlarms.

mod convert;

use alarms::{
    Alarm, AlarmStore, AlarmStoreError, AlarmStoreErrorKind, CompositeAlarm, Definition, Existing,
    MetricAlarm, Tags,
};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::error::SdkError;
use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Dimension, Tag};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use self::convert::{composite_alarm, existing, list, metric_alarm, statistic};
use crate::client::Aws;
use crate::failure::{Failure, PASSING, THROTTLED, bare};

/// The most alarms per page (DescribeAlarms).
const PAGE: i32 = 100;
/// For this many alarms, tags are requested at the same time.
const TAG_REQUESTS: usize = 8;

/// The codes of changes that collided with another change of the same alarm.
const SIMULTANEOUS: [&str; 3] = ["ConcurrentModification", "Conflict", "ResourceConflict"];

/// [`AlarmStore`] over CloudWatch.
#[derive(Debug, Clone)]
pub struct CloudWatchAlarmStore {
    client: Client,
}

impl CloudWatchAlarmStore {
    /// The alarms of the client's region and account.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// All alarms with a prefix, without their tags.
    async fn list(&self, name_prefix: &str) -> Result<Vec<Existing>, AlarmStoreError> {
        // Without the types, the response has only metric alarms.
        let mut pages = self
            .client
            .describe_alarms()
            .alarm_name_prefix(name_prefix)
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .alarm_types(AlarmType::LogAlarm)
            .max_records(PAGE)
            .into_paginator()
            .send();
        let mut alarms = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(alarm_error)?;
            for alarm in page.metric_alarms() {
                let definition = Some(Definition::Metric(metric_alarm(alarm)));
                alarms.extend(existing(alarm.alarm_name(), alarm.alarm_arn(), definition));
            }
            for alarm in page.composite_alarms() {
                let definition = Some(Definition::Composite(composite_alarm(alarm)));
                alarms.extend(existing(alarm.alarm_name(), alarm.alarm_arn(), definition));
            }
            for alarm in page.log_alarms() {
                alarms.extend(existing(alarm.alarm_name(), alarm.alarm_arn(), None));
            }
        }
        Ok(alarms)
    }

    /// Adds the tags of an alarm; `None` if the alarm was deleted after it was listed.
    async fn with_tags(
        &self,
        alarm: Existing,
        trusted: &[Alarm],
    ) -> Result<Option<Existing>, AlarmStoreError> {
        if let Some(tags) = alarm.trusted_tags(trusted) {
            return Ok(Some(Existing { tags: tags.clone(), ..alarm }));
        }
        let answer = self.client.list_tags_for_resource().resource_arn(&alarm.arn).send().await;
        match answer.map_err(alarm_error) {
            Ok(answer) => {
                let tags = answer.tags().iter();
                let tags = tags.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())));
                Ok(Some(Existing { tags: tags.collect(), ..alarm }))
            }
            Err(error) if error.kind == AlarmStoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn put_metric(&self, alarm: &Alarm, metric: &MetricAlarm) -> Result<(), AlarmStoreError> {
        let (named, extended) = statistic(&metric.statistic);
        let dimensions = metric
            .dimensions
            .iter()
            .map(|(name, value)| Dimension::builder().name(name).value(value).build());
        // No unit: an alarm with a unit sees only datapoints with that unit.
        self.client
            .put_metric_alarm()
            .alarm_name(&alarm.name)
            .alarm_description(&metric.description)
            .namespace(&metric.namespace)
            .metric_name(&metric.metric_name)
            .set_dimensions(Some(dimensions.collect()))
            .set_statistic(named)
            .set_extended_statistic(extended)
            .period(number(metric.period))
            .evaluation_periods(number(metric.evaluation_periods))
            .datapoints_to_alarm(number(metric.datapoints_to_alarm))
            .set_threshold(metric.threshold)
            .comparison_operator(ComparisonOperator::from(metric.comparison_operator.as_str()))
            .treat_missing_data(&metric.treat_missing_data)
            .actions_enabled(metric.actions.enabled)
            .set_alarm_actions(list(&metric.actions.alarm))
            .set_ok_actions(list(&metric.actions.ok))
            .set_insufficient_data_actions(list(&metric.actions.insufficient_data))
            .set_tags(Some(sdk_tags(&alarm.tags)))
            .send()
            .await
            .map_err(alarm_error)?;
        Ok(())
    }

    async fn put_composite(&self, alarm: &Alarm, composite: &CompositeAlarm) -> Result<(), AlarmStoreError> {
        self.client
            .put_composite_alarm()
            .alarm_name(&alarm.name)
            .alarm_description(&composite.description)
            .alarm_rule(&composite.rule)
            .actions_enabled(composite.actions.enabled)
            .set_alarm_actions(list(&composite.actions.alarm))
            .set_ok_actions(list(&composite.actions.ok))
            .set_insufficient_data_actions(list(&composite.actions.insufficient_data))
            .set_tags(Some(sdk_tags(&alarm.tags)))
            .send()
            .await
            .map_err(alarm_error)?;
        Ok(())
    }
}

impl Aws {
    /// The alarms in the environment's region.
    pub fn alarm_store(&self) -> CloudWatchAlarmStore {
        CloudWatchAlarmStore::new(Client::new(self.config()))
    }
}

impl AlarmStore for CloudWatchAlarmStore {
    async fn describe(&self, name_prefix: &str, trusted: &[Alarm]) -> Result<Vec<Existing>, AlarmStoreError> {
        let alarms = self.list(name_prefix).await?;
        let alarms: Vec<Option<Existing>> = stream::iter(alarms)
            .map(|alarm| self.with_tags(alarm, trusted))
            .buffer_unordered(TAG_REQUESTS)
            .try_collect()
            .await?;
        Ok(alarms.into_iter().flatten().collect())
    }

    async fn put(&self, alarm: &Alarm) -> Result<(), AlarmStoreError> {
        match &alarm.definition {
            Definition::Metric(metric) => self.put_metric(alarm, metric).await,
            Definition::Composite(composite) => self.put_composite(alarm, composite).await,
        }
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AlarmStoreError> {
        let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(tags)));
        request.send().await.map_err(alarm_error)?;
        Ok(())
    }

    async fn delete(&self, names: &[String]) -> Result<(), AlarmStoreError> {
        let request = self.client.delete_alarms().set_alarm_names(Some(names.to_vec()));
        request.send().await.map_err(alarm_error)?;
        Ok(())
    }
}

/// A number for the API, where periods and counts are signed. A number that does not fit becomes the largest number, which
/// CloudWatch rejects.
fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// An error of a call about alarms, as `alarms` knows it.
pub(crate) fn alarm_error<E>(error: SdkError<E>) -> AlarmStoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    AlarmStoreError { kind: kind_of(Failure::of(&error)), source: Box::new(error) }
}

/// What a failure means for the reconciler.
fn kind_of(failure: Failure<'_>) -> AlarmStoreErrorKind {
    let (status, code) = match failure {
        Failure::NotBuilt => return AlarmStoreErrorKind::Refused,
        Failure::NoAnswer => return AlarmStoreErrorKind::Unavailable,
        Failure::Answer { status, code } => (status, code),
    };
    if THROTTLED.contains(&code) || status == 429 {
        return AlarmStoreErrorKind::Throttled;
    }
    if PASSING.contains(&code) || SIMULTANEOUS.contains(&bare(code)) {
        return AlarmStoreErrorKind::Unavailable;
    }
    match (bare(code), status) {
        ("LimitExceeded", _) => AlarmStoreErrorKind::LimitExceeded,
        ("ResourceNotFound", _) => AlarmStoreErrorKind::NotFound,
        (_, 401 | 403) => AlarmStoreErrorKind::AccessDenied,
        (_, 200..=299 | 500..) => AlarmStoreErrorKind::Unavailable,
        _ => AlarmStoreErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests;
