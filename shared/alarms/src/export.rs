//! The alarms as a CloudFormation template, for deployments without the reconciler.
//!
//! These alarms belong to their stack: they have no owner tag, and the reconciler does not change them. The prefix
//! and the topic are parameters of the template.
//!
//! Source: `AWS::CloudWatch::Alarm` and `AWS::CloudWatch::CompositeAlarm` of CloudFormation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::alarm::{Alarm, CompositeAlarm, Definition, MetricAlarm};
use crate::settings::{OWNER_TAG, Prefix};

/// The values of the property `Statistic`; all others belong to `ExtendedStatistic`.
const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
/// The maximum number of resources in a template (CloudFormation quota).
const RESOURCES: usize = 500;

/// More alarms than a template can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{alarms} alarms, more than the {RESOURCES} resources allowed in a template; split the rules into several files"
)]
pub struct TooManyAlarms {
    /// The number of alarms.
    pub alarms: usize,
}

/// A template with these alarms, which [`desired`](crate::desired) must have made with this prefix. A parameter of
/// the template replaces their actions.
///
/// # Errors
///
/// [`TooManyAlarms`] if a template cannot contain that many.
pub fn cloudformation(alarms: &[Alarm], prefix: &Prefix) -> Result<Value, TooManyAlarms> {
    if alarms.len() > RESOURCES {
        return Err(TooManyAlarms { alarms: alarms.len() });
    }
    let ids = logical_ids(alarms);
    let resources: Map<String, Value> = alarms
        .iter()
        .zip(&ids)
        .map(|(alarm, id)| {
            let depends_on = children(alarm, alarms.iter().zip(&ids));
            (id.clone(), resource(alarm, prefix, &depends_on))
        })
        .collect();
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "CloudWatch alarms on the metrics that Trailbell publishes.",
        "Parameters": {
            "AlertTopicArn": {
                "Type": "String",
                "Description": "ARN of the SNS topic that the alarms notify.",
                "AllowedPattern": "arn:aws[a-z-]*:sns:.+",
            },
            "AlarmPrefix": {
                "Type": "String",
                "Description": "Prefix of the alarm names, followed by a slash.",
                "Default": prefix.as_str(),
                "AllowedPattern": "[A-Za-z0-9._-]{1,64}",
            },
        },
        "Resources": resources,
    }))
}

/// One logical id for each alarm, in the same order: `trailbell/root-usage` becomes `RootUsageAlarm`.
fn logical_ids(alarms: &[Alarm]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut ids = Vec::new();
    for alarm in alarms {
        let (_, rest) = alarm.name.split_once('/').unwrap_or_default();
        let mut id = String::new();
        for word in rest.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut characters = word.chars();
            id.extend(characters.next().map(|first| first.to_ascii_uppercase()));
            id.push_str(characters.as_str());
        }
        id.push_str("Alarm");
        // `a-b1` and `a-b-1` would both be `AB1Alarm`.
        while !taken.insert(id.clone()) {
            id.push('X');
        }
        ids.push(id);
    }
    ids
}

/// The ids of the alarms that a composite alarm watches; they must be created before it.
fn children<'a>(alarm: &Alarm, all: impl Iterator<Item = (&'a Alarm, &'a String)>) -> Vec<&'a str> {
    match &alarm.definition {
        Definition::Metric(_) => Vec::new(),
        Definition::Composite(composite) => all
            .filter(|(other, _)| composite.rule.contains(&format!("\"{}\"", other.name)))
            .map(|(_, id)| id.as_str())
            .collect(),
    }
}

fn resource(alarm: &Alarm, prefix: &Prefix, depends_on: &[&str]) -> Value {
    let own = format!("{prefix}/");
    let name = alarm.name.strip_prefix(&own).unwrap_or(&alarm.name);
    let tags: Vec<Value> = alarm
        .tags
        .iter()
        .filter(|(key, _)| *key != OWNER_TAG)
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    let (kind, mut properties) = match &alarm.definition {
        Definition::Metric(metric) => ("AWS::CloudWatch::Alarm", metric_properties(metric)),
        Definition::Composite(composite) => {
            let rule = composite.rule.replace(&format!("ALARM(\"{own}"), "ALARM(\"${AlarmPrefix}/");
            ("AWS::CloudWatch::CompositeAlarm", composite_properties(composite, &rule))
        }
    };
    properties.insert("AlarmName".to_owned(), json!({ "Fn::Sub": format!("${{AlarmPrefix}}/{name}") }));
    properties.insert("Tags".to_owned(), tags.into());
    let mut resource = Map::from_iter([
        ("Type".to_owned(), kind.into()),
        ("Properties".to_owned(), Value::Object(properties)),
    ]);
    if !depends_on.is_empty() {
        resource.insert("DependsOn".to_owned(), json!(depends_on));
    }
    Value::Object(resource)
}

fn metric_properties(alarm: &MetricAlarm) -> Map<String, Value> {
    let dimensions: Vec<Value> =
        alarm.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let statistic =
        if STATISTICS.contains(&alarm.statistic.as_str()) { "Statistic" } else { "ExtendedStatistic" };
    let mut properties = Map::new();
    let mut add = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    add("AlarmDescription", json!(alarm.description));
    add("Namespace", json!(alarm.namespace));
    add("MetricName", json!(alarm.metric_name));
    if !dimensions.is_empty() {
        add("Dimensions", json!(dimensions));
    }
    add(statistic, json!(alarm.statistic));
    add("Period", json!(alarm.period));
    add("EvaluationPeriods", json!(alarm.evaluation_periods));
    add("DatapointsToAlarm", json!(alarm.datapoints_to_alarm));
    add("Threshold", json!(alarm.threshold));
    add("ComparisonOperator", json!(alarm.comparison_operator));
    add("TreatMissingData", json!(alarm.treat_missing_data));
    add("AlarmActions", json!([{ "Ref": "AlertTopicArn" }]));
    if !alarm.actions.ok.is_empty() {
        add("OKActions", json!([{ "Ref": "AlertTopicArn" }]));
    }
    properties
}

fn composite_properties(alarm: &CompositeAlarm, rule: &str) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut add = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    add("AlarmDescription", json!(alarm.description));
    add("AlarmRule", json!({ "Fn::Sub": rule }));
    add("AlarmActions", json!([{ "Ref": "AlertTopicArn" }]));
    if !alarm.actions.ok.is_empty() {
        add("OKActions", json!([{ "Ref": "AlertTopicArn" }]));
    }
    properties
}

#[cfg(test)]
mod tests;
