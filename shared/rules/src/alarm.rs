//! The alarm on a rule's metric, in the terms of PutMetricAlarm.
//!
//! The alarm's name, namespace, metric, actions and description follow from the rule and the deployment, so they are
//! not part of it. Anomaly detection, metric math and composite alarms are not supported.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::named::named;

/// When a rule's metric raises an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleAlarm {
    /// How the datapoints of a period are aggregated into one value.
    pub statistic: Statistic,
    /// The length of a period, in seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// How many of the most recent periods the alarm evaluates.
    pub evaluation_periods: u32,
    /// How many of these periods must breach; at most `evaluation_periods`.
    pub datapoints_to_alarm: u32,
    /// The number that a period's value is compared with; finite.
    pub threshold: f64,
    /// How the two are compared.
    pub comparison_operator: ComparisonOperator,
    /// How a period without datapoints is treated.
    pub treat_missing_data: TreatMissingData,
    /// One alarm for each item: the names and values of its dimensions, in the metric's order. An empty list means
    /// one alarm on the metric without dimensions.
    pub dimensions: Vec<Vec<(String, String)>>,
}

/// One of several alarms on a rule's metric, such as a warning and a critical one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedAlarm {
    /// A name in kebab-case that no other alarm of the rule has; it follows the rule's id in the alarm's name.
    pub name: String,
    /// When it is raised.
    pub alarm: RuleAlarm,
}

/// How the datapoints of a period are aggregated into one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statistic {
    /// The number of datapoints.
    SampleCount,
    /// Their mean.
    Average,
    /// Their sum.
    Sum,
    /// The smallest of them.
    Minimum,
    /// The largest of them.
    Maximum,
    /// A percentile such as `p99.9`, which PutMetricAlarm takes as `ExtendedStatistic`.
    Percentile(String),
}

impl Statistic {
    /// The statistics with a name of their own; percentiles are written as `p0` to `p100`.
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
        /// Breaches at or above the threshold.
        GreaterThanOrEqualToThreshold = "GreaterThanOrEqualToThreshold",
        /// Breaches above the threshold.
        GreaterThanThreshold = "GreaterThanThreshold",
        /// Breaches below the threshold.
        LessThanThreshold = "LessThanThreshold",
        /// Breaches at or below the threshold.
        LessThanOrEqualToThreshold = "LessThanOrEqualToThreshold",
    }
}

named! {
    /// How a period without datapoints is treated.
    pub enum TreatMissingData {
        /// As missing: without any data, the alarm goes to `INSUFFICIENT_DATA`.
        Missing = "missing",
        /// Ignored: the alarm keeps its current state.
        Ignore = "ignore",
        /// As breaching.
        Breaching = "breaching",
        /// As not breaching.
        NotBreaching = "notBreaching",
    }
}
