//! Resources, called modules and their instances: `count`, `for_each` and `dynamic`, as far as the modules alone
//! determine them. Expressions are evaluated in [`super::evaluate`].

use std::{collections::HashMap, fmt};

use hcl_edit::{
    expr::Expression,
    structure::{Block, Body, Structure},
};

use super::{
    SHOW,
    evaluate::Evaluator,
    module::File,
    only_terraform,
    scope::{Binding, Scope},
    stack,
};
use crate::{
    node::{Node, Position, Unknown, Value},
    omission::{OmissionCode, Omissions},
    resource::{Resource, ResourceKind},
};

/// The attributes and blocks that control how Terraform handles a resource; they are not properties of the resource.
const META_ARGUMENTS: [&str; 7] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "timeouts", "provisioner"];
/// The attributes of a call that are not arguments of the called module.
const CALL_ARGUMENTS: [&str; 3] = ["source", "version", "providers"];

/// Why there are no instances: where, if it is known, and a message.
type Fault = (Option<Position>, String);

/// The filters and alarms of a module, and of the modules that it calls.
pub(super) fn resources(evaluator: &Evaluator<'_>, omissions: &mut Omissions) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (block, file) in evaluator.module().blocks_named("resource") {
        let [kind, name] = block.labels.as_slice() else { continue };
        let kind_of = ResourceKind::of_type(kind.as_str());
        if kind_of.is_none() && !stack::is_stack(kind.as_str()) {
            continue;
        }
        let address = format!("{}{}.{}", evaluator.address(), kind.as_str(), name.as_str());
        let position = file.position(block);
        for instance in reported(block, file, evaluator, &address, omissions) {
            let name = format!("{address}{}", instance.key);
            let properties = properties(&block.body, &instance.scope(file), evaluator);
            match kind_of {
                Some(kind) => resources.push(Resource { kind, name, position, properties, is_listed: false }),
                None => {
                    let parameters = evaluator.parameters();
                    resources.extend(stack::resources(&properties, parameters, (&name, position), omissions));
                }
            }
        }
    }
    for (block, file) in evaluator.module().blocks_named("module") {
        resources.extend(called(block, file, evaluator, omissions));
    }
    resources
}

/// The filters and alarms of a called module, once for each instance of the call.
fn called(
    block: &Block,
    file: &File<'_>,
    evaluator: &Evaluator<'_>,
    omissions: &mut Omissions,
) -> Vec<Resource> {
    let name = block.labels.first().map_or("", |label| label.as_str());
    let address = format!("module.{name}");
    let place = format!("{}{address}", evaluator.address());
    if let Err(message) = evaluator.called(block, HashMap::new(), &address) {
        omissions.add(called_code(block), file.position(block), &place, message);
        return Vec::new();
    }
    let mut found = Vec::new();
    for instance in reported(block, file, evaluator, &place, omissions) {
        match instance.called(block, file, evaluator, &address) {
            Ok(child) => found.extend(resources(&child, omissions)),
            Err(message) => {
                omissions.add(OmissionCode::CalledModule, file.position(block), &place, message);
            }
        }
    }
    found
}

/// The instances of a resource or call. None, or why they are unknown, is reported.
fn reported(
    block: &Block,
    file: &File<'_>,
    evaluator: &Evaluator<'_>,
    address: &str,
    omissions: &mut Omissions,
) -> Vec<Instance> {
    let position = file.position(block);
    match instances(block, file, evaluator) {
        Ok(instances) => {
            if instances.is_empty() {
                let is_counted = block.body.has_attribute("count");
                let message = if is_counted { "its `count` is 0" } else { "its `for_each` is empty" };
                omissions.add(OmissionCode::SwitchedOff, position, address, message);
            }
            instances
        }
        Err((position_of_fault, message)) => {
            let position = position_of_fault.unwrap_or(position);
            omissions.add(OmissionCode::NotExpanded, position, address, message);
            Vec::new()
        }
    }
}

