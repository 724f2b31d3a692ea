//! Alerts about CloudTrail Insights: start and end of one unusual activity as one story.

use std::sync::Arc;

use activity::{Insight, InsightState, rate};

use super::Alert;
use crate::text::{rfc3339, seconds};

/// A longer duration, in minutes, is an error: it is a year.
const MOST_MINUTES: f64 = 525_600.0;

/// What happened, in words.
pub(super) struct Story {
    /// Who made the calls.
    pub(super) who: String,
    /// Which API, at which rate, since when or for how long.
    pub(super) what: String,
    /// Which API, at which rate.
    pub(super) rate: String,
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
    let began = match (start, end) {
        (Some(start), Some(_)) => start.time.as_ref().map(|time| format!(", began {time}")),
        (None, Some(end)) => began_before(end).map(|time| format!(", began about {time}")),
        (_, None) => None,
    };
    Some(Story {
        who: attributed.who(),
        what: told.what() + &began.unwrap_or_default(),
        rate: told.headline(),
        from: clients.map(|insight| insight.clients.join(", ")),
        factor: factor(told),
    })
}

/// When an activity began, according to its end alone.
fn began_before(end: &Insight) -> Option<String> {
    let minutes = end.minutes.filter(|minutes| (0.0..MOST_MINUTES).contains(minutes))?;
    #[expect(clippy::cast_possible_truncation, reason = "the number is small")]
    let seconds_before = (minutes * 60.0).round() as i64;
    rfc3339(seconds(end.time.as_deref()?)? - seconds_before)
}

fn factor(insight: &Insight) -> String {
    match (insight.factor(), insight.baseline) {
        (Some(factor), _) => format!("{} times the normal rate", rate(factor)),
        (None, Some(_)) => "normally almost never".to_owned(),
        (None, None) => "the normal rate is unknown".to_owned(),
    }
}
