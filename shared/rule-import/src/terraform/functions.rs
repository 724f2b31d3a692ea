//! The functions and operators of Terraform's language that names, patterns and thresholds are made with.
//!
//! Functions that read files, the clock or the network are none of them.
//!
//! Source: "Functions" and "Arithmetic and logical operators" of the Terraform language documentation.

use std::collections::HashMap;

use hcl_edit::expr::BinaryOperator;

use crate::node::{Node, Value};

/// The result of a function; none of the arguments is unknown itself. It has at most `bytes` of text.
pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Node {
    let made = match name {
        "tostring" | "tonumber" | "tobool" | "tolist" | "toset" | "tomap" | "nonsensitive" | "sensitive" => {
            arguments.first().cloned()
        }
        "lower" => of_text(arguments, str::to_lowercase),
        "upper" => of_text(arguments, str::to_uppercase),
        "trimspace" => of_text(arguments, |text| text.trim().to_owned()),
        "chomp" => of_text(arguments, |text| text.trim_end_matches(['\r', '\n']).to_owned()),
        "replace" => replace(arguments, bytes),
        "format" => format(arguments),
        "join" => join(arguments, bytes),
        "split" => split(arguments),
        "concat" => {
            let lists: Option<Vec<_>> = arguments.iter().map(Node::as_list).collect();
            lists.map(|lists| Node::new(Value::List(lists.concat())))
        }
        "flatten" => match arguments {
            [Node { value: Value::List(items), .. }] => Some(Node::new(Value::List(flattened(items)))),
            _ => None,
        },
        "merge" => merge(arguments),
        "keys" => of_entries(arguments, |(key, _)| Node::text(key.as_str())),
        "values" => of_entries(arguments, |(_, value)| value.clone()),
        "length" => arguments.first().and_then(length).map(|length| Node::text(length.to_string())),
        "lookup" => lookup(arguments),
        "element" => element(arguments),
        "contains" => contains(arguments),
        "coalesce" => {
            arguments.iter().find(|argument| !argument.is_null() && argument.as_text() != Some("")).cloned()
        }
        _ => return Node::unknown(format!("the function `{name}` is not evaluated")),
    };
    made.unwrap_or_else(|| Node::unknown(format!("`{name}` does not have the arguments that it takes")))
}

fn of_text(arguments: &[Node], change: impl FnOnce(&str) -> String) -> Option<Node> {
    let [argument] = arguments else { return None };
    argument.as_text().map(|text| Node::text(change(text)))
}

fn of_entries(arguments: &[Node], part: impl Fn(&(String, Node)) -> Node) -> Option<Node> {
    let [argument] = arguments else { return None };
    let mut entries: Vec<_> = argument.as_map()?.iter().collect();
    entries.sort_by_key(|(key, _)| key);
    Some(Node::new(Value::List(entries.into_iter().map(part).collect())))
}

fn replace(arguments: &[Node], bytes: usize) -> Option<Node> {
    let [text, old, new] = arguments else { return None };
    let (text, old, new) = (text.as_text()?, old.as_text()?, new.as_text()?);
    if old.len() > 1 && old.starts_with('/') && old.ends_with('/') {
        return Some(Node::unknown("`replace` with a regular expression is not evaluated"));
    }
    let length = text.matches(old).count().saturating_mul(new.len()).saturating_add(text.len());
    if length > bytes {
        return Some(Node::unknown("`replace` makes more than is read"));
    }
    Some(Node::text(text.replace(old, new)))
}

/// `%s`, `%d` and `%v` without widths; `%%` is a per cent sign.
fn format(arguments: &[Node]) -> Option<Node> {
    let (pattern, mut values) = arguments.split_first().map(|(pattern, values)| (pattern, values.iter()))?;
    let mut out = String::new();
    let mut characters = pattern.as_text()?.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match characters.next()? {
            '%' => out.push('%'),
            's' | 'd' | 'v' => out.push_str(values.next()?.as_text()?),
            other => return Some(Node::unknown(format!("`format` with `%{other}` is not evaluated"))),
        }
    }
    values.next().is_none().then(|| Node::text(out))
}

fn join(arguments: &[Node], bytes: usize) -> Option<Node> {
    let (separator, lists) = arguments.split_first()?;
    let separator = separator.as_text()?;
    let mut items = Vec::new();
    for list in lists {
        for item in list.as_list()? {
            if item.as_unknown().is_some() {
                return Some(item.clone());
            }
            items.push(item.as_text()?);
        }
    }
    let length: usize = items.iter().map(|item| item.len().saturating_add(separator.len())).sum();
    if length > bytes {
        return Some(Node::unknown("`join` makes more than is read"));
    }
    Some(Node::text(items.join(separator)))
}

