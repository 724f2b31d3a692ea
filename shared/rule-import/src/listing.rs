//! The output of `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms`, as JSON or YAML. Further
//! pages are not fetched.
//!
//! Source: `DescribeMetricFilters` of the CloudWatch Logs API, `DescribeAlarms` of the CloudWatch API.

use crate::{
    node::{Node, Position},
    omission::{OmissionCode, Omissions},
    resource::{Resource, ResourceKind},
};

/// The lists in both outputs: the key, the kind of the items, and the key of an item's name.
const LISTS: [(&str, ResourceKind, &str); 3] = [
    ("metricFilters", ResourceKind::MetricFilter, "filterName"),
    ("MetricAlarms", ResourceKind::MetricAlarm, "AlarmName"),
    ("CompositeAlarms", ResourceKind::CompositeAlarm, "AlarmName"),
];

/// Whether a node is a filter or alarm of a listing, which `--query` prints without the list's name.
pub(crate) fn is_item(node: &Node) -> bool {
    kind_of_item(node).is_some()
}

fn kind_of_item(node: &Node) -> Option<(ResourceKind, &'static str)> {
    let has = |key: &str| node.get(key).is_some();
    if has("filterPattern") && has("metricTransformations") {
        return Some((ResourceKind::MetricFilter, "filterName"));
    }
    if has("AlarmName") && has("AlarmRule") {
        return Some((ResourceKind::CompositeAlarm, "AlarmName"));
    }
    (has("AlarmName") && has("ComparisonOperator")).then_some((ResourceKind::MetricAlarm, "AlarmName"))
}

/// The filters and alarms of a listing.
pub(crate) fn resources(answer: &Node, file: usize, omissions: &mut Omissions) -> Vec<Resource> {
    let is_cut_short = |key| answer.get(key).is_some_and(|token| !token.is_null());
    if is_cut_short("nextToken") || is_cut_short("NextToken") {
        let message = "the listing is incomplete: it ends with a `NextToken`; list and import all pages";
        omissions.add(OmissionCode::IncompleteListing, Position::of_file(file), "", message);
    }
    let mut resources = Vec::new();
    let mut add = |item: &Node, kind: ResourceKind, name_key: &str| {
        let name = item.get(name_key).and_then(Node::as_text).unwrap_or_default().to_owned();
        let position = item.position.unwrap_or(Position::of_file(file));
        let properties = item.as_map().unwrap_or_default().to_vec();
        resources.push(Resource { kind, name, position, properties, is_listed: true });
    };
    for (key, kind, name_key) in LISTS {
        for item in answer.get(key).and_then(Node::as_list).unwrap_or_default() {
            add(item, kind, name_key);
        }
    }
    for item in answer.as_list().unwrap_or(std::slice::from_ref(answer)) {
        if let Some((kind, name_key)) = kind_of_item(item) {
            add(item, kind, name_key);
        }
    }
    resources
}
