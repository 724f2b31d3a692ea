//! Reads JSON as [`Node`]s, in document order. A source may contain several values one after another, such as the
//! pages of a listing. Positions are not available.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    ReadError, SourceLocation, SyntaxError,
    node::{Node, Value},
};

/// Reads all values of a source.
pub(crate) fn read(name: &str, text: &str) -> Result<Vec<Node>, ReadError> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Node>().collect::<Result<_, _>>();
    values.map_err(|cause| ReadError::Syntax {
        location: SourceLocation::in_lines(name, text.split('\n'), cause.line(), cause.column()),
        language: "JSON",
        cause: SyntaxError::Json(cause),
    })
}

/// JSON with comments as YAML: comments of JavaScript and tabs become blanks, so that every position stays the same.
pub(crate) fn as_yaml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut is_text = false;
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('"', _) => {
                is_text = !is_text;
                out.push(c);
            }
            ('\\', Some(_)) if is_text => {
                out.push(c);
                out.extend(characters.next());
            }
            (c, _) if is_text => out.push(c),
            ('/', Some('/')) => {
                out.push(' ');
                while let Some(c) = characters.next_if(|c| *c != '\n') {
                    out.push(if c == '\r' { c } else { ' ' });
                }
            }
            ('/', Some('*')) => {
                out.push(' ');
                let mut before = ' ';
                for c in characters.by_ref() {
                    out.push(if c == '\n' { c } else { ' ' });
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            ('\t', _) => out.push(' '),
            (c, _) => out.push(c),
        }
    }
    out
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::new(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::new(Value::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::map(entries))
    }
}
