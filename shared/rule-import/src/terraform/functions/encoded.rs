//! `jsonencode`, `jsondecode`, `yamlencode` and `yamldecode`: values as text and back.
//!
//! Numbers and booleans are text here, so `jsonencode` writes them as JSON strings. The result is only meant to be read
//! again, as the template of a stack for example.

use serde_json::{Map, Value as Json};

use crate::{
    json,
    node::{Node, Value},
    yaml,
};

pub(super) fn call(name: &str, arguments: &[Node], _bytes: usize) -> Option<Option<Node>> {
    Some(match (name, arguments) {
        ("jsonencode" | "yamlencode", [value]) => match value.find_unknown() {
            Some(unknown) => Some(Node::new(Value::Unknown(unknown.clone()))),
            None => Some(Node::text(encoded(value).to_string())),
        },
        ("jsondecode", [text]) => text.as_text().and_then(|text| json::read("", text).ok()?.pop()),
        ("yamldecode", [text]) => {
            text.as_text().and_then(|text| yaml::read(0, "", text).ok()?.pop()).map(Node::without_positions)
        }
        ("jsonencode" | "yamlencode" | "jsondecode" | "yamldecode", _) => None,
        _ => return None,
    })
}

fn encoded(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(encoded).collect()),
        Value::Map(entries) => Json::Object(
            entries.iter().map(|(key, node)| (key.clone(), encoded(node))).collect::<Map<_, _>>(),
        ),
    }
}
