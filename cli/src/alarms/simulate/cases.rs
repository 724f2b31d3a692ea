//! Test cases: each line holds a JSON object that says what happened, and is answered by a line that says
//! what CloudWatch, or the throttle of alerts, does about it.
//!
//! A case has an `id`, a `kind` and the members of its kind. An `expect` does not influence the answer; it is
//! compared with it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use alarm_simulation::composite::{self, ChildChange, RuleExpression, States, Suppressor};
use alarm_simulation::{
    Change, Definition, Point, Sample, Series, Span, State, evaluation_range, simulate, statistic_value,
};
use anyhow::{Context as _, bail};
use pipeline::{Groups, Occurrence, Throttle};
use rules::Severity;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::described::{DescribedAlarm, statistic};
use super::seconds::Seconds;
use crate::exit::Exit;
use crate::lines::{Line, Lines, MAX_LINE_BYTES};
use crate::terminal::complain;
use crate::terminal::{path_text, printable};

/// The time within which findings count towards a threshold, in seconds, if the case does not set it. A
/// rule's alarm has the same default period.
const WITHIN_SECONDS: u32 = 300;

/// The question that a case asks.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Question {
    Points(Points),
    Timeline(Period),
    Statistic(OneStatistic),
    Composite(CaseComposite),
    Alerts(Alerts),
}

/// One evaluation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Points {
    alarm: DescribedAlarm,
    evaluation_range: Option<u32>,
    /// `0` within the threshold, `X` breaching, `-` missing, oldest first.
    points: String,
    before: Option<String>,
}

/// An alarm over time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Period {
    alarm: DescribedAlarm,
    evaluation_range: Option<u32>,
    created: Seconds,
    until: Seconds,
    #[serde(default)]
    data: Vec<Datapoint>,
    before: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Datapoint {
    at: Seconds,
    visible: Option<Seconds>,
    samples: Vec<(f64, f64)>,
}

/// The value of a statistic.
#[derive(Debug, Deserialize)]
struct OneStatistic {
    statistic: String,
    samples: Vec<(f64, f64)>,
}

/// A composite alarm over time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseComposite {
    rule: String,
    #[serde(default)]
    initial: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    changes: Vec<(i64, String, String)>,
    end: i64,
    suppressor: Option<String>,
    #[serde(default)]
    wait_period: i64,
    #[serde(default)]
    extension_period: i64,
}

/// Findings of a rule over time.
#[derive(Debug, Deserialize)]
struct Alerts {
    findings: Vec<(i64, String)>,
    threshold: Option<u32>,
    #[serde(alias = "within")]
    window: Option<u32>,
    quiet: Option<u32>,
    #[serde(default)]
    suppressions: Vec<Suppression>,
}

#[derive(Debug, Deserialize)]
struct Suppression {
    group: String,
    from: Option<i64>,
    until: i64,
}

/// A line of the output.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: &'a Value,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Expect(Value),
    Error(String),
}

/// Answers the cases in a file, or in standard input for `-`.
pub(super) fn run(path: &Path) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    if path == Path::new("-") {
        return answer_all(io::stdin().lock(), &mut out).context("standard input cannot be read");
    }
    let name = path_text(path);
    let file = File::open(path).with_context(|| format!("`{name}` cannot be read"))?;
    answer_all(file, &mut out).with_context(|| format!("the cases of `{name}` cannot be answered"))
}

pub(super) fn answer_all(input: impl Read, out: &mut impl Write) -> anyhow::Result<Exit> {
    let mut lines = Lines::new(input);
    let mut exit = Exit::Success;
    loop {
        let number = lines.number() + 1;
        let case = match lines.next_line()? {
            None => break,
            Some(Line::Whole(line)) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Some(Line::Whole(line)) => serde_json::from_slice::<Value>(line).context("not valid JSON"),
            Some(Line::TooLong) => Err(anyhow::anyhow!("longer than {MAX_LINE_BYTES} bytes")),
        };
        let id = case.as_ref().ok().and_then(|case| case.get("id")).cloned().unwrap_or_default();
        let expected = case.as_ref().ok().and_then(|case| case.get("expect")).cloned();
        let outcome = match case.and_then(answer) {
            Ok(answer) => {
                if expected.is_some_and(|expected| !is_same(&expected, &answer)) {
                    exit = Exit::Findings;
                    complain(format_args!("line {number}: case {} expects another answer", shown(&id)));
                }
                Outcome::Expect(answer)
            }
            Err(error) => {
                exit = Exit::Findings;
                let error = pipeline::chain(error.as_ref());
                complain(format_args!("line {number}: {}", printable(&error)));
                Outcome::Error(error)
            }
        };
        writeln!(out, "{}", serde_json::to_string(&Answer { id: &id, outcome })?)?;
    }
    out.flush()?;
    Ok(exit)
}

fn shown(id: &Value) -> String {
    let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    format!("`{}`", printable(&text))
}

/// Whether two answers are the same; 8 and 8.0 are the same number.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_in_other =
                |(key, value): (&String, &Value)| other.get(key).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(is_in_other)
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

fn answer(case: Value) -> anyhow::Result<Value> {
    match serde_json::from_value(case).context("not a valid case")? {
        Question::Points(points) => points.answer(),
        Question::Timeline(period) => period.answer(),
        Question::Statistic(statistic) => statistic.answer(),
        Question::Composite(alarm) => alarm.answer(),
        Question::Alerts(alerts) => Ok(alerts.answer()),
    }
}

