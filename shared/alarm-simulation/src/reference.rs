//! A slow and simple second implementation of the simulation. [`simulate`](crate::simulate) must agree with
//! it on every input.
//!
//! At each step it builds every period of the range from all samples that are visible by then, computes their
//! statistics, and applies the table in the documentation of the evaluation row by row. It shares only the
//! computation of a statistic's value with other code; that has its own tests.

use rules::{ComparisonOperator, TreatMissingData};

use crate::datapoint::Sample;
use crate::decision::Point;
use crate::state::{Change, State};
use crate::statistic::statistic_value;
use crate::timeline::Span;

/// The changes of an alarm that reads `range` periods. A [`Definition`](crate::Definition) must accept the
/// alarm.
#[must_use]
pub fn simulate(alarm: &rules::RuleAlarm, range: u32, samples: &[Sample], span: Span) -> Vec<Change> {
    let step = if alarm.period < 60 { 10 } else { 60 };
    let is_hourly = i64::from(alarm.period) * i64::from(alarm.evaluation_periods) > 86_400;
    let every = if is_hourly { 3600 } else { step };
    let mut state = span.before;
    let mut changes = Vec::new();
    let mut time = (span.created.div_euclid(every) + 1) * every;
    while time <= span.until {
        let points: Vec<Point> = (0..i64::from(range))
            .rev()
            .map(|age| time - age * i64::from(alarm.period))
            .map(|end| point(alarm, samples, end, time, step))
            .collect();
        let after = decide(alarm, &points, state);
        if after != state {
            changes.push(Change { at: time, from: state, to: after });
            state = after;
        }
        time += every;
    }
    changes
}

fn point(alarm: &rules::RuleAlarm, samples: &[Sample], end: i64, now: i64, step: i64) -> Point {
    let begin = end - i64::from(alarm.period);
    let of_period: Vec<(f64, u64)> = samples
        .iter()
        .filter(|sample| sample.visible <= now)
        .filter(|sample| (begin..end).contains(&(sample.at.div_euclid(step) * step)))
        .map(|sample| (sample.value, sample.count))
        .collect();
    let Ok(Some(value)) = statistic_value(&alarm.statistic, &of_period) else { return Point::Missing };
    let is_breaching = match alarm.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => value >= alarm.threshold,
        ComparisonOperator::GreaterThanThreshold => value > alarm.threshold,
        ComparisonOperator::LessThanThreshold => value < alarm.threshold,
        ComparisonOperator::LessThanOrEqualToThreshold => value <= alarm.threshold,
    };
    if is_breaching { Point::Breaching } else { Point::Within }
}

/// The state after an evaluation over all points of the range, oldest first.
#[must_use]
pub fn decide(alarm: &rules::RuleAlarm, points: &[Point], before: State) -> State {
    let n = usize::try_from(alarm.evaluation_periods).unwrap_or(usize::MAX);
    let m = usize::try_from(alarm.datapoints_to_alarm).unwrap_or(usize::MAX);
    let real: Vec<Point> = points.iter().copied().filter(|point| *point != Point::Missing).collect();
    let breaching = |points: &[Point]| points.iter().filter(|point| **point == Point::Breaching).count();
    let alarm_if = |is_alarm: bool| if is_alarm { State::Alarm } else { State::Ok };
    if let Some((_, newest)) = real.len().checked_sub(n).map(|surplus| real.split_at(surplus)) {
        return alarm_if(breaching(newest) >= m);
    }
    let (is_missing, kept) = match alarm.treat_missing_data {
        TreatMissingData::Breaching => return alarm_if(breaching(&real) + n - real.len() >= m),
        TreatMissingData::NotBreaching => return alarm_if(breaching(&real) >= m),
        TreatMissingData::Missing => (true, State::InsufficientData),
        TreatMissingData::Ignore => (false, before),
    };
    if real.is_empty() {
        return kept;
    }
    if breaching(&real) >= m {
        return State::Alarm;
    }
    if real.contains(&Point::Within) {
        return State::Ok;
    }
    let oldest = points.iter().position(|point| *point == Point::Breaching);
    let age = oldest.map_or(0, |place| points.len() - place);
    if is_missing && age >= m { State::Alarm } else { kept }
}
