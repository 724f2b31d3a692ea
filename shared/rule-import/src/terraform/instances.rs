//! Resources with their instances: `count` and `for_each` where the module alone decides them.

use std::fmt;

use hcl_edit::structure::{Block, Body, Structure};

use super::{
    evaluate::Evaluator,
    module::File,
    scope::{Binding, Scope},
};
use crate::{
    limits::INSTANCES,
    node::{Node, Position, Unknown, Value},
    omission::{Code, Report},
    resource::{Kind, Resource},
};

/// Attributes and blocks that say how Terraform handles a resource, and nothing of the resource itself.
const META_ARGUMENTS: [&str; 7] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "timeouts", "provisioner"];

/// The filters and alarms of a module.
pub(super) fn resources(evaluator: &Evaluator<'_>, report: &mut Report) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (block, file) in evaluator.module().blocks_named("resource") {
        let [kind, name] = block.labels.as_slice() else { continue };
        let Some(kind_of) = Kind::of_type(kind.as_str()) else { continue };
        let address = format!("{}.{}", kind.as_str(), name.as_str());
        let position = file.position(block);
        match instances(block, file, evaluator) {
            Ok(instances) if instances.is_empty() => {
                let is_counted = block.body.has_attribute("count");
                let message = if is_counted { "its `count` is 0" } else { "its `for_each` is empty" };
                report.add(Code::SwitchedOff, position, &address, message);
            }
            Ok(instances) => resources.extend(instances.iter().map(|instance| Resource {
                kind: kind_of,
                name: format!("{address}{}", instance.key),
                position,
                properties: properties(&block.body, &instance.scope(file), evaluator),
            })),
            Err((position_of_fault, message)) => {
                report.add(Code::NotExpanded, position_of_fault.unwrap_or(position), &address, message);
            }
        }
    }
    resources
}

/// What a reference to a filter gives: its arguments, and its name as `id`; with `count` a list, with `for_each` a mapping.
pub(super) fn value((block, file): (&Block, &File<'_>), evaluator: &Evaluator<'_>) -> Node {
    let instances = match instances(block, file, evaluator) {
        Ok(instances) => instances,
        Err((_, message)) => return Node::unknown(message),
    };
    let value = |instance: &Instance| {
        let mut properties = properties(&block.body, &instance.scope(file), evaluator);
        let id =
            properties.iter().find(|(key, _)| key == "name").map(|(_, name)| ("id".to_owned(), name.clone()));
        properties.extend(id);
        Node::new(Value::Map(properties))
    };
    let of_keys = |instance: &Instance| match &instance.key {
        Key::Name(name) => Some((name.clone(), value(instance))),
        Key::Only | Key::Number(_) => None,
    };
    match instances.as_slice() {
        [only @ Instance { key: Key::Only, .. }] => value(only),
        [Instance { key: Key::Name(_), .. }, ..] => {
            Node::new(Value::Map(instances.iter().filter_map(of_keys).collect()))
        }
        numbered => Node::new(Value::List(numbered.iter().map(value).collect())),
    }
}

/// An instance, and what `count` or `each` stands for in it.
struct Instance {
    key: Key,
    binding: Option<Binding<'static>>,
}

impl Instance {
    fn scope<'o>(&'o self, file: &'o File<'o>) -> Scope<'o> {
        Scope { file, bindings: self.binding.as_ref() }
    }
}

/// What tells an instance from the others, as the end of its address.
enum Key {
    Only,
    Number(usize),
    Name(String),
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => Ok(()),
            Self::Number(number) => write!(formatter, "[{number}]"),
            Self::Name(name) => write!(formatter, "[\"{name}\"]"),
        }
    }
}

fn instances(
    block: &Block,
    file: &File<'_>,
    evaluator: &Evaluator<'_>,
) -> Result<Vec<Instance>, (Option<Position>, String)> {
    let scope = Scope { file, bindings: None };
    let value_of = |key: &str| {
        block.body.get_attribute(key).map(|attribute| evaluator.evaluate(&attribute.value, &scope))
    };
    if let Some(count) = value_of("count") {
        let number = known("count", &count)?.as_text().and_then(|text| text.parse().ok());
        let numbers =
            0..number.filter(|number| *number <= INSTANCES).ok_or_else(|| not_usable("count", &count))?;
        let instance = |number: usize| {
            let index = vec![("index".to_owned(), Node::text(number.to_string()))];
            let binding = Binding::new("count", Node::new(Value::Map(index)), None);
            Instance { key: Key::Number(number), binding: Some(binding) }
        };
        return Ok(numbers.map(instance).collect());
    }
    let Some(each) = value_of("for_each") else {
        return Ok(vec![Instance { key: Key::Only, binding: None }]);
    };
    let entries = match &known("for_each", &each)?.value {
        Value::Map(entries) => entries.clone(),
        Value::List(items) => {
            let entry = |item: &Node| Some((item.as_text()?.to_owned(), item.clone()));
            items.iter().map(entry).collect::<Option<_>>().ok_or_else(|| not_usable("for_each", &each))?
        }
        Value::Null | Value::Text(_) | Value::Unknown(_) => return Err(not_usable("for_each", &each)),
    };
    if entries.len() > INSTANCES {
        return Err(not_usable("for_each", &each));
    }
    let instance = |(key, value): (String, Node)| {
        let each = vec![("key".to_owned(), Node::text(key.clone())), ("value".to_owned(), value)];
        let binding = Binding::new("each", Node::new(Value::Map(each)), None);
        Instance { key: Key::Name(key), binding: Some(binding) }
    };
    Ok(entries.into_iter().map(instance).collect())
}

fn known<'n>(argument: &str, node: &'n Node) -> Result<&'n Node, (Option<Position>, String)> {
    match node.as_unknown() {
        Some(Unknown { reason, .. }) => Err((node.position, format!("`{argument}` is not known: {reason}"))),
        None => Ok(node),
    }
}

fn not_usable(argument: &str, node: &Node) -> (Option<Position>, String) {
    (node.position, format!("`{argument}` is no number, list or mapping of at most {INSTANCES}"))
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
                let unknown = Node::unknown("a `dynamic` block is not expanded");
                properties.push((name.to_owned(), unknown.or_at(Some(scope.file.position(block)))));
            }
            Structure::Block(block) => {
                let position = Some(scope.file.position(block));
                let inner =
                    Node { position, value: Value::Map(self::properties(&block.body, scope, evaluator)) };
                let name = block.ident.as_str();
                match properties.iter_mut().find(|(key, _)| key == name) {
                    Some((_, Node { value: Value::List(items), .. })) => items.push(inner),
                    _ => {
                        properties.push((name.to_owned(), Node { position, value: Value::List(vec![inner]) }))
                    }
                }
            }
        }
    }
    properties
}
