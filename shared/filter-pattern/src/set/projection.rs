//! [`Projection`]: reads chosen values of a record, and builds no tree from the others.
//!
//! The record is read as for a [`PatternSet`](crate::PatternSet): one pass validates it and captures where the values
//! start, and a value is decoded only when it is asked for. Text that this cannot judge is parsed as a whole.
//!
//! It does not decide patterns, and it knows nothing of what the values mean.

use std::cell::Cell;

use serde_json::Value;

use super::capture::{capture, capture_next};
use super::captures::Captures;
use super::program::{ValuePath, leading_keys};
use super::scalar::Scalar;
use super::trie::{NodeId, Trie};
use super::value::{RawValue, value_end};
use crate::record::{RecordError, parse_record};
use crate::selector::Selector;

#[cfg(test)]
mod tests;

/// Selectors whose values are read together. A selector's index is its position in the input.
///
/// The values are those that [`Selector::first`] selects in the tree that [`parse_record`] builds.
///
/// ```
/// use filter_pattern::{Projection, ProjectionBuffer, Scalar, Selector};
///
/// let selectors = [Selector::parse("$.eventName")?, Selector::parse("$.userIdentity.arn")?];
/// let projection = Projection::new(&selectors);
/// let mut buffer = ProjectionBuffer::default();
/// let record = projection.read(br#"{"eventName":"Console\u004cogin","userIdentity":{}}"#, &mut buffer)?;
/// assert_eq!(record.value(0), Some(Scalar::Text("ConsoleLogin".into())));
/// assert_eq!(record.value(1), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Projection {
    trie: Trie,
    fields: Vec<Field>,
}

/// One selector.
#[derive(Clone, Debug)]
struct Field {
    selector: Selector,
    /// The node of its leading keys.
    node: NodeId,
    /// Its steps from the first index or wildcard on.
    rest: Option<Selector>,
}

/// The memory for reading records. Reusing it avoids allocations; nothing of a record remains in use.
#[derive(Clone, Debug, Default)]
pub struct ProjectionBuffer {
    captures: Captures,
    /// For each selector, where the text of its value ends; 0 until somebody asks.
    ends: Vec<Cell<usize>>,
    tree: Value,
}

impl ProjectionBuffer {
    /// Makes room for the values of a record.
    fn reset(&mut self, fields: usize) {
        self.ends.clear();
        self.ends.resize(fields, Cell::new(0));
    }
}

impl Projection {
    /// Prepares to read the values of some selectors.
    pub fn new<'s>(selectors: impl IntoIterator<Item = &'s Selector>) -> Projection {
        let selectors: Vec<&Selector> = selectors.into_iter().collect();
        let trie = Trie::new(selectors.iter().map(|selector| leading_keys(selector)));
        let field = |selector: &Selector| {
            let ValuePath { node, rest } = ValuePath::of(selector, &trie);
            let rest = (!rest.is_empty()).then(|| Selector::new(rest));
            Field { selector: selector.clone(), node, rest }
        };
        let fields = selectors.into_iter().map(field).collect();
        Projection { trie, fields }
    }

    /// The number of selectors.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no selectors.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Reads a record, a JSON object.
    ///
    /// # Errors
    ///
    /// If the record is not an object that [`parse_record`] accepts.
    pub fn read<'r>(
        &'r self,
        record: &'r [u8],
        buffer: &'r mut ProjectionBuffer,
    ) -> Result<ProjectedRecord<'r>, RecordError> {
        buffer.reset(self.fields.len());
        if capture(record, &self.trie, &mut buffer.captures) {
            let values = Values::Captured(&buffer.captures, &buffer.ends);
            return Ok(ProjectedRecord { fields: &self.fields, record, values });
        }
        let tree = parse_record(record)?;
        if !tree.is_object() {
            return Err(RecordError::NotAnObject);
        }
        buffer.tree = tree;
        Ok(ProjectedRecord { fields: &self.fields, record, values: Values::Parsed(&buffer.tree) })
    }

    /// Reads the record at the start of `text`, which may be followed by anything:
    /// [`ProjectedRecord::bytes`] says how long it is.
    ///
    /// `None` says nothing about the record except that the caller must delimit it and pass it to
    /// [`read`](Projection::read), as for [`PatternSet::matches_next_into`](crate::PatternSet::matches_next_into).
    pub fn read_next<'r>(
        &'r self,
        text: &'r [u8],
        depth_limit: usize,
        buffer: &'r mut ProjectionBuffer,
    ) -> Option<ProjectedRecord<'r>> {
        buffer.reset(self.fields.len());
        let record = capture_next(text, depth_limit, &self.trie, &mut buffer.captures)?;
        let values = Values::Captured(&buffer.captures, &buffer.ends);
        Some(ProjectedRecord { fields: &self.fields, record, values })
    }
}

