//! Terraform's state as it is stored, usually `terraform.tfstate`.
//!
//! Source: the state format of version 4, which Terraform has written since 0.12.

use crate::{
    node::{Node, Position},
    resource::{Resource, ResourceKind},
};

/// The filters and alarms in a state.
pub(crate) fn state_resources(state: &Node, file: usize) -> Vec<Resource> {
    let mut found = Vec::new();
    for resource in state.get("resources").and_then(Node::as_list).unwrap_or_default() {
        let text = |key| resource.get(key).and_then(Node::as_text).unwrap_or_default();
        let Some(kind) = ResourceKind::of_type(text("type")).filter(|_| text("mode") != "data") else {
            continue;
        };
        let module = resource.get("module").and_then(Node::as_text).map(|module| format!("{module}."));
        let address = format!("{}{}.{}", module.unwrap_or_default(), text("type"), text("name"));
        for instance in resource.get("instances").and_then(Node::as_list).unwrap_or_default() {
            // An instance that is to be destroyed keeps its attributes under a key of its own.
            if instance.get("deposed").is_some() {
                continue;
            }
            let key = match instance.get("index_key").and_then(Node::as_text) {
                None => String::new(),
                Some(key) if key.bytes().all(|byte| byte.is_ascii_digit()) => format!("[{key}]"),
                Some(key) => format!("[\"{key}\"]"),
            };
            found.push(Resource {
                kind,
                name: format!("{address}{key}"),
                position: Position::of_file(file),
                properties: instance.get("attributes").and_then(Node::as_map).unwrap_or_default().to_vec(),
                is_listed: false,
            });
        }
    }
    found
}