/// The value of `module.name`: the outputs of the called module; a list with `count`, a mapping with `for_each`.
pub(super) fn outputs(name: &str, evaluator: &Evaluator<'_>) -> Node {
    let is_it = |(block, _): &(&Block, &File<'_>)| matches!(block.labels.as_slice(), [label] if label.as_str() == name);
    let Some((block, file)) = evaluator.module().blocks_named("module").find(is_it) else {
        return Node::unknown(format!("no file of the module calls a module `{name}`"));
    };
    if let Err(message) = evaluator.called(block, HashMap::new(), name) {
        return Node::unknown(format!("the outputs of `module.{name}` are unknown: {message}"));
    }
    of_instances(block, file, evaluator, |instance| {
        let child = match instance.called(block, file, evaluator, name) {
            Ok(child) => child,
            Err(message) => return Node::unknown(message),
        };
        let output = |(block, file): (&Block, &File<'_>)| {
            let value = block.body.get_attribute("value")?;
            let label = block.labels.first()?.as_str().to_owned();
            Some((label, child.evaluate(&value.value, &Scope { file, bindings: None })))
        };
        Node::new(Value::Map(child.module().blocks_named("output").filter_map(output).collect()))
    })
}

/// The value of a reference to a resource: its arguments, and its name as `id`; a list with `count`, a mapping with
/// `for_each`.
pub(super) fn value((block, file): (&Block, &File<'_>), evaluator: &Evaluator<'_>) -> Node {
    of_instances(block, file, evaluator, |instance| {
        let mut properties = properties(&block.body, &instance.scope(file), evaluator);
        let is_name = |key: &str| matches!(key, "name" | "alarm_name");
        let id =
            properties.iter().find(|(key, _)| is_name(key)).map(|(_, name)| ("id".to_owned(), name.clone()));
        properties.extend(id);
        Node::map(properties)
    })
}

fn of_instances(
    block: &Block,
    file: &File<'_>,
    evaluator: &Evaluator<'_>,
    value: impl Fn(&Instance) -> Node,
) -> Node {
    let instances = match instances(block, file, evaluator) {
        Ok(instances) => instances,
        Err((_, message)) => return Node::unknown(message),
    };
    let of_keys = |instance: &Instance| match &instance.key {
        InstanceKey::Name(name) => Some((name.clone(), value(instance))),
        InstanceKey::Only | InstanceKey::Number(_) => None,
    };
    match instances.as_slice() {
        [only @ Instance { key: InstanceKey::Only, .. }] => value(only),
        [Instance { key: InstanceKey::Name(_), .. }, ..] => {
            Node::new(Value::Map(instances.iter().filter_map(of_keys).collect()))
        }
        numbered => Node::new(Value::List(numbered.iter().map(value).collect())),
    }
}

/// The code for a called module that is not expanded. The modules that make names for resources create nothing.
fn called_code(block: &Block) -> OmissionCode {
    match super::project::written_source(block) {
        Some(source) if source.contains("label/null") => OmissionCode::OtherFiles,
        _ => OmissionCode::CalledModule,
    }
}

/// An instance, and the value of `count` or `each` in it.
struct Instance {
    key: InstanceKey,
    binding: Option<Binding<'static>>,
}

impl Instance {
    fn scope<'o>(&'o self, file: &'o File<'o>) -> Scope<'o> {
        Scope { file, bindings: self.binding.as_ref() }
    }

    /// The evaluator of the module that this instance of a call expands.
    fn called<'m>(
        &self,
        block: &Block,
        file: &File<'_>,
        evaluator: &Evaluator<'m>,
        address: &str,
    ) -> Result<Evaluator<'m>, String> {
        let arguments = properties(&block.body, &self.scope(file), evaluator);
        let arguments = arguments.into_iter().filter(|(key, _)| !CALL_ARGUMENTS.contains(&key.as_str()));
        evaluator.called(block, arguments.collect(), &format!("{address}{}", self.key))
    }
}

/// Distinguishes an instance from the others, at the end of its address.
enum InstanceKey {
    Only,
    Number(usize),
    Name(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => Ok(()),
            Self::Number(number) => write!(formatter, "[{number}]"),
            Self::Name(name) => write!(formatter, "[\"{name}\"]"),
        }
    }
}

fn instances(block: &Block, file: &File<'_>, evaluator: &Evaluator<'_>) -> Result<Vec<Instance>, Fault> {
    let scope = Scope { file, bindings: None };
    let value_of = |key: &str| {
        block.body.get_attribute(key).map(|attribute| evaluator.evaluate(&attribute.value, &scope))
    };
    if let Some(count) = value_of("count") {
        let number = known("count", &count)?.as_text().and_then(|text| text.parse().ok());
        let number = number.ok_or_else(|| not_usable("count", &count))?;
        if !evaluator.affords_instances(number) {
            return Err(too_many("count", &count));
        }
        let instance = |number: usize| {
            let index = vec![("index".to_owned(), Node::text(number.to_string()))];
            let binding = Binding::new("count", Node::map(index), None);
            Instance { key: InstanceKey::Number(number), binding: Some(binding) }
        };
        return Ok((0..number).map(instance).collect());
    }
    let Some(each) = value_of("for_each") else {
        return Ok(vec![Instance { key: InstanceKey::Only, binding: None }]);
    };
    let entries = match &known("for_each", &each)?.value {
        Value::Map(entries) => entries.to_vec(),
        Value::List(items) => {
            let entry = |item: &Node| Some((item.as_text()?.to_owned(), item.clone()));
            items.iter().map(entry).collect::<Option<_>>().ok_or_else(|| not_usable("for_each", &each))?
        }
        Value::Null | Value::Text(_) | Value::Unknown(_) => return Err(not_usable("for_each", &each)),
    };
    if !evaluator.affords_instances(entries.len()) {
        return Err(too_many("for_each", &each));
    }
    let instance = |(key, value): (String, Node)| {
        let each = vec![("key".to_owned(), Node::text(key.clone())), ("value".to_owned(), value)];
        let binding = Binding::new("each", Node::map(each), None);
        Instance { key: InstanceKey::Name(key), binding: Some(binding) }
    };
    Ok(entries.into_iter().map(instance).collect())
}

