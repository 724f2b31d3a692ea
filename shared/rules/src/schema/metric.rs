//! `metricTransformation`: names, value, unit, dimensions and timestamp. Metrics that several rules publish are found
//! in [`crate::set`].
//!
//! Source: `MetricTransformation` of the CloudWatch Logs API, `MetricDatum` of the CloudWatch API.

use filter_pattern::{Pattern, PatternKind};

use super::{
    Context,
    fields::{Fields, for_each_entry},
    pattern::selector,
    values,
};
use crate::{
    Dimension, MetricTransformation, MetricValue, defaults, limits,
    yaml::{Node, Resolved, Value},
};

pub(crate) const KEYS: [&str; 7] =
    ["metricName", "metricNamespace", "metricValue", "defaultValue", "unit", "dimensions", "timestamp"];

/// Reads the metric of a rule; `pattern` is the rule's pattern, unless it is faulty.
pub(super) fn metric(
    node: &Node<'_>,
    namespace: &str,
    pattern: Option<&Pattern>,
    context: &mut Context<'_, '_>,
) -> Option<MetricTransformation> {
    let fields = Fields::read(node, "`metricTransformation`", &KEYS, context)?;
    let selectors_allowed = pattern.is_none_or(|pattern| pattern.kind() == PatternKind::Json);

    let name = fields.required("metricName", context);
    let name = name.and_then(|node| metric_name(node, "`metricName`", context));
    let namespace = match fields.get("metricNamespace") {
        Some(node) => metric_namespace(node, context),
        None => Some(namespace.to_owned()),
    };
    let value = match fields.get("metricValue") {
        Some(node) => metric_value(node, selectors_allowed, context),
        None => Some(defaults::METRIC_VALUE),
    };
    let default_value = match fields.get("defaultValue") {
        Some(node) => stored_number(node, "`defaultValue`", context).map(Some),
        None => Some(None),
    };
    let unit = match fields.get("unit") {
        Some(node) => values::named(node, "`unit`", context),
        None => Some(defaults::UNIT),
    };
    let dimensions = match fields.get("dimensions") {
        Some(node) => {
            if let Some(default_value) = fields.get("defaultValue") {
                context.error_with_help(
                    default_value.headline(),
                    "`defaultValue` and `dimensions` cannot be combined",
                    "a record that does not match has no dimension values; remove one of the two",
                );
            }
            dimensions(node, selectors_allowed, context)
        }
        None => Some(Vec::new()),
    };
    let timestamp = match fields.get("timestamp") {
        Some(node) => values::named(node, "`timestamp`", context),
        None => Some(defaults::TIMESTAMP),
    };
    Some(MetricTransformation {
        namespace: namespace?,
        name: name?,
        value: value?,
        default_value: default_value?,
        unit: unit?,
        dimensions: dimensions?,
        timestamp: timestamp?,
    })
}

/// A namespace for metrics, which must not be reserved for AWS services.
pub(super) fn metric_namespace(node: &Node<'_>, context: &mut Context<'_, '_>) -> Option<String> {
    let name = metric_name(node, "`metricNamespace`", context)?;
    if name.starts_with("AWS/") {
        let help = "choose a name of your own, such as `CloudTrailMetrics`";
        context.error_with_help(
            node.span,
            "`metricNamespace` must not start with `AWS/`, which is reserved",
            help,
        );
        return None;
    }
    Some(name)
}

fn metric_name(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<String> {
    let text = values::line(node, name, context)?;
    checked_name(text, node, name, context)
}

/// Checks CloudWatch's requirements for the name of a metric, namespace or dimension.
fn checked_name(text: &str, node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<String> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii() || matches!(c, ':' | '*' | '$')) {
        let help = "ASCII characters other than `:`, `*` and `$` are allowed";
        context.error_with_help(node.span, format!("{name} must not contain `{c}`"), help);
        return None;
    }
    if text.len() > limits::NAME_CHARACTERS {
        let message = format!(
            "{name} has {} characters, more than the {} allowed",
            text.len(),
            limits::NAME_CHARACTERS
        );
        context.error(node.span, message);
        return None;
    }
    Some(text.to_owned())
}

