//! Values of every input language in one form, each with its place where the language's parser tells one.
//!
//! Scalars are text, as they are to CloudFormation and to Terraform's providers: whoever needs a number reads one. A
//! value that only a deployment knows is [`Value::Unknown`] with the reason, so that one such value takes nothing else
//! with it. Nothing is evaluated here.

use std::rc::Rc;

/// Where something stands: the file by its index among the sources, line and column from 1.
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

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// `None` for values of JSON, whose reader tells no places, and for what an expression has made.
    pub(crate) position: Option<Position>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    /// Entries in the order of the document.
    Map(Vec<(String, Node)>),
    Unknown(Unknown),
}

/// Why a value is not known.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    /// One line without a final period, to be shown behind the name of the property.
    pub(crate) reason: Rc<str>,
    /// Whether there is no such element, which `try` of Terraform passes over.
    pub(crate) is_missing: bool,
}

impl Node {
    pub(crate) fn new(value: Value) -> Self {
        Self { position: None, value }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(Value::Text(text.into()))
    }

    pub(crate) fn unknown(reason: impl Into<Rc<str>>) -> Self {
        Self::new(Value::Unknown(Unknown { reason: reason.into(), is_missing: false }))
    }

    /// The unknown value for an element that is not there.
    pub(crate) fn missing(reason: impl Into<Rc<str>>) -> Self {
        Self::new(Value::Unknown(Unknown { reason: reason.into(), is_missing: true }))
    }

    /// The node at a position, unless it has one of its own.
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

    /// The value of a key; `None` also where the node is no mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|(name, _)| name == key).map(|(_, node)| node)
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

    /// What the node costs to copy, in bytes or so.
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
