//! What an alarm compares, over which periods, and how often.
//!
//! The simulation covers alarms on one metric, over sliding windows. It does not cover metric math, anomaly
//! detection, log and PromQL alarms, windows aligned to the wall clock, or mute rules: no rule can ask for
//! them.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API; the CloudWatch User Guide, "Alarm evaluation".

use rules::{ComparisonOperator, TreatMissingData};

use crate::statistic::{SampleStatistic, StatisticError};

/// Periods below a minute, in seconds (PutMetricAlarm).
const SHORT_PERIODS_SECONDS: [u32; 3] = [10, 20, 30];
/// How often an alarm with such a period is evaluated, in seconds (PutMetricAlarm).
const SHORT_STEP_SECONDS: i64 = 10;
/// How often other alarms are evaluated, in seconds (PutMetricAlarm).
const STEP_SECONDS: i64 = 60;
/// An alarm with a window longer than this, in seconds, is evaluated hourly (PutMetricAlarm).
const LONGEST_MINUTELY_SECONDS: u64 = 86_400;
/// The longest range that is simulated, in seconds. CloudWatch accepts windows of up to seven days.
const LONGEST_RANGE_SECONDS: u64 = 366 * 86_400;

/// The number of periods that an alarm with this many evaluation periods reads.
///
/// CloudWatch reads more periods than the alarm evaluates, and does not document how many: "it depends on the
/// length of the period". Two more agree with everything that is known about periods of five minutes and
/// longer:
///
/// | N | period | periods read | known from |
/// |---|---|---|---|
/// | 3 | 300 s | 5 | the User Guide's tables on missing data |
/// | 1 | 900 s | 3 | one alarm, observed to the minute |
/// | 1 | 86,400 s | 3 or 4 | one report: missing data is noticed after three or four days |
/// | 1 | 300 s | more than 1 | a sample in the EventBridge documentation |
/// | 1 | 60 s | 6 to 10 | one report, on a metric whose data arrives late |
///
/// At 60 s two more is an estimate, and the report suggests that it is too small. The User Guide's newest
/// text on windows gives the length as N periods, which contradicts its own tables.
/// [`Definition::with_range`] accepts any other number.
#[must_use]
pub fn evaluation_range(evaluation_periods: u32) -> u32 {
    evaluation_periods.saturating_add(2)
}

/// An alarm's definition, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub(crate) statistic: SampleStatistic,
    pub(crate) comparison: ComparisonOperator,
    pub(crate) threshold: f64,
    pub(crate) treat_missing_data: TreatMissingData,
    /// Length of a step in seconds. Time is counted in steps.
    pub(crate) step: i64,
    /// Length of a period in steps.
    pub(crate) period: usize,
    pub(crate) evaluation_periods: u32,
    pub(crate) datapoints_to_alarm: u32,
    /// Periods that are read.
    pub(crate) range: u32,
    /// Steps between two evaluations.
    pub(crate) steps_between: i64,
}

/// Why an alarm cannot be simulated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DefinitionError {
    /// The statistic is unknown.
    #[error(transparent)]
    Statistic(#[from] StatisticError),
    /// The period is not one of CloudWatch's.
    #[error("invalid period of {seconds} seconds; expected 10, 20, 30 or a multiple of 60")]
    Period {
        /// The value given.
        seconds: u32,
    },
    /// `datapointsToAlarm` is 0 or greater than `evaluationPeriods`.
    #[error(
        "`datapointsToAlarm` {datapoints_to_alarm} must be from 1 to `evaluationPeriods` ({evaluation_periods})"
    )]
    Periods {
        /// N.
        evaluation_periods: u32,
        /// M.
        datapoints_to_alarm: u32,
    },
    /// The evaluation range is shorter than the evaluation periods.
    #[error(
        "an evaluation range of {range} periods is too short for {evaluation_periods} evaluation periods"
    )]
    ShortRange {
        /// The value given.
        range: u32,
        /// N.
        evaluation_periods: u32,
    },
    /// The evaluation range is too long.
    #[error("an evaluation range of {range} periods of {period} seconds is longer than 366 days")]
    LongRange {
        /// The number of periods.
        range: u32,
        /// Their length in seconds.
        period: u32,
    },
    /// The threshold is not a number.
    #[error("the threshold {threshold} is not a finite number")]
    Threshold {
        /// The value given.
        threshold: f64,
    },
}

impl Definition {
    /// Checks an alarm. Its evaluation range is [`evaluation_range`].
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] says why CloudWatch would refuse the alarm.
    pub fn new(alarm: &rules::RuleAlarm) -> Result<Self, DefinitionError> {
        Self::with_range(alarm, evaluation_range(alarm.evaluation_periods))
    }

    /// Checks an alarm that reads `range` periods.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] says why CloudWatch would refuse the alarm, or that the range is too short or too
    /// long.
    pub fn with_range(alarm: &rules::RuleAlarm, range: u32) -> Result<Self, DefinitionError> {
        let (n, m) = (alarm.evaluation_periods, alarm.datapoints_to_alarm);
        if m == 0 || m > n {
            return Err(DefinitionError::Periods { evaluation_periods: n, datapoints_to_alarm: m });
        }
        if range < n {
            return Err(DefinitionError::ShortRange { range, evaluation_periods: n });
        }
        if !alarm.threshold.is_finite() {
            return Err(DefinitionError::Threshold { threshold: alarm.threshold });
        }
        let seconds = alarm.period;
        let step = step(seconds).ok_or(DefinitionError::Period { seconds })?;
        if u64::from(range) * u64::from(seconds) > LONGEST_RANGE_SECONDS {
            return Err(DefinitionError::LongRange { range, period: seconds });
        }
        let is_hourly = u64::from(n) * u64::from(seconds) > LONGEST_MINUTELY_SECONDS;
        Ok(Self {
            statistic: SampleStatistic::new(&alarm.statistic)?,
            comparison: alarm.comparison_operator,
            threshold: alarm.threshold,
            treat_missing_data: alarm.treat_missing_data,
            step,
            period: usize::try_from(i64::from(seconds) / step).unwrap_or(1),
            evaluation_periods: n,
            datapoints_to_alarm: m,
            range,
            steps_between: if is_hourly { 3600 / step } else { 1 },
        })
    }

    /// Whether a value breaches the threshold.
    pub(crate) fn breaches(&self, value: f64) -> bool {
        match self.comparison {
            ComparisonOperator::GreaterThanOrEqualToThreshold => value >= self.threshold,
            ComparisonOperator::GreaterThanThreshold => value > self.threshold,
            ComparisonOperator::LessThanThreshold => value < self.threshold,
            ComparisonOperator::LessThanOrEqualToThreshold => value <= self.threshold,
        }
    }

    /// Whether values above the threshold breach.
    pub(crate) fn breaches_above(&self) -> bool {
        match self.comparison {
            ComparisonOperator::GreaterThanOrEqualToThreshold | ComparisonOperator::GreaterThanThreshold => {
                true
            }
            ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold => false,
        }
    }
}

fn step(period: u32) -> Option<i64> {
    if SHORT_PERIODS_SECONDS.contains(&period) {
        Some(SHORT_STEP_SECONDS)
    } else {
        (period > 0 && period.is_multiple_of(60)).then_some(STEP_SECONDS)
    }
}
