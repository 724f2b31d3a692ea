//! An alarm in CloudWatch, reduced to the properties that decide whether it matches the rules.
//!
//! State, history and times are omitted. Enumerations of the API are texts in the API's spelling, because an existing
//! alarm may have values that no rule can have.
//!
//! Source: `MetricAlarm`, `CompositeAlarm` and `Tag` of the CloudWatch API.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// An alarm that the rules require.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// The name, unique within a region of an account.
    pub name: String,
    /// What the alarm watches, and its actions.
    #[serde(flatten)]
    pub definition: Definition,
    /// The tags that it must have; it may have others.
    pub tags: Tags,
}

/// What an alarm watches, and its actions.
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
    /// Plain text for people.
    pub description: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric_name: String,
    /// Names and values of the dimensions, sorted by name.
    pub dimensions: Vec<(String, String)>,
    /// `Sum`, `p99` and so on; the API has two members for it, `Statistic` and `ExtendedStatistic`.
    pub statistic: String,
    /// The length of a period, in seconds.
    pub period: u32,
    /// How many of the most recent periods the alarm evaluates.
    pub evaluation_periods: u32,
    /// How many of these periods must breach.
    pub datapoints_to_alarm: u32,
    /// The number that a period's value is compared with; an existing alarm may lack it.
    pub threshold: Option<f64>,
    /// How the two are compared.
    pub comparison_operator: String,
    /// How a period without datapoints is treated.
    pub treat_missing_data: String,
    /// The actions on state changes.
    pub actions: Actions,
    /// Other settings of an existing alarm that no rule can have, by their names in the API.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// An alarm on the states of other alarms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompositeAlarm {
    /// Markdown for people.
    pub description: String,
    /// The expression over other alarms.
    pub rule: String,
    /// The actions on state changes.
    pub actions: Actions,
    /// Other settings of an existing alarm that no rule can have, by their names in the API.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<String>,
}

/// The actions on state changes, as ARNs in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Actions {
    /// Whether the actions are enabled.
    pub enabled: bool,
    /// When the alarm changes to `ALARM`.
    pub alarm: Vec<String>,
    /// When the alarm changes to `OK`.
    pub ok: Vec<String>,
    /// When the alarm changes to `INSUFFICIENT_DATA`.
    pub insufficient_data: Vec<String>,
}

impl Default for Actions {
    fn default() -> Self {
        Self { enabled: true, alarm: Vec::new(), ok: Vec::new(), insufficient_data: Vec::new() }
    }
}

/// An alarm that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// Its name.
    pub name: String,
    /// Its ARN, which TagResource needs.
    pub arn: String,
    /// What it watches, and its actions; `None` for kinds of alarms that no rule can have.
    pub definition: Option<Definition>,
    /// All its tags.
    pub tags: Tags,
}

/// The kinds of alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// An alarm on a metric.
    Metric,
    /// An alarm on other alarms.
    Composite,
    /// An alarm on something else that no rule can have, such as a log query.
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
    /// The tags of the alarm in `trusted` that has this one's name and definition.
    #[must_use]
    pub fn trusted_tags<'t>(&self, trusted: &'t [Alarm]) -> Option<&'t Tags> {
        let same =
            |alarm: &&Alarm| alarm.name == self.name && self.definition.as_ref() == Some(&alarm.definition);
        trusted.iter().find(same).map(|alarm| &alarm.tags)
    }

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

    /// Names and values of all properties that are compared, in the terms of the API. Definitions of the same kind
    /// have the same names.
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
