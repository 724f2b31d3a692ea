//! The CloudWatch metric of a rule, and what each match adds to it.
//!
//! Nothing is published here. The pipeline enforces the limits of PutMetricData that depend on a record's contents.
//!
//! Source: `MetricTransformation` of the CloudWatch Logs API, `StandardUnit` of the CloudWatch API.

use filter_pattern::Selector;
use serde::{Deserialize, Serialize};

use crate::named::named;

/// The metric of a rule and the value that each matching record adds to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricTransformation {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// The number that one match adds.
    pub value: MetricValue,
    /// The number that each evaluated record without a match adds; `None` adds nothing.
    pub default_value: Option<f64>,
    /// The unit of the datapoints.
    pub unit: Unit,
    /// At most three dimensions, whose values are taken from the record.
    pub dimensions: Vec<Dimension>,
    /// Which time a datapoint carries.
    pub timestamp: TimestampSource,
}

/// The number that one match adds to the metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetricValue {
    /// The same number for every match; finite and within ±2^360.
    Constant(f64),
    /// The number that the record holds at this selector.
    Field(Selector),
}

/// A metric dimension whose value the record supplies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// The dimension's name.
    pub name: String,
    /// Where the record holds its value.
    pub selector: Selector,
}

named! {
    /// Which time a datapoint carries.
    pub enum TimestampSource {
        /// The delivery time of the log file, as CloudWatch metric filters do it: no alarm misses a late file.
        Delivery = "delivery",
        /// The record's own `eventTime`: exact counts per period, but the datapoints arrive late.
        Event = "event",
    }
}

named! {
    /// The units that CloudWatch supports.
    #[expect(missing_docs, reason = "the names of the units are self-explanatory")]
    pub enum Unit {
        None = "None",
        Count = "Count",
        CountPerSecond = "Count/Second",
        Percent = "Percent",
        Seconds = "Seconds",
        Microseconds = "Microseconds",
        Milliseconds = "Milliseconds",
        Bytes = "Bytes",
        Kilobytes = "Kilobytes",
        Megabytes = "Megabytes",
        Gigabytes = "Gigabytes",
        Terabytes = "Terabytes",
        Bits = "Bits",
        Kilobits = "Kilobits",
        Megabits = "Megabits",
        Gigabits = "Gigabits",
        Terabits = "Terabits",
        BytesPerSecond = "Bytes/Second",
        KilobytesPerSecond = "Kilobytes/Second",
        MegabytesPerSecond = "Megabytes/Second",
        GigabytesPerSecond = "Gigabytes/Second",
        TerabytesPerSecond = "Terabytes/Second",
        BitsPerSecond = "Bits/Second",
        KilobitsPerSecond = "Kilobits/Second",
        MegabitsPerSecond = "Megabits/Second",
        GigabitsPerSecond = "Gigabits/Second",
        TerabitsPerSecond = "Terabits/Second",
    }
}
