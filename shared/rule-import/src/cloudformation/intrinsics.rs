//! Intrinsic functions of CloudFormation, as far as the template alone determines their results.
//!
//! A value that is only known after deployment, such as an ARN or an import, becomes an unknown value with a reason.
//! One budget bounds the output of all functions of a template, because texts and mappings can be used many times.
//!
//! Source: "Intrinsic function reference" and "Pseudo parameters reference" of the CloudFormation user guide.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap},
};

use crate::{
    limits::{EVALUATION_BYTES, EVALUATION_DEPTH},
    node::{Node, Unknown, Value},
};

const TOO_MUCH: &str = "the functions of the template produce more data than the limit";

/// A template's parameters, mappings and conditions.
pub(super) struct Resolver<'t> {
    parameters: HashMap<&'t str, &'t Node>,
    conditions: HashMap<&'t str, &'t Node>,
    mappings: Option<&'t Node>,
    values: &'t BTreeMap<String, String>,
    /// The results of the conditions, each evaluated once.
    answers: RefCell<HashMap<&'t str, Result<bool, Unknown>>>,
    bytes_left: Cell<usize>,
    depth: Cell<usize>,
}

impl<'t> Resolver<'t> {
    pub(super) fn new(template: &'t Node, values: &'t BTreeMap<String, String>) -> Self {
        let section = |name: &str| {
            let entries = template.get(name).and_then(Node::as_map).unwrap_or_default();
            entries.iter().map(|(name, node)| (name.as_str(), node)).collect()
        };
        Self {
            parameters: section("Parameters"),
            conditions: section("Conditions"),
            mappings: template.get("Mappings"),
            values,
            answers: RefCell::default(),
            bytes_left: Cell::new(EVALUATION_BYTES),
            depth: Cell::new(0),
        }
    }

    /// The value of a node. Parts that cannot be determined are unknown values within it.
    pub(super) fn resolve(&self, node: &Node) -> Node {
        let Some(left) = self.bytes_left.get().checked_sub(node.as_text().map_or(1, str::len) + 1) else {
            return Node::unknown(TOO_MUCH);
        };
        self.bytes_left.set(left);
        if self.depth.get() >= EVALUATION_DEPTH {
            return Node::unknown("functions are nested too deeply");
        }
        self.depth.set(self.depth.get() + 1);
        let resolved = self.resolve_value(node).or_at(node.position);
        self.depth.set(self.depth.get() - 1);
        resolved
    }

    /// Whether a condition of the template is true.
    pub(super) fn condition(&self, name: &str) -> Result<bool, Unknown> {
        let Some((name, node)) = self.conditions.get_key_value(name) else {
            return Err(unknown(format!("the template has no condition `{name}`")));
        };
        if let Some(answer) = self.answers.borrow().get(name) {
            return answer.clone();
        }
        // A condition that is needed to evaluate itself finds this answer.
        let circular = unknown(format!("the condition `{name}` refers to itself"));
        self.answers.borrow_mut().insert(name, Err(circular));
        let answer = self.is_true(node);
        self.answers.borrow_mut().insert(name, answer.clone());
        answer
    }

    /// The parameters on which a condition depends, directly or through other conditions.
    pub(super) fn parameters_of(&self, condition: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![condition.to_owned()];
        while let Some(name) = open.pop() {
            if let Some(node) = self.conditions.get(name.as_str()).filter(|_| seen.insert(name.clone())) {
                let mut names = Vec::new();
                references(node, &mut names);
                for (is_condition, name) in names {
                    if is_condition {
                        open.push(name.to_owned());
                    } else if self.parameters.contains_key(name) || name.starts_with("AWS::") {
                        found.insert(name.to_owned());
                    }
                }
            }
        }
        found
    }

