//! Every default of the rule document, in one place.
//!
//! | key | default |
//! |---|---|
//! | `defaults.metricNamespace` | `CloudTrailMetrics` |
//! | `defaults.alarmAccounts` | none: a rule has one alarm over all accounts |
//! | `extends`, `include`, `exclude` | none: the document stands alone, and `rules` is required |
//! | `title` | the rule's `id` |
//! | `description`, `response`, `knownNoise` | empty |
//! | `severity` | `medium` |
//! | `references`, `tests` | none |
//! | `metricTransformation.metricNamespace` | the document's `defaults.metricNamespace` |
//! | `metricTransformation.metricValue` | `1` |
//! | `metricTransformation.defaultValue` | none: a record that does not match adds nothing |
//! | `metricTransformation.unit` | `None` |
//! | `metricTransformation.dimensions` | none |
//! | `metricTransformation.timestamp` | `delivery` |
//! | `alarm` | an alarm with the defaults below; none if the metric has dimensions; `alarm: false` is none |
//! | `alarm.statistic` | `Sum` |
//! | `alarm.period` | `300` seconds |
//! | `alarm.evaluationPeriods` | `1`; with `timestamp: event` as many as make up an hour |
//! | `alarm.datapointsToAlarm` | `evaluationPeriods`; `1` with `timestamp: event`, whatever `evaluationPeriods` is |
//! | `alarm.threshold` | `1` |
//! | `alarm.comparisonOperator` | `GreaterThanOrEqualToThreshold` |
//! | `alarm.treatMissingData` | `notBreaching` |
//! | `alarm.dimensions` | none: the alarm reads the metric without dimensions |
//! | `alert` | an alert with the default below; `alert: false` is none |
//! | `alert.groupBy` | `$.userIdentity.arn`, `$.recipientAccountId`, `$.awsRegion` |
//! | `deduplicate` | `true`: a record counts once for its `eventID`, in however many log files it comes |
//!
//! A metric with dimensions has no alarm by default, because CloudWatch does not sum a custom metric over its
//! dimensions: an alarm on the metric's name alone would never see a datapoint.
//!
//! `alarm.dimensions` is a list of mappings from each of the metric's dimensions to a value, and makes an alarm of each:
//! `dimensions: [{ AccountId: "111122223333" }, { AccountId: "444455556666" }]`.
//!
//! `alarmAccounts` does that for every rule that has an alarm and a metric without dimensions: the metric gets the dimension
//! `AccountId` with the value of `$.recipientAccountId`, and each listed account its own alarm. The matches of an account
//! that is not listed are published and watched by no alarm.
//!
//! `treatMissingData` departs from the `missing` of the CloudWatch API: no matching record is the normal state.

use crate::{ComparisonOperator, MetricValue, Severity, Statistic, TimestampSource, TreatMissingData, Unit};

/// The namespace of CloudTrail's own documentation and template.
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
/// CloudTrail, the queue and CloudWatch together take 5 to 15 minutes, and more on a bad day; an hour sees nearly
/// every late datapoint and still lets the alarm recover the same day.
pub(crate) const EVENT_TIME_WINDOW_SECONDS: u32 = 3_600;
pub(crate) const EVENT_TIME_DATAPOINTS_TO_ALARM: u32 = 1;

/// The time within which CloudTrail's records nearly always arrive.
pub(crate) const LATENESS_SECONDS: u32 = 900;

/// The dimension that `alarmAccounts` adds, and where a record holds its value.
pub(crate) const ACCOUNT_DIMENSION: (&str, &str) = ("AccountId", "$.recipientAccountId");

/// One alert per principal, account and region.
pub(crate) const GROUP_BY: [&str; 3] = ["$.userIdentity.arn", "$.recipientAccountId", "$.awsRegion"];
