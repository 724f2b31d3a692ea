//! `for` expressions.

use std::collections::{HashMap, hash_map::Entry};

use hcl_edit::expr::{Expression, ForExpr};

use super::{super::scope::Binding, Evaluator, Scope};
use crate::node::{Node, Value};

impl Evaluator<'_> {
    pub(super) fn for_expression(&self, expression: &ForExpr, scope: &Scope<'_>) -> Node {
        let entries = match self.entries(&expression.intro.collection_expr, scope) {
            Ok(entries) => entries,
            Err(unknown) => return unknown,
        };
        let key_name = expression.intro.key_var.as_ref().map_or("", |name| name.as_str());
        let mut made = Made { is_grouped: expression.grouping, ..Made::default() };
        for (key, value) in entries {
            let key = Binding::new(key_name, key, scope.bindings);
            let value = Binding::new(expression.intro.value_var.as_str(), value, Some(&key));
            let inner = Scope { file: scope.file, bindings: Some(&value) };
            match expression.cond.as_ref().map(|cond| self.truth(&cond.expr, &inner)) {
                Some(Ok(false)) => continue,
                Some(Err(unknown)) => return unknown,
                Some(Ok(true)) | None => {}
            }
            let value = self.evaluate(&expression.value_expr, &inner);
            let Some(key_expression) = &expression.key_expr else {
                made.list.push(value);
                continue;
            };
            let key = match self.evaluate(key_expression, &inner) {
                Node { value: Value::Text(key), .. } => key,
                unknown if unknown.as_unknown().is_some() => return unknown,
                _ => return Node::unknown("a key is not text"),
            };
            if !made.add(key, value) {
                return Node::unknown("a `for` produces the same key twice");
            }
        }
        let is_map = expression.key_expr.is_some();
        if is_map { Node::map(made.map) } else { Node::new(Value::List(made.list)) }
    }

    /// The keys and values of a collection, as `for` and `%{ for }` bind them.
    pub(super) fn entries(
        &self,
        collection: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Vec<(Node, Node)>, Node> {
        let collection = self.evaluate(collection, scope);
        match collection.value {
            Value::Map(entries) => {
                Ok(entries.into_iter().map(|(key, value)| (Node::text(key), value)).collect())
            }
            Value::List(items) => {
                let numbered = items.into_iter().enumerate();
                Ok(numbered.map(|(index, item)| (Node::text(index.to_string()), item)).collect())
            }
            Value::Unknown(unknown) => Err(Node::new(Value::Unknown(unknown))),
            Value::Null | Value::Text(_) => Err(Node::unknown("a `for` over neither a list nor a mapping")),
        }
    }
}

/// The results of a `for` so far.
#[derive(Default)]
struct Made {
    list: Vec<Node>,
    map: Vec<(String, Node)>,
    places: HashMap<String, usize>,
    /// Whether values with the same key become a list.
    is_grouped: bool,
}

impl Made {
    /// Adds an entry; `false` if the key is taken and values are not grouped.
    fn add(&mut self, key: String, value: Node) -> bool {
        match self.places.entry(key) {
            Entry::Vacant(place) => {
                let value = if self.is_grouped { Node::new(Value::List(vec![value])) } else { value };
                self.map.push((place.key().clone(), value));
                place.insert(self.map.len() - 1);
                true
            }
            Entry::Occupied(place) => match self.map.get_mut(*place.get()).map(|(_, group)| &mut group.value)
            {
                Some(Value::List(group)) if self.is_grouped => {
                    group.push(value);
                    true
                }
                _ => false,
            },
        }
    }
}
