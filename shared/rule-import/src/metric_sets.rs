//! Metric filters and alarms in the configurations of tools that create them: the Landing Zone Accelerator, and the
//! catalogs of Terraform modules that make a filter and an alarm from each entry.
//!
//! Source: `CloudWatchConfig` of the Landing Zone Accelerator on AWS; the variable `metrics` of
//! `cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms`.

use std::collections::HashSet;

use crate::{
    node::{Node, Position, Value},
    resource::{Resource, ResourceKind},
};

/// Keys of a metric that belong to the transformation of its filter.
const OF_TRANSFORMATION: [&str; 5] = ["metricNamespace", "metricName", "metricValue", "defaultValue", "unit"];
/// Keys of a metric or alarm that say where it is deployed, or whom it notifies.
const OF_DEPLOYMENT: [&str; 3] = ["snsAlertsLevel", "snsTopicName", "treatMissingData"];

/// Whether the value of `cloudWatch` has sets of metrics or alarms.
pub(crate) fn is_configuration(node: &Node) -> bool {
    node.get("metricSets").is_some() || node.get("alarmSets").is_some()
}

/// The filters and alarms of a Landing Zone Accelerator configuration. What is deployed to several regions or accounts
/// by several sets is one filter.
pub(crate) fn resources(configuration: &Node, file: usize) -> Vec<Resource> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (sets, items, kind, name_key) in [
        ("metricSets", "metrics", ResourceKind::MetricFilter, "filterName"),
        ("alarmSets", "alarms", ResourceKind::MetricAlarm, "alarmName"),
    ] {
        let sets = configuration.get("cloudWatch").and_then(|node| node.get(sets)).and_then(Node::as_list);
        for item in sets.unwrap_or_default().iter().filter_map(|set| set.get(items)?.as_list()).flatten() {
            let name = item.get(name_key).and_then(Node::as_text).unwrap_or_default().to_owned();
            if !seen.insert((name_key, written(item))) {
                continue;
            }
            let entries = item.as_map().unwrap_or_default();
            let properties =
                if kind == ResourceKind::MetricFilter { of_metric(entries) } else { of_alarm(entries) };
            let position = item.position.unwrap_or(Position::of_file(file));
            found.push(Resource { kind, name, position, properties, is_listed: false });
        }
    }
    found
}

fn of_metric(entries: &[(String, Node)]) -> Vec<(String, Node)> {
    let is_of = |keys: &[&str], key: &str| keys.contains(&key);
    let (transformation, others): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|(key, _)| is_of(&OF_TRANSFORMATION, key));
    let mut properties: Vec<_> = others.into_iter().filter(|(key, _)| !is_of(&OF_DEPLOYMENT, key)).collect();
    properties.push(("MetricTransformations".to_owned(), Node::map(transformation)));
    properties
}

fn of_alarm(entries: &[(String, Node)]) -> Vec<(String, Node)> {
    let entry = |(key, node): &(String, Node)| match key.as_str() {
        "snsTopicName" | "snsAlertsLevel" => {
            let topic = Node::unknown("the accelerator creates the topic");
            ("AlarmActions".to_owned(), Node::new(Value::List(vec![topic])))
        }
        key => (key.to_owned(), node.clone()),
    };
    entries.iter().map(entry).collect()
}

/// All scalars of a node, to compare nodes by.
fn written(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::Unknown(_) => "-".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, node)| format!("{key:?}:{}", written(node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

/// Whether a mapping is a catalog: each of its values has a pattern and a metric.
pub(crate) fn is_catalog(tree: &Node) -> bool {
    let is_entry = |node: &Node| node.get("filter_pattern").is_some() && metric_name(node).is_some();
    tree.as_map().is_some_and(|entries| !entries.is_empty() && entries.iter().all(|(_, node)| is_entry(node)))
}

/// The metric of an entry, which some catalogs call its name.
fn metric_name(entry: &Node) -> Option<&Node> {
    entry.get("metric_name").or_else(|| entry.get("name"))
}

/// The filters and alarms of a catalog.
pub(crate) fn catalog_resources(catalog: &Node, file: usize) -> Vec<Resource> {
    let mut found = Vec::new();
    for (name, node) in catalog.as_map().unwrap_or_default() {
        let position = node.position.unwrap_or(Position::of_file(file));
        let text = |key: &str| {
            let found = if key == "metric_name" { metric_name(node) } else { node.get(key) };
            found.cloned().unwrap_or_else(|| Node::new(Value::Null))
        };
        let transformation =
            [("name", "metric_name"), ("namespace", "metric_namespace"), ("value", "metric_value")]
                .map(|(property, key)| (property.to_owned(), text(key)));
        found.push(Resource {
            kind: ResourceKind::MetricFilter,
            name: name.clone(),
            position,
            properties: vec![
                ("name".to_owned(), Node::text(name.as_str())),
                ("pattern".to_owned(), text("filter_pattern")),
                ("metric_transformation".to_owned(), Node::map(transformation.to_vec())),
            ],
            is_listed: false,
        });
        let entries = node.as_map().unwrap_or_default();
        if entries.iter().any(|(key, _)| key.starts_with("alarm_")) {
            let of_alarm = entries.iter().filter_map(|(key, value)| {
                let name = match key.as_str() {
                    "alarm_name" | "alarm_description" => key,
                    key => key.strip_prefix("alarm_")?,
                };
                Some((name.to_owned(), value.clone()))
            });
            let metric = [("metric_name", "metric_name"), ("namespace", "metric_namespace")]
                .map(|(property, key)| (property.to_owned(), text(key)));
            found.push(Resource {
                kind: ResourceKind::MetricAlarm,
                name: format!("{name} alarm"),
                position,
                properties: metric.into_iter().chain(of_alarm).collect(),
                is_listed: false,
            });
        }
    }
    found
}
