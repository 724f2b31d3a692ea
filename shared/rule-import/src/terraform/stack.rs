//! CloudFormation stacks that a Terraform module creates: the filters and alarms of their templates.
//!
//! Positions within a template are not kept; everything is located at the resource that contains it.

use std::collections::{BTreeMap, BTreeSet};

use super::SHOW;
use crate::{
    cloudformation, language,
    node::{Node, Position},
    omission::{OmissionCode, Omissions},
    resource::Resource,
};

/// Whether resources of this type create CloudFormation stacks.
pub(super) fn is_stack(kind: &str) -> bool {
    matches!(kind, "aws_cloudformation_stack" | "aws_cloudformation_stack_set")
}

/// The filters and alarms of a stack's template, whose names begin with the stack's address.
pub(super) fn resources(
    properties: &[(String, Node)],
    parameters: &BTreeMap<String, String>,
    (address, position): (&str, Position),
    omissions: &mut Omissions,
) -> Vec<Resource> {
    match template(properties) {
        Ok(template) => {
            let values = values(properties, parameters);
            of_template(&template, &values, (address, position), omissions)
        }
        Err(message) => {
            omissions.add(OmissionCode::OtherTemplate, position, address, message);
            Vec::new()
        }
    }
}

fn template(properties: &[(String, Node)]) -> Result<Node, String> {
    let property = |name: &str| properties.iter().find(|(key, _)| key == name).map(|(_, node)| node);
    let Some(body) = property("template_body").filter(|body| !body.is_null()) else {
        return Err("its template is in a bucket: import the template as well".to_owned());
    };
    match (body.as_text(), body.find_unknown()) {
        (Some(text), _) => language::template(text)
            .map(Node::without_positions)
            .ok_or_else(|| "its `template_body` is not a CloudFormation template".to_owned()),
        (None, Some(unknown)) => {
            Err(format!("its `template_body` is unknown: {}; import the template as well", unknown.reason))
        }
        (None, None) => Err(format!("its `template_body` is not text: {SHOW}")),
    }
}

/// The values of the template's parameters: those that the user provides, and those of the resource.
fn values(properties: &[(String, Node)], parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let given = properties.iter().find(|(key, _)| key == "parameters").and_then(|(_, node)| node.as_map());
    let known = |(name, value): &(String, Node)| Some((name.clone(), value.as_text()?.to_owned()));
    let mut values = parameters.clone();
    values.extend(given.unwrap_or_default().iter().filter_map(known));
    values
}

fn of_template(
    template: &Node,
    values: &BTreeMap<String, String>,
    (address, position): (&str, Position),
    omissions: &mut Omissions,
) -> Vec<Resource> {
    let mut own = omissions.empty();
    let mut declared = BTreeSet::new();
    let mut resources = cloudformation::resources(template, position.file, values, &mut declared, &mut own);
    for resource in &mut resources {
        resource.name = format!("{address}.{}", resource.name);
        resource.position = position;
    }
    omissions.take_over(own, address, position);
    resources
}
