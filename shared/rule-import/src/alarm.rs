//! A metric alarm: which of its settings a rule can express, and which it cannot.
//!
//! A setting that the input omits gets the default of PutMetricAlarm, and the rule file states it: omitting
//! `TreatMissingData` means `missing` for PutMetricAlarm but `notBreaching` in a rule file.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API, `AWS::CloudWatch::Alarm` of CloudFormation,
//! `aws_cloudwatch_metric_alarm` of Terraform's AWS provider.

use crate::{
    node::{Node, Position},
    number,
    omission::{OmissionCode, Omissions},
    resource::{Properties, PropertyFault, Resource, is_empty, is_same},
};

/// The properties that a rule expresses or does not need.
const KNOWN: &[&str] = &[
    // Properties of the alarm.
    "AlarmName",
    "AlarmDescription",
    "Namespace",
    "MetricName",
    "Dimensions",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "Unit",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    // Properties of the deployed resource.
    "Tags",
    "TagsAll",
    "id",
    "arn",
    "region",
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "EvaluationState",
];
/// The properties whose values may be unknown without preventing the import.
const DISPENSABLE: &[&str] = &[
    "AlarmName",
    "AlarmDescription",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "Tags",
    "TagsAll",
    "id",
    "arn",
    "region",
];
/// The properties of alarms on metric math, on an anomaly detection band or on a query.
const MATH: [&[&str]; 5] = [
    &["Metrics", "metric_query"],
    &["ThresholdMetricId"],
    &["EvaluationCriteria"],
    &["EvaluationInterval"],
    &["ScheduledQueryConfiguration"],
];

/// How the namespaces of AWS services begin.
pub(crate) const SERVICES: &str = "AWS/";

/// An alarm on one metric.
#[derive(Debug)]
pub(crate) struct SourceAlarm {
    pub(crate) subject: String,
    pub(crate) position: Position,
    /// Its name in CloudWatch; `None` if it is only known after deployment.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) namespace: String,
    pub(crate) metric_name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    /// The unit of the datapoints that it watches; `None` means any.
    pub(crate) unit: Option<String>,
    pub(crate) settings: AlarmSettings,
    /// The targets that it notifies; `None` is a target that is only known after deployment.
    pub(crate) actions: Vec<Option<String>>,
}

/// When the alarm is raised, in the terms of PutMetricAlarm, with normalized numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlarmSettings {
    pub(crate) statistic: String,
    pub(crate) period: String,
    pub(crate) evaluation_periods: String,
    pub(crate) datapoints_to_alarm: String,
    pub(crate) threshold: String,
    pub(crate) comparison_operator: String,
    pub(crate) treat_missing_data: String,
}

/// Reads an alarm. If no rule can have it, the reasons are added to the omissions.
pub(crate) fn read(resource: &Resource, omissions: &mut Omissions) -> Option<SourceAlarm> {
    let plain = plain_query(resource);
    let resource = plain.as_ref().unwrap_or(resource);
    let properties = Properties::of(resource);
    if let Some((key, node)) = MATH.iter().find_map(|names| properties.get(names)) {
        let message = format!("`{key}` is not supported: a rule's alarm watches only the rule's own metric");
        properties.fault(OmissionCode::MetricMath, node, message).report(&resource.name, omissions);
        return None;
    }
    let faults = properties.unknown_except(DISPENSABLE);
    if !faults.is_empty() {
        // What such an alarm watches does not matter, because no filter publishes there.
        if let Some(namespace) =
            properties.text(&["Namespace"]).ok().flatten().filter(|name| name.starts_with(SERVICES))
        {
            let message = format!("it watches a metric in `{namespace}`, which no filter publishes");
            omissions.add(OmissionCode::ServiceMetric, resource.position, &resource.name, message);
            return None;
        }
        faults.into_iter().for_each(|fault| fault.report(&resource.name, omissions));
        return None;
    }
    match usable(resource, properties) {
        Ok(alarm) => Some(alarm),
        Err(fault) => {
            fault.report(&resource.name, omissions);
            None
        }
    }
}

/// An alarm whose only metric query is a single metric, written like an alarm on that metric; `None` for others.
fn plain_query(resource: &Resource) -> Option<Resource> {
    let is_query = |key: &str| MATH[0].iter().any(|name| is_same(key, name));
    let (_, node) = resource.properties.iter().find(|(key, _)| is_query(key))?;
    let query = match (node.as_list(), node.as_map()) {
        (Some([query]), _) => query.as_map()?,
        (None, Some(query)) => query,
        _ => return None,
    };
    let mut flat = Vec::new();
    for (key, node) in query {
        match key.as_str() {
            "Id" | "id" | "Label" | "label" => {}
            "ReturnData" | "return_data" if node.as_text() != Some("false") => {}
            "MetricStat" | "metric" => flatten(only_item(node)?, &mut flat)?,
            _ if is_empty(node) => {}
            _ => return None,
        }
    }
    flat.retain(|(_, node): &(String, Node)| !is_empty(node));
    let has = |name: &str| flat.iter().any(|(key, _)| is_same(key, name));
    if !has("MetricName") || !has("Period") || !has("Statistic") && !has("ExtendedStatistic") {
        return None;
    }
    let others = resource.properties.iter().filter(|(key, _)| !is_query(key));
    let is_given = |key: &str| flat.iter().any(|(name, _)| is_same(name, key));
    let others = others.filter(|(key, _)| !is_given(key)).cloned();
    Some(Resource {
        kind: resource.kind,
        name: resource.name.clone(),
        position: resource.position,
        properties: others.chain(flat.clone()).collect(),
        is_listed: resource.is_listed,
    })
}

