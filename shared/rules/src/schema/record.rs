//! The records of a rule's tests: YAML as the JSON that CloudTrail would have written.
//!
//! Fields are not checked against CloudTrail's schema; a record may hold only what the pattern looks at.

use serde_json::{Map, Number};

use super::{
    Context,
    fields::{Fields, for_each_entry},
    values,
};
use crate::{
    RuleTest,
    yaml::{Node, Resolved, Value},
};

const KEYS: [&str; 3] = ["name", "record", "match"];

/// Fields that CloudTrail writes as text although they look like numbers.
const ACCOUNT_FIELDS: [&str; 2] = ["accountId", "recipientAccountId"];

/// Reads one test of a rule.
pub(super) fn rule_test(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<RuleTest> {
    let fields = Fields::read(node, "a test", &KEYS, context)?;
    let name = fields.required("name", context);
    let name = name.and_then(|node| values::line(node, "`name`", context));
    let record = fields.required("record", context);
    let record = record.and_then(|node| match &node.value {
        Value::Mapping(_) => json(node, context),
        Value::Scalar(_) | Value::Sequence(_) => {
            values::expected("a mapping", node, "`record`", context);
            None
        }
    });
    let expected = fields.required("match", context);
    let expected = expected.and_then(|node| values::boolean(node, "`match`", context));
    Some(RuleTest { name: name?.to_owned(), record: record?, expected: expected? })
}

/// The depth is bounded by the reader of the document.
fn json(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<serde_json::Value> {
    match &node.value {
        Value::Scalar(scalar) => {
            let number = match scalar.resolve() {
                Resolved::Null => return Some(serde_json::Value::Null),
                Resolved::Boolean(value) => return Some(value.into()),
                Resolved::Text => return Some((*scalar.text).into()),
                Resolved::Integer(value) => Some(value.into()),
                Resolved::Unsigned(value) => Some(value.into()),
                Resolved::Float(value) => Number::from_f64(value),
            };
            if number.is_none() {
                let help = "put it in quotes if it is meant as text";
                context.error_with_help(node.span, "JSON has no such number", help);
            }
            number.map(serde_json::Value::Number)
        }
        Value::Sequence(items) => {
            let items: Vec<_> = items.iter().map(|item| json(item, context)).collect();
            items.into_iter().collect::<Option<Vec<_>>>().map(serde_json::Value::Array)
        }
        Value::Mapping(entries) => {
            let mut map = Some(Map::new());
            for_each_entry(entries, context, |key, _, value, context| {
                let json = json(value, context);
                if ACCOUNT_FIELDS.contains(&key) && json.as_ref().is_some_and(serde_json::Value::is_number) {
                    context.warning(
                        value.span,
                        format!("`{key}` is a number here, and text in CloudTrail's records"),
                        "put the account id in quotes",
                    );
                }
                match json {
                    Some(json) => {
                        if let Some(map) = &mut map {
                            map.insert(key.to_owned(), json);
                        }
                    }
                    None => map = None,
                }
            });
            map.map(serde_json::Value::Object)
        }
    }
}
