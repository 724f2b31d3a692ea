//! Trails: what a call changes about them, and which events they record.

use serde_json::Value;

use super::shown::{LIST_VALUES, value_text};
use crate::arn;
use crate::text::list;
use crate::value::{child, elements_at, flag, shown_at};

/// Settings that are on or off, with the words for each.
const SWITCHES: [(&str, &str, &str); 4] = [
    ("isMultiRegionTrail", "all regions", "one region only"),
    ("enableLogFileValidation", "log file validation on", "log file validation off"),
    ("includeGlobalServiceEvents", "global service events on", "global service events off"),
    ("isOrganizationTrail", "organization trail", "no organization trail"),
];
/// Settings that name something, with the word for it.
const NAMES: [(&str, &str); 5] = [
    ("kmsKeyId", "key"),
    ("s3BucketName", "bucket"),
    ("cloudWatchLogsLogGroupArn", "log group"),
    ("snsTopicName", "topic"),
    ("snsTopicARN", "topic"),
];

/// What a call changes about a trail; what is lost comes first.
pub(super) fn changes(request: &Value) -> Option<String> {
    let mut lost = Vec::new();
    let mut set = Vec::new();
    for (name, on, off) in SWITCHES {
        match child(request, name).and_then(flag) {
            Some(true) => set.push(on.to_owned()),
            Some(false) => lost.push(off.to_owned()),
            None => {}
        }
    }
    for (name, word) in NAMES {
        match shown_at(request, name) {
            Some(value) => set.push(format!("{word} {}", value_text(last_part(&value)))),
            None if child(request, name).and_then(Value::as_str) == Some("") => {
                lost.push(format!("no {word}"))
            }
            None => {}
        }
    }
    lost.extend(set);
    (!lost.is_empty()).then(|| format!(": {}", lost.join(", ")))
}

/// The name in an ARN. A log group's ARN ends with `:*`.
fn last_part(text: &str) -> &str {
    let text = text.strip_suffix(":*").unwrap_or(text);
    match text.split_once(":log-group:") {
        Some((_, name)) => name,
        None => arn::tail(text),
    }
}

/// Which events a trail records.
pub(super) fn event_selectors(request: &Value) -> Option<String> {
    let advanced = elements_at(request, "advancedEventSelectors");
    if !advanced.is_empty() {
        let name = |selector: &Value| match shown_at(selector, "name") {
            Some(name) => value_text(&name),
            None => "without a name".to_owned(),
        };
        let count = advanced.len();
        let names = list(advanced.into_iter().map(name).collect::<Vec<_>>(), LIST_VALUES)?;
        let noun = if count == 1 { "advanced selector" } else { "advanced selectors" };
        return Some(format!("{count} {noun}: {names}"));
    }
    let selectors = elements_at(request, "eventSelectors").into_iter().map(basic_selector);
    list(selectors.collect::<Vec<_>>(), LIST_VALUES)
}

fn basic_selector(selector: &Value) -> String {
    let kinds = match shown_at(selector, "readWriteType").as_deref() {
        Some("WriteOnly") => "only writes",
        Some("ReadOnly") => "only reads",
        Some(_) | None => "reads and writes",
    };
    let mut words = match child(selector, "includeManagementEvents").and_then(flag) {
        Some(false) => format!("no management events, {kinds}"),
        Some(true) | None => kinds.to_owned(),
    };
    let texts = |name: &str| {
        let values = elements_at(selector, name).into_iter().filter_map(crate::value::shown);
        list(values.map(|value| value_text(&value)).collect::<Vec<_>>(), LIST_VALUES)
    };
    if let Some(sources) = texts("excludeManagementEventSources") {
        words += &format!(" without {sources}");
    }
    let resources = elements_at(selector, "dataResources").into_iter();
    let types = resources.filter_map(|resource| shown_at(resource, "type")).map(|kind| value_text(&kind));
    if let Some(types) = list(types.collect::<Vec<_>>(), LIST_VALUES) {
        words += &format!(", data events of {types}");
    }
    words
}