/// The only item of a list, or a node that is no list.
fn only_item(node: &Node) -> Option<&Node> {
    match node.as_list() {
        None => Some(node),
        Some([item]) => Some(item),
        Some(_) => None,
    }
}

/// Adds the properties of a query's metric, whose structure differs between CloudFormation and Terraform.
fn flatten(metric: &Node, flat: &mut Vec<(String, Node)>) -> Option<()> {
    for (key, node) in metric.as_map()? {
        match key.as_str() {
            "Metric" => flatten(node, flat)?,
            "Stat" | "stat" => {
                let is_statistic =
                    matches!(node.as_text(), Some("Sum" | "Average" | "Minimum" | "Maximum" | "SampleCount"));
                let name = if is_statistic { "Statistic" } else { "ExtendedStatistic" };
                flat.push((name.to_owned(), node.clone()));
            }
            _ => flat.push((key.clone(), node.clone())),
        }
    }
    Some(())
}

fn usable(resource: &Resource, properties: Properties<'_>) -> Result<SourceAlarm, PropertyFault> {
    let text = |name: &str| Ok(properties.required(&[name])?.to_owned());
    let statistic = match properties.text(&["ExtendedStatistic"])? {
        Some(statistic) => statistic.to_owned(),
        None => text("Statistic")?,
    };
    let number = |name: &str| text(name).map(|text| number::plain_or_as_written(&text));
    let evaluation_periods = number("EvaluationPeriods")?;
    // Terraform's state contains 0 if the property is not set.
    let datapoints_to_alarm = properties
        .text(&["DatapointsToAlarm"])?
        .map(number::plain_or_as_written)
        .filter(|number| number != "0");
    Ok(SourceAlarm {
        subject: resource.name.clone(),
        position: resource.position,
        name: properties.text(&["AlarmName"]).ok().flatten().map(str::to_owned),
        description: properties.text(&["AlarmDescription"]).ok().flatten().map(str::to_owned),
        namespace: text("Namespace")?,
        metric_name: text("MetricName")?,
        dimensions: properties.pairs(&["Dimensions"])?,
        unit: properties.text(&["Unit"])?.map(str::to_owned),
        settings: AlarmSettings {
            statistic,
            period: number("Period")?,
            datapoints_to_alarm: datapoints_to_alarm.unwrap_or_else(|| evaluation_periods.clone()),
            evaluation_periods,
            threshold: threshold(resource, properties)?,
            comparison_operator: text("ComparisonOperator")?,
            treat_missing_data: properties.text(&["TreatMissingData"])?.unwrap_or("missing").to_owned(),
        },
        actions: actions(properties, "AlarmActions"),
    })
}

/// The threshold. Terraform's provider sends 0 if a module sets none.
fn threshold(resource: &Resource, properties: Properties<'_>) -> Result<String, PropertyFault> {
    let is_of_terraform = resource.properties.iter().any(|(key, _)| key == "comparison_operator");
    match properties.text(&["Threshold"])? {
        None if is_of_terraform => Ok("0".to_owned()),
        _ => Ok(number::plain_or_as_written(properties.required(&["Threshold"])?)),
    }
}

/// Reports what an alarm does that a rule's alarm cannot do. Separate from [`read`], so that the actions of an alarm
/// that is not imported are not reported.
pub(crate) fn report_differences(resource: &Resource, omissions: &mut Omissions) {
    let plain = plain_query(resource);
    let resource = plain.as_ref().unwrap_or(resource);
    let properties = Properties::of(resource);
    for fault in properties.others(KNOWN) {
        fault.report(&resource.name, omissions);
    }
    if properties.text(&["ActionsEnabled"]).ok().flatten() == Some("false") {
        let message = "its actions are disabled, but a Trailbell alarm notifies the alert topic";
        omissions.add(OmissionCode::OtherActions, resource.position, &resource.name, message);
    }
    for name in ["OKActions", "InsufficientDataActions"] {
        let is_given = !actions(properties, name).is_empty();
        if let Some((key, node)) = properties.get(&[name]).filter(|_| is_given) {
            let message = format!("`{key}` is dropped: a Trailbell alarm acts only when it is raised");
            properties.fault(OmissionCode::OtherActions, node, message).report(&resource.name, omissions);
        }
    }
    for action in actions(properties, "AlarmActions").into_iter().flatten() {
        if !is_topic(&action) {
            let message =
                format!("action `{action}` is dropped: a Trailbell alarm notifies only the alert topic");
            omissions.add(OmissionCode::OtherActions, resource.position, &resource.name, message);
        }
    }
}

/// Whether an action notifies an SNS topic.
pub(crate) fn is_topic(action: &str) -> bool {
    action.split(':').nth(2) == Some("sns")
}

fn actions(properties: Properties<'_>, name: &str) -> Vec<Option<String>> {
    let Some((_, node)) = properties.get(&[name]) else { return Vec::new() };
    let known = |node: &Node| node.as_text().map(str::to_owned);
    match node.as_list() {
        Some(items) => items.iter().filter(|item| is_action(item)).map(known).collect(),
        None => vec![known(node)],
    }
}

/// Whether an item of a list is an action: an optional parameter may leave an empty text.
fn is_action(item: &Node) -> bool {
    !item.is_null() && item.as_text() != Some("")
}
