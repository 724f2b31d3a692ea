//! Values from the command line: literals, which cannot refer to anything.

use hcl_edit::{
    expr::{Expression, ObjectKey, ObjectValue},
    parser::parse_expr,
};

use crate::node::{Node, Value};

/// The value of a literal from the command line; `None` if it is not a literal.
pub(super) fn literal(text: &str) -> Option<Node> {
    fn of(expression: &Expression) -> Option<Node> {
        Some(match expression {
            Expression::Null(_) => Node::new(Value::Null),
            Expression::Bool(value) => Node::text(value.value().to_string()),
            Expression::Number(value) => Node::text(value.value().to_string()),
            Expression::String(value) => Node::text(value.value().as_str()),
            Expression::Array(items) => Node::new(Value::List(items.iter().map(of).collect::<Option<_>>()?)),
            Expression::Object(object) => {
                let entry = |(key, value): (&ObjectKey, &ObjectValue)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(expression) => of(expression)?.as_text()?.to_owned(),
                    };
                    Some((key, of(value.expr())?))
                };
                Node::new(Value::Map(object.iter().map(entry).collect::<Option<_>>()?))
            }
            Expression::StringTemplate(_)
            | Expression::HeredocTemplate(_)
            | Expression::Parenthesis(_)
            | Expression::Variable(_)
            | Expression::Conditional(_)
            | Expression::FuncCall(_)
            | Expression::Traversal(_)
            | Expression::UnaryOp(_)
            | Expression::BinaryOp(_)
            | Expression::ForExpr(_) => return None,
        })
    }
    of(&parse_expr(text).ok()?)
}
