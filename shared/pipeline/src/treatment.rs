//! What the sender of a message wants published of its files, and how the message says so: in two attributes, which
//! CloudTrail's own messages do not have.

/// The message attribute for the rules' datapoints: [`OFF`] or [`LOG_FILE_TIME`].
pub const METRICS_ATTRIBUTE: &str = "trailbell.metrics";
/// The message attribute for alerts: [`OFF`].
pub const ALERTS_ATTRIBUTE: &str = "trailbell.alerts";
/// Nothing is published.
pub const OFF: &str = "off";
/// Datapoints are stamped as [`MetricTreatment::LogFileTime`] says.
pub const LOG_FILE_TIME: &str = "log-file-time";

/// What is published of the files that a message announces. Whoever announces old files again may want less of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    /// The rules' datapoints.
    pub metrics: MetricTreatment,
    /// Whether alerts are published.
    pub alerts: bool,
}

/// What becomes of the rules' datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricTreatment {
    /// They are left out.
    Off,
    /// Those of `timestamp: delivery` are stamped with the minute in the log file's name.
    LogFileTime,
    /// As [`crate::Settings`] says.
    AsConfigured,
}

impl Default for Treatment {
    fn default() -> Self {
        Self { metrics: MetricTreatment::AsConfigured, alerts: true }
    }
}

impl Treatment {
    /// Reads the attributes of a message through `value`. A value that is none of those above leaves everything on.
    pub fn of_attributes<'v>(value: impl Fn(&str) -> Option<&'v str>) -> Self {
        let metrics = match value(METRICS_ATTRIBUTE) {
            Some(OFF) => MetricTreatment::Off,
            Some(LOG_FILE_TIME) => MetricTreatment::LogFileTime,
            Some(_) | None => MetricTreatment::AsConfigured,
        };
        Self { metrics, alerts: value(ALERTS_ATTRIBUTE) != Some(OFF) }
    }

    /// For a file that two messages announce: all that one of them wants.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { metrics: self.metrics.max(other.metrics), alerts: self.alerts || other.alerts }
    }

    /// Whether nothing is published, so that another announcement or another file with the same events has to do it.
    pub(crate) fn is_silent(self) -> bool {
        self.metrics == MetricTreatment::Off && !self.alerts
    }
}
