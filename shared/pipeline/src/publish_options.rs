//! What the sender of a message wants to be published for its files. The message says so in two attributes, which
//! CloudTrail's own messages do not have.

/// The message attribute for the rules' datapoints: [`OFF`] or [`LOG_FILE_TIME`].
pub const METRICS_ATTRIBUTE: &str = "trailbell.metrics";
/// The message attribute for alerts: [`OFF`].
pub const ALERTS_ATTRIBUTE: &str = "trailbell.alerts";
/// The value that switches publishing off.
pub const OFF: &str = "off";
/// The value that asks for [`MetricOptions::LogFileTime`].
pub const LOG_FILE_TIME: &str = "log-file-time";

/// What to publish for the files that a message announces. A backfill of old files may ask for less than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishOptions {
    /// The rules' datapoints.
    pub metrics: MetricOptions,
    /// Whether alerts are published.
    pub alerts: bool,
}

/// What happens to the rules' datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricOptions {
    /// They are not published.
    Off,
    /// Datapoints of `timestamp: delivery` get the minute in the log file's name.
    LogFileTime,
    /// They are published as [`crate::Settings`] says.
    AsConfigured,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self { metrics: MetricOptions::AsConfigured, alerts: true }
    }
}

impl PublishOptions {
    /// Reads the attributes of a message through `value`. Unknown values leave everything switched on.
    pub fn of_attributes<'v>(value: impl Fn(&str) -> Option<&'v str>) -> Self {
        let metrics = match value(METRICS_ATTRIBUTE) {
            Some(OFF) => MetricOptions::Off,
            Some(LOG_FILE_TIME) => MetricOptions::LogFileTime,
            Some(_) | None => MetricOptions::AsConfigured,
        };
        Self { metrics, alerts: value(ALERTS_ATTRIBUTE) != Some(OFF) }
    }

    /// The options for a file that two messages announce: whatever at least one of them asks for.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { metrics: self.metrics.max(other.metrics), alerts: self.alerts || other.alerts }
    }

    /// Whether nothing is published. Another announcement, or another file with the same events, must then do it.
    pub(crate) fn is_silent(self) -> bool {
        self.metrics == MetricOptions::Off && !self.alerts
    }
}
