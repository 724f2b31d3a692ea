//! The JSON Schema of the rule document, for editors and for checks without this program.
//!
//! It is made from the tables of keys, values and limits that the reader uses, so the two cannot differ in them. It never
//! refuses what the reader accepts, and it does not see what a schema cannot express: filter patterns, selectors, ids
//! that occur twice, changes of rules that are not inherited, and windows of alarms.
//!
//! Source: JSON Schema 2020-12.

mod alarm;
mod rule;
mod values;

use serde_json::{Value, json};

use crate::{
    catalogue, defaults, limits,
    schema::keys::{self, VERSION},
};

/// Where the schema of the newest version is published.
pub const JSON_SCHEMA_URL: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/docs/reference/rule-file.schema.json");

/// The first line of a rule file, which names its schema to editors with the YAML language server.
pub const JSON_SCHEMA_LINE: &str = concat!(
    "# yaml-language-server: $schema=",
    env!("CARGO_PKG_REPOSITORY"),
    "/raw/main/docs/reference/rule-file.schema.json\n"
);

/// The schema of a rule document.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = values::object("", &keys::DOCUMENT, &["version"], document_key);
    let inherits: Vec<_> = keys::INHERITANCE.iter().map(|key| json!({ "required": [key] })).collect();
    let own = json!({
        "required": ["rules"],
        "properties": { "rules": { "minItems": 1, "items": rule::defined() } },
    });
    values::extend(
        &mut schema,
        [
            ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
            ("$id", json!(JSON_SCHEMA_URL)),
            ("title", json!("Trailbell rule file")),
            ("if", json!({ "not": { "anyOf": inherits } })),
            ("then", own),
        ],
    );
    schema
}

fn document_key(key: &str) -> Option<Value> {
    let rule_ids = || json!({ "enum": catalogue::rule_ids().collect::<Vec<_>>() });
    let sets = || json!({ "enum": catalogue::sets().iter().map(|set| set.name).collect::<Vec<_>>() });
    Some(match key {
        "version" => values::described(
            json!({ "enum": [VERSION, VERSION.parse::<u32>().ok()] }),
            "The version of the rule file's format.",
        ),
        "defaults" => values::object(
            "Settings for all rules of the file, including inherited ones.",
            &keys::DEFAULTS,
            &[],
            defaults_key,
        ),
        "extends" => values::list(sets(), "Sets of built-in rules to inherit, such as `recommended`."),
        "include" => values::list(rule_ids(), "Single built-in rules to inherit."),
        "exclude" => values::list(rule_ids(), "Inherited rules to leave out."),
        "rules" => {
            let mut rules =
                values::list(rule::rule(), "Own rules, and changes to inherited ones with the same id.");
            values::extend(&mut rules, [("maxItems", json!(limits::RULES))]);
            rules
        }
        _ => return None,
    })
}

fn defaults_key(key: &str) -> Option<Value> {
    Some(match key {
        "metricNamespace" => values::default(
            rule::metric_namespace("The namespace of metrics without a namespace of their own."),
            json!(defaults::METRIC_NAMESPACE),
        ),
        "alarmAccounts" => {
            let account = json!({ "anyOf": [
                { "type": "string", "pattern": "^[0-9]{12}$" },
                { "type": "integer", "minimum": 0, "maximum": 999_999_999_999_u64 },
            ] });
            let mut accounts = values::list(
                account,
                "Account ids. Each rule has an alarm of its own for each of them; other accounts have none.",
            );
            values::extend(&mut accounts, [("uniqueItems", json!(true))]);
            accounts
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{json_schema, keys};

    /// The keys that the schema knows at a place, sorted.
    fn known(place: &str) -> Vec<String> {
        let schema = json_schema();
        let properties = schema.pointer(place).and_then(|place| place.get("properties"));
        properties.and_then(Value::as_object).unwrap().keys().cloned().collect()
    }

    fn sorted(keys: &[&str]) -> Vec<String> {
        let mut keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    }

    #[test]
    fn it_has_every_key_that_the_reader_has() {
        const RULE: &str = "/properties/rules/items";
        let rule = |key: &str| format!("{RULE}/properties/{key}");
        assert_eq!(known(""), sorted(&keys::DOCUMENT));
        assert_eq!(known("/properties/defaults"), sorted(&keys::DEFAULTS));
        assert_eq!(known(RULE), sorted(&[&keys::RULE[..], &[keys::DESCRIPTION]].concat()));
        assert_eq!(known(&rule("metricTransformation")), sorted(&keys::METRIC));
        assert_eq!(known(&rule("alarm")), sorted(&keys::ALARM));
        assert_eq!(known(&rule("alarms/items")), sorted(&[&["name"], &keys::ALARM[..]].concat()));
        assert_eq!(known(&rule("alert")), sorted(&keys::ALERT));
        assert_eq!(known(&rule("tests/items")), sorted(&keys::TEST));
    }
}