/// A record of which the values of a [`Projection`] can be read.
#[derive(Clone, Copy, Debug)]
pub struct ProjectedRecord<'r> {
    fields: &'r [Field],
    record: &'r [u8],
    values: Values<'r>,
}

#[derive(Clone, Copy, Debug)]
enum Values<'r> {
    Captured(&'r Captures, &'r [Cell<usize>]),
    Parsed(&'r Value),
}

impl<'r> ProjectedRecord<'r> {
    /// The record as written.
    pub fn bytes(&self) -> &'r [u8] {
        self.record
    }

    /// The first value of the selector at `index` if it is a string, a number or a boolean.
    ///
    /// Only a string with escapes, and a value that is reached through an index or a wildcard, is copied.
    pub fn value(&self, index: usize) -> Option<Scalar<'r>> {
        let field = self.fields.get(index)?;
        match self.values {
            Values::Captured(captures, _) => match field.rest {
                None => Scalar::read(RawValue::at(self.record, captures.get(field.node)?)),
                Some(_) => Scalar::of(&self.json(index)?).map(Scalar::into_owned),
            },
            Values::Parsed(tree) => Scalar::of(field.selector.first(tree)?),
        }
    }

    /// The first value of the selector at `index`, whatever it is. Only this value is parsed; where the selector has an
    /// index or a wildcard, the value before it.
    pub fn json(&self, index: usize) -> Option<Value> {
        let field = self.fields.get(index)?;
        match self.values {
            Values::Captured(captures, _) => {
                let bytes = self.written(index, captures.get(field.node)?)?;
                // A part of a record that was captured is valid.
                let value = parse_record(bytes).ok()?;
                match &field.rest {
                    None => Some(value),
                    Some(rest) => rest.first(&value).cloned(),
                }
            }
            Values::Parsed(tree) => field.selector.first(tree).cloned(),
        }
    }

    /// The text of the value that starts at `offset`, which is the one of the selector at `index` up to its first index
    /// or wildcard.
    fn written(&self, index: usize, offset: usize) -> Option<&'r [u8]> {
        let Values::Captured(_, ends) = self.values else { return None };
        let known = ends.get(index)?;
        if known.get() == 0 {
            known.set(value_end(self.record, offset));
        }
        self.record.get(offset..known.get())
    }

    /// The JSON text of the first value of the selector at `index`, whatever it is: empty if there is no value, and `None`
    /// if the value has to be looked up in a tree.
    ///
    /// The text contains no zero byte.
    pub fn text(&self, index: usize) -> Option<&'r [u8]> {
        let field = self.fields.get(index)?;
        let Values::Captured(captures, _) = self.values else { return None };
        let Some(offset) = captures.get(field.node) else { return Some(&[]) };
        if field.rest.is_some() {
            return None;
        }
        self.written(index, offset)
    }

    /// Bytes that decide what [`value`](ProjectedRecord::value) returns, without decoding it: if they are equal for two
    /// records of a projection, so are the values. Empty if there is no value; `None` if only decoding can tell.
    ///
    /// The bytes contain no zero byte.
    pub fn spelling(&self, index: usize) -> Option<&'r [u8]> {
        let field = self.fields.get(index)?;
        let Values::Captured(captures, _) = self.values else { return None };
        let Some(offset) = captures.get(field.node) else { return Some(&[]) };
        if field.rest.is_some() {
            return None;
        }
        match self.record.get(offset)? {
            // What is inside does not matter: a container has no value.
            b'{' | b'[' => self.record.get(offset..offset + 1),
            _ => self.written(index, offset),
        }
    }
}
