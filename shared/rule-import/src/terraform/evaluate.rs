//! Evaluates expressions of Terraform's language, as far as the module alone determines them.
//!
//! A value that only Terraform knows becomes an unknown value with a reason, and affects nothing around it: a map of
//! alarms is usable even if its topic is unknown. Every value keeps its position in the source. One budget bounds the
//! output of a module's expressions. The evaluator of `hcl-rs` does not fit, because it stops at the first unknown
//! value, reports no positions and has no limits.
//!
//! Numbers and booleans are text, so that `1 == "1"` is true here but not in Terraform.
//!
//! Source: "Expressions" of the Terraform language documentation; the HCL native syntax specification.

mod loops;
mod paths;
mod template;
mod types;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use hcl_edit::{
    expr::{
        BinaryOp, BinaryOperator, Conditional, Expression, FuncCall, Object, ObjectKey, UnaryOp,
        UnaryOperator,
    },
    structure::Block,
    template::Element,
};

use super::{
    arguments::{Arguments, GivenValue, untyped},
    functions, instances,
    literal::literal,
    module::{Located, Module, Variable},
    only_terraform,
    project::Project,
    scope::Scope,
};
use crate::{
    limits::{EVALUATION_BYTES, EVALUATION_DEPTH, INSTANCE_BYTES},
    node::{Node, Value},
};

/// The kinds of values that an expression can refer to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum NamedValue {
    Variable,
    Local,
    /// A resource whose attributes equal its arguments.
    Resource(&'static str),
    /// The outputs of a called module.
    Module,
}

/// How many modules may call each other in a chain.
const CALL_DEPTH: usize = 8;

/// What all expressions of a root module and of the modules that it calls may use together.
struct Budget {
    bytes_left: Cell<usize>,
    depth: Cell<usize>,
}

/// Evaluates the expressions of a module.
pub(super) struct Evaluator<'m> {
    project: &'m Project<'m>,
    module: &'m Module<'m>,
    arguments: Arguments<'m>,
    /// The address of the call that this module serves, with a dot behind it; empty for a root module.
    address: String,
    /// The number of calls in the chain that leads to this module.
    calls: usize,
    variables: HashMap<&'m str, Variable<'m>>,
    locals: HashMap<&'m str, Located<'m>>,
    /// The values that are already evaluated.
    values: RefCell<HashMap<(NamedValue, String), Rc<Node>>>,
    /// The variables that an expression used although no file declares them.
    undeclared: RefCell<BTreeSet<String>>,
    budget: Rc<Budget>,
}

impl<'m> Evaluator<'m> {
    pub(super) fn new(project: &'m Project<'m>, module: &'m Module<'m>, arguments: Arguments<'m>) -> Self {
        let budget = Rc::new(Budget { bytes_left: Cell::new(EVALUATION_BYTES), depth: Cell::new(0) });
        Self {
            project,
            module,
            arguments,
            address: String::new(),
            calls: 0,
            variables: module.variables(),
            locals: module.locals(),
            values: RefCell::default(),
            undeclared: RefCell::default(),
            budget,
        }
    }

    /// The evaluator of a module that this one calls. `address` distinguishes the call from others of this module.
    ///
    /// The error says why the called module cannot be expanded.
    pub(super) fn called(
        &self,
        block: &Block,
        arguments: HashMap<String, Node>,
        address: &str,
    ) -> Result<Self, String> {
        let module =
            self.project.called(self.module, block).ok_or_else(|| super::project::not_followed(block))?;
        if self.calls >= CALL_DEPTH || !self.affords(1_000) {
            return Err(format!("modules call each other too often: {}", super::SHOW));
        }
        let mut called = Self::new(self.project, module, Arguments::Call(arguments));
        called.address = format!("{}{address}.", self.address);
        called.calls = self.calls + 1;
        called.budget = Rc::clone(&self.budget);
        Ok(called)
    }

    pub(super) fn module(&self) -> &'m Module<'m> {
        self.module
    }

