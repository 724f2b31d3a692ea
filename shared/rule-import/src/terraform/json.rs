//! Terraform's JSON syntax: files that end in `.tf.json` and `.tfvars.json`, read as the same structures as the native
//! syntax. A text is a template, except where Terraform expects a literal.
//!
//! Source: "JSON Configuration Syntax" of the Terraform language documentation.

use hcl_edit::{
    Ident,
    expr::{Array, Expression, FuncArgs, FuncCall, Object, ObjectKey},
    parser::{parse_expr, parse_template},
    structure::{Attribute, Block, Body, Structure},
    template::{Element, StringTemplate},
};

use super::long_objects::ENTRIES;
use crate::node::{Node, Value};

/// The number of labels of the blocks that matter, by their type.
const LABELS: [(&str, usize); 7] = [
    ("resource", 2),
    ("data", 2),
    ("module", 1),
    ("variable", 1),
    ("output", 1),
    ("provider", 1),
    ("locals", 0),
];
/// The nested blocks of filters and alarms, which may also be written as a single object.
const NESTED: [&str; 3] = ["metric_transformation", "metric_query", "metric"];

/// The blocks of a `.tf.json` file; `None` if the value is none.
pub(crate) fn body_of_module(tree: &Node) -> Option<Body> {
    let entries = tree.as_map().filter(|entries| !entries.is_empty())?;
    let is_known =
        |key: &str| LABELS.iter().any(|(kind, _)| *kind == key) || matches!(key, "terraform" | "//");
    if !entries.iter().all(|(key, _)| is_known(key)) {
        return None;
    }
    let mut structures = Vec::new();
    for (kind, labels) in LABELS {
        for (_, node) in entries.iter().filter(|(key, _)| key == kind) {
            push_blocks(&mut structures, kind, &mut Vec::new(), labels, node);
        }
    }
    Some(Body::from(structures))
}

/// The values of a `.tfvars.json` file.
pub(crate) fn body_of_values(tree: &Node) -> Option<Body> {
    let entries = tree.as_map()?;
    let attribute = |(key, node): &(String, Node)| attribute(key, expression(node, false));
    Some(Body::from(entries.iter().filter_map(attribute).collect::<Vec<_>>()))
}

fn push_blocks(out: &mut Vec<Structure>, kind: &str, labels: &mut Vec<String>, missing: usize, node: &Node) {
    if let Some(items) = node.as_list() {
        items.iter().for_each(|item| push_blocks(out, kind, labels, missing, item));
        return;
    }
    let Some(entries) = node.as_map() else { return };
    if let Some(missing) = missing.checked_sub(1) {
        for (label, node) in entries {
            labels.push(label.clone());
            push_blocks(out, kind, labels, missing, node);
            labels.pop();
        }
        return;
    }
    let entries = entries.iter().filter(|(key, _)| key != "//");
    let structures: Vec<Structure> = match kind {
        "variable" => entries.filter_map(|(key, node)| attribute(key, of_variable(key, node))).collect(),
        _ => entries.filter_map(|(key, node)| attribute(key, of_block(key, node))).collect(),
    };
    if let Ok(ident) = Ident::try_new(kind) {
        let block = Block::builder(ident).labels(labels.iter().cloned()).structures(structures).build();
        out.push(block.into());
    }
}

/// The type of a variable is an expression in a text, and its default is literal.
fn of_variable(key: &str, node: &Node) -> Expression {
    match node.as_text().filter(|_| key == "type").and_then(|text| parse_expr(text).ok()) {
        Some(kind) => kind,
        None => expression(node, false),
    }
}

fn of_block(key: &str, node: &Node) -> Expression {
    let made = expression(node, true);
    let is_single = NESTED.contains(&key) && node.as_map().is_some();
    if is_single { Expression::Array(Array::from(vec![made])) } else { made }
}

fn attribute(key: &str, value: Expression) -> Option<Structure> {
    Some(Attribute::new(Ident::try_new(key).ok()?, value).into())
}

fn expression(node: &Node, is_template: bool) -> Expression {
    match &node.value {
        Value::Null | Value::Unknown(_) => Expression::null(),
        Value::Text(text) if is_template => template(text),
        Value::Text(text) => Expression::from(text.as_str()),
        Value::List(items) => {
            Expression::Array(items.iter().map(|item| expression(item, is_template)).collect())
        }
        Value::Map(entries) => {
            let entry = |(key, node): &(String, Node)| {
                (ObjectKey::Expression(Expression::from(key.as_str())), of_entry(key, node, is_template))
            };
            let object = |part: &[_]| Expression::Object(part.iter().map(entry).collect::<Object>());
            if entries.len() <= ENTRIES {
                return object(entries);
            }
            // Making an object compares each key with all before it.
            let parts: Vec<Expression> = entries.chunks(ENTRIES).map(object).collect();
            Expression::from(FuncCall::new(Ident::new("merge"), FuncArgs::from(parts)))
        }
    }
}

fn of_entry(key: &str, node: &Node, is_template: bool) -> Expression {
    if is_template { of_block(key, node) } else { expression(node, false) }
}

/// A text with its interpolations; as it is written if it is not a valid template.
fn template(text: &str) -> Expression {
    if !text.contains("${") && !text.contains("%{") {
        return Expression::from(text);
    }
    match parse_template(text) {
        Ok(template) => {
            let elements: Vec<Element> = template.into_iter().collect();
            Expression::StringTemplate(StringTemplate::from(elements))
        }
        Err(_) => Expression::from(text),
    }
}
