//! `trailbell alarms simulate`: what CloudWatch's alarms would do, without CloudWatch.
//!
//! It answers test cases, one per line, so that anybody can check the simulation. Or it replays the data of a
//! metric through the alarms of an account, and compares the result with their history. The evaluation itself
//! is in `alarm_simulation`.

pub(crate) mod arguments;

mod cases;
mod datapoints;
mod described;
mod history;
mod report;
mod seconds;

use std::collections::BTreeMap;
use std::path::Path;

use alarm_simulation::composite::{self, Action, ChildChange, States};
use alarm_simulation::{Change, Definition, Series, Span, State, Timeline, evaluation_range, simulate};
use anyhow::{Context as _, bail};
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use self::arguments::{OwnArguments, SimulateArguments};
use self::described::{Alarms, Composite};
use self::history::History;
use self::report::{CompositeReport, MetricReport, SimulationReport};
use crate::exit::Exit;
use crate::terminal::complain;
use crate::terminal::{path_text, printable};

/// Runs the command.
pub(crate) fn run(arguments: &SimulateArguments) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    match (&arguments.cases, &arguments.own.alarm, &arguments.own.data) {
        (Some(cases), ..) => cases::run(cases),
        (None, Some(alarm), Some(data)) => own(alarm, data, &arguments.own, now),
        (None, ..) => bail!("expected a file with cases, or `--alarm` and `--data`"),
    }
}

fn own(alarm: &Path, data: &Path, arguments: &OwnArguments, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let alarms = read(alarm, |text| described::read(text, &arguments.names))?;
    let history = arguments.history.as_deref().map(|path| read(path, history::read)).transpose()?;
    note_if(alarms.is_incomplete, alarm, "it does not hold all alarms: it ends with a `NextToken`");
    let is_incomplete = history.as_ref().is_some_and(|history| history.is_incomplete);
    note_if(
        is_incomplete,
        arguments.history.as_deref().unwrap_or(data),
        "it does not hold the whole history: it ends with a `NextToken`",
    );
    let mut metric = Vec::new();
    for (name, definition) in &alarms.metric {
        let datapoints = read(data, |text| datapoints::read(text, definition, arguments.visible_after))?;
        let is_first = metric.is_empty();
        note_if(
            is_first && datapoints.is_incomplete,
            data,
            "it does not hold all datapoints: it is marked as partial, or ends with a `NextToken`",
        );
        let span = span(name, &datapoints.series, history.as_ref(), arguments, now)?;
        let range =
            arguments.evaluation_range.unwrap_or_else(|| evaluation_range(definition.evaluation_periods));
        let checked = Definition::with_range(definition, range)
            .with_context(|| format!("`{}` cannot be simulated", printable(name)))?;
        let timeline = simulate(&checked, &datapoints.series, span);
        let comparison = history.as_ref().map(|history| history.compare(name, &timeline));
        let period = definition.period;
        metric.push(MetricReport { name: name.clone(), range, period, timeline, comparison });
    }
    let composite = composites(&alarms, &metric);
    let report = SimulationReport { metric, composite };
    report.print(arguments.format)?;
    Ok(if report.differs() { Exit::Findings } else { Exit::Success })
}

fn read<T>(path: &Path, parse: impl FnOnce(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let name = path_text(path);
    let text = std::fs::read_to_string(path).with_context(|| format!("`{name}` cannot be read"))?;
    parse(&text).with_context(|| format!("`{name}` cannot be used"))
}

fn note_if(applies: bool, path: &Path, note: &str) {
    if applies {
        complain(format_args!("note: `{}`: {note}", printable(&path_text(path))));
    }
}

/// The time that the simulation of an alarm covers, and the state in which the alarm starts.
fn span(
    name: &str,
    series: &Series,
    history: Option<&History>,
    arguments: &OwnArguments,
    now: OffsetDateTime,
) -> anyhow::Result<Span> {
    let samples = series.samples();
    let first = samples.iter().map(|sample| sample.at - sample.at.rem_euclid(60)).min();
    let from = arguments.from.as_ref().map(|moment| moment.minute(now)).or(first);
    let last_change = history.and_then(|history| history.last(name));
    let last = samples.iter().map(|sample| sample.visible).chain(last_change).max();
    let to = arguments.to.as_ref().map(|moment| moment.minute(now)).or(last);
    let (Some(created), Some(until)) = (from, to) else {
        bail!("there are no datapoints; set `--from` and `--to` to simulate a period without data")
    };
    if until <= created {
        bail!("the simulation would end before it starts; expected `--from` to be before `--to`");
    }
    let known = history.and_then(|history| history.state_at(name, created));
    Ok(Span { created, until, before: arguments.state.or(known).unwrap_or(State::Ok) })
}

/// Simulates the composite alarms, each after the alarms that it refers to.
fn composites(alarms: &Alarms, metric: &[MetricReport]) -> Vec<CompositeReport> {
    let Some(until) = metric.first().map(|report| report.timeline.span.until) else { return Vec::new() };
    let mut known: BTreeMap<&str, (State, Vec<Change>)> = BTreeMap::new();
    for MetricReport { name, timeline: Timeline { span, changes, .. }, .. } in metric {
        known.insert(name, (span.before, changes.clone()));
    }
    let mut reports = Vec::new();
    let mut open: Vec<&Composite> = alarms.composite.iter().collect();
    loop {
        let is_ready =
            |composite: &&Composite| referred(composite).iter().all(|name| known.contains_key(name));
        let (ready, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(is_ready);
        open = rest;
        if ready.is_empty() {
            break;
        }
        for composite in ready {
            let (before, changes, actions) = composite_timeline(composite, &known, until);
            known.insert(&composite.name, (before, changes.clone()));
            reports.push(CompositeReport { name: composite.name.clone(), changes, actions });
        }
    }
    for composite in open {
        let name = printable(&composite.name);
        complain(format_args!(
            "note: `{name}` is not simulated, because it refers to alarms that are not simulated"
        ));
    }
    reports
}

/// The names of the alarms that a composite alarm depends on.
fn referred(composite: &Composite) -> Vec<&str> {
    let suppressor = composite.suppressor.iter().map(|suppressor| suppressor.alarm.as_str());
    composite.rule.alarms().into_iter().chain(suppressor).map(by_name).collect()
}

/// The name in an ARN of an alarm, or the name itself.
fn by_name(alarm: &str) -> &str {
    alarm.split_once(":alarm:").map_or(alarm, |(_, name)| name)
}

fn composite_timeline(
    composite: &Composite,
    known: &BTreeMap<&str, (State, Vec<Change>)>,
    until: i64,
) -> (State, Vec<Change>, Vec<Action>) {
    let mut initial = States::new();
    let mut changes = Vec::new();
    for name in referred(composite) {
        let Some((before, of_alarm)) = known.get(name) else { continue };
        initial.insert(name.to_owned(), *before);
        changes.extend(of_alarm.iter().map(|change| ChildChange {
            at: change.at,
            alarm: name.to_owned(),
            to: change.to,
        }));
    }
    let state_of = |alarm: &str| initial.get(by_name(alarm)).copied().unwrap_or(State::InsufficientData);
    let before = if composite.rule.holds(state_of) { State::Alarm } else { State::Ok };
    let suppressor = composite.suppressor.as_ref();
    let timeline = composite::simulate(&composite.rule, suppressor, initial, &changes, until);
    (before, timeline.changes, timeline.actions)
}

#[cfg(test)]
mod tests;
