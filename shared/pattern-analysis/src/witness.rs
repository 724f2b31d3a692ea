//! [`Witness`]: an example record that shows what a pattern matches or does not match.

use std::fmt;
use std::ops::Deref;

use serde_json::Value;

/// An example record, which was written as JSON, read back, and confirmed by the reference evaluator.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    record: Value,
}

impl Witness {
    pub(crate) fn new(record: Value) -> Witness {
        Witness { record }
    }

    /// The record, a JSON object.
    #[must_use]
    pub fn record(&self) -> &Value {
        &self.record
    }
}

impl Deref for Witness {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.record
    }
}

/// The record as compact JSON.
impl fmt::Display for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record.fmt(formatter)
    }
}
