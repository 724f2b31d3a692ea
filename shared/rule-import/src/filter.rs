//! A metric filter: which of its settings a rule can express, and which it cannot.
//!
//! Values are kept as written text; the `rules` crate validates them when the rule is made.
//!
//! Source: `AWS::Logs::MetricFilter` of CloudFormation, `MetricFilter` of the CloudWatch Logs API,
//! `aws_cloudwatch_log_metric_filter` of Terraform's AWS provider.

use filter_pattern::{Pattern, Quota};

use crate::{
    node::{Node, Position},
    omission::{OmissionCode, Omissions},
    resource::{Properties, PropertyFault, Resource},
};

const FILTER_NAME: &[&str] = &["FilterName", "name"];
const FILTER_PATTERN: &[&str] = &["FilterPattern", "pattern"];
const LOG_GROUP_NAME: &[&str] = &["LogGroupName"];
const TRANSFORMATIONS: &[&str] = &["MetricTransformations", "metric_transformation"];
/// The properties that a rule expresses or does not need.
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
/// The properties whose values may be unknown without preventing the import.
const DISPENSABLE: &[&str] = &["FilterName", "name", "LogGroupName", "id", "region"];

/// What to do about the properties without an equivalent.
const ADVICE: [(&str, &str); 3] = [
    (
        "ApplyOnTransformedLogs",
        "the filter reads log events as a transformer of the log group wrote them, but rules read the records as \
         CloudTrail wrote them; check the names of the fields in the pattern",
    ),
    (
        "FieldSelectionCriteria",
        "the filter counts only log events of some accounts or regions; add conditions on `$.recipientAccountId` or \
         `$.awsRegion` to the pattern",
    ),
    (
        "EmitSystemFieldDimensions",
        "the filter adds the account or region of a log event as a dimension; add the dimensions \
         `$.recipientAccountId` or `$.awsRegion` to the rule",
    ),
];

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
    /// The position of its pattern, or of the filter.
    pub(crate) position: Position,
    pub(crate) name: Option<String>,
    pub(crate) pattern: String,
    pub(crate) metric: Metric,
    /// `None` if it is only known after deployment.
    pub(crate) log_group: Option<String>,
    /// Whether it comes from a listing of an account's filters.
    pub(crate) is_listed: bool,
}

/// The metric of a filter, and what each match adds to it.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) default_value: Option<String>,
    pub(crate) unit: Option<String>,
    pub(crate) dimensions: Vec<(String, String)>,
}

/// Reads a filter. Whatever the rule cannot express, or prevents a rule, is added to the omissions.
pub(crate) fn read(resource: &Resource, omissions: &mut Omissions) -> Option<Filter> {
    let properties = Properties::of(resource);
    let faults = properties.unknown_except(DISPENSABLE);
    if !faults.is_empty() {
        faults.into_iter().for_each(|fault| fault.report(&resource.name, omissions));
        return None;
    }
    let filter = match usable(resource, properties) {
        Ok(filter) => filter,
        Err(fault) => {
            fault.report(&resource.name, omissions);
            return None;
        }
    };
    for mut fault in properties.others(KNOWN) {
        if let Some((_, advice)) = ADVICE.iter().find(|(key, _)| is_named(&fault, key)) {
            fault.message.push_str(": ");
            fault.message.push_str(advice);
        }
        fault.report(&resource.name, omissions);
    }
    report_wildcards(&filter, omissions);
    Some(filter)
}

fn usable(resource: &Resource, properties: Properties<'_>) -> Result<Filter, PropertyFault> {
    let pattern = properties.required_even_empty(FILTER_PATTERN)?;
    let position =
        properties.get(FILTER_PATTERN).map_or(resource.position, |(_, node)| properties.position_of(node));
    let Some((key, node)) = properties.get(TRANSFORMATIONS) else {
        let message = "`MetricTransformations` is missing".to_owned();
        return Err(PropertyFault { code: OmissionCode::InvalidValue, position: resource.position, message });
    };
    let transformation = only_one(node).map_err(|count| {
        let message = format!("`{key}` has {count} transformations, but a rule has a single metric");
        properties.fault(OmissionCode::SeveralTransformations, node, message)
    })?;
    let Some(transformation) = properties.within(transformation) else {
        let message = format!("`{key}` is not a list of mappings");
        return Err(properties.fault(OmissionCode::InvalidValue, node, message));
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
        is_listed: resource.is_listed,
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

fn metric(properties: Properties<'_>) -> Result<Metric, PropertyFault> {
    Ok(Metric {
        namespace: properties.required(METRIC_NAMESPACE)?.to_owned(),
        name: properties.required(METRIC_NAME)?.to_owned(),
        value: properties.required(METRIC_VALUE)?.to_owned(),
        default_value: properties.text(&["DefaultValue"])?.map(str::to_owned),
        unit: properties.text(&["Unit"])?.map(str::to_owned),
        dimensions: properties.pairs(&["Dimensions"])?,
    })
}

/// Whether a fault is about a property, however its name is spelled.
fn is_named(fault: &PropertyFault, name: &str) -> bool {
    let folded: String = fault.message.chars().filter(|c| *c != '_').collect();
    folded.to_ascii_lowercase().contains(&format!("`{}`", name.to_ascii_lowercase()))
}

/// Reports a pattern that CloudWatch Logs refuses because of its wildcards. Rules do not count it as the original does,
/// which cannot exist.
fn report_wildcards(filter: &Filter, omissions: &mut Omissions) {
    let Ok(pattern) = Pattern::parse(&filter.pattern) else { return };
    for violation in pattern.quota_violations() {
        if matches!(violation.quota(), Quota::WildcardsPerSelector { .. } | Quota::WildcardSelectors { .. }) {
            let message =
                format!("CloudWatch Logs refuses its pattern, so the filter was never deployed: {violation}");
            omissions.add(OmissionCode::OverQuota, filter.position, &filter.subject, message);
        }
    }
}
