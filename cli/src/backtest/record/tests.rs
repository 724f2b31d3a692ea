//! What is remembered, and how much of it.

use std::sync::Arc;

use rules::{RuleSet, Unit};

use super::*;
use crate::backtest::notes::{SeenFinding, Told};

const START: i64 = 1_789_387_200;
const MINUTES: i64 = 120;

fn sets() -> RuleSets {
    let text = "version: 1\nrules:\n  - id: a\n    filterPattern: '{ $.a = 1 }'\n    metricTransformation: { metricName: A }\n    alarm: { threshold: 1 }\n";
    RuleSets { new: RuleSet::parse("rules.yaml", text).unwrap().0, old: None }
}

/// A file with `records` matches of the rule, by a few callers.
fn notes(minute: i64, records: u64) -> Notes {
    let at = START + minute * 60;
    let record = |number: u64| SeenRecord {
        file: "f".into(),
        event_id: Some(format!("{minute}-{number}").into()),
        event_time: Some(at - 200 - i64::try_from(number % 60).unwrap()),
        told: Told { caller: Some(Arc::from(format!("c{}", number % 4))), ..Told::default() },
        findings: vec![SeenFinding { rule: 0, at: Some(at) }],
    };
    let datum = |name: &str, count| Datum {
        name: name.to_owned(),
        dimensions: Vec::new(),
        timestamp: at,
        unit: Unit::Count,
        values: vec![1.0],
        counts: vec![count],
    };
    let datums = vec![datum("A", records), datum("Other", 1)];
    let request = MetricRequest { namespace: "CloudTrailMetrics".to_owned(), datums };
    let alert = AlertNote { rule: "a".to_owned(), last_event: None };
    Notes { requests: vec![request], records: (0..records).map(record).collect(), alerts: vec![alert] }
}

fn recorded(sets: &RuleSets, files: u64, records: u64) -> (usize, u64, u64, u64) {
    let watched = Watched::of(sets.of(Side::New), false).unwrap();
    let window = Window { from: START, until: START + MINUTES * 60 };
    let mut recorder = Recorder::new(sets, &[(Side::New, &watched)], window, 60);
    for minute in 0..MINUTES {
        for _ in 0..files {
            recorder.add(notes(minute, records), Some(START + minute * 60));
        }
        recorder.end_minute();
    }
    let minutes = recorder.rules[0].minutes.as_slice();
    let samples = recorder.samples(Side::New, &watched.alarms[0].metric);
    assert_eq!(recorder.metrics_without_alarm(), 1);
    assert_eq!(minutes[0].first_call, START - 200 - i64::try_from(records.min(60)).unwrap() + 1);
    (
        recorder.cells(),
        minutes.iter().map(|minute| minute.matches).sum(),
        minutes.iter().map(|minute| minute.alerts).sum(),
        samples.iter().map(|sample| sample.count).sum(),
    )
}

#[test]
fn memory_follows_minutes_and_not_records() {
    let sets = sets();
    let minutes = u64::try_from(MINUTES).unwrap();
    // A cell of the metric, one of the rule, and one of each caller, in each minute.
    let cells = usize::try_from(minutes).unwrap() * 6;
    assert_eq!(recorded(&sets, 1, 4), (cells, minutes * 4, minutes, minutes * 4));
    assert_eq!(recorded(&sets, 7, 500), (cells, minutes * 3_500, minutes * 7, minutes * 3_500));
}

#[test]
fn what_is_outside_the_window_warms_up_alarms_and_counts_nowhere_else() {
    let sets = sets();
    let watched = Watched::of(sets.of(Side::New), false).unwrap();
    let window = Window { from: START, until: START + 3_600 };
    let mut recorder = Recorder::new(&sets, &[(Side::New, &watched)], window, 60);
    for minute in [-1, 60] {
        recorder.add(notes(minute, 3), Some(START + minute * 60));
    }
    recorder.end_minute();
    assert!(recorder.rules[0].minutes.as_slice().is_empty() && recorder.days.is_empty());
    assert_eq!(recorder.samples(Side::New, &watched.alarms[0].metric).len(), 2);
}
