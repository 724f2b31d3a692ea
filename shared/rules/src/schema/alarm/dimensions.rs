//! `alarm.dimensions` and `defaults.alarmAccounts`: one alarm for each combination of dimension values.
//!
//! An alarm watches the metric with exactly the alarm's dimensions; CloudWatch neither aggregates across dimensions
//! nor supports wildcards. So the alarm needs the metric's dimension names, and every value to watch must be listed.
//!
//! Source: `Dimension` of the CloudWatch API.

use filter_pattern::Selector;

use super::super::{Context, fields::for_each_entry, values, wording::list};
use crate::{
    Dimension, MetricTransformation, RuleAlarm, defaults, limits,
    yaml::{Node, Value},
};

/// The dimensions of one alarm.
type DimensionValues = Vec<(String, String)>;

/// Reads the list of mappings from names to values.
pub(super) fn dimensions(
    node: &Node<'_>,
    metric: &MetricTransformation,
    context: &mut Context<'_, '_>,
) -> Option<Vec<DimensionValues>> {
    let mut sets: Vec<DimensionValues> = Vec::new();
    let items = values::items(node, "`dimensions` of an alarm", context)?;
    let mut is_whole = true;
    for item in items {
        match set(item, metric, context) {
            Some(set) if sets.contains(&set) => {
                let help = "each item makes its own alarm; remove one of the two";
                context.error_with_help(item.headline(), "these dimensions are listed twice", help);
            }
            Some(set) => sets.push(set),
            None => is_whole = false,
        }
    }
    is_whole.then_some(sets)
}

/// Reads the dimensions of one alarm, and puts them in the metric's order.
fn set(
    item: &Node<'_>,
    metric: &MetricTransformation,
    context: &mut Context<'_, '_>,
) -> Option<DimensionValues> {
    let Value::Mapping(entries) = &item.value else {
        values::expected("a mapping of names to values", item, "an item of `dimensions`", context);
        return None;
    };
    let mut written: Vec<(&str, Option<&str>)> = Vec::new();
    for_each_entry(entries, context, |name, _, value, context| {
        written.push((name, dimension_value(value, context)));
    });
    let names: Vec<_> = metric.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
    let is_same = written.len() == names.len() && written.iter().all(|(name, _)| names.contains(name));
    if !is_same {
        let (message, help) = if names.is_empty() {
            (
                "the metric has no dimensions",
                "add `dimensions` to `metricTransformation`, or remove them here".to_owned(),
            )
        } else {
            (
                "the alarm's dimensions differ from the metric's",
                format!("give a value for each of {}", list(&names)),
            )
        };
        context.error_with_help(item.headline(), message, help);
        return None;
    }
    let value =
        |name: &str| written.iter().find(|(written, _)| *written == name).and_then(|(_, value)| *value);
    names.iter().map(|name| Some(((*name).to_owned(), value(name)?.to_owned()))).collect()
}

fn dimension_value<'n>(node: &'n Node<'_>, context: &mut Context<'_, '_>) -> Option<&'n str> {
    let name = "a dimension value";
    let text = values::line(node, name, context)?;
    if !text.is_ascii() {
        context.error(node.span, format!("{name} must be ASCII"));
        return None;
    }
    if text.len() > limits::DIMENSION_VALUE_CHARACTERS {
        let allowed = limits::DIMENSION_VALUE_CHARACTERS;
        context.error(
            node.span,
            format!("{name} has {} characters, more than the {allowed} allowed", text.len()),
        );
        return None;
    }
    Some(text)
}

/// Splits the metric by account, and makes an alarm for each account.
///
/// A metric that cannot have dimensions keeps its single alarm, and a warning says so.
pub(in crate::schema) fn give_each_account_one(
    alarm: &mut RuleAlarm,
    metric: &mut MetricTransformation,
    is_json: bool,
    accounts: &[String],
    node: &Node<'_>,
    context: &mut Context<'_, '_>,
) {
    let obstacle = if !is_json {
        Some("dimensions require a JSON pattern")
    } else if metric.default_value.is_some() {
        Some("a metric with `defaultValue` cannot have dimensions")
    } else {
        None
    };
    if let Some(obstacle) = obstacle {
        let message = format!("`alarmAccounts` does not apply to this rule: {obstacle}");
        context.warning(node.headline(), message, "the rule keeps one alarm for all accounts");
        return;
    }
    let (name, selector) = defaults::ACCOUNT_DIMENSION;
    // A test proves that the selector parses; otherwise the metric would stay unchanged.
    let Ok(selector) = Selector::parse(selector) else { return };
    metric.dimensions = vec![Dimension { name: name.to_owned(), selector }];
    alarm.dimensions = accounts.iter().map(|account| vec![(name.to_owned(), account.clone())]).collect();
}
