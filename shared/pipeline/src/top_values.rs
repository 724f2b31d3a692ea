//! The most frequent values of a stream, in constant memory.
//!
//! Up to its capacity, every value is counted exactly. Beyond it, a new value takes the place of the rarest one and
//! inherits its count as a possible error (the Space-Saving algorithm), so that a flood of values that occur once does not
//! hide the frequent ones.

use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

/// The most values in the JSON form.
const SERIALIZED_VALUES: usize = 10;

/// A value with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedValue {
    /// The value.
    pub value: Arc<str>,
    /// The value in words, where they differ from it.
    pub label: Option<Arc<str>>,
    /// At most how often it occurred.
    pub count: u64,
    /// By how much the count may be too high.
    pub error: u64,
}

impl CountedValue {
    /// At least how often the value occurred.
    pub fn at_least(&self) -> u64 {
        self.count - self.error
    }

    /// The words for people.
    pub fn words(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.value)
    }
}

impl Serialize for CountedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &*self.value)?;
        map.serialize_entry("count", &self.at_least())?;
        if self.error > 0 {
            map.serialize_entry("error", &self.error)?;
        }
        map.end()
    }
}

/// The most frequent values. The JSON form has `distinct`, `exact` and `top`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopValues {
    capacity: usize,
    values: Vec<CountedValue>,
    /// Whether a value had to make room for another, or was not kept at all.
    is_full: bool,
}

impl TopValues {
    /// No values yet, with room for `capacity` different ones.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, values: Vec::new(), is_full: false }
    }

    /// The number of different values; if not [exact](TopValues::is_exact), there are more.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// Whether every value is known with its count.
    pub fn is_exact(&self) -> bool {
        !self.is_full
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values, the most frequent first, then by name.
    pub fn sorted(&self) -> Vec<&CountedValue> {
        let mut values: Vec<&CountedValue> = self.values.iter().collect();
        values.sort_by(|a, b| b.at_least().cmp(&a.at_least()).then_with(|| a.words().cmp(b.words())));
        values
    }

    /// Whether a value is among them.
    pub(crate) fn contains(&self, value: &str) -> bool {
        self.values.iter().any(|known| &*known.value == value)
    }

    /// Notes that a value occurred that is not kept.
    pub(crate) fn omit(&mut self) {
        self.is_full = true;
    }

    /// Counts a value.
    pub(crate) fn add(&mut self, value: &Arc<str>, label: Option<&Arc<str>>, count: u64) {
        self.insert(CountedValue { value: Arc::clone(value), label: label.cloned(), count, error: 0 });
    }

    /// Adds the values of another stream.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.is_full |= other.is_full;
        for value in other.sorted() {
            self.insert(value.clone());
        }
    }

    fn insert(&mut self, new: CountedValue) {
        let known = self.values.iter_mut().find(|known| known.value == new.value);
        if let Some(known) = known {
            known.count += new.count;
            known.error += new.error;
        } else if self.values.len() < self.capacity {
            // Most alerts have one value of a kind; a vector that grows has room for four.
            if self.values.is_empty() {
                self.values.reserve_exact(1);
            }
            self.values.push(new);
        } else {
            self.is_full = true;
            let rarest = self
                .values
                .iter_mut()
                .min_by(|a, b| a.count.cmp(&b.count).then_with(|| b.value.cmp(&a.value)));
            if let Some(rarest) = rarest {
                let inherited = rarest.count;
                *rarest = CountedValue { count: new.count + inherited, error: new.error + inherited, ..new };
            }
        }
    }
}

impl Serialize for TopValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut top = self.sorted();
        top.truncate(SERIALIZED_VALUES);
        let mut form = serializer.serialize_struct("TopValues", 3)?;
        form.serialize_field("distinct", &self.distinct())?;
        form.serialize_field("exact", &self.is_exact())?;
        form.serialize_field("top", &top)?;
        form.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(values: &mut TopValues, value: &str, count: u64) {
        values.add(&value.into(), None, count);
    }

    #[test]
    fn counts_are_exact_up_to_the_capacity() {
        let mut values = TopValues::new(3);
        for (value, count) in [("b", 1), ("a", 2), ("c", 2), ("b", 4)] {
            add(&mut values, value, count);
        }
        assert_eq!(
            serde_json::to_value(&values).unwrap(),
            serde_json::json!({ "distinct": 3, "exact": true, "top": [
                { "value": "b", "count": 5 }, { "value": "a", "count": 2 }, { "value": "c", "count": 2 },
            ] })
        );
    }

    #[test]
    fn a_flood_of_rare_values_does_not_hide_the_frequent_ones() {
        let mut values = TopValues::new(8);
        for index in 0..1000 {
            add(&mut values, &format!("rare {index}"), 1);
            add(&mut values, ["x", "y", "z"][index % 3], 5);
        }
        let top: Vec<&str> = values.sorted().iter().take(3).map(|value| &*value.value).collect();
        assert_eq!(top, ["x", "y", "z"]);
        assert!(!values.is_exact());
        assert_eq!(values.distinct(), 8);
        assert!(values.sorted()[0].at_least() <= 334 * 5);
    }

    #[test]
    fn merging_streams_is_counting_both() {
        let (mut one, mut two) = (TopValues::new(3), TopValues::new(3));
        add(&mut one, "a", 1);
        add(&mut two, "a", 2);
        add(&mut two, "b", 2);
        one.merge(&two);
        assert_eq!(one.sorted().iter().map(|value| value.count).collect::<Vec<_>>(), [3, 2]);
        assert!(one.is_exact());
    }
}