fn metric_value(
    node: &Node<'_>,
    selectors_allowed: bool,
    context: &mut Context<'_, '_>,
) -> Option<MetricValue> {
    let name = "`metricValue`";
    let scalar = node.scalar();
    if scalar.is_none_or(|scalar| matches!(scalar.resolve(), Resolved::Null | Resolved::Boolean(_))) {
        values::expected("a number or a selector", node, name, context);
        return None;
    }
    let text = scalar.map(|scalar| &*scalar.text).unwrap_or_default();
    if text.len() > limits::METRIC_VALUE_CHARACTERS {
        let allowed = limits::METRIC_VALUE_CHARACTERS;
        context.error(
            node.span,
            format!("{name} has {} characters, more than the {allowed} allowed", text.len()),
        );
        return None;
    }
    if !text.starts_with('$') {
        if values::decimal(text).is_none() {
            let help = "write a number such as `1`, or a selector such as `$.additionalEventData.bytesTransferredOut`";
            context.error_with_help(
                node.span,
                format!("{name} is neither a finite number nor a selector"),
                help,
            );
            return None;
        }
        return stored_number(node, name, context).map(MetricValue::Constant);
    }
    if !selectors_allowed {
        selector_without_json(node, "a metric value taken from the record", context);
        return None;
    }
    selector(node, name, context).map(MetricValue::Field)
}

/// A number that CloudWatch can store.
fn stored_number(node: &Node<'_>, name: &str, context: &mut Context<'_, '_>) -> Option<f64> {
    let number = values::number(node, name, context)?;
    if number.abs() > limits::METRIC_MAGNITUDE {
        context.error(node.span, format!("{name} is outside ±2^360, the range that CloudWatch accepts"));
        return None;
    }
    Some(number)
}

fn dimensions(
    node: &Node<'_>,
    selectors_allowed: bool,
    context: &mut Context<'_, '_>,
) -> Option<Vec<Dimension>> {
    let Value::Mapping(entries) = &node.value else {
        values::expected("a mapping of names to selectors", node, "`dimensions`", context);
        return None;
    };
    if !selectors_allowed && !entries.is_empty() {
        selector_without_json(node, "a dimension", context);
        return None;
    }
    let mut dimensions = Vec::new();
    for_each_entry(entries, context, |_, _, _, _| {});
    for (index, (key, value)) in entries.iter().enumerate() {
        if index == limits::DIMENSIONS {
            let message =
                format!("{} dimensions, more than the {} allowed", entries.len(), limits::DIMENSIONS);
            let help = "each combination of dimension values is a separate metric, and is billed as one";
            context.error_with_help(key.headline(), message, help);
        }
        let name = key.scalar().and_then(|_| metric_name(key, "a dimension name", context));
        let selector = selector(value, "a dimension value", context);
        let fits = selector.filter(|selector| {
            let length = selector.to_string().chars().count();
            if length > limits::NAME_CHARACTERS {
                let allowed = limits::NAME_CHARACTERS;
                let message =
                    format!("the selector has {length} characters, more than the {allowed} allowed");
                context.error(value.span, message);
            }
            length <= limits::NAME_CHARACTERS
        });
        dimensions.push(name.zip(fits).map(|(name, selector)| Dimension { name, selector }));
    }
    dimensions.into_iter().collect()
}

fn selector_without_json(node: &Node<'_>, what: &str, context: &mut Context<'_, '_>) {
    let help = "write the pattern as a JSON pattern: '{ $.eventName = \"...\" }'";
    context.error_with_help(
        node.headline(),
        format!("{what} requires a JSON pattern in `filterPattern`"),
        help,
    );
}