fn split(arguments: &[Node]) -> Option<Node> {
    let [separator, text] = arguments else { return None };
    let (separator, text) = (separator.as_text().filter(|text| !text.is_empty())?, text.as_text()?);
    Some(Node::new(Value::List(text.split(separator).map(Node::text).collect())))
}

fn flattened(items: &[Node]) -> Vec<Node> {
    let mut flat = Vec::new();
    for item in items {
        match item.as_list() {
            Some(inner) => flat.extend(flattened(inner)),
            None => flat.push(item.clone()),
        }
    }
    flat
}

fn merge(arguments: &[Node]) -> Option<Node> {
    let mut merged: Vec<(String, Node)> = Vec::new();
    let mut places = HashMap::new();
    for argument in arguments.iter().filter(|argument| !argument.is_null()) {
        for (key, value) in argument.as_map()? {
            match places.get(key).and_then(|place: &usize| merged.get_mut(*place)) {
                Some((_, taken)) => *taken = value.clone(),
                None => {
                    places.insert(key, merged.len());
                    merged.push((key.clone(), value.clone()));
                }
            }
        }
    }
    Some(Node::new(Value::Map(merged)))
}

fn length(node: &Node) -> Option<usize> {
    match &node.value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        Value::Map(entries) => Some(entries.len()),
        Value::Null | Value::Unknown(_) => None,
    }
}

fn lookup(arguments: &[Node]) -> Option<Node> {
    let (map, key, default) = match arguments {
        [map, key] => (map, key, None),
        [map, key, default] => (map, key, Some(default)),
        _ => return None,
    };
    map.as_map()?;
    map.get(key.as_text()?).or(default).cloned()
}

fn element(arguments: &[Node]) -> Option<Node> {
    let [list, index] = arguments else { return None };
    let items = list.as_list().filter(|items| !items.is_empty())?;
    let index: usize = index.as_text()?.parse().ok()?;
    items.get(index % items.len()).cloned()
}

fn contains(arguments: &[Node]) -> Option<Node> {
    let [list, wanted] = arguments else { return None };
    let (items, wanted) = (list.as_list()?, wanted.as_text()?);
    if items.iter().any(|item| item.as_text() == Some(wanted)) {
        return Some(Node::text("true"));
    }
    let unknown = items.iter().find(|item| item.as_unknown().is_some()).cloned();
    Some(unknown.unwrap_or_else(|| Node::text("false")))
}

/// The result of an operator other than `&&` and `||`.
pub(super) fn operate(operator: BinaryOperator, left: &Node, right: &Node) -> Node {
    if let Some(unknown) = [left, right].into_iter().find(|side| side.find_unknown().is_some()) {
        return Node::unknown(
            unknown.find_unknown().map_or_else(|| "".into(), |unknown| unknown.reason.clone()),
        );
    }
    if matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq) {
        let is_equal = is_same(left, right);
        return Node::text((is_equal == (operator == BinaryOperator::Eq)).to_string());
    }
    let (left, right) = match (number(left), number(right)) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(unknown), _) | (_, Err(unknown)) => return unknown,
    };
    match operator {
        BinaryOperator::Less => Node::text((left < right).to_string()),
        BinaryOperator::LessEq => Node::text((left <= right).to_string()),
        BinaryOperator::Greater => Node::text((left > right).to_string()),
        BinaryOperator::GreaterEq => Node::text((left >= right).to_string()),
        BinaryOperator::Plus => Node::text((left + right).to_string()),
        BinaryOperator::Minus => Node::text((left - right).to_string()),
        BinaryOperator::Mul => Node::text((left * right).to_string()),
        BinaryOperator::Div => Node::text((left / right).to_string()),
        BinaryOperator::Mod => Node::text((left % right).to_string()),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => {
            Node::unknown("an operator that takes no numbers")
        }
    }
}

/// A number; the error is the unknown value to go on with.
pub(super) fn number(node: &Node) -> Result<f64, Node> {
    if node.as_unknown().is_some() {
        return Err(node.clone());
    }
    node.as_text()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Node::unknown("an operand that is no number"))
}

fn is_same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Null, Value::Null) => true,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            let right: HashMap<_, _> = right.iter().map(|(key, node)| (key, node)).collect();
            let is_right =
                |(key, left): &(String, Node)| right.get(key).is_some_and(|right| is_same(left, right));
            left.len() == right.len() && left.iter().all(is_right)
        }
        (Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) | Value::Unknown(_), _) => false,
    }
}