    fn resolve_value(&self, node: &Node) -> Node {
        match &node.value {
            Value::Text(text) if text.contains("{{resolve:") => {
                Node::unknown("a dynamic reference is only resolved when the stack is deployed")
            }
            Value::Null | Value::Text(_) | Value::Unknown(_) => node.clone(),
            Value::List(items) => {
                let items = items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null());
                Node::new(Value::List(items.collect()))
            }
            Value::Map(entries) => match &**entries {
                [(name, argument)] if name == "Ref" || name.starts_with("Fn::") => {
                    self.call(name, argument).unwrap_or_else(|unknown| Node::new(Value::Unknown(unknown)))
                }
                entries => {
                    let entries = entries.iter().map(|(key, node)| (key.clone(), self.resolve(node)));
                    Node::new(Value::Map(entries.filter(|(_, node)| !node.is_null()).collect()))
                }
            },
        }
    }

    fn call(&self, name: &str, argument: &Node) -> Result<Node, Unknown> {
        match name {
            "Ref" => self.reference(argument.as_text().unwrap_or_default()),
            "Fn::Sub" => self.substitute(argument).map(Node::text),
            "Fn::Join" => {
                let [delimiter, items] = self.arguments(name, argument)?;
                let delimiter = text(name, &delimiter)?;
                let items =
                    list(name, &items)?.iter().map(|item| text(name, item)).collect::<Result<Vec<_>, _>>()?;
                self.spend(items.iter().map(|item| item.len() + delimiter.len()).sum())?;
                Ok(Node::text(items.join(delimiter)))
            }
            "Fn::Split" => {
                let [delimiter, whole] = self.arguments(name, argument)?;
                let (delimiter, whole) = (text(name, &delimiter)?, text(name, &whole)?);
                if delimiter.is_empty() {
                    return Err(malformed(name));
                }
                Ok(Node::new(Value::List(whole.split(delimiter).map(Node::text).collect())))
            }
            "Fn::Select" => {
                let [index, items] = self.arguments(name, argument)?;
                let index = text(name, &index)?.parse::<usize>();
                let items = list(name, &items)?;
                index.ok().and_then(|index| items.get(index)).cloned().ok_or_else(|| malformed(name))
            }
            "Fn::FindInMap" => self.find_in_map(name, argument),
            "Fn::If" => match argument.as_list() {
                Some([condition, yes, no]) => {
                    let holds = self.condition(condition.as_text().unwrap_or_default())?;
                    Ok(self.resolve(if holds { yes } else { no }))
                }
                _ => Err(malformed(name)),
            },
            _ => Err(unknown(format!("the result of `{name}` is only known when the stack is deployed"))),
        }
    }

    /// The value of `Ref`: a parameter's value. The value for a resource is unknown before it exists.
    fn reference(&self, name: &str) -> Result<Node, Unknown> {
        if name == "AWS::NoValue" {
            return Ok(Node::new(Value::Null));
        }
        let parameter = self.parameters.get(name).copied();
        let kind =
            parameter.and_then(|parameter| parameter.get("Type")).and_then(Node::as_text).unwrap_or_default();
        let is_stored = kind.starts_with("AWS::SSM::Parameter::Value");
        let default = parameter.and_then(|parameter| parameter.get("Default")).filter(|_| !is_stored);
        let value = match (self.values.get(name), default) {
            (Some(value), _) => value.as_str(),
            (None, Some(default)) => default.as_text().unwrap_or_default(),
            (None, None) if parameter.is_some() || name.starts_with("AWS::") => {
                let what = if parameter.is_none() {
                    "depends on the stack"
                } else if is_stored {
                    "is stored in Parameter Store"
                } else {
                    "has no default"
                };
                return Err(unknown(format!(
                    "parameter `{name}` {what}: set it with `--parameter {name}=VALUE`"
                )));
            }
            (None, None) => {
                return Err(unknown(format!("`{name}` is only known when the stack is deployed")));
            }
        };
        self.spend(value.len())?;
        let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
        if is_list {
            let items = value.split(',').map(|item| Node::text(item.trim()));
            return Ok(Node::new(Value::List(items.collect())));
        }
        Ok(Node::text(value))
    }

    /// Replaces each `${Name}` in a text. `${!Name}` becomes the literal text `${Name}`.
    fn substitute(&self, argument: &Node) -> Result<String, Unknown> {
        let (whole, variables) = match (argument.as_text(), argument.as_list()) {
            (Some(whole), _) => (whole, None),
            (None, Some([whole, variables])) => (text("Fn::Sub", whole)?, Some(variables)),
            (None, _) => return Err(malformed("Fn::Sub")),
        };
        let mut out = String::new();
        let mut rest = whole;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { return Err(malformed("Fn::Sub")) };
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                out.extend(["${", literal, "}"]);
                continue;
            }
            let name = name.trim();
            let value = match variables.and_then(|variables| variables.get(name)) {
                Some(variable) => self.resolve(variable),
                None => self.reference(name)?,
            };
            out.push_str(text("Fn::Sub", &value)?);
        }
        out.push_str(rest);
        self.spend(out.len())?;
        Ok(out)
    }

    fn find_in_map(&self, name: &str, argument: &Node) -> Result<Node, Unknown> {
        let [map, first, second] = match self.arguments::<3>(name, argument) {
            Ok(arguments) => arguments,
            Err(unknown) => {
                // A fourth argument may provide a default.
                let [map, first, second, _] =
                    self.arguments::<4>(name, argument).map_err(|_other| unknown)?;
                [map, first, second]
            }
        };
        let found = self
            .mappings
            .and_then(|mappings| mappings.get(text(name, &map).ok()?))
            .and_then(|map| map.get(text(name, &first).ok()?))
            .and_then(|map| map.get(text(name, &second).ok()?));
        if let Some(found) = found {
            return Ok(self.resolve(found));
        }
        let unresolved = [&map, &first, &second].into_iter().find_map(Node::as_unknown);
        Err(unresolved.cloned().unwrap_or_else(|| unknown("`Fn::FindInMap` finds no value in the mappings")))
    }

    fn is_true(&self, node: &Node) -> Result<bool, Unknown> {
        self.spend(1)?;
        if self.depth.get() >= EVALUATION_DEPTH {
            return Err(unknown("the chain of conditions that refer to each other is too long"));
        }
        self.depth.set(self.depth.get() + 1);
        let answer = self.decide(node);
        self.depth.set(self.depth.get() - 1);
        answer
    }

    fn decide(&self, node: &Node) -> Result<bool, Unknown> {
        let Some([(name, argument)]) = node.as_map() else { return Err(malformed("Conditions")) };
        match (name.as_str(), argument.as_list()) {
            ("Condition", _) => self.condition(argument.as_text().unwrap_or_default()),
            ("Fn::Equals", _) => {
                let [left, right] = self.arguments(name, argument)?;
                Ok(text(name, &left)? == text(name, &right)?)
            }
            ("Fn::Not", Some([condition])) => Ok(!self.is_true(condition)?),
            ("Fn::And", Some(conditions)) => self.all_are(true, conditions),
            ("Fn::Or", Some(conditions)) => Ok(!self.all_are(false, conditions)?),
            _ => Err(unknown(format!("the result of `{name}` is only known when the stack is deployed"))),
        }
    }

    /// Whether all conditions have the expected result. A single condition with the other result decides, even if the
    /// rest are unknown.
    fn all_are(&self, expected: bool, conditions: &[Node]) -> Result<bool, Unknown> {
        let mut not_known = None;
        for condition in conditions {
            match self.is_true(condition) {
                Ok(answer) if answer != expected => return Ok(false),
                Ok(_) => {}
                Err(unknown) => not_known = Some(unknown),
            }
        }
        not_known.map_or(Ok(true), Err)
    }

    /// The resolved arguments of a function with `N` parameters.
    fn arguments<const N: usize>(&self, name: &str, argument: &Node) -> Result<[Node; N], Unknown> {
        let items = argument.as_list().filter(|items| items.len() == N).ok_or_else(|| malformed(name))?;
        let resolved: Vec<_> = items.iter().map(|item| self.resolve(item)).collect();
        resolved.try_into().map_err(|_items: Vec<Node>| malformed(name))
    }

    fn spend(&self, bytes: usize) -> Result<(), Unknown> {
        let left = self.bytes_left.get().checked_sub(bytes);
        self.bytes_left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| unknown(TOO_MUCH))
    }
}