impl Points {
    fn answer(&self) -> anyhow::Result<Value> {
        let points = self
            .points
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| match character {
                '0' => Ok(Point::Within),
                'X' => Ok(Point::Breaching),
                '-' => Ok(Point::Missing),
                other => bail!("the point `{}` is not one of `0`, `X` and `-`", other.escape_debug()),
            })
            .collect::<anyhow::Result<Vec<Point>>>()?;
        let alarm = self.alarm.read()?;
        let given = u32::try_from(points.len()).unwrap_or(u32::MAX).max(alarm.evaluation_periods);
        let definition = Definition::with_range(&alarm, self.evaluation_range.unwrap_or(given))?;
        Ok(json!({ "state": definition.decide(&points, before(self.before.as_deref())?).as_str() }))
    }
}

impl Period {
    fn answer(&self) -> anyhow::Result<Value> {
        let alarm = self.alarm.read()?;
        let range = self.evaluation_range.unwrap_or_else(|| evaluation_range(alarm.evaluation_periods));
        let mut samples = Vec::new();
        for Datapoint { at, visible, samples: published } in &self.data {
            let visible = visible.map_or(at.minute() + 60, |visible| visible.0);
            for &(value, count) in published {
                samples.push(Sample { at: at.0, visible, value, count: whole(count)? });
            }
        }
        let before = before(self.before.as_deref())?;
        let span = Span { created: self.created.0, until: self.until.0, before };
        let timeline = simulate(&Definition::with_range(&alarm, range)?, &Series::new(samples)?, span);
        let changes: Vec<Value> = timeline.changes.iter().map(change).collect();
        Ok(json!({ "changes": changes, "rings": timeline.rings() }))
    }
}

/// A change of state, as cases and the JSON report write it.
pub(super) fn change(change: &Change) -> Value {
    json!({ "at": Seconds(change.at), "from": change.from.as_str(), "to": change.to.as_str() })
}

impl OneStatistic {
    fn answer(&self) -> anyhow::Result<Value> {
        let samples = self
            .samples
            .iter()
            .map(|&(value, count)| Ok((value, whole(count)?)))
            .collect::<anyhow::Result<Vec<(f64, u64)>>>()?;
        Ok(json!({ "value": statistic_value(&statistic(&self.statistic), &samples)? }))
    }
}

impl CaseComposite {
    fn answer(&self) -> anyhow::Result<Value> {
        let rule = RuleExpression::parse(&self.rule)?;
        let suppressor = self.suppressor.as_ref().map(|alarm| Suppressor {
            alarm: alarm.clone(),
            wait_period: self.wait_period,
            extension_period: self.extension_period,
        });
        let mut initial = States::new();
        for (alarm, state) in &self.initial {
            initial.insert(alarm.clone(), state.parse()?);
        }
        let mut changes = Vec::new();
        for (at, alarm, to) in &self.changes {
            changes.push(ChildChange { at: *at, alarm: alarm.clone(), to: to.parse()? });
        }
        let timeline = composite::simulate(&rule, suppressor.as_ref(), initial, &changes, self.end);
        let changes: Vec<Value> = timeline
            .changes
            .iter()
            .map(|change| json!([change.at, change.from.as_str(), change.to.as_str()]))
            .collect();
        let actions: Vec<Value> =
            timeline.actions.iter().map(|action| json!([action.at, action.state.as_str()])).collect();
        Ok(json!({ "changes": changes, "actions": actions }))
    }
}

impl Alerts {
    /// Each finding arrives at the time of its event. No follow-up is sent after the last finding.
    fn answer(&self) -> Value {
        let throttle = Throttle {
            threshold: self.threshold.unwrap_or(1),
            within: self.window.unwrap_or(WITHIN_SECONDS),
            quiet: self.quiet.unwrap_or(0),
        };
        let mut groups = Groups::new(throttle);
        let mut findings: Vec<&(i64, String)> = self.findings.iter().collect();
        findings.sort();
        let mut sent: Vec<(i64, String, u64, u64)> = Vec::new();
        let mut suppressed = 0_u64;
        for (second, group) in findings {
            while let Some((at, group, alert)) = groups.follow_up(*second) {
                sent.push((at, group, alert.findings, alert.held_back));
            }
            if self.suppressions.iter().any(|suppression| suppression.covers(*second, group)) {
                suppressed += 1;
                continue;
            }
            let occurrence = Occurrence { event_time: *second, severity: Severity::Low };
            let alert = groups.find(group, occurrence, *second);
            sent.extend(alert.map(|alert| (*second, group.clone(), alert.findings, alert.held_back)));
        }
        json!({ "sent": sent, "heldAtEnd": groups.held_back(), "suppressed": suppressed })
    }
}

impl Suppression {
    /// Whether it holds for a group at a time; at `until` it has expired.
    fn covers(&self, second: i64, group: &str) -> bool {
        self.group == group && self.from.is_none_or(|from| from <= second) && second < self.until
    }
}

fn before(text: Option<&str>) -> anyhow::Result<State> {
    Ok(text.map_or(Ok(State::InsufficientData), str::parse)?)
}

/// A count, which may be written as 1 or 1.0.
fn whole(count: f64) -> anyhow::Result<u64> {
    super::datapoints::whole(count).context("invalid count of a sample")
}
