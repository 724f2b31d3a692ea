//! The output of `terraform show -json` for a plan or state, in which everything is already evaluated.
//!
//! A plan omits the values that are only known after apply; they count as missing here.
//!
//! Source: "JSON output format" of the Terraform documentation.

use crate::{
    node::{Node, Position},
    resource::{Resource, ResourceKind},
};

/// The filters and alarms that the plan creates or the state contains.
pub(crate) fn plan_resources(plan: &Node, file: usize) -> Vec<Resource> {
    let mut resources = Vec::new();
    let values = plan.get("planned_values").or_else(|| plan.get("values"));
    if let Some(module) = values.and_then(|values| values.get("root_module")) {
        collect(module, file, &mut resources);
    }
    resources
}

/// The depth limit of the JSON parser also bounds the nesting of modules.
fn collect(module: &Node, file: usize, resources: &mut Vec<Resource>) {
    for resource in module.get("resources").and_then(Node::as_list).unwrap_or_default() {
        let text = |key| resource.get(key).and_then(Node::as_text).unwrap_or_default();
        let is_managed = text("mode") != "data";
        let Some(kind) = ResourceKind::of_type(text("type")).filter(|_| is_managed) else { continue };
        let values = resource.get("values").and_then(Node::as_map).unwrap_or_default();
        resources.push(Resource {
            kind,
            name: text("address").to_owned(),
            position: resource.position.unwrap_or(Position::of_file(file)),
            properties: values.to_vec(),
            is_listed: false,
        });
    }
    for child in module.get("child_modules").and_then(Node::as_list).unwrap_or_default() {
        collect(child, file, resources);
    }
}
