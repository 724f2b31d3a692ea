//! Schemas of single values, each as wide as what [`crate::schema`] reads for it.

use serde_json::{Map, Value, json};

use crate::{limits, named::Named};

/// A finite decimal number without leading zeros, as text.
const DECIMAL: &str = r"^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$";
/// One line that is not blank.
const LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// Words of lower-case letters and digits, joined by hyphens.
const KEBAB_CASE: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Sets keywords of a schema.
pub(super) fn extend<const N: usize>(schema: &mut Value, keywords: [(&str, Value); N]) {
    if let Value::Object(schema) = schema {
        schema.extend(keywords.map(|(keyword, value)| (keyword.to_owned(), value)));
    }
}

/// The schema with a description.
pub(super) fn described(mut schema: Value, description: &str) -> Value {
    extend(&mut schema, [("description", json!(description))]);
    schema
}

/// The schema with a default.
pub(super) fn default(mut schema: Value, default: Value) -> Value {
    extend(&mut schema, [("default", default)]);
    schema
}

/// A mapping with these keys and no others. A key for which there is no schema is left out, and refused.
pub(super) fn object(
    description: &str,
    keys: &[&str],
    required: &[&str],
    schema_of: fn(&str) -> Option<Value>,
) -> Value {
    let properties: Map<_, _> =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), schema_of(key)?))).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        extend(&mut schema, [("required", json!(required))]);
    }
    if !description.is_empty() {
        schema = described(schema, description);
    }
    schema
}

/// A mapping that `false` can stand for.
pub(super) fn or_false(mut object: Value) -> Value {
    extend(&mut object, [("type", json!(["object", "boolean"])), ("not", json!({ "const": true }))]);
    object
}

pub(super) fn list(items: Value, description: &str) -> Value {
    json!({ "type": "array", "items": items, "description": description })
}

/// Text of any number of lines; a number counts as text.
pub(super) fn text(description: &str) -> Value {
    json!({ "type": ["string", "number"], "description": description })
}

/// Text of one line.
pub(super) fn line(description: &str) -> Value {
    json!({ "type": ["string", "number"], "pattern": LINE, "description": description })
}

/// An id in kebab-case.
pub(super) fn id(description: &str) -> Value {
    json!({
        "type": ["string", "number"],
        "pattern": KEBAB_CASE,
        "maxLength": limits::ID_CHARACTERS,
        "description": description,
    })
}

/// A value of an enumeration.
pub(super) fn named<T: Named>(description: &str) -> Value {
    let names: Vec<_> = T::all().iter().map(|value| value.name()).collect();
    json!({ "enum": names, "description": description })
}

/// A finite number, which may be quoted.
pub(super) fn number(description: &str) -> Value {
    json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": DECIMAL }], "description": description })
}

/// A whole number of at least 1, which may be quoted.
pub(super) fn positive(description: &str) -> Value {
    json!({
        "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": u32::MAX },
            { "type": "string", "pattern": "^0*[1-9][0-9]*$" },
        ],
        "description": description,
    })
}