fn known<'n>(argument: &str, node: &'n Node) -> Result<&'n Node, Fault> {
    match node.as_unknown() {
        Some(Unknown { reason, .. }) => Err((node.position, format!("`{argument}` is unknown: {reason}"))),
        None => Ok(node),
    }
}

fn not_usable(argument: &str, node: &Node) -> Fault {
    (node.position, format!("`{argument}` is not a number, list or mapping"))
}

fn too_many(argument: &str, node: &Node) -> Fault {
    (node.position, format!("`{argument}` makes more instances than the memory of an import allows: {SHOW}"))
}

fn properties(body: &Body, scope: &Scope<'_>, evaluator: &Evaluator<'_>) -> Vec<(String, Node)> {
    let mut properties: Vec<(String, Node)> = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) if META_ARGUMENTS.contains(&attribute.key.as_str()) => {}
            Structure::Attribute(attribute) => {
                let value = evaluator.evaluate(&attribute.value, scope);
                properties.push((attribute.key.as_str().to_owned(), value));
            }
            Structure::Block(block) if META_ARGUMENTS.contains(&block.ident.as_str()) => {}
            Structure::Block(block) if block.has_ident("dynamic") => {
                let name = block.labels.first().map_or("dynamic", |label| label.as_str());
                for made in dynamic(block, name, scope, evaluator) {
                    push_block(&mut properties, name, made);
                }
            }
            Structure::Block(block) => {
                let position = Some(scope.file.position(block));
                let value = Value::Map(self::properties(&block.body, scope, evaluator).into());
                push_block(&mut properties, block.ident.as_str(), Node { position, value });
            }
        }
    }
    properties
}

/// Adds a block to the blocks of its name.
fn push_block(properties: &mut Vec<(String, Node)>, name: &str, block: Node) {
    match properties.iter_mut().find(|(key, _)| key == name) {
        Some((_, Node { value: Value::List(items), .. })) if block.as_unknown().is_none() => {
            items.push(block)
        }
        _ => {
            let position = block.position;
            let value = if block.as_unknown().is_some() { block.value } else { Value::List(vec![block]) };
            properties.push((name.to_owned(), Node { position, value }));
        }
    }
}

/// The blocks that a `dynamic` block makes; a single unknown value if its `for_each` is unknown.
fn dynamic(block: &Block, name: &str, scope: &Scope<'_>, evaluator: &Evaluator<'_>) -> Vec<Node> {
    let position = Some(scope.file.position(block));
    let content = block.body.get_blocks("content").next();
    let each = block.body.get_attribute("for_each");
    let (Some(content), Some(each)) = (content, each) else {
        return vec![Node::unknown("the `dynamic` block has no `for_each` and `content`").or_at(position)];
    };
    let entries: Vec<(String, Node)> = match evaluator.evaluate(&each.value, scope).value {
        Value::Map(entries) => entries.into_iter().collect(),
        Value::List(items) => {
            items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Unknown(unknown) => {
            let reason = format!(
                "a `dynamic` block is not expanded, because its `for_each` is unknown: {}",
                unknown.reason
            );
            return vec![Node::unknown(reason).or_at(position)];
        }
        Value::Null | Value::Text(_) => {
            return vec![only_terraform("a `dynamic` block is not expanded").or_at(position)];
        }
    };
    let iterator = match block.body.get_attribute("iterator").map(|iterator| &iterator.value) {
        Some(Expression::Variable(iterator)) => iterator.as_str(),
        _ => name,
    };
    let made = |(key, value): (String, Node)| {
        let each = vec![("key".to_owned(), Node::text(key)), ("value".to_owned(), value)];
        let binding = Binding::new(iterator, Node::map(each), scope.bindings);
        let inner = Scope { file: scope.file, bindings: Some(&binding) };
        Node { position, value: Value::Map(properties(&content.body, &inner, evaluator).into()) }
    };
    entries.into_iter().map(made).collect()
}