    /// The address of the module, to be followed by that of a resource.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The values of CloudFormation parameters that the user provides.
    pub(super) fn parameters(&self) -> &'m BTreeMap<String, String> {
        self.project.given.parameters
    }

    /// The variables that an expression used although no file declares them.
    pub(super) fn undeclared_variables(&self) -> BTreeSet<String> {
        self.undeclared.borrow().clone()
    }

    /// The value of an expression. Parts that only Terraform knows are unknown values within it.
    pub(super) fn evaluate(&self, expression: &Expression, scope: &Scope<'_>) -> Node {
        if self.budget.depth.get() >= EVALUATION_DEPTH {
            return Node::unknown("the chain of expressions that refer to each other is too long");
        }
        if self.budget.bytes_left.get() == 0 {
            return Self::too_much();
        }
        self.budget.depth.set(self.budget.depth.get() + 1);
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
                    elements => self.template(elements, scope, false),
                }
            }
            Expression::HeredocTemplate(heredoc) => {
                let elements: Vec<_> = heredoc.template.iter().collect();
                self.template(&elements, scope, true)
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
        self.budget.depth.set(self.budget.depth.get() - 1);
        let value = value.or_at(Some(scope.file.position(expression)));
        // The items of lists and mappings have already been counted.
        let bytes = 32 + value.as_text().map_or(0, str::len);
        if self.affords(bytes) { value } else { Self::too_much() }
    }

    /// A copy, unless it exceeds the budget.
    fn copy(&self, node: &Node) -> Node {
        if self.affords(node.size()) { node.clone() } else { Self::too_much() }
    }

    /// Spends bytes of the budget; `false` if it does not suffice.
    fn affords(&self, bytes: usize) -> bool {
        let left = self.budget.bytes_left.get().checked_sub(bytes);
        self.budget.bytes_left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Spends what the names and values of instances take. `false` if they do not fit; then nothing is spent, so that
    /// other resources remain.
    pub(super) fn affords_instances(&self, number: usize) -> bool {
        let bytes = number.saturating_mul(INSTANCE_BYTES);
        bytes <= self.budget.bytes_left.get() && self.affords(bytes)
    }

    fn too_much() -> Node {
        only_terraform("the expressions of the module produce more data than the limit")
    }

    fn of_terraform(&self, expression: &Expression, scope: &Scope<'_>) -> Node {
        only_terraform(format_args!("`{}` is only known to Terraform", scope.file.written(expression)))
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
                        return Node::unknown("a key is not text");
                    }
                },
            };
            entries.push((key, self.evaluate(value.expr(), scope)));
        }
        Node::map(entries)
    }

    fn conditional(&self, conditional: &Conditional, scope: &Scope<'_>) -> Node {
        match self.truth(&conditional.cond_expr, scope) {
            Ok(true) => self.evaluate(&conditional.true_expr, scope),
            Ok(false) => self.evaluate(&conditional.false_expr, scope),
            Err(unknown) => unknown,
        }
    }

    /// Whether an expression is true; the error is an unknown value to continue with.
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
        match name {
            "can" => return self.can(call, scope),
            "lookup" => {
                if let Some(found) = self.lookup(call, scope) {
                    return found;
                }
            }
            _ => {}
        }
        let mut arguments: Vec<Node> = Vec::with_capacity(call.args.len());
        for argument in call.args.iter() {
            let value = self.evaluate(argument, scope);
            // The first text that is not empty wins, even if later ones are unknown.
            if name == "coalesce" && value.as_text().is_some_and(|text| !text.is_empty()) {
                return value;
            }
            if name == "try" {
                // The first existing value wins, even if it is unknown.
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
            return only_terraform(format_args!("the provider function `{name}` is not evaluated"));
        }
        let result = functions::call(name, &arguments, self.budget.bytes_left.get());
        if self.affords(result.size()) { result } else { Self::too_much() }
    }

    /// The value of an existing key, for which a default does not count and the mapping is not copied.
    fn lookup(&self, call: &FuncCall, scope: &Scope<'_>) -> Option<Node> {
        let mut arguments = call.args.iter();
        let map = self.shared(arguments.next()?, scope);
        let key = self.evaluate(arguments.next()?, scope);
        let found = map.get(key.as_text()?)?;
        Some(self.copy(found))
    }

    /// Whether the only argument exists.
    fn can(&self, call: &FuncCall, scope: &Scope<'_>) -> Node {
        let Some(argument) = call.args.iter().next() else {
            return Node::unknown("`can` has invalid arguments");
        };
        let value = self.evaluate(argument, scope);
        match value.as_unknown() {
            None => Node::text("true"),
            Some(unknown) if unknown.is_missing => Node::text("false"),
            Some(_) => value,
        }
    }

    /// The value of a name, evaluated once.
    fn named(&self, named: NamedValue, name: &str) -> Rc<Node> {
        let key = (named, name.to_owned());
        if let Some(value) = self.values.borrow().get(&key) {
            return Rc::clone(value);
        }
        // A value that is needed to evaluate itself finds this one.
        let circular = Rc::new(Node::unknown(format!("`{name}` refers to itself")));
        self.values.borrow_mut().insert(key.clone(), circular);
        let value = match named {
            NamedValue::Variable => self.variable(name),
            NamedValue::Local => self.local(name),
            NamedValue::Resource(kind) => match self.module.resource(kind, name) {
                Some(resource) => instances::value(resource, self),
                None => Node::unknown(format!("no file of the module defines `{kind}.{name}`")),
            },
            NamedValue::Module => instances::outputs(name, self),
        };
        let value = Rc::new(value);
        self.values.borrow_mut().insert(key, Rc::clone(&value));
        value
    }

    fn local(&self, name: &str) -> Node {
        match self.locals.get(name) {
            Some(Located { expression, file }) => self.evaluate(expression, &Scope { file, bindings: None }),
            None => Node::unknown(format!("no file of the module defines the local `{name}`")),
        }
    }

    fn variable(&self, name: &str) -> Node {
        let given = self.arguments.value(name);
        let Some(variable) = self.variables.get(name) else {
            return match given {
                Some(given) => {
                    self.undeclared.borrow_mut().insert(name.to_owned());
                    self.given(given, name, None)
                }
                None => Node::unknown(format!(
                    "no file of the module declares the variable `{name}`: set it with `--var {name}=VALUE`"
                )),
            };
        };
        let value = match (given, variable.default) {
            (Some(given), _) => self.given(given, name, Some(variable)),
            (None, Some(default)) => self.located(default),
            (None, None) if self.arguments.is_call() => Node::unknown(format!(
                "variable `{name}` has no default, and the call of the module does not set it"
            )),
            (None, None) => {
                Node::unknown(format!("variable `{name}` has no default: set it with `--var {name}=VALUE`"))
            }
        };
        match variable.kind {
            Some(kind) => self.typed(value, kind),
            None => value,
        }
    }

    fn given(&self, given: GivenValue<'_>, name: &str, variable: Option<&Variable<'_>>) -> Node {
        match (given, variable) {
            (GivenValue::Node(value), _) => self.copy(value),
            (GivenValue::Expression(located), _) => self.located(located),
            (GivenValue::Text(text), None) => untyped(text),
            (GivenValue::Text(text), Some(variable)) if variable.is_text => Node::text(text),
            (GivenValue::Text(text), Some(_)) => literal(text).unwrap_or_else(|| {
                Node::unknown(format!("the value given for variable `{name}` does not have its type"))
            }),
        }
    }

    fn located(&self, located: Located<'_>) -> Node {
        self.evaluate(located.expression, &Scope { file: located.file, bindings: None })
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
                // One side can decide alone.
                [Ok(decides), Err(_)] | [Err(_), Ok(decides)]
                    if decides == (operator == BinaryOperator::Or) =>
                {
                    Node::text(decides.to_string())
                }
                [Err(unknown), _] | [_, Err(unknown)] => unknown,
            };
        }
        let left = self.evaluate(&operation.lhs_expr, scope);
        let right = self.evaluate(&operation.rhs_expr, scope);
        functions::operate(operator, &left, &right)
    }
}
