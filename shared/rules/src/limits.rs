//! The limits of a rule document: limits of the AWS services, and limits that protect against hostile input.
//!
//! The quotas for filter patterns are defined in `filter-pattern`; exceeding them is only a warning here.

/// The maximum size of a document, in bytes; a document of a thousand rules has about a tenth of this.
pub(crate) const DOCUMENT_BYTES: usize = 4 * 1024 * 1024;
/// The maximum nesting depth of mappings and lists: the records of tests need about a dozen levels.
pub(crate) const DOCUMENT_DEPTH: usize = 64;
/// The maximum number of scalars, lists and mappings in a document, which bounds its memory to about 50 MB.
pub(crate) const DOCUMENT_NODES: usize = 500_000;
/// The maximum number of rules in all documents of a rule set.
pub const RULES: usize = 10_000;
/// How many errors of one document are kept; the rest are counted. Errors and warnings never displace each other.
pub(crate) const SHOWN_ERRORS: usize = 200;
/// How many warnings of one document are kept; the rest are counted.
pub(crate) const SHOWN_WARNINGS: usize = 200;
/// The maximum number of alarms that `alarmAccounts` may create from the rules of a document.
pub(crate) const ALARMS: usize = 10_000;
/// The maximum total size of the regular expressions of a rule set, in the positions that
/// `filter_pattern::Pattern::regex_size` counts: at worst about 130 MB of memory, and enough for 1,300 ordinary
/// expressions.
pub(crate) const REGEX_SIZE: usize = 65_536;
/// The maximum length of a rule id: an alarm's name has at most 255 characters, including its prefix.
pub(crate) const ID_CHARACTERS: usize = 128;

/// The maximum length of metric names, namespaces, dimension names and dimension selectors, in characters (CloudWatch
/// Logs `MetricTransformation`).
pub(crate) const NAME_CHARACTERS: usize = 255;
/// The maximum length of a metric value, in characters (CloudWatch Logs `MetricTransformation`).
pub(crate) const METRIC_VALUE_CHARACTERS: usize = 100;
/// The maximum number of dimensions of a metric filter (CloudWatch Logs `MetricTransformation`).
pub(crate) const DIMENSIONS: usize = 3;
/// The maximum length of a dimension value, in characters (CloudWatch `Dimension`).
pub(crate) const DIMENSION_VALUE_CHARACTERS: usize = 1_024;
/// The largest magnitude that CloudWatch stores: 2^360 (CloudWatch `MetricDatum`).
pub(crate) const METRIC_MAGNITUDE: f64 = f64::from_bits((1023 + 360) << 52);

/// The periods shorter than a minute that PutMetricAlarm accepts, in seconds.
pub(crate) const SHORT_PERIODS_SECONDS: [u32; 3] = [10, 20, 30];
/// Every other period is a multiple of this, in seconds. It is also the resolution of the published datapoints.
pub(crate) const MINUTE_SECONDS: u32 = 60;
/// With this period or a longer one, an alarm may look back [`LONG_WINDOW_SECONDS`].
pub(crate) const LONG_PERIOD_SECONDS: u32 = 3_600;
/// The longest window of an alarm with a period shorter than an hour, in seconds: one day (PutMetricAlarm).
pub(crate) const SHORT_WINDOW_SECONDS: u64 = 86_400;
/// The longest window of an alarm with a period of an hour or more, in seconds: seven days (PutMetricAlarm).
pub(crate) const LONG_WINDOW_SECONDS: u64 = 604_800;
/// The maximum number of alarms in a rule's `alarms`.
pub(crate) const ALARMS_OF_A_RULE: usize = 10;
