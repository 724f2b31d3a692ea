//! The schema of a rule, except its alarms.

use serde_json::{Value, json};

use super::{alarm, values};
use crate::{
    GroupBy, LintCode, Severity, TimestampSource, Unit, defaults, limits, named::Named as _, schema::keys,
};

/// ASCII without control characters and `:`, `*`, `$`.
const METRIC_NAME: &str = r"^[\u0020-#%-)+-9;-~]*[!-#%-)+-9;-~][\u0020-#%-)+-9;-~]*$";

/// A rule, or the changes to an inherited one.
pub(super) fn rule() -> Value {
    let keys = [&keys::RULE[..], &[keys::DESCRIPTION]].concat();
    let mut rule = values::object(
        "A filter pattern with its metric, alarm and alert; or changes to an inherited rule.",
        &keys,
        &["id"],
        rule_key,
    );
    let alarm_is_off = json!({ "properties": { "alarm": { "const": false } } });
    values::extend(&mut rule, [("if", json!({ "required": ["alarms"] })), ("then", alarm_is_off)]);
    rule
}

/// What a rule that is not inherited must have.
pub(super) fn defined() -> Value {
    json!({
        "required": ["filterPattern", "metricTransformation"],
        "properties": { "metricTransformation": { "required": ["metricName"] } },
    })
}

/// A namespace for metrics.
pub(super) fn metric_namespace(description: &str) -> Value {
    let mut namespace = metric_name(description);
    values::extend(&mut namespace, [("not", json!({ "pattern": "^AWS/", "type": "string" }))]);
    namespace
}

fn metric_name(description: &str) -> Value {
    json!({
        "type": ["string", "number"],
        "pattern": METRIC_NAME,
        "maxLength": limits::NAME_CHARACTERS,
        "description": description,
    })
}

fn rule_key(key: &str) -> Option<Value> {
    Some(match key {
        "id" => values::id("The unique id in kebab-case; it is part of the alarm's name."),
        "title" => values::line("A one-line title for people. Default: the id."),
        "summary" => {
            values::text("What happened and why it matters, for the person on call. Alerts carry it.")
        }
        "rationale" => values::text("What the rule finds and misses, and why, for people who edit rules."),
        "response" => values::text("What to do when the rule fires."),
        "knownNoise" => values::text("Harmless activity that makes the rule fire, and how to recognize it."),
        keys::DESCRIPTION => {
            let mut text = values::text("Stands for `summary` and `rationale`; write those instead.");
            values::extend(&mut text, [("deprecated", json!(true))]);
            text
        }
        "severity" => {
            values::default(values::named::<Severity>("How urgent a match is."), json!(defaults::SEVERITY))
        }
        "severityIfAllFailed" => {
            values::named::<Severity>("How urgent an alert is if every call in it failed or was refused.")
        }
        "references" => values::list(
            values::line("A control, technique or address."),
            "Controls and techniques that the rule covers, such as `CloudWatch.6` or `T1110`.",
        ),
        "filterPattern" => {
            values::text("The CloudWatch Logs filter pattern that decides which records match.")
        }
        "metricTransformation" => metric(),
        "alarm" => alarm::alarm(),
        "alarms" => alarm::alarms(),
        "alert" => values::or_false(values::object(
            "How findings are grouped into alerts; `false` for no alert.",
            &keys::ALERT,
            &[],
            alert_key,
        )),
        "supersedes" => values::list(
            values::id("The id of a broader rule."),
            "Broader rules. A record in an alert of this rule is left out of their alerts; they still count it.",
        ),
        "deduplicate" => values::default(
            json!({
                "type": "boolean",
                "description": "Whether a record counts once, no matter how many log files contain it.",
            }),
            json!(defaults::DEDUPLICATE),
        ),
        "acceptedLints" => accepted_lints(),
        "tests" => values::list(
            values::object("A record with the expected result.", &keys::TEST, &keys::TEST, test_key),
            "Example records, which `trailbell rules test` runs.",
        ),
        _ => return None,
    })
}

fn accepted_lints() -> Value {
    let codes: Vec<_> = LintCode::all().iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "propertyNames": { "enum": codes },
        "additionalProperties": values::line("The reason for accepting the lint."),
        "description": "Lints that the author accepts, each with the reason.",
    })
}

fn metric() -> Value {
    let mut metric =
        values::object("The metric, and what each match adds to it.", &keys::METRIC, &[], metric_key);
    values::extend(&mut metric, [("not", json!({ "required": ["defaultValue", "dimensions"] }))]);
    metric
}

fn metric_key(key: &str) -> Option<Value> {
    Some(match key {
        "metricName" => metric_name("The metric's name."),
        "metricNamespace" => {
            metric_namespace("The metric's namespace. Default: the file's `defaults.metricNamespace`.")
        }
        "metricValue" => json!({
            "type": ["number", "string"],
            "maxLength": limits::METRIC_VALUE_CHARACTERS,
            "default": 1,
            "description": "The number that a match adds, or a selector of a number in the record.",
        }),
        "defaultValue" => values::number("The number that each evaluated record without a match adds."),
        "unit" => {
            values::default(values::named::<Unit>("The unit of the datapoints."), json!(defaults::UNIT))
        }
        "dimensions" => json!({
            "type": "object",
            "maxProperties": limits::DIMENSIONS,
            "propertyNames": { "pattern": METRIC_NAME, "maxLength": limits::NAME_CHARACTERS },
            "additionalProperties": { "type": "string", "pattern": r"\$" },
            "description": "Names of dimensions with the selectors of their values, such as `$.awsRegion`.",
        }),
        "timestamp" => values::default(
            values::named::<TimestampSource>("Which time a datapoint carries."),
            json!(defaults::TIMESTAMP),
        ),
        _ => return None,
    })
}

fn alert_key(key: &str) -> Option<Value> {
    Some(match key {
        "groupBy" => {
            let named = GroupBy::NAMED.map(|named| named.to_string());
            let item = json!({ "anyOf": [{ "enum": named }, { "type": "string", "pattern": r"\$" }] });
            let default = json!(defaults::GROUP_BY.map(|named| named.to_string()));
            values::default(
                values::list(item, "Findings that agree in all of these share one alert."),
                default,
            )
        }
        "threshold" => values::default(
            values::positive("How many findings of a group an alert needs."),
            json!(defaults::ALERT_THRESHOLD),
        ),
        _ => return None,
    })
}

fn test_key(key: &str) -> Option<Value> {
    Some(match key {
        "name" => values::line("A sentence that describes the record."),
        "record" => {
            json!({ "type": "object", "description": "The record, or the fields that the pattern uses." })
        }
        "match" => json!({ "type": "boolean", "description": "Whether the pattern must match the record." }),
        _ => return None,
    })
}
