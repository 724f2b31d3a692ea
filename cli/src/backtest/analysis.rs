//! From what was recorded to what each rule and each alarm did.

use std::collections::{BTreeMap, BTreeSet};

use alarm_simulation::State;
use alarm_simulation::composite::{ChildChange, States, simulate};

use super::record::{Recorder, RuleMinute, RuleRecord, Window};
use super::report::{
    AlarmReport, BacktestTotals, CompositeReport, DayReport, InAlarm, RuleReport, SideReport, Spread,
};
use super::rings::AlarmRun;
use super::side::{RuleAt, Side};
use super::sweep::sweep;
use super::times::{date, day, rfc3339};
use super::watched::{Watched, WatchedAlarm, range_of};

/// What the alarms of a side did, in the order of [`Watched::alarms`].
pub(super) type Runs = Vec<AlarmRun>;

/// Simulates the alarms of a side.
///
/// # Errors
///
/// If an alarm cannot be simulated.
pub(super) fn runs(
    recorder: &Recorder<'_>,
    (side, watched): (Side, &Watched),
    range: Option<u32>,
    window: Window,
) -> anyhow::Result<Runs> {
    let run = |alarm: &WatchedAlarm| {
        let samples = recorder.samples(side, &alarm.metric);
        AlarmRun::of(&alarm.definition, range_of(&alarm.definition, range), samples, window)
    };
    watched.alarms.iter().map(run).collect()
}

/// The minutes of a rule in order.
pub(super) fn minutes_of(record: &RuleRecord) -> Vec<RuleMinute> {
    let mut minutes = record.minutes.as_slice().to_vec();
    minutes.sort_by_key(|minute| minute.minute);
    minutes
}

/// The number of days of a window, and the first of them.
fn days_of(window: Window) -> (i64, usize) {
    let (first, last) = (day(window.from), day(window.until.saturating_sub(1)));
    (first, usize::try_from(last - first + 1).unwrap_or(0))
}

/// Counts by day.
fn by_day(window: Window, counts: impl Iterator<Item = (i64, u64)>) -> Vec<u64> {
    let (first, days) = days_of(window);
    let mut by_day = vec![0; days];
    for (day, count) in counts {
        let place = usize::try_from(day - first).ok().and_then(|place| by_day.get_mut(place));
        if let Some(total) = place {
            *total += count;
        }
    }
    by_day
}

/// What the rules of the new side did.
///
/// # Errors
///
/// If an alarm cannot be simulated.
pub(super) fn rules(
    recorder: &Recorder<'_>,
    watched: &Watched,
    runs: &Runs,
    range: Option<u32>,
    window: Window,
) -> anyhow::Result<Vec<RuleReport>> {
    let mut reports = Vec::new();
    for (index, (rule, record)) in recorder.sets.of(Side::New).iter().zip(&recorder.rules).enumerate() {
        let minutes = minutes_of(record);
        let mut alarms = Vec::new();
        let (mut from_call, mut ring_days) = (Vec::new(), Vec::new());
        for (alarm, run) in watched.alarms.iter().zip(runs).filter(|(alarm, _)| alarm.rule == index) {
            from_call.extend(run.seconds_from_call(&alarm.definition, &minutes));
            ring_days.extend(run.ring_days().map(|day| (day, 1)));
            alarms.push(alarm_report(recorder, (alarm, run), &minutes, range, window)?);
        }
        let count = |of: fn(&RuleMinute) -> u64| {
            by_day(window, minutes.iter().map(|minute| (day(minute.minute), of(minute))))
        };
        let (matches_by_day, alerts_by_day) = (count(|minute| minute.matches), count(|minute| minute.alerts));
        reports.push(RuleReport {
            id: rule.id.clone(),
            title: rule.title.clone(),
            severity: rule.severity,
            matches: matches_by_day.iter().sum(),
            alerts: alerts_by_day.iter().sum(),
            rings: alarms.iter().map(|alarm| alarm.rings).sum(),
            seconds_in_alarm: alarms.iter().map(|alarm| alarm.seconds_in_alarm).sum(),
            seconds_from_call_to_ring: Spread::of(from_call),
            matches_by_day,
            alerts_by_day,
            rings_by_day: by_day(window, ring_days.into_iter()),
            alarms,
            findings: record.findings.as_slice().to_vec(),
        });
    }
    Ok(reports)
}

