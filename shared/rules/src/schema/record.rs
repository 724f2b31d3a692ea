//! The records of a rule's tests: YAML, converted to the JSON that CloudTrail would have written.
//!
//! Fields are not checked against CloudTrail's schema; a record may contain only the fields that the pattern uses.

use filter_pattern::parse_record;
use serde_json::Number;

use super::{
    Context,
    fields::{Fields, for_each_entry},
    values,
};
use crate::{
    RuleTest,
    yaml::{Node, Resolved, Value},
};

pub(crate) const KEYS: [&str; 3] = ["name", "record", "match"];

/// Fields that CloudTrail writes as text although they look like numbers.
const ACCOUNT_FIELDS: [&str; 2] = ["accountId", "recipientAccountId"];

/// Reads one test of a rule.
pub(super) fn rule_test(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<RuleTest> {
    let fields = Fields::read(node, "a test", &KEYS, context)?;
    let name = fields.required("name", context);
    let name = name.and_then(|node| values::line(node, "`name`", context));
    let record = fields.required("record", context);
    let record = record.and_then(|node| record_of(node, context));
    let expected = fields.required("match", context);
    let expected = expected.and_then(|node| values::boolean(node, "`match`", context));
    let (text, record) = record?;
    Some(RuleTest { name: name?.to_owned(), record, text, expected: expected? })
}

/// The text of a record, and its parsed value.
fn record_of(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<(String, serde_json::Value)> {
    if !matches!(node.value, Value::Mapping(_)) {
        values::expected("a mapping", node, "`record`", context);
        return None;
    }
    let mut text = String::new();
    write_json(node, &mut text, context)?;
    // The pattern is matched against the text, so the value is parsed from the text.
    match parse_record(text.as_bytes()) {
        Ok(record) => Some((text, record)),
        Err(error) => {
            context.error(node.headline(), error.to_string());
            None
        }
    }
}

/// Writes a node as compact JSON with its keys in document order. After a fault, the remaining nodes are still
/// checked, but the text is unusable. The YAML reader bounds the depth.
fn write_json(node: &Node<'_>, out: &mut String, context: &mut Context<'_, '_>) -> Option<()> {
    match &node.value {
        Value::Scalar(scalar) => {
            let value = match scalar.resolve() {
                Resolved::Null => Some(serde_json::Value::Null),
                Resolved::Boolean(value) => Some(value.into()),
                Resolved::Text => Some((*scalar.text).into()),
                Resolved::Integer(value) => Some(value.into()),
                Resolved::Unsigned(value) => Some(value.into()),
                Resolved::Float(value) => Number::from_f64(value).map(serde_json::Value::Number),
            };
            if value.is_none() {
                let help = "quote it if you mean text";
                context.error_with_help(node.span, "JSON cannot represent this number", help);
            }
            out.push_str(&value?.to_string());
            Some(())
        }
        Value::Sequence(items) => {
            let mut written = Some(());
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                written = write_json(item, out, context).and(written);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
            written
        }
        Value::Mapping(entries) => {
            let mut written = Some(());
            let mut separator = '{';
            for_each_entry(entries, context, |key, _, value, context| {
                warn_of_account_number(key, value, context);
                out.push(separator);
                separator = ',';
                out.push_str(&serde_json::Value::from(key).to_string());
                out.push(':');
                written = write_json(value, out, context).and(written);
            });
            out.push_str(if separator == '{' { "{}" } else { "}" });
            written
        }
    }
}

fn warn_of_account_number(key: &str, value: &Node<'_>, context: &mut Context<'_, '_>) {
    let is_number = value.scalar().is_some_and(|scalar| {
        matches!(scalar.resolve(), Resolved::Integer(_) | Resolved::Unsigned(_) | Resolved::Float(_))
    });
    if ACCOUNT_FIELDS.contains(&key) && is_number {
        let message = format!("`{key}` is a number here, but CloudTrail writes it as text");
        context.warning(value.span, message, "quote the account id");
    }
}
