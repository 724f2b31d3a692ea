//! The periods of an alarm at every step, while samples become visible.
//!
//! Time is counted in steps. The period that *ends* at step T holds the samples of the steps T - p to T - 1.
//! A sum for each step, a point for the end of each period, and counts for each residue of T modulo p are
//! kept as far back as the alarm reads, so memory does not depend on the length of the simulation. The cost
//! of a step does not depend on N. A sample that becomes visible late changes the p periods that hold its
//! step, and costs about 2p.

use crate::datapoint::Sample;
use crate::decision::{Counts, Point};
use crate::definition::Definition;
use crate::exact::Scale;
use crate::ring::Ring;
use crate::state::State;
use crate::window::Window;

pub(crate) struct Periods<'a> {
    definition: &'a Definition,
    scale: Scale,
    /// Steps in a period.
    period: i64,
    /// Steps in the evaluation range.
    range: i64,
    /// The step that comes next.
    next: i64,
    /// `next` modulo the period.
    residue: usize,
    /// The samples of each step, for the range and the period before it.
    steps: Ring<Window>,
    /// Steps in the ring that hold samples.
    occupied: usize,
    /// The sum over the period that ends at the latest step.
    window: Window,
    /// Its point.
    point: Point,
    /// The point of the period that ends at each step of the range.
    points: Ring<Point>,
    /// For each residue, the counts over the range that ends at the latest step with that residue.
    counts: Vec<Counts>,
    /// Earlier steps that receive late samples at the next step.
    late: Vec<i64>,
}

impl<'a> Periods<'a> {
    /// Periods without samples, before step `next`.
    pub(crate) fn new(definition: &'a Definition, scale: Scale, next: i64) -> Self {
        let period = definition.period;
        let range = period * usize::try_from(definition.range).unwrap_or(usize::MAX);
        let as_steps = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        Self {
            definition,
            scale,
            period: as_steps(period),
            range: as_steps(range),
            next,
            residue: residue(next, as_steps(period)),
            steps: Ring::new(range + period + 2),
            occupied: 0,
            window: Window::default(),
            point: Point::Missing,
            points: Ring::new(range + 1),
            counts: vec![Counts::default(); period],
            late: Vec::new(),
        }
    }

    /// The step that comes next.
    pub(crate) fn next(&self) -> i64 {
        self.next
    }

    /// Whether no period that the alarm can read has a sample.
    pub(crate) fn are_empty(&self) -> bool {
        self.occupied == 0
    }

    /// Skips steps at which nothing happens. The periods must be empty.
    pub(crate) fn skip_to(&mut self, step: i64) {
        debug_assert!(self.are_empty() && step >= self.next, "periods with samples were skipped");
        self.next = step;
        self.residue = residue(step, self.period);
    }

    /// Whether an evaluation at `step` still reads a sample that belongs to step `at`.
    pub(crate) fn reach(&self, at: i64, step: i64) -> bool {
        at >= step - self.range
    }

    /// Adds a sample that belongs to step `at`, before the next step, and becomes visible at the next step.
    pub(crate) fn add(&mut self, at: i64, sample: &Sample) {
        // The oldest period that is read begins here.
        if at < self.next - self.range - self.period {
            return;
        }
        let added = Window::of(sample, self.definition, self.scale);
        let mut step = self.steps.at(at);
        self.occupied += usize::from(step.is_empty());
        step += added;
        self.steps.replace(at, step);
        if at < self.next - 1 {
            self.late.push(at);
            if at >= self.next - 1 - self.period {
                self.window += added;
            }
        }
    }

