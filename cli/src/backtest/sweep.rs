//! Other thresholds for an alarm, each with rings and hours: rings alone mislead, because an alarm that stays in ALARM does
//! not ring.

use alarm_simulation::Sample;
use rules::{ComparisonOperator, Statistic};
use serde::Serialize;

use super::record::{RuleMinute, Window};
use super::rings::AlarmRun;

/// The steps of the sweep within a power of ten.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];
/// The most thresholds for one alarm.
const MOST_THRESHOLDS: usize = 16;

/// What an alarm does at a threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SweepPoint {
    pub(super) threshold: f64,
    /// Whether this is the alarm's own threshold.
    pub(super) is_current: bool,
    pub(super) rings: u64,
    pub(super) seconds_in_alarm: i64,
    /// Matches that a ring speaks of.
    pub(super) matches_in_rings: u64,
}

/// The sweep of an alarm on a sum or a number of samples; empty for alarms on other statistics, on small values, or
/// without data.
///
/// # Errors
///
/// If the alarm cannot be simulated.
pub(super) fn sweep(
    alarm: &rules::RuleAlarm,
    range: u32,
    samples: &[Sample],
    minutes: &[RuleMinute],
    window: Window,
) -> anyhow::Result<Vec<SweepPoint>> {
    let mut points = Vec::new();
    for threshold in thresholds(alarm, samples) {
        let other = rules::RuleAlarm { threshold, ..alarm.clone() };
        let run = AlarmRun::of(&other, range, samples.to_vec(), window)?;
        points.push(SweepPoint {
            threshold,
            is_current: threshold == alarm.threshold,
            rings: run.rings,
            seconds_in_alarm: run.seconds_in_alarm,
            matches_in_rings: run.matches_in_rings(&other, minutes),
        });
    }
    Ok(points)
}

/// 1, 2, 5, 10 and so on, up to the first one that no period reaches, and the alarm's own threshold.
fn thresholds(alarm: &rules::RuleAlarm, samples: &[Sample]) -> Vec<f64> {
    let is_above = matches!(
        alarm.comparison_operator,
        ComparisonOperator::GreaterThanOrEqualToThreshold | ComparisonOperator::GreaterThanThreshold
    );
    let is_total = matches!(alarm.statistic, Statistic::Sum | Statistic::SampleCount);
    let greatest = greatest_period(alarm, samples);
    if !is_above || !is_total || greatest <= 0.0 {
        return Vec::new();
    }
    let mut thresholds = vec![alarm.threshold];
    let mut power = 1.0;
    'up: loop {
        for step in STEPS {
            thresholds.push(step * power);
            if step * power > greatest || thresholds.len() >= MOST_THRESHOLDS {
                break 'up;
            }
        }
        power *= 10.0;
    }
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    thresholds
}

/// The greatest total of a period, wherever it begins.
fn greatest_period(alarm: &rules::RuleAlarm, samples: &[Sample]) -> f64 {
    let mut by_time: Vec<(i64, f64)> = samples
        .iter()
        .map(|sample| {
            #[expect(clippy::cast_precision_loss, reason = "CloudWatch counts in doubles")]
            let count = sample.count as f64;
            (sample.at, if alarm.statistic == Statistic::SampleCount { count } else { sample.value * count })
        })
        .collect();
    by_time.sort_by_key(|(at, _)| *at);
    let (mut total, mut greatest) = (0.0_f64, 0.0_f64);
    let mut oldest = by_time.iter().peekable();
    for (at, value) in &by_time {
        total += value;
        while let Some((_, gone)) = oldest.next_if(|(old, _)| *old <= at - i64::from(alarm.period)) {
            total -= gone;
        }
        greatest = greatest.max(total);
    }
    greatest
}

#[cfg(test)]
mod tests {
    use rules::TreatMissingData;

    use super::*;

    fn alarm() -> rules::RuleAlarm {
        rules::RuleAlarm {
            statistic: Statistic::Sum,
            period: 300,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            threshold: 7.0,
            comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
            treat_missing_data: TreatMissingData::NotBreaching,
            dimensions: Vec::new(),
        }
    }

    #[test]
    fn the_thresholds_end_with_one_that_is_never_reached() {
        let sample =
            |minute: i64| Sample { at: minute * 60, visible: minute * 60 + 60, value: 1.0, count: 4 };
        let samples = [sample(0), sample(4), sample(5), sample(9), sample(90)];
        // Minutes 5 and 9, or 0 and 4, or 4 and 5: never three of them.
        assert_eq!(greatest_period(&alarm(), &samples), 8.0);
        assert_eq!(thresholds(&alarm(), &samples), [1.0, 2.0, 5.0, 7.0, 10.0]);
        let window = Window { from: 0, until: 7_200 };
        let sweep = sweep(&alarm(), 3, &samples, &[], window).unwrap();
        let rings: Vec<_> = sweep.iter().map(|point| (point.rings, point.seconds_in_alarm)).collect();
        assert_eq!(rings[0].0, 2);
        assert_eq!(rings[4], (0, 0));
        assert!(sweep[3].is_current);
        // A higher threshold rings more often, and for a shorter time.
        assert!(rings[3].0 >= rings[0].0 && rings[3].1 < rings[0].1, "{rings:?}");
    }

    #[test]
    fn other_statistics_have_no_sweep() {
        let samples = [Sample { at: 0, visible: 60, value: 3.0, count: 1 }];
        for statistic in [Statistic::Average, Statistic::Percentile("p90".to_owned())] {
            assert!(thresholds(&rules::RuleAlarm { statistic, ..alarm() }, &samples).is_empty());
        }
        assert!(thresholds(&alarm(), &[]).is_empty());
    }
}
