//! Alerts about CloudTrail Insights: start and end of one unusual activity as one story.

use std::sync::Arc;

use activity::{Insight, InsightState, rate};

use super::Alert;

/// What happened, in words.
pub(super) struct Story {
    /// Who made the calls.
    pub(super) who: String,
    /// Which API, at which rate, since when or for how long.
    pub(super) what: String,
    /// The programs that made the calls.
    pub(super) from: Option<String>,
    /// How much the rate differs from the normal one.
    pub(super) factor: String,
}

/// The story of an alert whose findings are all Insights.
pub(super) fn story(alert: &Alert) -> Option<Story> {
    let insights: Vec<&Arc<Insight>> =
        alert.events.iter().filter_map(|event| event.insight.as_ref()).collect();
    if insights.is_empty() || insights.len() < alert.events.len() {
        return None;
    }
    let start = insights.iter().find(|insight| insight.state != Some(InsightState::End));
    let end = insights.iter().rev().find(|insight| insight.state == Some(InsightState::End));
    let told = end.or(start)?;
    let attributed = insights.iter().find(|insight| !insight.identities.is_empty()).unwrap_or(told);
    let clients = insights.iter().find(|insight| !insight.clients.is_empty());
    let began = start.filter(|_| end.is_some()).and_then(|start| start.time.as_deref());
    Some(Story {
        who: attributed.who(),
        what: match began {
            Some(time) => format!("{}, began {time}", told.what()),
            None => told.what(),
        },
        from: clients.map(|insight| insight.clients.join(", ")),
        factor: factor(told),
    })
}

fn factor(insight: &Insight) -> String {
    match (insight.factor(), insight.baseline) {
        (Some(factor), _) => format!("{} times the normal rate", rate(factor)),
        (None, Some(_)) => "normally almost never".to_owned(),
        (None, None) => "the normal rate is unknown".to_owned(),
    }
}
