//! Every default of the rule document, in one place.
//!
//! | key | default |
//! |---|---|
//! | `defaults.metricNamespace` | `CloudTrailMetrics` |
//! | `defaults.alarmAccounts` | none: a rule has one alarm over all accounts |
//! | `extends`, `include`, `exclude` | none: nothing is inherited, and `rules` is required |
//! | `title` | the rule's `id` |
//! | `summary`, `rationale`, `response`, `knownNoise` | empty |
//! | `severity` | `medium` |
//! | `severityIfAllFailed` | none: refused and failed calls are as urgent as others; so is a value that is not below `severity` |
//! | `references`, `tests` | none |
//! | `metricTransformation.metricNamespace` | the document's `defaults.metricNamespace` |
//! | `metricTransformation.metricValue` | `1` |
//! | `metricTransformation.defaultValue` | none: a record that does not match adds nothing |
//! | `metricTransformation.unit` | `None` |
//! | `metricTransformation.dimensions` | none |
//! | `metricTransformation.timestamp` | `delivery` |
//! | `alarm` | an alarm with the defaults below; no alarm if the metric has dimensions, or with `alarm: false` |
//! | `alarm.statistic` | `Sum` |
//! | `alarm.period` | `300` seconds |
//! | `alarm.evaluationPeriods` | `1`; with `timestamp: event` enough periods to cover an hour |
//! | `alarm.datapointsToAlarm` | `evaluationPeriods`; with `timestamp: event` always `1` |
//! | `alarm.threshold` | `1` |
//! | `alarm.comparisonOperator` | `GreaterThanOrEqualToThreshold` |
//! | `alarm.treatMissingData` | `notBreaching` |
//! | `alarm.dimensions` | none: the alarm watches the metric without dimensions |
//! | `alarms` | none: several alarms with names, in place of `alarm` |
//! | `alert` | an alert with the default below; no alert with `alert: false` |
//! | `alert.groupBy` | `identity`, `account`, `region` |
//! | `alert.threshold` | `1` |
//! | `supersedes` | none: every rule that matches a record reports it |
//! | `deduplicate` | `true`: a record counts once per `eventID`, no matter how many log files contain it |
//! | `acceptedLints` | none: every lint is a finding |
//!
//! A metric with dimensions has no alarm by default, because CloudWatch does not aggregate a custom metric across its
//! dimensions: an alarm on the metric's name alone would never see a datapoint.
//!
//! `alarm.dimensions` is a list of mappings, each of which gives every dimension of the metric a value. Each mapping
//! makes one alarm: `dimensions: [{ AccountId: "111122223333" }, { AccountId: "444455556666" }]`.
//!
//! `alarms` is a list of alarms, each with a `name` in kebab-case and the keys of `alarm`:
//! `alarms: [{ name: warning, threshold: 5 }, { name: critical, threshold: 50 }]`. The name follows the rule's id in the
//! name of the alarm.
//!
//! `acceptedLints` maps the code of a lint to the reason for accepting it: `{ matches-nothing: not used yet }`.
//!
//! `alarmAccounts` does the same for every rule that has an alarm and a metric without dimensions: the metric gets
//! the dimension `AccountId` with the value of `$.recipientAccountId`, and each listed account gets its own alarm.
//! Matches in other accounts are published, but no alarm watches them.
//!
//! `treatMissingData` is not `missing`, the default of the CloudWatch API, because the absence of matching records is
//! the normal state.

use crate::{
    ComparisonOperator, GroupBy, MetricValue, Severity, Statistic, TimestampSource, TreatMissingData, Unit,
};

/// The namespace that CloudTrail's own documentation and template use.
pub(crate) const METRIC_NAMESPACE: &str = "CloudTrailMetrics";
pub(crate) const SEVERITY: Severity = Severity::Medium;
pub(crate) const METRIC_VALUE: MetricValue = MetricValue::Constant(1.0);
pub(crate) const DEDUPLICATE: bool = true;
pub(crate) const UNIT: Unit = Unit::None;
pub(crate) const TIMESTAMP: TimestampSource = TimestampSource::Delivery;

pub(crate) const STATISTIC: Statistic = Statistic::Sum;
pub(crate) const PERIOD_SECONDS: u32 = 300;
pub(crate) const EVALUATION_PERIODS: u32 = 1;
pub(crate) const THRESHOLD: f64 = 1.0;
pub(crate) const COMPARISON_OPERATOR: ComparisonOperator = ComparisonOperator::GreaterThanOrEqualToThreshold;
pub(crate) const TREAT_MISSING_DATA: TreatMissingData = TreatMissingData::NotBreaching;

/// How far back an alarm looks for datapoints that carry the time of the event.
///
/// CloudTrail, the queue and CloudWatch together take 5 to 15 minutes, and longer on a bad day. An hour covers nearly
/// every late datapoint and still lets the alarm return to OK soon.
pub(crate) const EVENT_TIME_WINDOW_SECONDS: u32 = 3_600;
pub(crate) const EVENT_TIME_DATAPOINTS_TO_ALARM: u32 = 1;

/// The delay within which nearly all of CloudTrail's records arrive.
pub(crate) const LATENESS_SECONDS: u32 = 900;

/// The dimension that `alarmAccounts` adds, and the selector for its value.
pub(crate) const ACCOUNT_DIMENSION: (&str, &str) = ("AccountId", "$.recipientAccountId");

/// A single finding is enough for an alert.
pub(crate) const ALERT_THRESHOLD: u32 = 1;
/// One alert per identity, account and region.
pub(crate) const GROUP_BY: [GroupBy; 3] = GroupBy::NAMED;
