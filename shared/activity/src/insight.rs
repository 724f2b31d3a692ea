//! Records of CloudTrail Insights: which API was called, or failed, at which rate, and by whom.
//!
//! # Source
//!
//! The CloudTrail user guide, Insights event record contents.

use serde_json::Value;

use crate::member::{Member, Record};
use crate::principal::person_or_role;
use crate::source::client_family;
use crate::text::{VALUE_CHARS, cut};
use crate::value::{child, descend, elements_at, text_at};

/// A value is named if it makes up at least this share of the rate.
const SHARE_TO_NAME: f64 = 0.1;
/// A factor over a smaller baseline, in calls per minute, says nothing.
const BASELINE_FOR_FACTOR: f64 = 0.01;

/// Whether unusual activity begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsightState {
    /// It begins.
    Start,
    /// It is over.
    End,
}

/// What a record of CloudTrail Insights says.
#[derive(Debug, Clone, PartialEq)]
pub struct Insight {
    /// Whether the activity begins or ends; `None` if the record does not say so.
    pub state: Option<InsightState>,
    /// The API.
    pub event_name: String,
    /// Its service.
    pub event_source: Option<String>,
    /// `ApiCallRateInsight` or `ApiErrorRateInsight`.
    pub kind: String,
    /// The error whose rate is unusual.
    pub error_code: Option<String>,
    /// Calls or errors per minute before the activity.
    pub baseline: Option<f64>,
    /// Calls or errors per minute: of the first minute at the start, of the whole time at the end.
    pub rate: Option<f64>,
    /// How long the activity took, in minutes; known at its end.
    pub minutes: Option<f64>,
    /// When the activity began or ended, as the record says.
    pub time: Option<String>,
    /// Who made most of the calls, in words.
    pub identities: Vec<String>,
    /// The programs that made most of the calls.
    pub clients: Vec<String>,
}

impl Insight {
    /// Reads a record; `None` if CloudTrail Insights did not write it.
    pub fn of(record: &Record<'_>) -> Option<Self> {
        if !record.is_insight() {
            return None;
        }
        let details = record.member(Member::Insight);
        let context = child(details, "insightContext").unwrap_or(&Value::Null);
        let average = |name: &str| descend(context, &["statistics", name, "average"])?.as_f64();
        let state = match text_at(details, "state").as_deref() {
            Some("Start") => Some(InsightState::Start),
            Some("End") => Some(InsightState::End),
            Some(_) | None => None,
        };
        let short = |name: &str| text_at(details, name).map(|text| cut(&text, VALUE_CHARS));
        let duration = descend(context, &["statistics", "insightDuration"]).and_then(Value::as_f64);
        let rate = average("insight");
        let named = |attribute: &str| main_values(context, attribute, rate);
        Some(Self {
            state,
            event_name: short("eventName").unwrap_or_else(|| "an API without a name".to_owned()),
            event_source: short("eventSource"),
            kind: short("insightType").unwrap_or_default(),
            error_code: short("errorCode"),
            baseline: average("baseline"),
            rate,
            minutes: duration.filter(|_| state == Some(InsightState::End)),
            time: record.text(Member::EventTime).map(|time| cut(&time, VALUE_CHARS)),
            identities: named("userIdentityArn").iter().map(|arn| person_or_role(arn)).collect(),
            clients: named("userAgent").iter().filter_map(|agent| client_family(agent)).collect(),
        })
    }

    /// Who made the calls, in words.
    pub fn who(&self) -> String {
        match self.identities.as_slice() {
            [] => "callers not named by AWS".to_owned(),
            [only] => format!("mostly {only}"),
            several => format!("mostly {}", several.join(", ")),
        }
    }

    /// The API, its rate and the normal rate, in words.
    pub fn headline(&self) -> String {
        let unit = match (&self.error_code, self.kind.contains("Error")) {
            (Some(code), _) => format!("{code} errors"),
            (None, true) => "errors".to_owned(),
            (None, false) => "calls".to_owned(),
        };
        let mut words = match self.rate {
            Some(average) => format!("{}: {} {unit} a minute", self.event_name, rate(average)),
            None => format!("{}: an unusual rate of {unit}", self.event_name),
        };
        if let Some(baseline) = self.baseline {
            words += &format!(", normally {}", rate(baseline));
        }
        words
    }

    /// What is unusual, in words.
    pub fn what(&self) -> String {
        let words = self.headline();
        match (self.state, self.minutes, &self.time) {
            (Some(InsightState::End), Some(minutes), _) => {
                words + &format!(", over after {}", minutes_in_words(minutes))
            }
            (Some(InsightState::End), None, _) => words + ", over",
            (Some(InsightState::Start) | None, _, Some(time)) => words + &format!(", since {time}"),
            (Some(InsightState::Start) | None, _, None) => words,
        }
    }

    /// How many times the baseline the rate is, where the baseline is large enough to compare with.
    pub fn factor(&self) -> Option<f64> {
        let baseline = self.baseline.filter(|baseline| *baseline >= BASELINE_FOR_FACTOR)?;
        Some(self.rate? / baseline)
    }
}

fn minutes_in_words(minutes: f64) -> String {
    match minutes {
        1.0 => "1 minute".to_owned(),
        minutes => format!("{} minutes", rate(minutes)),
    }
}

/// The values of an attribute that make up a good part of the rate, in AWS's order.
fn main_values(context: &Value, attribute: &str, rate: Option<f64>) -> Vec<String> {
    let attributions = elements_at(context, "attributions");
    let wanted =
        attributions.into_iter().find(|value| text_at(value, "attribute").as_deref() == Some(attribute));
    let Some(wanted) = wanted else { return Vec::new() };
    let is_large = |value: &Value| match (child(value, "average").and_then(Value::as_f64), rate) {
        (Some(average), Some(rate)) => average >= SHARE_TO_NAME * rate,
        (_, _) => true,
    };
    elements_at(wanted, "insight")
        .into_iter()
        .filter(|value| is_large(value))
        .filter_map(|value| text_at(value, "value").map(|text| text.into_owned()))
        .collect()
}

/// A rate without an exponent: whole from 100, one decimal from 1, and two significant digits below.
pub fn rate(value: f64) -> String {
    let magnitude = value.abs();
    let fixed = if magnitude >= 100.0 {
        format!("{value:.0}")
    } else if magnitude >= 1.0 {
        format!("{value:.1}")
    } else if magnitude > 0.0 {
        let mut decimals = 2_usize;
        let mut scaled = magnitude;
        while scaled < 0.1 && decimals < 12 {
            scaled *= 10.0;
            decimals += 1;
        }
        format!("{value:.decimals$}")
    } else {
        "0".to_owned()
    };
    match fixed.contains('.') {
        true => fixed.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => fixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_two_digits_that_matter_and_no_exponent() {
        for (value, expected) in [
            (0.002, "0.002"),
            (0.000_098_12, "0.000098"),
            (0.0123, "0.012"),
            (0.5, "0.5"),
            (12.4, "12.4"),
            (12.0, "12"),
            (85.420_238, "85.4"),
            (664.0, "664"),
            (12_345.6, "12346"),
            (0.0, "0"),
        ] {
            assert_eq!(rate(value), expected);
        }
    }
}
