//! Expressions of Terraform's language, as far as the module alone decides them.
//!
//! What only Terraform knows is an unknown value with its reason, and stays one leaf of whatever holds it: a map of alarms
//! is of use though the topic in it is not known. Every value keeps the place where it is written. One budget bounds what
//! a module's expressions make together. This is why the evaluator is not that of `hcl-rs`, which stops at the first
//! value that it does not know, tells no places and has no bounds.
//!
//! Numbers and truth values are text, so that `1 == "1"` holds here and not in Terraform.
//!
//! Source: "Expressions" of the Terraform language documentation; the HCL native syntax specification.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use hcl_edit::{
    Decorated,
    expr::{
        BinaryOp, BinaryOperator, Conditional, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal,
        TraversalOperator, UnaryOp, UnaryOperator,
    },
    template::{Element, Strip},
};

use super::{
    functions, instances,
    literal::literal,
    module::{Located, Module, Variable},
    scope::{Binding, Scope},
};
use crate::{
    limits::{EVALUATION_BYTES, EVALUATION_DEPTH},
    node::{Node, Value},
};

/// The resources whose attributes are known, since they are the arguments.
const FILTER_TYPE: &str = "aws_cloudwatch_log_metric_filter";

/// What of the module an expression may refer to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Named {
    Variable,
    Local,
    /// A metric filter, whose arguments an alarm may repeat by reference.
    Filter,
}

/// The evaluation of a module's expressions.
pub(super) struct Evaluator<'m> {
    module: &'m Module<'m>,
    variables: HashMap<&'m str, Variable<'m>>,
    locals: HashMap<&'m str, Located<'m>>,
    /// What each has been found to be.
    values: RefCell<HashMap<(Named, String), Rc<Node>>>,
    bytes_left: Cell<usize>,
    depth: Cell<usize>,
}

impl<'m> Evaluator<'m> {
    pub(super) fn new(module: &'m Module<'m>) -> Self {
        Self {
            module,
            variables: module.variables(),
            locals: module.locals(),
            values: RefCell::default(),
            bytes_left: Cell::new(EVALUATION_BYTES),
            depth: Cell::new(0),
        }
    }

    pub(super) fn module(&self) -> &'m Module<'m> {
        self.module
    }

    /// The value of an expression; what only Terraform knows is unknown within it.
    pub(super) fn evaluate(&self, expression: &Expression, scope: &Scope<'_>) -> Node {
        if self.depth.get() >= EVALUATION_DEPTH {
            return Node::unknown("expressions refer to each other through too many steps");
        }
        if self.bytes_left.get() == 0 {
            return Self::too_much();
        }
        self.depth.set(self.depth.get() + 1);
        let value = match expression {
            Expression::Null(_) => Node::new(Value::Null),
            Expression::Bool(value) => Node::text(value.value().to_string()),
            Expression::Number(value) => Node::text(value.value().to_string()),
            Expression::String(value) => Node::text(value.value().as_str()),
            Expression::Array(items) => {
                Node::new(Value::List(items.iter().map(|item| self.evaluate(item, scope)).collect()))
            }
            Expression::Object(object) => self.object(object, scope),
            Expression::StringTemplate(template) => {
                let elements: Vec<_> = template.iter().collect();
                match elements.as_slice() {
                    [Element::Interpolation(only)] => self.evaluate(&only.expr, scope),
                    elements => self.template(elements, scope),
                }
            }
            Expression::HeredocTemplate(heredoc) => {
                let elements: Vec<_> = heredoc.template.iter().collect();
                self.template(&elements, scope)
            }
            Expression::Parenthesis(inner) => self.evaluate(inner.inner(), scope),
            Expression::Variable(name) => match scope.find(name.as_str()) {
                Some(value) => self.copy(value),
                None => self.of_terraform(expression, scope),
            },
            Expression::Conditional(conditional) => self.conditional(conditional, scope),
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Traversal(traversal) => self.traversal(traversal, expression, scope),
            Expression::UnaryOp(operation) => self.unary(operation, scope),
            Expression::BinaryOp(operation) => self.binary(operation, scope),
            Expression::ForExpr(for_each) => self.for_expression(for_each, scope),
        };
        self.depth.set(self.depth.get() - 1);
        let value = value.or_at(Some(scope.file.position(expression)));
        // Lists and mappings have been paid for item by item.
        let bytes = 32 + value.as_text().map_or(0, str::len);
        if self.affords(bytes) { value } else { Self::too_much() }
    }

    /// A copy, unless it is too much.
    fn copy(&self, node: &Node) -> Node {
        if self.affords(node.size()) { node.clone() } else { Self::too_much() }
    }

    /// Takes bytes from the budget, and tells whether it has them.
    fn affords(&self, bytes: usize) -> bool {
        let left = self.bytes_left.get().checked_sub(bytes);
        self.bytes_left.set(left.unwrap_or(0));
        left.is_some()
    }

    fn too_much() -> Node {
        Node::unknown("the expressions of the module make more than is read")
    }

