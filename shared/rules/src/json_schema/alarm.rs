//! The schema of `alarm` and `alarms`.

use serde_json::{Value, json};

use super::values;
use crate::{ComparisonOperator, Statistic, TreatMissingData, defaults, limits, schema::keys};

/// `p0` to `p100`, with at most ten decimals.
const PERCENTILE: &str = r"^p(0*100(\.0*)?|0*[0-9]{1,2}(\.[0-9]{0,10})?)$";

/// The alarm of a rule, or `false`.
pub(super) fn alarm() -> Value {
    let mut alarm = values::or_false(values::object(
        "The CloudWatch alarm on the metric; `false` for none.",
        &keys::ALARM,
        &[],
        alarm_key,
    ));
    values::extend(&mut alarm, [("allOf", json!([one_statistic()]))]);
    alarm
}

/// Several alarms of a rule, each with a name.
pub(super) fn alarms() -> Value {
    let keys = [&["name"], &keys::ALARM[..]].concat();
    let mut item = values::object("An alarm with a name.", &keys, &["name"], named_alarm_key);
    values::extend(&mut item, [("allOf", json!([one_statistic()]))]);
    let mut alarms = values::list(item, "Several alarms on the metric, in place of `alarm`.");
    values::extend(&mut alarms, [("minItems", json!(1)), ("maxItems", json!(limits::ALARMS_OF_A_RULE))]);
    alarms
}

fn one_statistic() -> Value {
    json!({ "not": { "type": "object", "required": ["statistic", "extendedStatistic"] } })
}

fn named_alarm_key(key: &str) -> Option<Value> {
    match key {
        "name" => {
            Some(values::id("The name in kebab-case, which follows the rule's id in the alarm's name."))
        }
        _ => alarm_key(key),
    }
}

fn alarm_key(key: &str) -> Option<Value> {
    let percentile = || json!({ "type": "string", "pattern": PERCENTILE });
    Some(match key {
        "statistic" => {
            let named = Statistic::NAMED.each_ref().map(Statistic::as_str);
            json!({
                "anyOf": [{ "enum": named }, percentile()],
                "default": defaults::STATISTIC.as_str(),
                "description": "How the datapoints of a period are combined.",
            })
        }
        "extendedStatistic" => values::described(percentile(), "A percentile such as `p99`."),
        "period" => period(),
        "evaluationPeriods" => values::positive("How many periods the alarm looks back."),
        "datapointsToAlarm" => values::positive("How many of the periods must breach."),
        "threshold" => values::default(values::number("The threshold."), json!(defaults::THRESHOLD)),
        "comparisonOperator" => values::default(
            values::named::<ComparisonOperator>("How a period's value is compared with the threshold."),
            json!(defaults::COMPARISON_OPERATOR),
        ),
        "treatMissingData" => values::default(
            values::named::<TreatMissingData>("How a period without datapoints is treated."),
            json!(defaults::TREAT_MISSING_DATA),
        ),
        "dimensions" => {
            let value = json!({
                "type": ["string", "number"],
                "maxLength": limits::DIMENSION_VALUE_CHARACTERS,
                "pattern": "^[ -~]+$",
            });
            values::list(
                json!({ "type": "object", "additionalProperties": value }),
                "A value for each dimension of the metric; each item makes an alarm of its own.",
            )
        }
        _ => return None,
    })
}

fn period() -> Value {
    json!({
        "anyOf": [
            { "enum": limits::SHORT_PERIODS_SECONDS },
            {
                "type": "integer",
                "multipleOf": limits::MINUTE_SECONDS,
                "minimum": limits::MINUTE_SECONDS,
                "maximum": u32::MAX,
            },
            { "type": "string", "pattern": "^0*[1-9][0-9]*$" },
        ],
        "default": defaults::PERIOD_SECONDS,
        "description": "The length of a period in seconds: 10, 20, 30 or a multiple of 60.",
    })
}