fn alarm_report(
    recorder: &Recorder<'_>,
    (alarm, run): (&WatchedAlarm, &AlarmRun),
    minutes: &[RuleMinute],
    range: Option<u32>,
    window: Window,
) -> anyhow::Result<AlarmReport> {
    let definition = &alarm.definition;
    let samples = recorder.samples(Side::New, &alarm.metric);
    let shortest = AlarmRun::of(definition, definition.evaluation_periods, samples.clone(), window)?;
    let in_alarm = run.in_alarm.iter().map(|(from, to)| InAlarm {
        from: rfc3339(*from),
        to: rfc3339(*to),
        span: (*from, *to),
    });
    Ok(AlarmReport {
        name: alarm.name.clone(),
        dimensions: alarm.metric.dimensions.iter().cloned().collect::<BTreeMap<_, _>>(),
        threshold: definition.threshold,
        rings: run.rings,
        rings_if_range_is_periods: shortest.rings,
        seconds_in_alarm: run.seconds_in_alarm,
        longest_seconds: run.in_alarm.iter().map(|(from, to)| to - from).max().unwrap_or(0),
        matches_in_rings: run.matches_in_rings(definition, minutes),
        samples_too_late: run.unseen,
        is_in_alarm_at_end: run.is_in_alarm_at_end,
        in_alarm: in_alarm.collect(),
        sweep: sweep(definition, range_of(definition, range), &samples, minutes, window)?,
    })
}

/// What the composite alarms did.
pub(super) fn composites(watched: &Watched, runs: &Runs, window: Window) -> Vec<CompositeReport> {
    let mut initial = States::new();
    let mut changes = Vec::new();
    for (alarm, run) in watched.alarms.iter().zip(runs) {
        let state = if run.is_in_alarm_at_start { State::Alarm } else { State::Ok };
        initial.insert(alarm.name.clone(), state);
        changes.extend(run.changes.iter().map(|change| ChildChange {
            at: change.at,
            alarm: alarm.name.clone(),
            to: change.to,
        }));
    }
    let report = |name: &String, expression| {
        let timeline = simulate(expression, None, initial.clone(), &changes, window.until);
        let rings = timeline.actions.iter().filter(|action| action.state == State::Alarm).count();
        CompositeReport { name: name.clone(), rings: rings as u64 }
    };
    watched.composites.iter().map(|composite| report(&composite.name, &composite.expression)).collect()
}

/// The days of the window.
pub(super) fn days(rules: &[RuleReport], with_files: &BTreeSet<i64>, window: Window) -> Vec<DayReport> {
    let (first, days) = days_of(window);
    let sum = |place: usize, of: fn(&RuleReport) -> &Vec<u64>| -> u64 {
        rules.iter().filter_map(|rule| of(rule).get(place)).sum()
    };
    (first..)
        .zip(0..days)
        .map(|(day, place)| DayReport {
            date: date(day),
            has_files: with_files.contains(&day),
            matches: sum(place, |rule| &rule.matches_by_day),
            alerts: sum(place, |rule| &rule.alerts_by_day),
            rings: sum(place, |rule| &rule.rings_by_day),
        })
        .collect()
}

/// Sums over everything.
pub(super) fn totals(
    rules: &[RuleReport],
    days: &[DayReport],
    composites: &[CompositeReport],
) -> BacktestTotals {
    BacktestTotals {
        days_with_files: days.iter().filter(|day| day.has_files).count() as u64,
        matches: rules.iter().map(|rule| rule.matches).sum(),
        alerts: rules.iter().map(|rule| rule.alerts).sum(),
        rings: rules.iter().map(|rule| rule.rings).sum(),
        composite_rings: composites.iter().map(|composite| composite.rings).sum(),
        seconds_in_alarm: rules.iter().map(|rule| rule.seconds_in_alarm).sum(),
    }
}

/// What one rule of either side did.
pub(super) fn side_report(
    recorder: &Recorder<'_>,
    at: RuleAt,
    (watched, runs): (&Watched, &Runs),
) -> SideReport {
    let record = recorder.rules.get(recorder.sets.position(at));
    let minutes = record.map(|record| record.minutes.as_slice()).unwrap_or_default();
    let of_rule = || watched.alarms.iter().zip(runs).filter(|(alarm, _)| alarm.rule == at.index);
    SideReport {
        alerts: minutes.iter().map(|minute| minute.alerts).sum(),
        rings: of_rule().map(|(_, run)| run.rings).sum(),
        seconds_in_alarm: of_rule().map(|(_, run)| run.seconds_in_alarm).sum(),
    }
}