/// The names in `Condition` and `Ref` within a node, and whether each names a condition.
fn references<'n>(node: &'n Node, names: &mut Vec<(bool, &'n str)>) {
    for (key, value) in node.as_map().unwrap_or_default() {
        match (key.as_str(), value.as_text()) {
            ("Condition", Some(name)) => names.push((true, name)),
            ("Ref", Some(name)) => names.push((false, name)),
            _ => references(value, names),
        }
    }
    node.as_list().unwrap_or_default().iter().for_each(|item| references(item, names));
}

fn unknown(reason: impl Into<std::rc::Rc<str>>) -> Unknown {
    Unknown { reason: reason.into(), is_missing: false }
}

fn malformed(function: &str) -> Unknown {
    unknown(format!("`{function}` has invalid arguments"))
}

fn text<'n>(function: &str, node: &'n Node) -> Result<&'n str, Unknown> {
    match node.as_unknown() {
        Some(unknown) => Err(unknown.clone()),
        None => node.as_text().ok_or_else(|| malformed(function)),
    }
}

fn list<'n>(function: &str, node: &'n Node) -> Result<&'n [Node], Unknown> {
    match node.as_unknown() {
        Some(unknown) => Err(unknown.clone()),
        None => node.as_list().ok_or_else(|| malformed(function)),
    }
}
