//! One representation of the values of every input language, with positions where the parser provides them.
//!
//! Scalars are text, as in CloudFormation and Terraform's providers; code that needs a number parses one. A value
//! that is only known after deployment is [`Value::Unknown`] with a reason, so that it does not affect other values.
//! Nothing is evaluated here.

mod map;

use std::rc::Rc;

pub(crate) use map::Map;

/// A position: the index of the file among the sources, and the line and column counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) file: usize,
    pub(crate) line_and_column: Option<(usize, usize)>,
}

impl Position {
    /// The file as a whole.
    pub(crate) const fn of_file(file: usize) -> Self {
        Self { file, line_and_column: None }
    }

    pub(crate) const fn at(file: usize, line: usize, column: usize) -> Self {
        Self { file, line_and_column: Some((line, column)) }
    }
}

/// A value with its position.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// `None` for values from JSON, whose parser provides no positions, and for results of expressions.
    pub(crate) position: Option<Position>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    /// Entries in document order.
    Map(Map),
    Unknown(Unknown),
}

/// Why a value is unknown.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    /// One line without a final period, to be shown after the name of the property.
    pub(crate) reason: Rc<str>,
    /// Whether the element does not exist; Terraform's `try` skips such values.
    pub(crate) is_missing: bool,
}

impl Node {
    pub(crate) fn new(value: Value) -> Self {
        Self { position: None, value }
    }

    pub(crate) fn map(entries: impl Into<Map>) -> Self {
        Self::new(Value::Map(entries.into()))
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(Value::Text(text.into()))
    }

    pub(crate) fn unknown(reason: impl Into<Rc<str>>) -> Self {
        Self::new(Value::Unknown(Unknown { reason: reason.into(), is_missing: false }))
    }

    /// The unknown value for an element that does not exist.
    pub(crate) fn missing(reason: impl Into<Rc<str>>) -> Self {
        Self::new(Value::Unknown(Unknown { reason: reason.into(), is_missing: true }))
    }

    /// The node with this position, unless it already has one.
    pub(crate) fn or_at(mut self, position: Option<Position>) -> Self {
        self.position = self.position.or(position);
        self
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Unknown(_) => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Null | Value::Text(_) | Value::Map(_) | Value::Unknown(_) => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Null | Value::Text(_) | Value::List(_) | Value::Unknown(_) => None,
        }
    }

    pub(crate) fn as_unknown(&self) -> Option<&Unknown> {
        match &self.value {
            Value::Unknown(unknown) => Some(unknown),
            Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The value of a key; `None` also if the node is not a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.get(key),
            Value::Null | Value::Text(_) | Value::List(_) | Value::Unknown(_) => None,
        }
    }

    /// The first unknown value in the node.
    pub(crate) fn find_unknown(&self) -> Option<&Unknown> {
        match &self.value {
            Value::Null | Value::Text(_) => None,
            Value::Unknown(unknown) => Some(unknown),
            Value::List(items) => items.iter().find_map(Self::find_unknown),
            Value::Map(entries) => entries.iter().find_map(|(_, node)| node.find_unknown()),
        }
    }

    /// The node without the positions of its parts, for values from a text within a source.
    pub(crate) fn without_positions(self) -> Self {
        let value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(Self::without_positions).collect()),
            Value::Map(entries) => {
                Value::Map(entries.into_iter().map(|(key, node)| (key, node.without_positions())).collect())
            }
            value @ (Value::Null | Value::Text(_) | Value::Unknown(_)) => value,
        };
        Self { position: None, value }
    }

    /// The approximate cost of copying the node, in bytes.
    pub(crate) fn size(&self) -> usize {
        const NODE: usize = 32;
        NODE + match &self.value {
            Value::Null | Value::Unknown(_) => 0,
            Value::Text(text) => text.len(),
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|(key, node)| key.len() + node.size()).sum(),
        }
    }
}
