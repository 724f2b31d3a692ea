//! The limits of a rule document: those that the services set, and those against hostile input.
//!
//! The quotas of the filter patterns themselves are `filter-pattern`'s; here they are warnings only.

/// The largest document that is read, in bytes; a document of a thousand rules has about a tenth of it.
pub(crate) const DOCUMENT_BYTES: usize = 4 * 1024 * 1024;
/// How deep mappings and lists may nest: the records of tests need about a dozen levels.
pub(crate) const DOCUMENT_DEPTH: usize = 64;
/// How many scalars, lists and mappings a document may hold, which bounds the memory for it to some 50 MB.
pub(crate) const DOCUMENT_NODES: usize = 500_000;
/// How many rules all documents of a rule set may hold together.
pub(crate) const RULES: usize = 10_000;
/// How many errors of one document are shown; the rest is counted. Errors and warnings never displace each other.
pub(crate) const SHOWN_ERRORS: usize = 200;
/// How many warnings of one document are shown; the rest is counted.
pub(crate) const SHOWN_WARNINGS: usize = 200;
/// How many alarms `alarmAccounts` may make of the rules of a document.
pub(crate) const ALARMS: usize = 10_000;
/// How large the regular expressions of all rules of a rule set may be together, in the positions of
/// `filter_pattern::Pattern::regex_size`: some 130 MB of memory at the worst, and room for 1,300 ordinary expressions.
pub(crate) const REGEX_SIZE: usize = 65_536;
/// The longest rule id: an alarm's name has 255 characters, and the prefix needs some of them.
pub(crate) const ID_CHARACTERS: usize = 128;

/// Metric names, namespaces, dimension names and their selectors, in characters (CloudWatch Logs `MetricTransformation`).
pub(crate) const NAME_CHARACTERS: usize = 255;
/// A metric value, in characters (CloudWatch Logs `MetricTransformation`).
pub(crate) const METRIC_VALUE_CHARACTERS: usize = 100;
/// Dimensions of a metric filter (CloudWatch Logs `MetricTransformation`).
pub(crate) const DIMENSIONS: usize = 3;
/// The value of a dimension, in characters (CloudWatch `Dimension`).
pub(crate) const DIMENSION_VALUE_CHARACTERS: usize = 1_024;
/// The magnitude up to which CloudWatch stores a number: 2^360 (CloudWatch `MetricDatum`).
pub(crate) const METRIC_MAGNITUDE: f64 = f64::from_bits((1023 + 360) << 52);

/// Periods shorter than a minute that PutMetricAlarm knows, in seconds.
pub(crate) const SHORT_PERIODS_SECONDS: [u32; 3] = [10, 20, 30];
/// What any other period is a multiple of, in seconds; also the resolution of the published datapoints.
pub(crate) const MINUTE_SECONDS: u32 = 60;
/// From this period on an alarm may look back [`LONG_WINDOW_SECONDS`].
pub(crate) const LONG_PERIOD_SECONDS: u32 = 3_600;
/// The longest window of an alarm with a period below an hour, in seconds: one day (PutMetricAlarm).
pub(crate) const SHORT_WINDOW_SECONDS: u64 = 86_400;
/// The longest window of an alarm with a period of an hour or more, in seconds: seven days (PutMetricAlarm).
pub(crate) const LONG_WINDOW_SECONDS: u64 = 604_800;
