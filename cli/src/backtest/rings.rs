//! One alarm over the recorded samples: its rings, and how long it stays in ALARM.

use alarm_simulation::{Change, Definition, Sample, Series, Span, State, Timeline, simulate};
use anyhow::Context as _;

use super::record::{RuleMinute, Window};
use super::times::{day, minute};

/// What an alarm does in the time of the backtest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AlarmRun {
    /// The changes in the window.
    pub(super) changes: Vec<Change>,
    /// The times in ALARM, as Unix seconds; the last one may end with the window.
    pub(super) in_alarm: Vec<(i64, i64)>,
    /// The number of changes to ALARM.
    pub(super) rings: u64,
    pub(super) seconds_in_alarm: i64,
    /// Samples that became visible too late for any evaluation.
    pub(super) unseen: u64,
    /// Whether it is in ALARM when the window begins.
    pub(super) is_in_alarm_at_start: bool,
    /// Whether it is in ALARM at the end.
    pub(super) is_in_alarm_at_end: bool,
}

impl AlarmRun {
    /// Simulates an alarm that reads `range` periods. It starts in OK, as far before the window as it reads, so that the
    /// window begins with the state that the earlier samples lead to.
    ///
    /// # Errors
    ///
    /// If the alarm cannot be simulated.
    pub(super) fn of(
        alarm: &rules::RuleAlarm,
        range: u32,
        samples: Vec<Sample>,
        window: Window,
    ) -> anyhow::Result<Self> {
        let definition = Definition::with_range(alarm, range).context("an alarm that cannot be simulated")?;
        let series = Series::new(samples).context("a metric that cannot be simulated")?;
        let warm_up = i64::from(range) * i64::from(alarm.period);
        let span = Span {
            created: minute(window.from.saturating_sub(warm_up)),
            until: window.until,
            before: State::Ok,
        };
        Ok(Self::within(&simulate(&definition, &series, span), window))
    }

    /// The part of a timeline that is in the window.
    fn within(timeline: &Timeline, window: Window) -> Self {
        let mut run = Self { unseen: timeline.unseen, ..Self::default() };
        let mut since = None;
        for change in timeline.changes.iter().filter(|change| change.at <= window.until) {
            let at = change.at.max(window.from);
            if change.to == State::Alarm {
                since = Some(at);
            } else if let Some(since) = since.take() {
                run.add_time(since, at);
            }
            if change.at < window.from {
                run.is_in_alarm_at_start = change.to == State::Alarm;
            } else {
                run.rings += u64::from(change.to == State::Alarm);
                run.changes.push(*change);
            }
        }
        if let Some(since) = since {
            run.is_in_alarm_at_end = true;
            run.add_time(since, window.until);
        }
        run
    }

    fn add_time(&mut self, since: i64, until: i64) {
        if until > since {
            self.in_alarm.push((since, until));
            self.seconds_in_alarm += until - since;
        }
    }

    /// The times of the changes to ALARM.
    pub(super) fn ring_times(&self) -> impl Iterator<Item = i64> {
        self.changes.iter().filter(|change| change.to == State::Alarm).map(|change| change.at)
    }

    /// The days of the rings.
    pub(super) fn ring_days(&self) -> impl Iterator<Item = i64> {
        self.ring_times().map(day)
    }

    /// The matches that a ring speaks of: those delivered while the alarm is in ALARM, or in the periods that it
    /// evaluates when it rings.
    pub(super) fn matches_in_rings(&self, alarm: &rules::RuleAlarm, minutes: &[RuleMinute]) -> u64 {
        let evaluated = i64::from(alarm.period) * i64::from(alarm.evaluation_periods);
        let mut times = self.in_alarm.iter().peekable();
        let mut matches = 0;
        for minute in minutes {
            while times.next_if(|(_, until)| *until <= minute.minute).is_some() {}
            let speaks = times.peek().is_some_and(|(since, _)| since - evaluated <= minute.minute);
            matches += if speaks { minute.matches } else { 0 };
        }
        matches
    }

