//! CloudFormation and SAM templates: the filters and alarms that a stack would have.
//!
//! Parameters have the values that the user gives, or their defaults. Macros and `Fn::ForEach` are not expanded, and
//! nested stacks have templates of their own.
//!
//! Source: "Template sections" and "Condition functions" of the CloudFormation user guide.

mod intrinsics;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    node::{Node, Position},
    omission::{Code, Report},
    resource::{Kind, Resource},
};
use intrinsics::Resolver;

/// The types whose resources are other templates.
const NESTED: [&str; 3] =
    ["AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::Serverless::Application"];

/// The filters and alarms of a template.
///
/// `values` are the parameters that the user gives; those that the template declares are added to `declared`.
pub(crate) fn resources(
    template: &Node,
    file: usize,
    values: &BTreeMap<String, String>,
    declared: &mut BTreeSet<String>,
    report: &mut Report,
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
                    "`{name}` makes filters or alarms, and is not expanded: import the processed template"
                );
                report.add(Code::NotExpanded, position, "", message);
            }
            continue;
        }
        let kind = node.get("Type").and_then(Node::as_text).unwrap_or_default();
        if NESTED.contains(&kind) {
            let message = format!("`{kind}`: import its template too");
            report.add(Code::OtherFiles, position, name, message);
        }
        let Some(kind) = Kind::of_type(kind) else { continue };
        if is_made(node, &resolver, position, name, report) {
            let properties = node.get("Properties").and_then(Node::as_map).unwrap_or_default();
            let properties =
                properties.iter().map(|(key, node)| (key.clone(), resolver.resolve(node))).collect();
            resources.push(Resource { kind, name: name.clone(), position, properties });
        }
    }
    resources
}

/// Whether the stack would have the resource, which its condition decides.
fn is_made(
    node: &Node,
    resolver: &Resolver<'_>,
    position: Position,
    name: &str,
    report: &mut Report,
) -> bool {
    let Some(condition) = node.get("Condition").and_then(Node::as_text) else { return true };
    match resolver.condition(condition) {
        Ok(true) => true,
        Ok(false) => {
            let message = format!("its condition `{condition}` is false");
            report.add(Code::SwitchedOff, position, name, message);
            false
        }
        Err(unknown) => {
            let message = format!("its condition `{condition}` is not known: {}", unknown.reason);
            report.add(Code::UnknownValue, position, name, message);
            false
        }
    }
}

/// Whether a filter or an alarm is made anywhere in the node.
fn mentions_kind(node: &Node) -> bool {
    match (node.as_text(), node.as_list(), node.as_map()) {
        (Some(text), _, _) => Kind::of_type(text).is_some(),
        (_, Some(items), _) => items.iter().any(mentions_kind),
        (_, _, Some(entries)) => entries.iter().any(|(_, node)| mentions_kind(node)),
        (None, None, None) => false,
    }
}
