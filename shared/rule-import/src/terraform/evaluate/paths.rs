//! Paths into values: attributes, indices and splats, of names and of any other expression.

use std::rc::Rc;

use hcl_edit::{
    Decorated,
    expr::{Expression, Traversal, TraversalOperator},
};

use super::{Evaluator, NamedValue, Scope};
use crate::node::{Node, Value};

/// The resource types whose attributes equal their arguments, as far as an alarm or filter refers to them.
const RESOURCES: [&str; 3] =
    ["aws_cloudwatch_log_metric_filter", "aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm"];

type Operators = [Decorated<TraversalOperator>];

impl Evaluator<'_> {
    pub(super) fn traversal(
        &self,
        traversal: &Traversal,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Node {
        let operators = traversal.operators.as_slice();
        let Expression::Variable(root) = &traversal.expr else {
            let value = self.evaluate(&traversal.expr, scope);
            return self.follow(&value, operators, expression, scope);
        };
        if let Some(value) = scope.find(root.as_str()) {
            return self.follow(value, operators, expression, scope);
        }
        let Some((first, operators)) = operators.split_first() else {
            return self.of_terraform(expression, scope);
        };
        let TraversalOperator::GetAttr(name) = first.value() else {
            return self.of_terraform(expression, scope);
        };
        let named = match root.as_str() {
            "var" => NamedValue::Variable,
            "local" => NamedValue::Local,
            "module" => NamedValue::Module,
            "terraform" if name.as_str() == "workspace" => return self.workspace(),
            kind => match RESOURCES.iter().find(|known| **known == kind) {
                Some(kind) => NamedValue::Resource(kind),
                None => return self.of_terraform(expression, scope),
            },
        };
        let value = self.follow(&self.named(named, name.as_str()), operators, expression, scope);
        // An attribute that is no argument, such as an ARN.
        let is_attribute = matches!(named, NamedValue::Resource(_));
        let is_missing = value.as_unknown().is_some_and(|unknown| unknown.is_missing);
        if is_attribute && is_missing { self.of_terraform(expression, scope) } else { value }
    }

    /// The value of an expression. That of a plain `local.name` or `var.name` is not copied.
    pub(super) fn shared(&self, expression: &Expression, scope: &Scope<'_>) -> Rc<Node> {
        if let Expression::Traversal(traversal) = expression
            && let Expression::Variable(root) = &traversal.expr
            && let [only] = traversal.operators.as_slice()
            && let TraversalOperator::GetAttr(name) = only.value()
            && scope.find(root.as_str()).is_none()
        {
            match root.as_str() {
                "var" => return self.named(NamedValue::Variable, name.as_str()),
                "local" => return self.named(NamedValue::Local, name.as_str()),
                _ => {}
            }
        }
        Rc::new(self.evaluate(expression, scope))
    }

    fn workspace(&self) -> Node {
        match self.project.given.workspace {
            Some(name) => Node::text(name),
            None => Node::unknown(format!(
                "`terraform.workspace` is only known to Terraform: set it with `--workspace NAME`, or {}",
                super::super::SHOW
            )),
        }
    }

    /// Follows a path into a value, and copies only the result.
    fn follow(
        &self,
        value: &Node,
        operators: &Operators,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Node {
        let mut value = value;
        let mut rest = operators;
        while let Some((operator, behind)) = rest.split_first() {
            if value.as_unknown().is_some() {
                break;
            }
            let key = match operator.value() {
                TraversalOperator::GetAttr(name) => name.as_str().to_owned(),
                TraversalOperator::LegacyIndex(index) => index.value().to_string(),
                TraversalOperator::Index(index) => match self.evaluate(index, scope) {
                    Node { value: Value::Text(text), .. } => text,
                    unknown if unknown.as_unknown().is_some() => return unknown,
                    _ => return self.of_terraform(expression, scope),
                },
                TraversalOperator::AttrSplat(_) => {
                    return self.splat(value, behind, false, (expression, scope));
                }
                TraversalOperator::FullSplat(_) => {
                    return self.splat(value, behind, true, (expression, scope));
                }
            };
            let element = match value.as_list() {
                Some(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
                None => value.get(&key),
            };
            match element {
                Some(element) => value = element,
                None => {
                    let written = scope.file.written(expression);
                    return Node::missing(format!("`{written}`: `{key}` does not exist"));
                }
            }
            rest = behind;
        }
        self.copy(value)
    }

    /// `value[*]` or `value.*` with the path behind it. After `.*`, an index selects from the list of results.
    fn splat(
        &self,
        value: &Node,
        operators: &Operators,
        is_full: bool,
        (expression, scope): (&Expression, &Scope<'_>),
    ) -> Node {
        let is_attribute = |operator: &Decorated<TraversalOperator>| {
            matches!(operator.value(), TraversalOperator::GetAttr(_))
        };
        let of_each = if is_full {
            operators.len()
        } else {
            operators.iter().take_while(|one| is_attribute(one)).count()
        };
        let (of_each, of_all) = operators.split_at_checked(of_each).unwrap_or((operators, &[]));
        let items = match &value.value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            Value::Text(_) | Value::Map(_) | Value::Unknown(_) => std::slice::from_ref(value),
        };
        let list = items.iter().map(|item| self.follow(item, of_each, expression, scope)).collect();
        let list = Node::new(Value::List(list));
        if of_all.is_empty() { list } else { self.follow(&list, of_all, expression, scope) }
    }
}
