//! Configurations of the Serverless Framework: the template in their `resources`, with the framework's variables
//! resolved as far as the configuration alone determines them.
//!
//! Source: "AWS - Resources" and "Variables" of the Serverless Framework's documentation.

use std::collections::BTreeMap;

use crate::{
    limits::EVALUATION_DEPTH,
    node::{Node, Position, Value},
    omission::{OmissionCode, Omissions},
};

/// The sources of variables; `${AWS::Region}` and `${Name}` are CloudFormation's.
const SOURCES: [&str; 8] = ["self:", "opt:", "env:", "sls:", "file(", "param:", "ssm:", "cf:"];

/// The template that the framework would deploy, with only the resources that are written out.
pub(crate) fn template_of_serverless(
    configuration: &Node,
    file: usize,
    values: &BTreeMap<String, String>,
    omissions: &mut Omissions,
) -> Node {
    let resources = configuration.get("resources");
    let parts = match resources.and_then(Node::as_list) {
        Some(parts) => parts,
        None => resources.map(std::slice::from_ref).unwrap_or_default(),
    };
    let variables = Variables { configuration, values };
    let mut sections: BTreeMap<String, Vec<(String, Node)>> = BTreeMap::new();
    for part in parts {
        if let Some(text) = part.as_text() {
            report_file(text, part.position.unwrap_or(Position::of_file(file)), omissions);
        }
        for (section, entries) in part.as_map().unwrap_or_default() {
            let entries = entries.as_map().unwrap_or_default().iter();
            let resolved = entries.map(|(name, node)| (name.clone(), variables.resolve(node, 0)));
            sections.entry(section.clone()).or_default().extend(resolved);
        }
    }
    let sections = sections.into_iter().map(|(name, entries)| (name, Node::map(entries)));
    Node::new(Value::Map(sections.collect()))
}

/// Reports resources in another file, as in `${file(resources/alarms.yml)}`.
fn report_file(text: &str, position: Position, omissions: &mut Omissions) {
    let path = text.split_once("file(").and_then(|(_, rest)| rest.split_once(')')).map(|(path, _)| path);
    let file_name = path.and_then(|path| path.rsplit(['/', '\\']).next()).unwrap_or_default();
    let is_there = !file_name.is_empty() && omissions.has_source(file_name);
    let code = if is_there { OmissionCode::OtherFiles } else { OmissionCode::OtherTemplate };
    let message = format!("the resources in `{text}` are not followed: import that file as well");
    omissions.add(code, position, "resources", message);
}

struct Variables<'t> {
    configuration: &'t Node,
    values: &'t BTreeMap<String, String>,
}

impl Variables<'_> {
    fn resolve(&self, node: &Node, depth: usize) -> Node {
        let value = match &node.value {
            Value::Text(text) => return self.text(text, depth).or_at(node.position),
            Value::List(items) => Value::List(items.iter().map(|item| self.resolve(item, depth)).collect()),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.clone(), self.resolve(node, depth)));
                Value::Map(entries.collect())
            }
            value @ (Value::Null | Value::Unknown(_)) => value.clone(),
        };
        Node { position: node.position, value }
    }

    fn text(&self, text: &str, depth: usize) -> Node {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let is_variable = SOURCES.iter().any(|source| after.trim_start().starts_with(source));
            let Some((name, behind)) = closed(after).filter(|_| is_variable) else {
                out.extend([before, "${"]);
                rest = after;
                continue;
            };
            let value = self.variable(name.trim(), depth);
            if before.is_empty() && behind.is_empty() && out.is_empty() {
                return value;
            }
            out.push_str(before);
            match value.as_text() {
                Some(text) => out.push_str(text),
                None if value.as_unknown().is_some() => return value,
                None => return Node::unknown(format!("`${{{name}}}` is not text")),
            }
            rest = behind;
        }
        out.push_str(rest);
        Node::text(out)
    }

    /// The value of a variable, for example `self:custom.stage` or `opt:stage, 'dev'`.
    fn variable(&self, written: &str, depth: usize) -> Node {
        let (name, default) = match written.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim())),
            None => (written, None),
        };
        if let Some(value) = self.values.get(name) {
            return Node::text(value.as_str());
        }
        let found = name.strip_prefix("self:").and_then(|path| {
            path.split('.').try_fold(self.configuration, |node, key| match node.as_list() {
                Some(items) => items.get(key.parse::<usize>().ok()?),
                None => node.get(key),
            })
        });
        if let Some(found) = found.filter(|_| depth < EVALUATION_DEPTH.min(20)) {
            return self.resolve(found, depth + 1);
        }
        let quoted = |text: &str| {
            let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            inner.or_else(|| text.strip_prefix('"')?.strip_suffix('"')).map(str::to_owned)
        };
        match default {
            Some(default) if default.starts_with("${") => self.text(default, depth + 1),
            Some(default) if SOURCES.iter().any(|source| default.starts_with(source)) && depth < 20 => {
                self.variable(default, depth + 1)
            }
            Some(default) => Node::text(quoted(default).unwrap_or_else(|| default.to_owned())),
            None => Node::unknown(format!(
                "`${{{written}}}` is only known to the Serverless Framework: set it with `--parameter {name}=VALUE`, or \
                 import the template that `serverless package` writes"
            )),
        }
    }
}

/// A variable up to its closing brace, and what follows.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 1_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some((text.get(..index)?, text.get(index + 1..)?));
        }
    }
    None
}
