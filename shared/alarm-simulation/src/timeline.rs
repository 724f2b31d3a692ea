//! The changes of an alarm's state over time.
//!
//! CloudWatch evaluates an alarm every minute, a high-resolution alarm every ten seconds, and an alarm over
//! more than a day at the top of the hour. The periods end at the evaluation and are not aligned to the
//! clock. CloudWatch evaluates each alarm at its own second of the minute; the simulation evaluates it at the
//! full minute, and a sample counts if it is visible by then. The first evaluation takes place after the
//! alarm is created, and also reads earlier samples.
//!
//! Source: the CloudWatch User Guide, "Alarm evaluation"; `PutMetricAlarm` of the CloudWatch API.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::datapoint::{Sample, Series};
use crate::definition::Definition;
use crate::periods::Periods;
use crate::state::{Change, State};

/// The time that a simulation covers, and the state in which the alarm starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When the alarm is created, in seconds since 1970. It is evaluated after that.
    pub created: i64,
    /// When the simulation ends, in seconds since 1970. An evaluation at that time still takes place.
    pub until: i64,
    /// The state at the start. CloudWatch creates alarms in [`State::InsufficientData`].
    pub before: State,
}

/// The changes of an alarm's state during a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The time that the simulation covers.
    pub span: Span,
    /// The changes of its state, in order.
    pub changes: Vec<Change>,
    /// The number of samples that became visible too late for any evaluation to read them.
    pub unseen: u64,
}

impl Timeline {
    /// How often the alarm went into `ALARM`, and so ran its alarm actions.
    #[must_use]
    pub fn rings(&self) -> usize {
        self.changes.iter().filter(|change| change.to == State::Alarm).count()
    }

    /// The state at the end of the simulation.
    #[must_use]
    pub fn state_at_end(&self) -> State {
        self.changes.last().map_or(self.span.before, |change| change.to)
    }

    /// How long the alarm was in a state, in seconds.
    #[must_use]
    pub fn seconds_in(&self, state: State) -> i64 {
        let (mut since, mut current, mut seconds) = (self.span.created, self.span.before, 0);
        for change in &self.changes {
            seconds += if current == state { change.at - since } else { 0 };
            (since, current) = (change.at, change.to);
        }
        seconds + if current == state { (self.span.until - since).max(0) } else { 0 }
    }
}

/// Simulates an alarm over a series.
///
/// The time is proportional to the number of samples, and to the number of steps at which the alarm can read
/// any sample. A late sample counts once for each step of a period. None of this depends on N. The memory is
/// proportional to the evaluation range.
#[must_use]
pub fn simulate(definition: &Definition, series: &Series, span: Span) -> Timeline {
    let first = span.created.div_euclid(definition.step) + 1;
    let last = span.until.div_euclid(definition.step);
    let mut periods = Periods::new(definition, series.scale(), first);
    let mut arrivals = Arrivals::new(series.samples(), definition.step);
    let mut timeline = Timeline { span, changes: Vec::new(), unseen: 0 };
    let mut state = span.before;
    // Whether the alarm was evaluated since all that it can read is empty: until then it can still change.
    let mut is_settled = false;
    while periods.next() <= last {
        let step = periods.next();
        while let Some((at, sample)) = arrivals.next_by(step) {
            let evaluation = next_evaluation(step, definition);
            let is_late = sample.visible > span.created && evaluation <= last;
            timeline.unseen += if is_late && !periods.reach(at, evaluation) { sample.count } else { 0 };
            periods.add(at, sample);
        }
        is_settled &= periods.are_empty();
        if is_settled {
            periods.skip_to(arrivals.next_step().unwrap_or(last + 1));
            continue;
        }
        periods.advance();
        if step == next_evaluation(step, definition) {
            let after = periods.state(state);
            if after != state {
                timeline.changes.push(Change { at: step * definition.step, from: state, to: after });
                state = after;
            }
            is_settled = periods.are_empty();
        }
    }
    timeline
}

/// The first step with an evaluation, from `step` on.
fn next_evaluation(step: i64, definition: &Definition) -> i64 {
    match definition.steps_between {
        1 => step,
        steps => step + (-step).rem_euclid(steps),
    }
}

/// The samples of a series in the order of the steps at which an evaluation can first count them: they are
/// visible, and the step that they belong to is over.
struct Arrivals<'s> {
    /// Samples that are not visible yet, in the order in which they become visible.
    samples: &'s [Sample],
    /// Visible samples that belong to future steps: the step after theirs, and their position in `all`.
    early: BinaryHeap<Reverse<(i64, usize)>>,
    all: &'s [Sample],
    /// Seconds in a step.
    step: i64,
}

impl<'s> Arrivals<'s> {
    fn new(samples: &'s [Sample], step: i64) -> Self {
        Self { samples, early: BinaryHeap::new(), all: samples, step }
    }

    /// The step at which a sample is visible.
    fn visible(&self, sample: &Sample) -> i64 {
        -(-sample.visible).div_euclid(self.step)
    }

    /// The next sample that arrives at `step` or before, with its own step.
    fn next_by(&mut self, step: i64) -> Option<(i64, &'s Sample)> {
        while let Some((sample, rest)) = self.samples.split_first() {
            if self.visible(sample) > step {
                break;
            }
            let place = self.all.len() - self.samples.len();
            self.samples = rest;
            let at = sample.at.div_euclid(self.step);
            if at < step {
                return Some((at, sample));
            }
            self.early.push(Reverse((at + 1, place)));
        }
        let &Reverse((arrival, place)) = self.early.peek()?;
        if arrival > step {
            return None;
        }
        self.early.pop();
        self.all.get(place).map(|sample| (arrival - 1, sample))
    }

    /// When the next sample arrives, at the earliest.
    fn next_step(&self) -> Option<i64> {
        let early = self.early.peek().map(|Reverse((step, _))| *step);
        let visible = self.samples.first().map(|sample| self.visible(sample));
        [early, visible].into_iter().flatten().min()
    }
}
