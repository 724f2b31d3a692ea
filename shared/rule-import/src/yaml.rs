//! Reads YAML with CloudFormation's short tags, from the parser's events.
//!
//! `!Sub x` is read as `Fn::Sub: x`, so that the resolver only needs to handle one form. An alias is an unknown
//! value: CloudFormation rejects aliases, and expanding them could turn a small file into a large one. Functions are
//! not resolved here.
//!
//! Source: "Intrinsic function reference" of the CloudFormation user guide; the core schema of YAML 1.2.2.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use crate::{
    ReadError, SourceLocation, SyntaxError,
    limits::{YAML_DEPTH, YAML_NODES},
    node::{Node, Position, Value},
};

/// Reads all documents of a source.
pub(crate) fn read(file: usize, name: &str, text: &str) -> Result<Vec<Node>, ReadError> {
    let mut builder = Builder { file, name, text, documents: Vec::new(), open: Vec::new(), nodes: 0 };
    let mut parser = Parser::new(StrInput::new(text));
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|cause| ReadError::Syntax {
            location: builder.location(*cause.marker()),
            language: "YAML",
            cause: SyntaxError::Yaml(cause),
        })?;
        builder.take(event, span.start)?;
    }
    Ok(builder.documents)
}

/// A list or mapping whose end has not been read yet.
struct Open {
    position: Position,
    function: Option<String>,
    children: Children,
}

enum Children {
    List(Vec<Node>),
    Map { entries: Vec<(String, Node)>, key: Option<String> },
}

struct Builder<'n> {
    file: usize,
    name: &'n str,
    text: &'n str,
    documents: Vec<Node>,
    open: Vec<Open>,
    nodes: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, start: Marker) -> Result<(), ReadError> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                self.count(start)?;
                let is_null =
                    style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null { Value::Null } else { Value::Text(text.into_owned()) };
                self.add(self.node(start, value), tag.as_deref().and_then(function));
            }
            Event::Alias(_) => {
                self.count(start)?;
                let alias =
                    Node::unknown("CloudFormation does not support YAML aliases: write the value out");
                self.add(alias.or_at(Some(self.position(start))), None);
            }
            Event::SequenceStart(_, tag) => self.open(start, tag.as_deref(), Children::List(Vec::new()))?,
            Event::MappingStart(_, tag) => {
                self.open(start, tag.as_deref(), Children::Map { entries: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { position, function, children }) = self.open.pop() {
                    let value = match children {
                        Children::List(items) => Value::List(items),
                        Children::Map { entries, .. } => Value::Map(entries.into()),
                    };
                    self.add(Node { position: Some(position), value }, function);
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self, start: Marker) -> Result<(), ReadError> {
        self.nodes += 1;
        if self.nodes > YAML_NODES {
            return Err(ReadError::TooManyNodes { location: self.location(start), allowed: YAML_NODES });
        }
        Ok(())
    }

    fn open(&mut self, start: Marker, tag: Option<&Tag>, children: Children) -> Result<(), ReadError> {
        self.count(start)?;
        if self.open.len() >= YAML_DEPTH {
            return Err(ReadError::TooDeep { location: self.location(start), allowed: YAML_DEPTH });
        }
        self.open.push(Open { position: self.position(start), function: tag.and_then(function), children });
        Ok(())
    }

    fn add(&mut self, node: Node, function: Option<String>) {
        let node = match function {
            Some(function) => called(&function, node),
            None => node,
        };
        match self.open.last_mut().map(|open| &mut open.children) {
            None => self.documents.push(node),
            Some(Children::List(items)) => items.push(node),
            Some(Children::Map { entries, key }) => match key.take() {
                // A key that is not text is never looked up.
                None => *key = Some(node.as_text().unwrap_or_default().to_owned()),
                Some(key) => entries.push((key, node)),
            },
        }
    }

    fn node(&self, start: Marker, value: Value) -> Node {
        Node { position: Some(self.position(start)), value }
    }

    fn position(&self, marker: Marker) -> Position {
        Position::at(self.file, marker.line(), marker.col() + 1)
    }

    fn location(&self, marker: Marker) -> SourceLocation {
        // In YAML, a lone carriage return ends a line as well.
        let lines =
            self.text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        SourceLocation::in_lines(self.name, lines, marker.line(), marker.col() + 1)
    }
}

/// The function for a short tag.
fn function(tag: &Tag) -> Option<String> {
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        ("!", name @ ("Ref" | "Condition")) => Some(name.to_owned()),
        ("!", name) if !name.is_empty() => Some(format!("Fn::{name}")),
        _ => None,
    }
}

fn called(function: &str, argument: Node) -> Node {
    Node { position: argument.position, value: Value::Map(vec![(function.to_owned(), argument)].into()) }
}
