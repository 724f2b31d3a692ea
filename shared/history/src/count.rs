//! Counts events by the value of a column. Memory grows with the number of different values.

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::column::{Cells, Column};
use crate::event::Event;

/// A value of a column, with the number of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCount {
    /// The value; `None` for events without one.
    pub value: Option<String>,
    /// The number of events.
    pub events: u64,
    /// The time of the earliest event.
    pub first: Option<OffsetDateTime>,
    /// The time of the latest event.
    pub last: Option<OffsetDateTime>,
}

/// Counts events by one column.
#[derive(Debug)]
pub struct Counter {
    column: Column,
    counts: HashMap<Option<String>, (u64, Option<OffsetDateTime>, Option<OffsetDateTime>)>,
}

impl Counter {
    /// A counter without events.
    pub fn new(column: Column) -> Self {
        Self { column, counts: HashMap::new() }
    }

    /// The column.
    pub fn column(&self) -> Column {
        self.column
    }

    /// Counts an event.
    pub fn push(&mut self, event: &Event) {
        let value = Cells::of(event).text(self.column);
        let time = event.key().time;
        let (events, first, last) = self.counts.entry(value).or_insert((0, time, time));
        *events += 1;
        *first = [*first, time].into_iter().flatten().min();
        *last = [*last, time].into_iter().flatten().max();
    }

    /// The values, the most frequent first; days and hours in their order.
    pub fn into_counts(self) -> Vec<ValueCount> {
        let mut counts: Vec<ValueCount> = self
            .counts
            .into_iter()
            .map(|(value, (events, first, last))| ValueCount { value, events, first, last })
            .collect();
        let is_time = matches!(self.column, Column::Time | Column::Day | Column::Hour);
        counts.sort_by(|one, other| {
            let by_value = one.value.cmp(&other.value);
            if is_time { by_value } else { other.events.cmp(&one.events).then(by_value) }
        });
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;
    use crate::column::Column;
    use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

    fn counts(column: Column) -> Vec<(String, u64)> {
        let mut counter = Counter::new(column);
        for record in [SIGN_IN, STOP_LOGGING, GET_OBJECT, SIGN_IN] {
            counter.push(&event(record));
        }
        let counts = counter.into_counts().into_iter();
        counts.map(|count| (count.value.unwrap_or_else(|| "-".to_owned()), count.events)).collect()
    }

    #[test]
    fn the_most_frequent_value_comes_first() {
        let count = |value: &str, events| (value.to_owned(), events);
        assert_eq!(counts(Column::User), [count("alice", 2), count("deploy/ci", 1), count("root", 1)]);
        assert_eq!(counts(Column::Resource)[0], count("-", 2));
        assert_eq!(counts(Column::Day), [count("2026-09-14", 4)]);
    }

    #[test]
    fn a_value_has_its_first_and_last_time() {
        let mut counter = Counter::new(Column::Day);
        for record in [SIGN_IN, STOP_LOGGING, GET_OBJECT] {
            counter.push(&event(record));
        }
        let counts = counter.into_counts();
        assert_eq!(counts[0].first, event(GET_OBJECT).key().time);
        assert_eq!(counts[0].last, event(STOP_LOGGING).key().time);
    }
}
