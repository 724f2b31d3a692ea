//! An alarm as CloudWatch keeps it, reduced to what decides whether it is as the rules ask.
//!
//! State, history and times are not here. Enumerations of the API are texts in its own spelling, because an existing alarm
//! may hold values that no rule can ask for.
//!
//! Source: `MetricAlarm`, `CompositeAlarm` and `Tag` of the CloudWatch API.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// An alarm that the rules ask for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// The name, unique in a region of an account.
    pub name: String,
    /// What it does.
    #[serde(flatten)]
    pub definition: Definition,
    /// The tags that it has at least.
    pub tags: Tags,
}

/// What an alarm watches, and what it does then.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Definition {
    /// It watches a metric.
    Metric(MetricAlarm),
    /// It watches other alarms.
    Composite(CompositeAlarm),
}

/// An alarm on one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricAlarm {
    /// Markdown for a reader.
    pub description: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric_name: String,
    /// Names and values of the dimensions, in the order of the names.
    pub dimensions: Vec<(String, String)>,
    /// `Sum`, `p99` and so on, whichever of the API's two members it goes to.
    pub statistic: String,
    /// The length of a period, in seconds.
    pub period: u32,
    /// How many of the latest periods are looked at.
    pub evaluation_periods: u32,
    /// How many of those have to breach.
    pub datapoints_to_alarm: u32,
    /// What the value of a period is compared with; an existing alarm may have none.
    pub threshold: Option<f64>,
    /// How it is compared.
    pub comparison_operator: String,
    /// What a period without datapoints counts as.
    pub treat_missing_data: String,
    /// What happens on a change of state.
    pub actions: Actions,
    /// Further settings, by their names in the API, that an existing alarm has and a rule can't ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// An alarm on the states of other alarms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompositeAlarm {
    /// Markdown for a reader.
    pub description: String,
    /// The expression over other alarms.
    pub rule: String,
    /// What happens on a change of state.
    pub actions: Actions,
    /// Further settings, by their names in the API, that an existing alarm has and a rule can't ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// What happens on a change of state, as ARNs in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Actions {
    /// Whether anything happens at all.
    pub enabled: bool,
    /// On `ALARM`.
    pub alarm: Vec<String>,
    /// On `OK`.
    pub ok: Vec<String>,
    /// On `INSUFFICIENT_DATA`.
    pub insufficient_data: Vec<String>,
}

impl Default for Actions {
    fn default() -> Self {
        Self { enabled: true, alarm: Vec::new(), ok: Vec::new(), insufficient_data: Vec::new() }
    }
}

/// An alarm that there is.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// Its name.
    pub name: String,
    /// Its ARN, by which it is tagged.
    pub arn: String,
    /// What it does; `None` for the kinds of alarm that no rule asks for.
    pub definition: Option<Definition>,
    /// All its tags.
    pub tags: Tags,
}

/// The kinds of alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// On a metric.
    Metric,
    /// On other alarms.
    Composite,
    /// On something that no rule asks for, such as a log query.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Metric => "metric",
            Self::Composite => "composite",
            Self::Other => "other",
        })
    }
}

impl Alarm {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.definition.kind()
    }
}

impl Existing {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.definition.as_ref().map_or(Kind::Other, Definition::kind)
    }
}

impl Definition {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Metric(_) => Kind::Metric,
            Self::Composite(_) => Kind::Composite,
        }
    }

    /// Names and values of everything that is compared, in the terms of the API. Those of one kind have the same names.
    pub(crate) fn properties(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Metric(alarm) => alarm.properties(),
            Self::Composite(alarm) => alarm.properties(),
        }
    }
}

impl MetricAlarm {
    fn properties(&self) -> Vec<(&'static str, String)> {
        let dimensions: Vec<_> =
            self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut properties = vec![
            ("AlarmDescription", self.description.clone()),
            ("Namespace", self.namespace.clone()),
            ("MetricName", self.metric_name.clone()),
            ("Dimensions", dimensions.join(", ")),
            ("Statistic", self.statistic.clone()),
            ("Period", self.period.to_string()),
            ("EvaluationPeriods", self.evaluation_periods.to_string()),
            ("DatapointsToAlarm", self.datapoints_to_alarm.to_string()),
            ("Threshold", self.threshold.map(|number| number.to_string()).unwrap_or_default()),
            ("ComparisonOperator", self.comparison_operator.clone()),
            ("TreatMissingData", self.treat_missing_data.clone()),
        ];
        properties.extend(self.actions.properties());
        properties.push(("other settings", self.other.join(", ")));
        properties
    }
}

impl CompositeAlarm {
    fn properties(&self) -> Vec<(&'static str, String)> {
        let mut properties =
            vec![("AlarmDescription", self.description.clone()), ("AlarmRule", self.rule.clone())];
        properties.extend(self.actions.properties());
        properties.push(("other settings", self.other.join(", ")));
        properties
    }
}

impl Actions {
    fn properties(&self) -> [(&'static str, String); 4] {
        [
            ("ActionsEnabled", self.enabled.to_string()),
            ("AlarmActions", self.alarm.join(", ")),
            ("OKActions", self.ok.join(", ")),
            ("InsufficientDataActions", self.insufficient_data.join(", ")),
        ]
    }
}
