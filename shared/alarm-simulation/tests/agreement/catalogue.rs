//! The alarms of the catalogue: one burst rings once, and the alarm is back in OK soon after.
//!
//! An alarm with a threshold above 1 on a metric without zeros evaluates old periods again when no data follows, and rings
//! again. A default value of 0 prevents that as long as log files keep coming, which is every few minutes here.

use alarm_simulation::{Definition, Sample, Series, Span, State, Timeline, simulate};
use rules::{Rule, RuleAlarm, RuleSet};

const START: i64 = 1_772_440_860;
/// Minutes between two log files.
const FILES_EVERY: i64 = 5;
/// How long the simulation goes on after the burst, in periods.
const PERIODS_AFTER: i64 = 8;

/// What the alarm of a rule does when `matches` are spread evenly over `minutes`.
fn burst(rule: &Rule, alarm: &RuleAlarm, matches: u64, minutes: i64, phase: i64) -> Timeline {
    let end = START + 86_400 + PERIODS_AFTER * i64::from(alarm.period);
    let mut samples = Vec::new();
    let mut at = START - 86_400;
    while rule.metric.default_value.is_some() && at < end {
        samples.push(Sample { at, visible: at + 60, value: 0.0, count: 40 });
        at += FILES_EVERY * 60;
    }
    let minutes_u64 = u64::try_from(minutes).unwrap();
    for minute in 0..minutes_u64 {
        let count = matches * (minute + 1) / minutes_u64 - matches * minute / minutes_u64;
        let at = START + 60 * (phase + i64::try_from(minute).unwrap());
        samples.push(Sample { at, visible: at + 60, value: 1.0, count });
    }
    let definition = Definition::new(alarm).unwrap();
    let span = Span { created: START - 3_600, until: end, before: State::Ok };
    simulate(&definition, &Series::new(samples).unwrap(), span)
}

#[test]
fn one_burst_rings_once_in_every_alarm_of_the_catalogue() {
    let rules = RuleSet::from_set("all").unwrap();
    let mut alarms = 0;
    for (rule, alarm) in
        rules.rules().iter().flat_map(|rule| rule.all_alarms().map(move |(_, alarm)| (rule, alarm)))
    {
        alarms += 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "thresholds are small whole numbers"
        )]
        let threshold = alarm.threshold as u64;
        let period = i64::from(alarm.period);
        for (matches, minutes) in
            [(threshold, 1), (threshold * 2, 4), (threshold * 2, period / 60), (threshold * 5, 10)]
        {
            for phase in 0..FILES_EVERY {
                let timeline = burst(rule, alarm, matches, minutes, phase);
                let what =
                    format!("{}: {matches} matches in {minutes} minutes, from minute {phase}", rule.id);
                assert_eq!(timeline.rings(), 1, "{what}");
                assert_eq!(timeline.state_at_end(), State::Ok, "{what}");
                // The burst, then three periods of five minutes, or one of any length.
                let longest = 60 * minutes + (3 * period).min(900.max(period)) + 60;
                assert!(timeline.seconds_in(State::Alarm) <= longest, "{what}: {timeline:?}");
            }
        }
    }
    assert!(alarms > 70, "{alarms}");
}

#[test]
fn without_the_default_value_a_burst_rings_three_times() {
    let rules = RuleSet::from_set("all").unwrap();
    let mut rule = rules.rule("unauthorized-api-calls").unwrap().clone();
    let alarm = rule.alarm.clone().unwrap();
    assert_eq!(rule.metric.default_value, Some(0.0));
    rule.metric.default_value = None;
    assert_eq!(burst(&rule, &alarm, 12, 4, 0).rings(), 3);
}