    fn of_terraform(&self, expression: &Expression, scope: &Scope<'_>) -> Node {
        Node::unknown(format!("`{}` is known to Terraform only", scope.file.written(expression)))
    }

    fn object(&self, object: &Object, scope: &Scope<'_>) -> Node {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) => name.as_str().to_owned(),
                ObjectKey::Expression(Expression::Variable(name)) => name.as_str().to_owned(),
                ObjectKey::Expression(expression) => match self.evaluate(expression, scope).value {
                    Value::Text(text) => text,
                    Value::Unknown(unknown) => return Node::new(Value::Unknown(unknown)),
                    Value::Null | Value::List(_) | Value::Map(_) => {
                        return Node::unknown("a key that is no text");
                    }
                },
            };
            entries.push((key, self.evaluate(value.expr(), scope)));
        }
        Node::new(Value::Map(entries))
    }

    fn template(&self, elements: &[&Element], scope: &Scope<'_>) -> Node {
        let mut out = String::new();
        for element in elements {
            match element {
                Element::Literal(text) => out.push_str(text.value()),
                Element::Interpolation(part) if part.strip == Strip::None => {
                    let value = self.evaluate(&part.expr, scope);
                    match &value.value {
                        Value::Text(text) if self.affords(text.len()) => out.push_str(text),
                        Value::Text(_) => return Self::too_much(),
                        Value::Unknown(_) => return value,
                        Value::Null | Value::List(_) | Value::Map(_) => {
                            let written = scope.file.written(&part.expr);
                            return Node::unknown(format!("`{written}` is no text"));
                        }
                    }
                }
                Element::Interpolation(_) | Element::Directive(_) => {
                    return Node::unknown("`~` and `%{` of templates are not evaluated");
                }
            }
        }
        Node::text(out)
    }

    fn conditional(&self, conditional: &Conditional, scope: &Scope<'_>) -> Node {
        match self.truth(&conditional.cond_expr, scope) {
            Ok(true) => self.evaluate(&conditional.true_expr, scope),
            Ok(false) => self.evaluate(&conditional.false_expr, scope),
            Err(unknown) => unknown,
        }
    }

    /// Whether an expression is true; the error is the unknown value to go on with.
    fn truth(&self, expression: &Expression, scope: &Scope<'_>) -> Result<bool, Node> {
        let value = self.evaluate(expression, scope);
        match value.as_text() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ if value.as_unknown().is_some() => Err(value),
            _ => {
                Err(Node::unknown(format!("`{}` is neither true nor false", scope.file.written(expression))))
            }
        }
    }

    fn call(&self, call: &FuncCall, scope: &Scope<'_>) -> Node {
        let name = call.name.name.as_str();
        let mut arguments = Vec::with_capacity(call.args.len());
        for argument in call.args.iter() {
            let value = self.evaluate(argument, scope);
            if name == "try" {
                // The first that there is; what is there and not known ends the search.
                if value.as_unknown().is_none_or(|unknown| !unknown.is_missing) {
                    return value;
                }
                continue;
            }
            arguments.push(value);
        }
        if call.args.expand_final()
            && let Some(Value::List(items)) = arguments.pop().map(|last| last.value)
        {
            arguments.extend(items);
        }
        if let Some(unknown) = arguments.iter().find(|argument| argument.as_unknown().is_some()) {
            return unknown.clone();
        }
        if call.name.is_namespaced() {
            return Node::unknown(format!("the function `{name}` of a provider is not evaluated"));
        }
        let result = functions::call(name, &arguments, self.bytes_left.get());
        if self.affords(result.size()) { result } else { Self::too_much() }
    }

    fn traversal(&self, traversal: &Traversal, expression: &Expression, scope: &Scope<'_>) -> Node {
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
        let name = match first.value() {
            TraversalOperator::GetAttr(name) => name.as_str(),
            TraversalOperator::AttrSplat(_)
            | TraversalOperator::FullSplat(_)
            | TraversalOperator::Index(_)
            | TraversalOperator::LegacyIndex(_) => return self.of_terraform(expression, scope),
        };
        let named = match root.as_str() {
            "var" => Named::Variable,
            "local" => Named::Local,
            FILTER_TYPE => Named::Filter,
            _ => return self.of_terraform(expression, scope),
        };
        self.follow(&self.named(named, name), operators, expression, scope)
    }

    /// The value behind a name, which is found once.
    fn named(&self, named: Named, name: &str) -> Rc<Node> {
        let key = (named, name.to_owned());
        if let Some(value) = self.values.borrow().get(&key) {
            return Rc::clone(value);
        }
        // Whoever asks while the value is being found is part of it.
        let circular = Rc::new(Node::unknown(format!("`{name}` refers to itself")));
        self.values.borrow_mut().insert(key.clone(), circular);
        let value = match named {
            Named::Variable => self.variable(name),
            Named::Local => self.local(name),
            Named::Filter => match self.module.resource(FILTER_TYPE, name) {
                Some(filter) => instances::value(filter, self),
                None => Node::unknown(format!("no file of the module has a filter `{name}`")),
            },
        };
        let value = Rc::new(value);
        self.values.borrow_mut().insert(key, Rc::clone(&value));
        value
    }

    fn local(&self, name: &str) -> Node {
        match self.locals.get(name) {
            Some(Located { expression, file }) => self.evaluate(expression, &Scope { file, bindings: None }),
            None => Node::unknown(format!("no file of the module has a local `{name}`")),
        }
    }

    fn variable(&self, name: &str) -> Node {
        let Some(variable) = self.variables.get(name) else {
            return Node::unknown(format!("no file of the module declares a variable `{name}`"));
        };
        match (variable.given, variable.expression) {
            (Some(given), _) if variable.is_text => Node::text(given),
            (Some(given), _) => literal(given).unwrap_or_else(|| {
                Node::unknown(format!("what is given for the variable `{name}` is no value of its type"))
            }),
            (None, Some(Located { expression, file })) => {
                self.evaluate(expression, &Scope { file, bindings: None })
            }
            (None, None) => {
                Node::unknown(format!("variable `{name}` has no default: give it with `--var {name}=VALUE`"))
            }
        }
    }

    /// Goes from a value to one within it, and copies that one only.
    fn follow(
        &self,
        value: &Node,
        operators: &[Decorated<TraversalOperator>],
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Node {
        let mut value = value;
        for operator in operators {
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
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return self.of_terraform(expression, scope);
                }
            };
            // A mapping is searched entry by entry.
            if !self.affords(value.as_map().map_or(0, <[_]>::len)) {
                return Self::too_much();
            }
            let element = match value.as_list() {
                Some(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
                None => value.get(&key),
            };
            match element {
                Some(element) => value = element,
                None => {
                    let written = scope.file.written(expression);
                    return Node::missing(format!("`{written}`: there is no `{key}`"));
                }
            }
        }
        self.copy(value)
    }

    fn unary(&self, operation: &UnaryOp, scope: &Scope<'_>) -> Node {
        match operation.operator.value() {
            UnaryOperator::Not => match self.truth(&operation.expr, scope) {
                Ok(truth) => Node::text((!truth).to_string()),
                Err(unknown) => unknown,
            },
            UnaryOperator::Neg => {
                let value = self.evaluate(&operation.expr, scope);
                match functions::number(&value) {
                    Ok(number) => Node::text((-number).to_string()),
                    Err(unknown) => unknown,
                }
            }
        }
    }

    fn binary(&self, operation: &BinaryOp, scope: &Scope<'_>) -> Node {
        let operator = *operation.operator.value();
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
            let sides = [&operation.lhs_expr, &operation.rhs_expr].map(|side| self.truth(side, scope));
            return match sides {
                [Ok(left), Ok(right)] => {
                    let truth = if operator == BinaryOperator::And { left && right } else { left || right };
                    Node::text(truth.to_string())
                }
                [Err(unknown), _] | [_, Err(unknown)] => unknown,
            };
        }
        let left = self.evaluate(&operation.lhs_expr, scope);
        let right = self.evaluate(&operation.rhs_expr, scope);
        functions::operate(operator, &left, &right)
    }

    fn for_expression(&self, expression: &ForExpr, scope: &Scope<'_>) -> Node {
        let collection = self.evaluate(&expression.intro.collection_expr, scope);
        let entries: Vec<(String, Node)> = match collection.value {
            Value::Map(entries) => entries,
            Value::List(items) => {
                items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
            }
            Value::Unknown(unknown) => return Node::new(Value::Unknown(unknown)),
            Value::Null | Value::Text(_) => return Node::unknown("a `for` over what is no list or mapping"),
        };
        let key_name = expression.intro.key_var.as_ref().map_or("", |name| name.as_str());
        let mut list = Vec::new();
        let mut map = Vec::new();
        let mut taken = HashSet::new();
        for (key, value) in entries {
            let key = Binding::new(key_name, Node::text(key), scope.bindings);
            let value = Binding::new(expression.intro.value_var.as_str(), value, Some(&key));
            let inner = Scope { file: scope.file, bindings: Some(&value) };
            match expression.cond.as_ref().map(|cond| self.truth(&cond.expr, &inner)) {
                Some(Ok(false)) => continue,
                Some(Err(unknown)) => return unknown,
                Some(Ok(true)) | None => {}
            }
            let made = self.evaluate(&expression.value_expr, &inner);
            let Some(key_expression) = &expression.key_expr else {
                list.push(made);
                continue;
            };
            let key = match self.evaluate(key_expression, &inner) {
                Node { value: Value::Text(key), .. } => key,
                unknown if unknown.as_unknown().is_some() => return unknown,
                _ => return Node::unknown("a key that is no text"),
            };
            if expression.grouping || !taken.insert(key.clone()) {
                return Node::unknown("a `for` that gives a key twice is not evaluated");
            }
            map.push((key, made));
        }
        let is_map = expression.key_expr.is_some();
        Node::new(if is_map { Value::Map(map) } else { Value::List(list) })
    }
}
