//! A metric filter: what of it a rule can say, and what not.
//!
//! Values are text here, and stay as they are written; the `rules` crate judges them when the rule is made.
//!
//! Source: `AWS::Logs::MetricFilter` of CloudFormation, `MetricFilter` of the CloudWatch Logs API,
//! `aws_cloudwatch_log_metric_filter` of Terraform's AWS provider.

use crate::{
    node::{Node, Position},
    omission::{Code, Report},
    resource::{Fault, Properties, Resource},
};

const FILTER_NAME: &[&str] = &["FilterName", "name"];
const FILTER_PATTERN: &[&str] = &["FilterPattern", "pattern"];
const LOG_GROUP_NAME: &[&str] = &["LogGroupName"];
const TRANSFORMATIONS: &[&str] = &["MetricTransformations", "metric_transformation"];
/// What a rule says, or does not have to.
const KNOWN: &[&str] = &[
    "FilterName",
    "name",
    "FilterPattern",
    "pattern",
    "LogGroupName",
    "MetricTransformations",
    "metric_transformation",
    "creationTime",
    "id",
    "region",
];
/// What does not keep a filter from becoming a rule when nobody knows it.
const DISPENSABLE: &[&str] = &["FilterName", "name", "LogGroupName", "id", "region"];

const METRIC_NAME: &[&str] = &["MetricName", "name"];
const METRIC_NAMESPACE: &[&str] = &["MetricNamespace", "namespace"];
const METRIC_VALUE: &[&str] = &["MetricValue", "value"];
const KNOWN_OF_TRANSFORMATION: &[&str] = &[
    "MetricName",
    "name",
    "MetricNamespace",
    "namespace",
    "MetricValue",
    "value",
    "DefaultValue",
    "Unit",
    "Dimensions",
];

/// A metric filter with one metric.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) subject: String,
    /// Where its pattern stands, or the filter.
    pub(crate) position: Position,
    pub(crate) name: Option<String>,
    pub(crate) pattern: String,
    pub(crate) metric: Metric,
    /// `None` if only the deployment knows it.
    pub(crate) log_group: Option<String>,
}

/// What a match adds to which metric.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) default_value: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) dimensions: Vec<(String, String)>,
}

/// Reads a filter; what keeps it from becoming a rule, or its rule from saying all of it, is in the report.
pub(crate) fn read(resource: &Resource, report: &mut Report) -> Option<Filter> {
    let properties = Properties::of(resource);
    let faults = properties.unknown_except(DISPENSABLE);
    if !faults.is_empty() {
        faults.into_iter().for_each(|fault| fault.report(&resource.name, report));
        return None;
    }
    let filter = match usable(resource, properties) {
        Ok(filter) => filter,
        Err(fault) => {
            fault.report(&resource.name, report);
            return None;
        }
    };
    for fault in properties.others(KNOWN) {
        fault.report(&resource.name, report);
    }
    Some(filter)
}

fn usable(resource: &Resource, properties: Properties<'_>) -> Result<Filter, Fault> {
    let pattern = properties.required_even_empty(FILTER_PATTERN)?;
    let position =
        properties.get(FILTER_PATTERN).map_or(resource.position, |(_, node)| properties.position_of(node));
    let Some((key, node)) = properties.get(TRANSFORMATIONS) else {
        let message = "`MetricTransformations` is missing".to_owned();
        return Err(Fault { code: Code::InvalidValue, position: resource.position, message });
    };
    let transformation = only_one(node).map_err(|count| {
        let message = format!("`{key}` has {count} transformations, and a rule has one metric");
        properties.fault(Code::SeveralTransformations, node, message)
    })?;
    let Some(transformation) = properties.within(transformation) else {
        let message = format!("`{key}` is no list of mappings");
        return Err(properties.fault(Code::InvalidValue, node, message));
    };
    if let Some(fault) = transformation.others(KNOWN_OF_TRANSFORMATION).next() {
        return Err(fault);
    }
    Ok(Filter {
        subject: resource.name.clone(),
        position,
        name: properties.text(FILTER_NAME).ok().flatten().map(str::to_owned),
        pattern: pattern.to_owned(),
        metric: metric(transformation)?,
        log_group: properties.text(LOG_GROUP_NAME).ok().flatten().map(str::to_owned),
    })
}

/// The only item of a list, or the number of its items.
fn only_one(node: &Node) -> Result<&Node, usize> {
    match node.as_list() {
        None => Ok(node),
        Some([item]) => Ok(item),
        Some(items) => Err(items.len()),
    }
}

fn metric(properties: Properties<'_>) -> Result<Metric, Fault> {
    Ok(Metric {
        namespace: properties.required(METRIC_NAMESPACE)?.to_owned(),
        name: properties.required(METRIC_NAME)?.to_owned(),
        value: properties.required(METRIC_VALUE)?.to_owned(),
        default_value: properties.text(&["DefaultValue"])?.map(str::to_owned),
        unit: properties.text(&["Unit"])?.map(str::to_owned),
        dimensions: properties.pairs(&["Dimensions"])?,
    })
}
