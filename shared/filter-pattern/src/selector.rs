//! Selectors, `$.a.b[0]`: where in a record the values of a condition are.
//!
//! There are no slices, filters, negative indexes or recursive descent. The text is read by `parser/selector.rs`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::cursor::is_name_character;
use crate::error::ParseError;
use crate::parser;

/// A path into a record: `$` and one or more steps. With a wildcard it selects several values.
///
/// `Display` is the canonical text. Both `$.a` and `$["a"]` are printed `$.a`; a key that has other characters than ASCII letters,
/// digits, `_` and `-` is printed in brackets.
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
    /// `[*]`: the same. The spelling is kept because the service documents each for one of the two only.
    AnyElement,
}

impl Selector {
    /// Reads a selector that stands alone, without blanks round it.
    ///
    /// # Errors
    ///
    /// If the text is anything but one selector.
    pub fn parse(text: &str) -> Result<Selector, ParseError> {
        parser::parse_selector(text)
    }

    /// Takes one or more steps.
    pub(crate) fn new(steps: Vec<Step>) -> Selector {
        Selector { steps }
    }

    /// The steps after `$`. There is always at least one.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The number of wildcard steps. Without any, at most one value is selected.
    pub fn wildcards(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::AnyField | Step::AnyElement)).count()
    }

    /// The values selected in a record, in its order. None if a step has nothing to go to.
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
    /// Where the step leads from a value.
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

impl FromStr for Selector {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Selector, ParseError> {
        Selector::parse(text)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        self.steps.iter().try_for_each(|step| step.fmt(formatter))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) if !key.is_empty() && key.chars().all(is_name_character) => {
                write!(formatter, ".{key}")
            }
            // A key was written in quotes of one kind, so it lacks those of that kind.
            Step::Key(key) if key.contains('\'') => write!(formatter, ".[\"{key}\"]"),
            Step::Key(key) => write!(formatter, ".['{key}']"),
            Step::Index(index) => write!(formatter, "[{index}]"),
            Step::AnyField => formatter.write_str(".*"),
            Step::AnyElement => formatter.write_str("[*]"),
        }
    }
}
