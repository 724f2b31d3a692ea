//! The ends of Insights. Rules match the start of an Insight, so that a metric counts it once; its end belongs to the
//! same alert, and says how long the activity took.

use filter_pattern::{Matches, Pattern, PatternSet, parse_record};
use rules::Rule;
use serde_json::json;

use crate::findings::index;

/// Matches the end of every Insight.
const END: &str = "{ ($.eventType = AwsCloudTrailInsight) && ($.insightDetails.state = End) }";

/// The pattern that finds the ends of Insights, if the alert of any rule is about Insights.
pub(super) fn end_of_insight(rules: &[Rule]) -> Option<Pattern> {
    let is_about_insights =
        |rule: &Rule| rule.alert.is_some() && rule.pattern.text().contains("insightDetails");
    rules.iter().any(is_about_insights).then(|| Pattern::parse(END).ok()).flatten()
}

/// The alerting rules that match the record of an end once it is written as a start.
pub(super) fn rules_of_start(record: &[u8], patterns: &PatternSet, rules: &[Rule]) -> Vec<u32> {
    let Ok(mut record) = parse_record(record) else { return Vec::new() };
    let Some(state) = record.pointer_mut("/insightDetails/state") else { return Vec::new() };
    *state = json!("Start");
    let mut matches = Matches::default();
    match patterns.matches_into(record.to_string().as_bytes(), &mut matches) {
        Ok(()) => {
            let alerts = |rule: &usize| rules.get(*rule).is_some_and(|rule| rule.alert.is_some());
            matches.iter().filter(alerts).map(index).collect()
        }
        Err(_) => Vec::new(),
    }
}
