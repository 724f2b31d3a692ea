//! A rule: which records to look for, what to count, and when to raise an alarm or send an alert.
//!
//! These are validated values without positions or YAML. Only [`crate::RuleSet`] creates them, so the fields are
//! public and no constructor checks them again.

use std::{collections::BTreeMap, fmt};

use filter_pattern::{Pattern, Selector};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{LintCode, MetricTransformation, NamedAlarm, RuleAlarm, named::named};

/// One rule of a [`RuleSet`](crate::RuleSet): a filter pattern with its metric, alarm and alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The unique id in kebab-case; it is also part of the alarm's name.
    pub id: String,
    /// A one-line title for people, used for example as the subject of an e-mail.
    pub title: String,
    /// What happened and why it matters, for the person on call; alerts and alarms carry it. May be empty.
    pub summary: String,
    /// What the rule finds, what it misses, and why its pattern is written as it is, for people who edit rules. May be
    /// empty.
    pub rationale: String,
    /// What to do when the rule fires; may be empty.
    pub response: String,
    /// Harmless activity that makes the rule fire, and how to recognize or exclude it; may be empty.
    pub known_noise: String,
    /// How urgent a match is.
    pub severity: Severity,
    /// How urgent an alert is if every call in it failed or was refused; always less than `severity`. `None` if the
    /// outcome makes no difference.
    pub severity_if_all_failed: Option<Severity>,
    /// The controls and techniques that the rule covers, such as `CloudWatch.6` or `T1110`.
    pub references: Vec<String>,
    /// Decides which records match.
    pub pattern: Pattern,
    /// The metric, and what each match adds to it.
    pub metric: MetricTransformation,
    /// The alarm on that metric; `None` if the rule has no alarm, or several.
    pub alarm: Option<RuleAlarm>,
    /// Several alarms on that metric; empty if the rule has one alarm or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<NamedAlarm>,
    /// The event-level alert; `None` if the rule sends no alert.
    pub alert: Option<RuleAlert>,
    /// The ids of broader rules. A record in an alert of this rule is left out of the alerts of those rules; their
    /// metrics still count it. The set may lack some of them, and no rule supersedes itself, not even through others.
    pub supersedes: Vec<String>,
    /// Whether a record counts once per `eventID`, no matter how many log files contain it.
    pub deduplicate: bool,
    /// The lints that the rule's author accepts, each with the reason. They are not part of the serialised form.
    #[serde(skip)]
    pub accepted_lints: BTreeMap<LintCode, String>,
    /// Example records with the expected results. They are not part of the serialised form.
    #[serde(skip)]
    pub tests: Vec<RuleTest>,
}

impl Rule {
    /// All alarms of the rule: the only one without a name, or several with their names.
    pub fn all_alarms(&self) -> impl Iterator<Item = (Option<&str>, &RuleAlarm)> {
        let named = self.alarms.iter().map(|named| (Some(named.name.as_str()), &named.alarm));
        self.alarm.iter().map(|alarm| (None, alarm)).chain(named)
    }
}

named! {
    /// How urgent a match is, from least to most.
    pub enum Severity {
        /// Worth a line in a report.
        Informational = "informational",
        /// Worth a look during the day.
        Low = "low",
        /// Worth a look within hours.
        Medium = "medium",
        /// Worth an interruption.
        High = "high",
        /// Worth waking someone.
        Critical = "critical",
    }
}

/// How findings of a rule become event-level alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleAlert {
    /// Findings that agree in all of these share one alert. An empty list puts all findings into one alert.
    pub group_by: Vec<GroupBy>,
    /// An alert needs at least this many findings of its group in the log files that are published together; at least 1.
    pub threshold: u32,
}

/// One of the properties by which findings are grouped. Prints as in a rule document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GroupBy {
    /// `identity`: who made the call, by a key that separates identities with and without an ARN.
    Identity,
    /// `account`: the account in whose trail the record is, `$.recipientAccountId`.
    Account,
    /// `region`: the region of the call, `$.awsRegion`.
    Region,
    /// The value of one field of the record.
    Field(Selector),
}

impl GroupBy {
    /// The properties that have a name of their own.
    pub(crate) const NAMED: [Self; 3] = [Self::Identity, Self::Account, Self::Region];
}

impl fmt::Display for GroupBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => formatter.write_str("identity"),
            Self::Account => formatter.write_str("account"),
            Self::Region => formatter.write_str("region"),
            Self::Field(selector) => selector.fmt(formatter),
        }
    }
}

/// A record with the result that the rule's pattern must give.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTest {
    /// A sentence that describes the record.
    pub name: String,
    /// The record; always a JSON object.
    pub record: Value,
    /// The record as a log file would contain it: compact JSON with the keys in document order. Term and
    /// space-delimited patterns match against this text.
    pub text: String,
    /// Whether the pattern must match the record.
    pub expected: bool,
}
