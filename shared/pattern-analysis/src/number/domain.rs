//! The numbers that JSON can hold, as two ordered lists: the integers and the 64-bit floats. Each number has
//! a place in its list.
//!
//! Source: the documentation of `serde_json::Number`, which holds an `i64`, a `u64` or a finite `f64`.

use serde_json::Number;

/// One of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Domain {
    /// From the least `i64` to the greatest `u64`. The place is the value.
    Integers,
    /// The finite floats. The place counts floats from `0.0`; `-0.0` is at -1.
    Floats,
}

impl Domain {
    pub(crate) fn all(self) -> Interval {
        match self {
            Domain::Integers => Interval { first: i128::from(i64::MIN), last: i128::from(u64::MAX) },
            Domain::Floats => Interval { first: place_of(f64::MIN), last: place_of(f64::MAX) },
        }
    }

    /// The number at a place.
    pub(crate) fn number(self, place: i128) -> Option<Number> {
        match self {
            Domain::Integers => u64::try_from(place)
                .map(Number::from)
                .or_else(|_| i64::try_from(place).map(Number::from))
                .ok(),
            Domain::Floats => Number::from_f64(float_at(place)?),
        }
    }

    /// The first place whose number has a property that every greater one has too; the place behind the list
    /// if none has it.
    pub(crate) fn first(self, has: impl Fn(&Number) -> bool) -> i128 {
        let Interval { mut first, last } = self.all();
        let mut behind = last + 1;
        while first < behind {
            let middle = first + (behind - first) / 2;
            if self.number(middle).is_some_and(|number| has(&number)) {
                behind = middle;
            } else {
                first = middle + 1;
            }
        }
        first
    }
}

/// The place of a finite float.
pub(crate) fn place_of(float: f64) -> i128 {
    let magnitude = i128::from(float.abs().to_bits());
    if float.is_sign_negative() { -1 - magnitude } else { magnitude }
}

fn float_at(place: i128) -> Option<f64> {
    if place < 0 {
        u64::try_from(-1 - place).ok().map(|bits| -f64::from_bits(bits))
    } else {
        u64::try_from(place).ok().map(f64::from_bits)
    }
}

/// Neighbouring places of a domain, both ends included. Empty if the last is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) first: i128,
    pub(crate) last: i128,
}

impl Interval {
    pub(crate) fn is_empty(self) -> bool {
        self.last < self.first
    }

    pub(crate) fn len(self) -> i128 {
        (self.last - self.first + 1).max(0)
    }

    pub(crate) fn places(self) -> impl Iterator<Item = i128> {
        self.first..=self.last
    }

    /// What is in both.
    pub(crate) fn and(self, other: Interval) -> Interval {
        Interval { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    /// What is before a place.
    pub(crate) fn before(self, place: i128) -> Interval {
        Interval { first: self.first, last: self.last.min(place - 1) }
    }

    /// What is at a place or behind it.
    pub(crate) fn from(self, place: i128) -> Interval {
        Interval { first: self.first.max(place), last: self.last }
    }

    /// What is before another interval, and what is behind it.
    pub(crate) fn without(self, other: Interval) -> [Interval; 2] {
        if other.is_empty() {
            return [self, self.before(self.first)];
        }
        [self.before(other.first), self.from(other.last + 1)]
    }
}

/// A few numbers of an interval, the simplest first.
pub(crate) fn simplest(domain: Domain, interval: Interval) -> impl Iterator<Item = Number> {
    let plain: Vec<i128> = match domain {
        Domain::Integers => vec![1, 0, 2, 5, 10, -1],
        Domain::Floats => [0.5, 1.5, 1.0, 0.0, 0.25, -0.5, -1.0].map(place_of).to_vec(),
    };
    let ends = [interval.first, interval.first + 1, interval.last, interval.last - 1];
    let rounded = (domain == Domain::Floats).then(|| rounded(interval)).into_iter().flatten();
    let inside = move |place: &i128| interval.first <= *place && *place <= interval.last;
    plain.into_iter().chain(rounded).chain(ends).filter(inside).filter_map(move |place| domain.number(place))
}

/// Floats near the ends of an interval that have few decimals.
fn rounded(interval: Interval) -> impl Iterator<Item = i128> {
    let ends = [interval.first, interval.first + (interval.last - interval.first) / 2, interval.last];
    // Larger floats have almost no decimals.
    let ends = ends.into_iter().filter_map(float_at).filter(|float| float.abs() < 1e15).collect::<Vec<_>>();
    let at = move |decimals: usize| {
        let near = |float: &f64| format!("{float:.decimals$}").parse::<f64>().ok().map(place_of);
        ends.iter().filter_map(near).collect::<Vec<_>>()
    };
    (0..=17).flat_map(at)
}
