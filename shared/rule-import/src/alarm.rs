//! A metric alarm: what of it a rule can say, and what not.
//!
//! What the input leaves out has the default of PutMetricAlarm, which is written out: a missing `TreatMissingData` means
//! `missing` there and `notBreaching` in a rule file.
//!
//! Source: `PutMetricAlarm` of the CloudWatch API, `AWS::CloudWatch::Alarm` of CloudFormation,
//! `aws_cloudwatch_metric_alarm` of Terraform's AWS provider.

use crate::{
    node::{Node, Position},
    number,
    omission::{Code, Report},
    resource::{Fault, Properties, Resource},
};

/// What a rule says, or does not have to.
const KNOWN: &[&str] = &[
    // Of the alarm.
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
    // Of its being there.
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
/// What does not keep an alarm from becoming a rule's when nobody knows it.
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
/// What makes an alarm one on several metrics, on an anomaly band or on a query.
const MATH: [&[&str]; 5] = [
    &["Metrics", "metric_query"],
    &["ThresholdMetricId"],
    &["EvaluationCriteria"],
    &["EvaluationInterval"],
    &["ScheduledQueryConfiguration"],
];

/// An alarm on one metric.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(crate) subject: String,
    pub(crate) position: Position,
    pub(crate) description: Option<String>,
    pub(crate) namespace: String,
    pub(crate) metric_name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    /// The unit of the datapoints that it looks at; `None` is any.
    pub(crate) unit: Option<String>,
    pub(crate) settings: Settings,
    /// Whom it notifies; `None` is somebody whom only the deployment knows.
    pub(crate) actions: Vec<Option<String>>,
}

/// When the alarm is raised, in the words of PutMetricAlarm and with numbers in one spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) statistic: String,
    pub(crate) period: String,
    pub(crate) evaluation_periods: String,
    pub(crate) datapoints_to_alarm: String,
    pub(crate) threshold: String,
    pub(crate) comparison_operator: String,
    pub(crate) treat_missing_data: String,
}

/// Reads an alarm; what keeps it from becoming a rule's is in the report.
pub(crate) fn read(resource: &Resource, report: &mut Report) -> Option<Alarm> {
    let properties = Properties::of(resource);
    if let Some((key, node)) = MATH.iter().find_map(|names| properties.get(names)) {
        let message = format!("`{key}`: a rule's alarm looks at the rule's own metric only");
        properties.fault(Code::MetricMath, node, message).report(&resource.name, report);
        return None;
    }
    let faults = properties.unknown_except(DISPENSABLE);
    if !faults.is_empty() {
        faults.into_iter().for_each(|fault| fault.report(&resource.name, report));
        return None;
    }
    match usable(resource, properties) {
        Ok(alarm) => Some(alarm),
        Err(fault) => {
            fault.report(&resource.name, report);
            None
        }
    }
}

fn usable(resource: &Resource, properties: Properties<'_>) -> Result<Alarm, Fault> {
    let text = |name: &str| Ok(properties.required(&[name])?.to_owned());
    let statistic = match properties.text(&["Statistic"])? {
        Some(statistic) => statistic.to_owned(),
        None => text("ExtendedStatistic")?,
    };
    let number = |name: &str| text(name).map(|text| number::plain_or_as_written(&text));
    let evaluation_periods = number("EvaluationPeriods")?;
    // Terraform's state says 0 where there is none.
    let datapoints_to_alarm = properties
        .text(&["DatapointsToAlarm"])?
        .map(number::plain_or_as_written)
        .filter(|number| number != "0");
    Ok(Alarm {
        subject: resource.name.clone(),
        position: resource.position,
        description: properties.text(&["AlarmDescription"]).ok().flatten().map(str::to_owned),
        namespace: text("Namespace")?,
        metric_name: text("MetricName")?,
        dimensions: properties.pairs(&["Dimensions"])?,
        unit: properties.text(&["Unit"])?.map(str::to_owned),
        settings: Settings {
            statistic,
            period: number("Period")?,
            datapoints_to_alarm: datapoints_to_alarm.unwrap_or_else(|| evaluation_periods.clone()),
            evaluation_periods,
            threshold: number("Threshold")?,
            comparison_operator: text("ComparisonOperator")?,
            treat_missing_data: properties.text(&["TreatMissingData"])?.unwrap_or("missing").to_owned(),
        },
        actions: actions(properties, "AlarmActions"),
    })
}

/// Reports what an alarm does that a rule's does not. This is apart from [`read`], so that nothing is said of the actions
/// of an alarm that has no place among the rules.
pub(crate) fn report_differences(resource: &Resource, report: &mut Report) {
    let properties = Properties::of(resource);
    for fault in properties.others(KNOWN) {
        fault.report(&resource.name, report);
    }
    if properties.text(&["ActionsEnabled"]).ok().flatten() == Some("false") {
        let message = "its actions are switched off, and an alarm of Trailbell notifies the alert topic";
        report.add(Code::OtherActions, resource.position, &resource.name, message);
    }
    for name in ["OKActions", "InsufficientDataActions"] {
        if let Some((key, node)) = properties.get(&[name]) {
            let message = format!("`{key}`: an alarm of Trailbell acts when it is raised only");
            properties.fault(Code::OtherActions, node, message).report(&resource.name, report);
        }
    }
    for action in actions(properties, "AlarmActions").into_iter().flatten() {
        if !is_topic(&action) {
            let message =
                format!("the action `{action}`: an alarm of Trailbell notifies the alert topic only");
            report.add(Code::OtherActions, resource.position, &resource.name, message);
        }
    }
}

/// Whether an action is to notify a topic.
pub(crate) fn is_topic(action: &str) -> bool {
    action.split(':').nth(2) == Some("sns")
}

fn actions(properties: Properties<'_>, name: &str) -> Vec<Option<String>> {
    let Some((_, node)) = properties.get(&[name]) else { return Vec::new() };
    let known = |node: &Node| node.as_text().map(str::to_owned);
    match node.as_list() {
        Some(items) => items.iter().map(known).collect(),
        None => vec![known(node)],
    }
}
