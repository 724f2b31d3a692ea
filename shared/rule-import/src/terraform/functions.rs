//! The functions and operators of Terraform's language that occur in names, patterns and thresholds.
//!
//! Functions that read files, the clock or the network are not supported.
//!
//! Source: "Functions" and "Arithmetic and logical operators" of the Terraform language documentation.

mod collections;
mod encoded;
mod formats;
mod numbers;
mod regexes;
mod texts;

use std::collections::HashMap;

use hcl_edit::expr::BinaryOperator;

use super::only_terraform;
use crate::node::{Node, Value};

/// The functions of one family: a result, or `None` if it is not a function of the family. The inner value is `None` if
/// the arguments are invalid.
type Family = fn(&str, &[Node], usize) -> Option<Option<Node>>;

const FAMILIES: [Family; 6] =
    [texts::call, collections::call, numbers::call, formats::call, regexes::call, encoded::call];

/// The result of a function, with at most `bytes` of text. The arguments must not be unknown values.
pub(super) fn call(name: &str, arguments: &[Node], bytes: usize) -> Node {
    for family in FAMILIES {
        if let Some(made) = family(name, arguments, bytes) {
            return made.unwrap_or_else(|| Node::unknown(format!("`{name}` has invalid arguments")));
        }
    }
    only_terraform(format_args!("the function `{name}` is not evaluated"))
}

/// The result of a function that would be too large.
fn too_large(name: &str) -> Node {
    only_terraform(format_args!("`{name}` produces more data than the limit"))
}

fn truth(truth: bool) -> Node {
    Node::text(truth.to_string())
}

fn list(items: Vec<Node>) -> Node {
    Node::new(Value::List(items))
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
        BinaryOperator::Div | BinaryOperator::Mod if right == 0.0 => Node::unknown("a division by zero"),
        BinaryOperator::Div => Node::text((left / right).to_string()),
        BinaryOperator::Mod => Node::text((left % right).to_string()),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => {
            Node::unknown("the operator does not accept numbers")
        }
    }
}

/// The number of a node; the error is an unknown value to continue with.
pub(super) fn number(node: &Node) -> Result<f64, Node> {
    if node.as_unknown().is_some() {
        return Err(node.clone());
    }
    node.as_text()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Node::unknown("an operand is not a number"))
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