    /// For each ring, the seconds since the first call in the newest periods that it evaluates. A ring that repeats an older
    /// one, because no data followed, has none.
    pub(super) fn seconds_from_call(&self, alarm: &rules::RuleAlarm, minutes: &[RuleMinute]) -> Vec<i64> {
        let evaluated = i64::from(alarm.period) * i64::from(alarm.evaluation_periods);
        let first_call = |ring: i64| {
            let from = minutes.partition_point(|minute| minute.minute < ring - evaluated);
            let until = minutes.partition_point(|minute| minute.minute < ring);
            let calls = minutes.get(from..until).unwrap_or_default().iter().map(|minute| minute.first_call);
            calls.filter(|call| *call < ring).min().map(|call| ring - call)
        };
        self.ring_times().filter_map(first_call).collect()
    }
}

#[cfg(test)]
mod tests {
    use rules::{ComparisonOperator, Statistic, TreatMissingData};

    use super::*;

    const NOON: i64 = 1_789_387_200;
    const WINDOW: Window = Window { from: NOON, until: NOON + 7_200 };

    fn alarm(threshold: f64) -> rules::RuleAlarm {
        rules::RuleAlarm {
            statistic: Statistic::Sum,
            period: 300,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            threshold,
            comparison_operator: ComparisonOperator::GreaterThanOrEqualToThreshold,
            treat_missing_data: TreatMissingData::NotBreaching,
            dimensions: Vec::new(),
        }
    }

    fn run(threshold: f64, minutes: &[(i64, u64)]) -> AlarmRun {
        let sample = |&(minute, count): &(i64, u64)| Sample {
            at: NOON + minute * 60,
            visible: NOON + minute * 60 + 60,
            value: 1.0,
            count,
        };
        AlarmRun::of(&alarm(threshold), 3, minutes.iter().map(sample).collect(), WINDOW).unwrap()
    }

    fn minutes(minutes: &[(i64, u64)]) -> Vec<RuleMinute> {
        let minute = |&(minute, matches): &(i64, u64)| RuleMinute {
            minute: NOON + minute * 60,
            matches,
            alerts: 0,
            first_call: NOON + minute * 60 - 200,
        };
        minutes.iter().map(minute).collect()
    }

    #[test]
    fn an_alarm_that_is_up_before_the_window_does_not_ring_in_it() {
        let before = run(1.0, &[(-5, 1)]);
        assert_eq!((before.rings, before.seconds_in_alarm), (0, 660), "{before:?}");
        assert_eq!(before.in_alarm, [(NOON, NOON + 660)]);
        let inside = run(1.0, &[(5, 1)]);
        assert_eq!((inside.rings, inside.seconds_in_alarm), (1, 900), "{inside:?}");
        let end = run(1.0, &[(118, 1)]);
        assert_eq!((end.rings, end.seconds_in_alarm, end.is_in_alarm_at_end), (1, 60, true), "{end:?}");
    }

    #[test]
    fn matches_of_a_ring_are_those_that_raise_it_and_those_while_it_lasts() {
        let data = [(2, 1), (10, 1), (11, 1), (12, 1), (20, 1), (60, 1)];
        let run = run(3.0, &data);
        // When a period holds fewer than three of them, the alarm is in OK; when that period is over, it evaluates the one
        // before it again.
        assert_eq!(run.ring_times().collect::<Vec<_>>(), [NOON + 13 * 60, NOON + 18 * 60], "{run:?}");
        assert_eq!(run.matches_in_rings(&alarm(3.0), &minutes(&data)), 4, "{run:?}");
        // The first call of the period was 200 seconds before minute 10. The second ring has no call of its own.
        assert_eq!(run.seconds_from_call(&alarm(3.0), &minutes(&data)), [3 * 60 + 200]);
    }
}
