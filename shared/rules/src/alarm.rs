//! The alarm on a rule's metric, in the terms of PutMetricAlarm.
//!
//! Name, namespace, metric, actions and description of the alarm follow from the rule and the deployment; they are
//! no part of this. Anomaly bands, metric mathematics and composite alarms are not offered.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API.

use std::fmt;

use crate::named::named;

/// When the metric of a rule raises an alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// How the datapoints of a period become one value.
    pub statistic: Statistic,
    /// The length of a period, in seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// How many of the latest periods are looked at.
    pub evaluation_periods: u32,
    /// How many of those have to breach; at most `evaluation_periods`.
    pub datapoints_to_alarm: u32,
    /// What the value of a period is compared with; finite.
    pub threshold: f64,
    /// How it is compared.
    pub comparison_operator: ComparisonOperator,
    /// What a period without datapoints counts as.
    pub treat_missing_data: TreatMissingData,
    /// The dimensions of each alarm, as names and values in the order of the metric's: one alarm for each item. None at all
    /// stands for one alarm on the metric without dimensions.
    pub dimensions: Vec<Vec<(String, String)>>,
}

/// How the datapoints of a period become one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// How many datapoints there are.
    SampleCount,
    /// Their mean.
    Average,
    /// Their sum.
    Sum,
    /// The least of them.
    Minimum,
    /// The greatest of them.
    Maximum,
    /// A percentile such as `p99.9`, which PutMetricAlarm takes as `ExtendedStatistic`.
    Percentile(String),
}

impl Statistic {
    /// The statistics that have a name; percentiles are written as `p0` to `p100`.
    pub(crate) const NAMED: [Self; 5] =
        [Self::SampleCount, Self::Average, Self::Sum, Self::Minimum, Self::Maximum];

    /// The statistic as the CloudWatch API spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::SampleCount => "SampleCount",
            Self::Average => "Average",
            Self::Sum => "Sum",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Percentile(text) => text,
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

named! {
    /// How a period's value is compared with the threshold.
    pub enum ComparisonOperator {
        /// Breaching from the threshold upwards.
        GreaterThanOrEqualToThreshold = "GreaterThanOrEqualToThreshold",
        /// Breaching above the threshold.
        GreaterThanThreshold = "GreaterThanThreshold",
        /// Breaching below the threshold.
        LessThanThreshold = "LessThanThreshold",
        /// Breaching from the threshold downwards.
        LessThanOrEqualToThreshold = "LessThanOrEqualToThreshold",
    }
}

named! {
    /// What a period without datapoints counts as.
    pub enum TreatMissingData {
        /// As missing: with no data at all the alarm is in `INSUFFICIENT_DATA`.
        Missing = "missing",
        /// As a reason to stay in the present state.
        Ignore = "ignore",
        /// As breaching.
        Breaching = "breaching",
        /// As not breaching.
        NotBreaching = "notBreaching",
    }
}