    /// Goes to the next step.
    pub(crate) fn advance(&mut self) {
        let step = self.next;
        let (entering, leaving) = (self.steps.at(step - 1), self.steps.at(step - 1 - self.period));
        if !entering.is_empty() || !leaving.is_empty() || !self.late.is_empty() {
            self.window += entering;
            self.window -= leaving;
            self.point = self.window.point(self.definition, self.scale);
        }
        if !self.late.is_empty() {
            self.correct();
        }
        let forgotten = self.steps.replace(step - 1 - self.range - self.period, Window::default());
        self.occupied -= usize::from(!forgotten.is_empty());
        self.count(step);
        self.next += 1;
        self.residue = if self.residue + 1 == self.counts.len() { 0 } else { self.residue + 1 };
    }

    /// Counts the point of the period that ends at `step`, and removes points that are too old.
    fn count(&mut self, step: i64) {
        let oldest = self.points.replace(step - self.range, Point::Missing);
        let recent = i64::from(self.definition.datapoints_to_alarm - 1);
        let no_longer_recent = self.points.at(step - recent * self.period);
        self.points.replace(step, self.point);
        if let Some(counts) = self.counts.get_mut(self.residue) {
            counts.add(self.point, recent > 0);
            counts.remove(oldest, false);
            if recent > 0 {
                counts.recently_breaching -= u32::from(no_longer_recent == Point::Breaching);
            }
        }
    }

    /// The state after an evaluation at the latest step.
    pub(crate) fn state(&self, before: State) -> State {
        let step = self.next - 1;
        let counts = self.counts.get(residue(step, self.period)).copied().unwrap_or_default();
        let range = i64::from(self.definition.range);
        let oldest_first = (0..range).rev().map(|age| self.points.at(step - age * self.period));
        self.definition.decide_by_counts(counts, oldest_first, before)
    }

    /// Recomputes the periods that received late samples.
    fn correct(&mut self) {
        let mut late = std::mem::take(&mut self.late);
        late.sort_unstable();
        late.dedup();
        let mut ends: Option<(i64, i64)> = None;
        for &at in &late {
            let last = (at + self.period).min(self.next - 1);
            match &mut ends {
                Some((_, known)) if at <= *known => *known = last,
                Some((first, known)) => {
                    self.recount(*first, *known);
                    ends = Some((at + 1, last));
                }
                None => ends = Some((at + 1, last)),
            }
        }
        if let Some((first, last)) = ends {
            self.recount(first, last);
        }
        late.clear();
        self.late = late;
    }

    /// Recomputes the periods that end at the steps from `first` to `last`.
    fn recount(&mut self, first: i64, last: i64) {
        let first = first.max(self.next - self.range);
        let mut window = Window::default();
        for step in first - self.period..first {
            window += self.steps.at(step);
        }
        for end in first..=last {
            let point = window.point(self.definition, self.scale);
            let old = self.points.replace(end, point);
            if old != point {
                self.exchange(end, old, point);
            }
            window += self.steps.at(end);
            window -= self.steps.at(end - self.period);
        }
    }

    /// Counts `point` in place of `old` for the period that ends at `end`, before the next step.
    fn exchange(&mut self, end: i64, old: Point, point: Point) {
        // The newest end with the same residue.
        let newer = (self.next - 1 - end) / self.period;
        let is_recent = newer < i64::from(self.definition.datapoints_to_alarm - 1);
        if let Some(counts) = self.counts.get_mut(residue(end, self.period)) {
            counts.add(point, is_recent);
            counts.remove(old, is_recent);
        }
    }
}

fn residue(step: i64, period: i64) -> usize {
    usize::try_from(step.rem_euclid(period)).unwrap_or(0)
}

impl Counts {
    fn add(&mut self, point: Point, is_recent: bool) {
        self.real += u32::from(point != Point::Missing);
        self.breaching += u32::from(point == Point::Breaching);
        self.recently_breaching += u32::from(is_recent && point == Point::Breaching);
    }

    fn remove(&mut self, point: Point, is_recent: bool) {
        self.real -= u32::from(point != Point::Missing);
        self.breaching -= u32::from(point == Point::Breaching);
        self.recently_breaching -= u32::from(is_recent && point == Point::Breaching);
    }
}
