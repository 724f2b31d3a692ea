//! The report on the simulated alarms of an account, as text and as JSON.

use std::io::Write;

use alarm_simulation::composite::Action;
use alarm_simulation::{Change, State, Timeline};
use serde_json::{Value, json};
use time::Duration;

use super::cases;
use super::history::Comparison;
use super::seconds::Seconds;
use crate::moment::{minute_text, span_text};
use crate::options::Format;
use crate::terminal;
use crate::terminal::printable;
use crate::terminal::table;

/// The evaluation range of an alarm with a shorter period, in seconds, is only an estimate.
const KNOWN_RANGE_SECONDS: u32 = 300;

/// What all alarms did.
#[derive(Debug)]
pub(crate) struct SimulationReport {
    pub(crate) metric: Vec<MetricReport>,
    pub(crate) composite: Vec<CompositeReport>,
}

/// What a metric alarm did.
#[derive(Debug)]
pub(crate) struct MetricReport {
    pub(crate) name: String,
    /// The number of periods that it reads.
    pub(crate) range: u32,
    /// Their length in seconds.
    pub(crate) period: u32,
    pub(crate) timeline: Timeline,
    pub(crate) comparison: Option<Comparison>,
}

/// What a composite alarm did.
#[derive(Debug)]
pub(crate) struct CompositeReport {
    pub(crate) name: String,
    pub(crate) changes: Vec<Change>,
    pub(crate) actions: Vec<Action>,
}

impl SimulationReport {
    /// Whether the history of an alarm differs from its simulation.
    pub(crate) fn differs(&self) -> bool {
        self.metric.iter().filter_map(|report| report.comparison.as_ref()).any(Comparison::differs)
    }

    /// Writes it to standard output.
    pub(crate) fn print(&self, format: Format) -> anyhow::Result<()> {
        let mut out = anstream::stdout().lock();
        match format {
            Format::Text => self.write_text(&mut out, terminal::columns())?,
            Format::Json => writeln!(out, "{}", serde_json::to_string(&self.json())?)?,
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        let metric: Vec<Value> = self.metric.iter().map(MetricReport::json).collect();
        let composite: Vec<Value> = self.composite.iter().map(CompositeReport::json).collect();
        json!({ "version": 1, "alarms": metric, "composites": composite })
    }

    pub(super) fn write_text(&self, out: &mut impl Write, columns: usize) -> std::io::Result<()> {
        let head = ["", "alarms", "in ALARM", "at the end"].map(str::to_owned);
        let rows =
            self.metric.iter().map(MetricReport::row).chain(self.composite.iter().map(CompositeReport::row));
        writeln!(out, "{}", table(columns, &[1, 2], std::iter::once(head).chain(rows)))?;
        for report in &self.metric {
            write_changes(out, &report.name, &report.timeline.changes)?;
            report.write_remarks(out)?;
        }
        for report in &self.composite {
            write_changes(out, &report.name, &report.changes)?;
        }
        Ok(())
    }
}

fn write_changes(out: &mut impl Write, name: &str, changes: &[Change]) -> std::io::Result<()> {
    writeln!(out, "\n{}", printable(name))?;
    for change in changes {
        writeln!(out, "  {}  {} to {}", time_text(change.at), change.from, change.to)?;
    }
    if changes.is_empty() {
        writeln!(out, "  no change")?;
    }
    Ok(())
}

/// A time to the minute; alarms with short periods have seconds.
fn time_text(seconds: i64) -> String {
    let minute = minute_text(seconds);
    match seconds.rem_euclid(60) {
        0 => minute,
        second => format!("{}:{second:02}Z", minute.trim_end_matches('Z')),
    }
}

impl MetricReport {
    fn row(&self) -> [String; 4] {
        let in_alarm = span_text(Duration::seconds(self.timeline.seconds_in(State::Alarm)));
        let rings = self.timeline.rings();
        let in_alarm = if self.timeline.seconds_in(State::Alarm) == 0 { "-".to_owned() } else { in_alarm };
        [self.name.clone(), rings.to_string(), in_alarm, self.timeline.state_at_end().to_string()]
    }

    fn write_remarks(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Timeline { span, unseen, .. } = &self.timeline;
        let (from, to) = (time_text(span.created), time_text(span.until));
        writeln!(out, "  simulated from {from} to {to}, starting in {}", span.before)?;
        let guess = if self.period < KNOWN_RANGE_SECONDS {
            " (an estimate: the value for short periods is unknown)"
        } else {
            ""
        };
        let range = self.range;
        writeln!(out, "  assumed: the alarm reads {range} periods of {} seconds{guess}", self.period)?;
        if *unseen > 0 {
            writeln!(out, "  samples that arrived too late for any evaluation: {unseen}")?;
        }
        let Some(comparison) = &self.comparison else { return Ok(()) };
        let (simulated, real) = (comparison.only_simulated.len(), comparison.only_real.len());
        let alike = comparison.alike;
        writeln!(out, "  alarms as in the history: {alike}; only simulated: {simulated}; only real: {real}")?;
        for (what, times) in [("simulated", &comparison.only_simulated), ("real", &comparison.only_real)] {
            for Seconds(at) in times {
                writeln!(out, "    {}  only {what}", time_text(*at))?;
            }
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let Timeline { span, changes, unseen } = &self.timeline;
        json!({
            "name": self.name,
            "from": Seconds(span.created),
            "to": Seconds(span.until),
            "startState": span.before.as_str(),
            "evaluationRange": self.range,
            "rings": self.timeline.rings(),
            "secondsInAlarm": self.timeline.seconds_in(State::Alarm),
            "stateAtEnd": self.timeline.state_at_end().as_str(),
            "samplesTooLate": unseen,
            "changes": changes.iter().map(cases::change).collect::<Vec<Value>>(),
            "history": self.comparison,
        })
    }
}

impl CompositeReport {
    fn rings(&self) -> usize {
        self.actions.iter().filter(|action| action.state == State::Alarm).count()
    }

    fn row(&self) -> [String; 4] {
        let at_end =
            self.changes.last().map_or_else(|| "unchanged".to_owned(), |change| change.to.to_string());
        [self.name.clone(), self.rings().to_string(), String::new(), at_end]
    }

    fn json(&self) -> Value {
        let actions: Vec<Value> = self
            .actions
            .iter()
            .map(|action| json!({ "at": Seconds(action.at), "state": action.state.as_str() }))
            .collect();
        json!({
            "name": self.name,
            "rings": self.rings(),
            "changes": self.changes.iter().map(cases::change).collect::<Vec<Value>>(),
            "actions": actions,
        })
    }
}
