//! Selectors, `$.a.b[0]`: which values of a record a condition tests.
//!
//! There are no slices, filters, negative indexes or recursive descent. `parser/selector.rs` parses the text.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::cursor::is_name_character;

/// A path into a record: `$` and one or more steps. With a wildcard, it can select several values.
///
/// `Display` gives the canonical text. Both `$.a` and `$["a"]` are printed as `$.a`; a key that contains anything but
/// ASCII letters, digits, `_` and `-` is printed in brackets.
///
/// ```
/// # use filter_pattern::Selector;
/// # use serde_json::json;
/// let selector = Selector::parse("$.requestParameters.instancesSet.items[*].instanceId")?;
/// let record = json!({ "requestParameters": { "instancesSet": { "items": [{ "instanceId": "i-1" }, { "instanceId": "i-2" }] } } });
/// assert_eq!(selector.select(&record), [&json!("i-1"), &json!("i-2")]);
/// # Ok::<(), filter_pattern::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector {
    steps: Vec<Step>,
}

/// One step of a selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.key`, `['key']` or `["key"]`: a field of an object, by its case-sensitive name.
    Key(String),
    /// `[n]`: an element of an array, counted from zero.
    Index(u32),
    /// `.*`: every field of an object or element of an array, one level down.
    AnyField,
    /// `[*]`: the same. The two are kept apart because the service documents one for fields and one for elements.
    AnyElement,
}

impl Selector {
    /// Takes one or more steps.
    pub(crate) fn new(steps: Vec<Step>) -> Selector {
        Selector { steps }
    }

    /// Selects a field of the record, `first`, and then the fields inside it that `rest` names.
    ///
    /// ```
    /// # use filter_pattern::Selector;
    /// assert_eq!(Selector::path("userIdentity", &["arn"]), Selector::parse("$.userIdentity.arn")?);
    /// # Ok::<(), filter_pattern::ParseError>(())
    /// ```
    pub fn path(first: &str, rest: &[&str]) -> Selector {
        Selector { steps: [&first].into_iter().chain(rest).map(|&key| Step::Key(key.to_owned())).collect() }
    }

    /// The steps after `$`; at least one.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The number of wildcard steps. A selector without wildcards selects at most one value.
    pub fn wildcards(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::AnyField | Step::AnyElement)).count()
    }

    /// The values selected in a record, in the record's order. Empty if a step leads nowhere.
    pub fn select<'v>(&self, record: &'v Value) -> Vec<&'v Value> {
        let mut selected = vec![record];
        for step in &self.steps {
            selected = selected.into_iter().flat_map(|value| step.apply(value)).collect();
        }
        selected
    }

    /// The first value selected in a record.
    pub fn first<'v>(&self, record: &'v Value) -> Option<&'v Value> {
        self.select(record).first().copied()
    }
}

impl Step {
    /// The values to which the step leads from `value`.
    fn apply<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match self {
            Step::Key(key) => value.as_object().and_then(|object| object.get(key)).into_iter().collect(),
            Step::Index(index) => {
                let index = usize::try_from(*index).ok();
                value.as_array().zip(index).and_then(|(array, index)| array.get(index)).into_iter().collect()
            }
            Step::AnyField | Step::AnyElement => match value {
                Value::Object(object) => object.values().collect(),
                Value::Array(array) => array.iter().collect(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
            },
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        self.steps.iter().try_for_each(|step| step.fmt(formatter))
    }
}

/// As its canonical text.
impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Selector, D::Error> {
        let text = String::deserialize(deserializer)?;
        Selector::parse(&text).map_err(D::Error::custom)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) if !key.is_empty() && key.chars().all(is_name_character) => {
                write!(formatter, ".{key}")
            }
            // A key was written in one kind of quotes, so it does not contain that kind.
            Step::Key(key) if key.contains('\'') => write!(formatter, ".[\"{key}\"]"),
            Step::Key(key) => write!(formatter, ".['{key}']"),
            Step::Index(index) => write!(formatter, "[{index}]"),
            Step::AnyField => formatter.write_str(".*"),
            Step::AnyElement => formatter.write_str("[*]"),
        }
    }
}
