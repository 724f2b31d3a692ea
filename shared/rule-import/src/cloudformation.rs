//! CloudFormation and SAM templates: the filters and alarms that a stack would create.
//!
//! Parameters get the values that the user provides, or their defaults. Macros and `Fn::ForEach` are not expanded,
//! and the templates of nested stacks are not followed.
//!
//! Source: "Template sections" and "Condition functions" of the CloudFormation user guide.

mod intrinsics;
mod serverless;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    node::{Node, Position},
    omission::{OmissionCode, Omissions},
    resource::{Resource, ResourceKind},
};
use intrinsics::Resolver;

pub(crate) use serverless::template_of_serverless;

/// The resource types that refer to other templates.
const NESTED: [&str; 3] =
    ["AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::Serverless::Application"];

/// The filters and alarms of a template.
///
/// `values` are the parameters that the user provides. The names of the template's parameters are added to
/// `declared`.
pub(crate) fn resources(
    template: &Node,
    file: usize,
    values: &BTreeMap<String, String>,
    declared: &mut BTreeSet<String>,
    omissions: &mut Omissions,
) -> Vec<Resource> {
    let parameters = template.get("Parameters").and_then(Node::as_map).unwrap_or_default();
    declared.extend(parameters.iter().map(|(name, _)| name.clone()));
    let resolver = Resolver::new(template, values);
    let mut resources = Vec::new();
    for (name, node) in template.get("Resources").and_then(Node::as_map).unwrap_or_default() {
        let position = node.position.unwrap_or(Position::of_file(file));
        if name.starts_with("Fn::") {
            if mentions_kind(node) {
                let message = format!(
                    "`{name}` generates filters or alarms but is not expanded: import the processed template instead"
                );
                omissions.add(OmissionCode::NotExpanded, position, "", message);
            }
            continue;
        }
        let kind = node.get("Type").and_then(Node::as_text).unwrap_or_default();
        if NESTED.contains(&kind) {
            report_nested(node, kind, position, name, omissions);
        }
        let Some(kind) = ResourceKind::of_type(kind) else { continue };
        if is_made(node, &resolver, position, name, omissions) {
            let properties = node.get("Properties").and_then(Node::as_map).unwrap_or_default();
            let properties =
                properties.iter().map(|(key, node)| (key.clone(), resolver.resolve(node))).collect();
            resources.push(Resource { kind, name: name.clone(), position, properties, is_listed: false });
        }
    }
    resources
}

/// Reports a nested stack. Its filters are lost unless a source has the name of its template.
fn report_nested(node: &Node, kind: &str, position: Position, name: &str, omissions: &mut Omissions) {
    let properties = node.get("Properties");
    let property =
        |name: &str| properties.and_then(|properties| properties.get(name)).and_then(Node::as_text);
    let url = ["TemplateURL", "Location", "TemplateBody"].into_iter().find_map(property).unwrap_or_default();
    let file_name = url.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_there = !file_name.is_empty() && omissions.has_source(file_name);
    let code = if is_there { OmissionCode::OtherFiles } else { OmissionCode::OtherTemplate };
    let message = if is_there {
        format!("`{kind}` is not followed, but `{file_name}` is imported as well, with its own parameters")
    } else {
        format!("`{kind}` is not followed: import its template as well")
    };
    omissions.add(code, position, name, message);
}

/// Whether the stack would create the resource, according to its condition.
fn is_made(
    node: &Node,
    resolver: &Resolver<'_>,
    position: Position,
    name: &str,
    omissions: &mut Omissions,
) -> bool {
    let Some(condition) = node.get("Condition").and_then(Node::as_text) else { return true };
    match resolver.condition(condition) {
        Ok(true) => true,
        Ok(false) => {
            let parameters = resolver.parameters_of(condition);
            let advice: Vec<_> =
                parameters.iter().map(|name| format!("`--parameter {name}=VALUE`")).collect();
            let advice = match advice.as_slice() {
                [] => String::new(),
                advice => format!(" with these parameters: set other values with {}", advice.join(" or ")),
            };
            let message = format!("its condition `{condition}` is false{advice}");
            omissions.add(OmissionCode::SwitchedOff, position, name, message);
            false
        }
        Err(unknown) => {
            let message = format!("its condition `{condition}` is unknown: {}", unknown.reason);
            omissions.add(OmissionCode::UnknownValue, position, name, message);
            false
        }
    }
}

/// Whether the node mentions a filter or alarm type anywhere.
fn mentions_kind(node: &Node) -> bool {
    match (node.as_text(), node.as_list(), node.as_map()) {
        (Some(text), _, _) => ResourceKind::of_type(text).is_some(),
        (_, Some(items), _) => items.iter().any(mentions_kind),
        (_, _, Some(entries)) => entries.iter().any(|(_, node)| mentions_kind(node)),
        (None, None, None) => false,
    }
}
