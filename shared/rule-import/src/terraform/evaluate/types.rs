//! The defaults that a variable's type gives to the optional attributes of its objects.
//!
//! Values are not converted or checked otherwise, because scalars are text here.
//!
//! Source: "Type Constraints" of the Terraform language documentation.

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};

use super::{Evaluator, Located, Scope};
use crate::node::{Map, Node, Value};

impl Evaluator<'_> {
    /// A value of a variable with the defaults of its type.
    pub(super) fn typed(&self, value: Node, kind: Located<'_>) -> Node {
        self.completed(value, kind.expression, &Scope { file: kind.file, bindings: None })
    }

    fn completed(&self, mut value: Node, kind: &Expression, scope: &Scope<'_>) -> Node {
        match kind {
            Expression::Parenthesis(inner) => return self.completed(value, inner.inner(), scope),
            Expression::FuncCall(call) => self.complete(&mut value, call, scope),
            Expression::Null(_)
            | Expression::Bool(_)
            | Expression::Number(_)
            | Expression::String(_)
            | Expression::StringTemplate(_)
            | Expression::HeredocTemplate(_)
            | Expression::Array(_)
            | Expression::Object(_)
            | Expression::Variable(_)
            | Expression::Conditional(_)
            | Expression::Traversal(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => {}
        }
        value
    }

    fn complete(&self, value: &mut Node, call: &FuncCall, scope: &Scope<'_>) {
        let Some(inner) = call.args.iter().next() else { return };
        match (call.name.name.as_str(), &mut value.value, inner) {
            ("list" | "set", Value::List(items), _) => {
                for item in items {
                    *item = self.completed(std::mem::replace(item, Node::new(Value::Null)), inner, scope);
                }
            }
            ("map", Value::Map(entries), _) => {
                for item in entries.values_mut() {
                    *item = self.completed(std::mem::replace(item, Node::new(Value::Null)), inner, scope);
                }
            }
            ("object", Value::Map(entries), Expression::Object(attributes)) => {
                self.complete_object(entries, attributes, scope);
            }
            _ => {}
        }
    }

    fn complete_object(&self, entries: &mut Map, attributes: &Object, scope: &Scope<'_>) {
        for (key, kind) in attributes.iter() {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str(),
                ObjectKey::Expression(Expression::Variable(name)) => name.as_str(),
                ObjectKey::Expression(Expression::String(name)) => name.value().as_str(),
                ObjectKey::Expression(_) => continue,
            };
            let (kind, is_optional, default) = optional(kind.expr());
            let given = entries.get_mut(name);
            let is_absent = given.as_ref().is_none_or(|given| given.is_null());
            if is_absent && !is_optional {
                continue;
            }
            let value = match (given, default) {
                (Some(given), None) => std::mem::replace(given, Node::new(Value::Null)),
                (Some(given), Some(_)) if !is_absent => std::mem::replace(given, Node::new(Value::Null)),
                (_, Some(default)) => self.evaluate(default, scope),
                (None, None) => Node::new(Value::Null),
            };
            let value = self.completed(value, kind, scope);
            match entries.get_mut(name) {
                Some(given) => *given = value,
                None => entries.push(name.to_owned(), value),
            }
        }
    }
}

/// The type of an attribute, whether the attribute is optional, and its default.
fn optional(kind: &Expression) -> (&Expression, bool, Option<&Expression>) {
    if let Expression::FuncCall(call) = kind
        && call.name.name.as_str() == "optional"
    {
        let mut arguments = call.args.iter();
        if let Some(kind) = arguments.next() {
            return (kind, true, arguments.next());
        }
    }
    (kind, false, None)
}
