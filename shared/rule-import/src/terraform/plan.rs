//! What `terraform show -json` prints of a plan or of a state: everything is evaluated there.
//!
//! Of a plan, values that are known after the apply are left out, and stand as missing here.
//!
//! Source: "JSON output format" of the Terraform documentation.

use crate::{
    node::{Node, Position},
    resource::{Kind, Resource},
};

/// The filters and alarms that the plan leads to, or that the state has.
pub(crate) fn plan_resources(plan: &Node, file: usize) -> Vec<Resource> {
    let mut resources = Vec::new();
    let values = plan.get("planned_values").or_else(|| plan.get("values"));
    if let Some(module) = values.and_then(|values| values.get("root_module")) {
        collect(module, file, &mut resources);
    }
    resources
}

/// JSON's own limit bounds how deep modules nest.
fn collect(module: &Node, file: usize, resources: &mut Vec<Resource>) {
    for resource in module.get("resources").and_then(Node::as_list).unwrap_or_default() {
        let text = |key| resource.get(key).and_then(Node::as_text).unwrap_or_default();
        let is_managed = text("mode") != "data";
        let Some(kind) = Kind::of_type(text("type")).filter(|_| is_managed) else { continue };
        let values = resource.get("values").and_then(Node::as_map).unwrap_or_default();
        resources.push(Resource {
            kind,
            name: text("address").to_owned(),
            position: resource.position.unwrap_or(Position::of_file(file)),
            properties: values.to_vec(),
        });
    }
    for child in module.get("child_modules").and_then(Node::as_list).unwrap_or_default() {
        collect(child, file, resources);
    }
}
