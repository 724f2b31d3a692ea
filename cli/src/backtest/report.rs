//! The report of a backtest. Scripts rely on its JSON form: a new member is no new version.
//!
//! Times are RFC 3339 in UTC, lengths are seconds, and lists by day begin with the day of `from`. Members that are skipped
//! are for the page only.

use std::collections::BTreeMap;

use pipeline::{FileCounts, RecordCounts};
use rules::Severity;
use serde::Serialize;

use super::findings::Example;
use super::sweep::SweepPoint;
use crate::replay::ErrorEntry;

/// The version of the JSON form.
pub(super) const VERSION: u32 = 1;

/// What a backtest found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BacktestReport {
    pub(super) version: u32,
    pub(super) tool: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Every day from `from` to `to`.
    pub(super) days: Vec<DayReport>,
    pub(super) source: SourceReport,
    pub(super) assumptions: Assumptions,
    pub(super) totals: BacktestTotals,
    /// The rules, in the order of the rule set.
    pub(super) rules: Vec<RuleReport>,
    pub(super) composites: Vec<CompositeReport>,
    /// The callers behind most rings, then behind most matches.
    pub(super) noise: Vec<Noise>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comparison: Option<Vec<PairReport>>,
    pub(super) limits: Vec<LimitReport>,
    /// Metrics that no alarm watches; CloudWatch charges for each of them.
    pub(super) metrics_without_alarm: usize,
    pub(super) errors: Vec<ErrorEntry>,
    pub(super) skipped: Vec<ErrorEntry>,
    /// The window in Unix seconds.
    #[serde(skip)]
    pub(super) window: (i64, i64),
}

/// Where the records come from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceReport {
    pub(super) files: FileCounts,
    pub(super) records: RecordCounts,
    /// Files whose names have no minute of delivery. Their records count at the time of the event.
    pub(super) files_without_minute: usize,
    /// Files outside the time of the backtest.
    pub(super) files_left_out: usize,
    /// Matches and default values without a datapoint because their records have no time.
    pub(super) without_time: u64,
}

/// What the result depends on and no rule says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assumptions {
    /// The number of periods that an alarm reads; `None` means two more than it evaluates.
    pub(super) evaluation_range: Option<u32>,
    pub(super) visible_after_seconds: u32,
    pub(super) batch_size: u64,
}

/// A day.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DayReport {
    pub(super) date: String,
    /// Whether there are log files. A day without any is a gap in the data, not a quiet day.
    pub(super) has_files: bool,
    pub(super) matches: u64,
    pub(super) alerts: u64,
    pub(super) rings: u64,
}

/// Sums over all rules.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BacktestTotals {
    pub(super) days_with_files: u64,
    pub(super) matches: u64,
    pub(super) alerts: u64,
    pub(super) rings: u64,
    pub(super) composite_rings: u64,
    pub(super) seconds_in_alarm: i64,
}

/// What one rule did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReport {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) severity: Severity,
    /// Matches that count: each event once, unless the rule counts every record.
    pub(super) matches: u64,
    pub(super) alerts: u64,
    pub(super) rings: u64,
    pub(super) seconds_in_alarm: i64,
    /// From the first call in the periods that an alarm evaluates to its ring.
    pub(super) seconds_from_call_to_ring: Option<Spread>,
    pub(super) matches_by_day: Vec<u64>,
    pub(super) alerts_by_day: Vec<u64>,
    pub(super) rings_by_day: Vec<u64>,
    pub(super) alarms: Vec<AlarmReport>,
    /// The first findings.
    pub(super) findings: Vec<Example>,
}

/// The middle and the greatest of some lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Spread {
    pub(super) median: i64,
    pub(super) max: i64,
}

impl Spread {
    /// Of lengths in any order; `None` if there are none.
    pub(super) fn of(mut seconds: Vec<i64>) -> Option<Self> {
        seconds.sort_unstable();
        let median = *seconds.get(seconds.len().saturating_sub(1) / 2)?;
        seconds.last().map(|max| Self { median, max: *max })
    }
}

/// What one alarm did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlarmReport {
    pub(super) name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) threshold: f64,
    pub(super) rings: u64,
    /// Rings if alarms read no more periods than they evaluate.
    pub(super) rings_if_range_is_periods: u64,
    pub(super) seconds_in_alarm: i64,
    pub(super) longest_seconds: i64,
    /// Matches that a ring speaks of.
    pub(super) matches_in_rings: u64,
    /// Samples that arrived after the alarm's range.
    pub(super) samples_too_late: u64,
    pub(super) is_in_alarm_at_end: bool,
    /// The times in ALARM.
    pub(super) in_alarm: Vec<InAlarm>,
    pub(super) sweep: Vec<SweepPoint>,
}

/// A time in ALARM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InAlarm {
    pub(super) from: String,
    pub(super) to: String,
    /// In Unix seconds.
    #[serde(skip)]
    pub(super) span: (i64, i64),
}

/// What a composite alarm did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompositeReport {
    pub(super) name: String,
    pub(super) rings: u64,
}

/// A caller behind many matches of a rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Noise {
    pub(super) rule: String,
    pub(super) severity: Severity,
    /// The caller in words.
    pub(super) caller: String,
    /// The caller's matches, or most of them.
    pub(super) matches: u64,
    pub(super) matches_of_rule: u64,
    pub(super) rings: u64,
    /// The rings without this caller; `None` if the metric does not tell callers' values apart.
    pub(super) rings_without: Option<u64>,
    /// The rule's pattern without the caller; `None` for the reason in `refused`.
    pub(super) pattern: Option<String>,
    pub(super) refused: Option<&'static str>,
}

/// A new rule against an old one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PairReport {
    pub(super) id: Option<String>,
    pub(super) old_id: Option<String>,
    /// The severity of the old rule, or else of the new one.
    pub(super) severity: Severity,
    /// What differs: `pattern`, `metric`, `alarm`, `alert`, `severity`, `only old` or `only new`.
    pub(super) changes: Vec<&'static str>,
    pub(super) both: u64,
    pub(super) only_old: OnlyReport,
    pub(super) only_new: OnlyReport,
    pub(super) old: SideReport,
    pub(super) new: SideReport,
    pub(super) incidents: Incidents,
}

/// What the new alarms of a rule do about the incidents of the old ones: rings less than a day apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Incidents {
    /// Incidents of the old alarms.
    pub(super) old: u64,
    /// Those about which no new alarm rings.
    pub(super) missed: u64,
    /// Those about which a new alarm rings earlier.
    pub(super) sooner: u64,
    /// Those about which a new alarm rings later.
    pub(super) later: u64,
    /// The longest delay of those.
    pub(super) longest_delay_seconds: i64,
}

/// Matches of one side only.
#[derive(Debug, Serialize)]
pub(super) struct OnlyReport {
    pub(super) matches: u64,
    /// The first few.
    pub(super) examples: Vec<Example>,
}

/// What a rule of one side did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SideReport {
    pub(super) alerts: u64,
    pub(super) rings: u64,
    pub(super) seconds_in_alarm: i64,
}

/// A limit of the command line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LimitReport {
    /// The option.
    pub(super) option: &'static str,
    pub(super) limit: String,
    pub(super) value: String,
    pub(super) is_exceeded: bool,
}

impl BacktestReport {
    /// Whether something calls for exit code 1.
    pub(super) fn has_findings(&self) -> bool {
        !self.errors.is_empty() || self.limits.iter().any(|limit| limit.is_exceeded)
    }
}
