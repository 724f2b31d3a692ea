//! A rule: what to look for, what to count, when to alarm and whom to tell.
//!
//! These are validated values, free of positions and of YAML. They are made by [`crate::RuleSet`] only, which is
//! why the fields are public and no constructor checks them again.

use filter_pattern::{Pattern, Selector};
use serde_json::Value;

use crate::{Alarm, MetricTransformation, named::named};

/// One rule of a [`RuleSet`](crate::RuleSet): a filter pattern with its metric, alarm and alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The unique name in kebab-case, which also names the alarm.
    pub id: String,
    /// One line for a reader, such as the subject of an e-mail.
    pub title: String,
    /// What the rule finds, what it misses and why it reads as it does; may be empty.
    pub description: String,
    /// What to do when the rule fires; may be empty.
    pub response: String,
    /// Who makes the rule fire without harm, and how to tell or tame it; may be empty.
    pub known_noise: String,
    /// How urgent a match is.
    pub severity: Severity,
    /// Controls and techniques that the rule covers, such as `CloudWatch.6` or `T1110`.
    pub references: Vec<String>,
    /// Which records match.
    pub pattern: Pattern,
    /// What a match adds to which metric.
    pub metric: MetricTransformation,
    /// The alarm on that metric; `None` where the rule has none.
    pub alarm: Option<Alarm>,
    /// The event-level alert; `None` where the rule sends none.
    pub alert: Option<Alert>,
    /// Whether a record counts once for its `eventID`, in however many log files it comes.
    pub deduplicate: bool,
    /// Records that the rule's author has decided by hand.
    pub tests: Vec<RuleTest>,
}

named! {
    /// How urgent a match is, from least to most.
    pub enum Severity {
        /// Worth a line in a report.
        Informational = "informational",
        /// Worth a look in the course of the day.
        Low = "low",
        /// Worth a look within hours.
        Medium = "medium",
        /// Worth an interruption.
        High = "high",
        /// Worth waking somebody.
        Critical = "critical",
    }
}

/// How findings of a rule become event-level alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Findings with equal values at these selectors share one alert; none means that all findings do.
    pub group_by: Vec<Selector>,
}

/// A record with the answer that the rule's pattern has to give.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTest {
    /// What the record shows, as a sentence.
    pub name: String,
    /// The record; always a JSON object.
    pub record: Value,
    /// The record as a log file would hold it: compact JSON with the keys in the order of the document. Term and space-delimited
    /// patterns look at this text.
    pub text: String,
    /// Whether the pattern has to match it.
    pub expected: bool,
}
