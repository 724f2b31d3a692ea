//! The records of CloudTrail Insights among the events.

use filter_pattern::parse_record;
use history::Event;
use serde::Serialize;
use serde_json::Value;

use super::harmless;

/// The member that only CloudTrail Insights writes.
const DETAILS: &str = "insightDetails";

/// A record of CloudTrail Insights.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Insight {
    row: usize,
    /// What the start and the end of an activity have in common.
    shared_id: Option<Value>,
    details: Value,
}

/// What the record of an event says about unusual activity; `None` if CloudTrail Insights did not write it.
pub(super) fn insight(row: usize, event: &Event) -> Option<Insight> {
    // Most records are not parsed for this.
    if !String::from_utf8_lossy(event.record()).contains(DETAILS) {
        return None;
    }
    let mut record = parse_record(event.record()).ok()?;
    let details = record.get_mut(DETAILS).filter(|details| details.is_object()).map(Value::take)?;
    let shared_id = record.get_mut("sharedEventID").filter(|id| id.is_string()).map(Value::take);
    Some(Insight { row, shared_id: shared_id.map(harmless), details: harmless(details) })
}
