//! What `aws logs describe-metric-filters` and `aws cloudwatch describe-alarms` print, as JSON or as YAML.
//!
//! Source: `DescribeMetricFilters` of the CloudWatch Logs API, `DescribeAlarms` of the CloudWatch API.

use crate::{
    node::{Node, Position},
    omission::{Code, Report},
    resource::{Kind, Resource},
};

/// The lists of both answers: their key, what they hold, and the key of the name.
const LISTS: [(&str, Kind, &str); 3] = [
    ("metricFilters", Kind::MetricFilter, "filterName"),
    ("MetricAlarms", Kind::MetricAlarm, "AlarmName"),
    ("CompositeAlarms", Kind::CompositeAlarm, "AlarmName"),
];

/// The filters and alarms of an answer.
pub(crate) fn resources(answer: &Node, file: usize, report: &mut Report) -> Vec<Resource> {
    let is_cut_short = |key| answer.get(key).is_some_and(|token| !token.is_null());
    if is_cut_short("nextToken") || is_cut_short("NextToken") {
        let message = "the answer goes on where its `NextToken` says, and what follows is not here";
        report.add(Code::IncompleteListing, Position::of_file(file), "", message);
    }
    let mut resources = Vec::new();
    for (key, kind, name_key) in LISTS {
        for item in answer.get(key).and_then(Node::as_list).unwrap_or_default() {
            let name = item.get(name_key).and_then(Node::as_text).unwrap_or_default().to_owned();
            let position = item.position.unwrap_or(Position::of_file(file));
            let properties = item.as_map().unwrap_or_default().to_vec();
            resources.push(Resource { kind, name, position, properties });
        }
    }
    resources
}
