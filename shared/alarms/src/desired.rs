//! From rules to the alarms that they ask for.
//!
//! All alarms or none: where a name is impossible, nothing is made, since an alarm that is left out would be deleted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rules::{Alarm as RuleAlarm, Rule, Severity};

use crate::alarm::{Actions, Alarm, Definition, MetricAlarm, Tags};
use crate::description;
use crate::settings::{OWNER_TAG, RULE_TAG, SEVERITY_TAG, Settings};
use crate::severity::severity_alarms;

/// The longest name, in characters (PutMetricAlarm).
const NAME_CHARACTERS: usize = 255;

/// Why an alarm that the rules ask for cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesiredError {
    /// Its name is too long.
    #[error(
        "the alarm `{name}` of rule `{rule}` has a name of {} characters, more than the {NAME_CHARACTERS} allowed; shorten the prefix or the dimension's value",
        name.chars().count()
    )]
    LongName {
        /// The name.
        name: String,
        /// The rule.
        rule: String,
    },
    /// Two alarms would have the same name.
    #[error("two alarms of rule `{rule}` have the name `{name}`; list each dimension value once")]
    SameName {
        /// The name.
        name: String,
        /// The rule of the second one.
        rule: String,
    },
}

impl DesiredError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::LongName { .. } => "alarms.long-name",
            Self::SameName { .. } => "alarms.same-name",
        }
    }
}

/// The alarms that the rules ask for, in the order of their names.
///
/// # Errors
///
/// [`DesiredError`] for the first alarm that can't be.
pub fn desired(rules: &[Rule], settings: &Settings) -> Result<Vec<Alarm>, DesiredError> {
    let mut names = BTreeSet::new();
    let mut of_rules: Vec<(Severity, Alarm)> = Vec::new();
    for rule in rules {
        for alarm in rule.alarm.iter().flat_map(|alarm| alarms_of(rule, alarm, settings)) {
            if alarm.name.chars().count() > NAME_CHARACTERS {
                return Err(DesiredError::LongName { name: alarm.name, rule: rule.id.clone() });
            }
            if !names.insert(alarm.name.clone()) {
                return Err(DesiredError::SameName { name: alarm.name, rule: rule.id.clone() });
            }
            of_rules.push((rule.severity, alarm));
        }
    }
    of_rules.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    let composites = if settings.severity_alarms { severity_alarms(&of_rules, settings) } else { Vec::new() };
    let mut alarms: Vec<Alarm> = of_rules.into_iter().map(|(_, alarm)| alarm).chain(composites).collect();
    alarms.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(alarms)
}

/// One alarm on the metric without dimensions, or one for each list of dimension values.
fn alarms_of(rule: &Rule, alarm: &RuleAlarm, settings: &Settings) -> Vec<Alarm> {
    if alarm.dimensions.is_empty() {
        return vec![alarm_of(rule, alarm, &[], settings)];
    }
    alarm.dimensions.iter().map(|dimensions| alarm_of(rule, alarm, dimensions, settings)).collect()
}

fn alarm_of(rule: &Rule, alarm: &RuleAlarm, dimensions: &[(String, String)], settings: &Settings) -> Alarm {
    let mut name = settings.ownership.prefix.name(&rule.id);
    for (_, value) in dimensions {
        name.push('/');
        push_value(&mut name, value);
    }
    let mut dimensions = dimensions.to_vec();
    dimensions.sort();
    let definition = Definition::Metric(MetricAlarm {
        description: description::of_rule(rule, &dimensions),
        namespace: rule.metric.namespace.clone(),
        metric_name: rule.metric.name.clone(),
        dimensions,
        statistic: alarm.statistic.as_str().to_owned(),
        period: alarm.period,
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        threshold: Some(alarm.threshold),
        comparison_operator: alarm.comparison_operator.as_str().to_owned(),
        treat_missing_data: alarm.treat_missing_data.as_str().to_owned(),
        actions: actions(settings),
        other: Vec::new(),
    });
    let mut tags = tags(rule.severity, settings);
    tags.insert(RULE_TAG.to_owned(), rule.id.clone());
    Alarm { name, definition, tags }
}

/// The actions of every alarm.
pub(crate) fn actions(settings: &Settings) -> Actions {
    let sorted = |actions: &[String]| {
        let mut actions = actions.to_vec();
        actions.sort();
        actions.dedup();
        actions
    };
    Actions {
        enabled: true,
        alarm: sorted(&settings.alarm_actions),
        ok: sorted(&settings.ok_actions),
        insufficient_data: Vec::new(),
    }
}

/// The tags that every alarm of a severity has.
pub(crate) fn tags(severity: Severity, settings: &Settings) -> Tags {
    Tags::from([
        (OWNER_TAG.to_owned(), settings.ownership.owner.as_str().to_owned()),
        (SEVERITY_TAG.to_owned(), severity.as_str().to_owned()),
    ])
}

/// A dimension's value as a part of a name: without the slashes that divide a name, and without what would need escapes
/// in the expression of a composite alarm or in a template. Different values stay different.
fn push_value(name: &mut String, value: &str) {
    for character in value.chars() {
        if character.is_ascii_alphanumeric() || "-_.:=+@".contains(character) {
            name.push(character);
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(name, "%{:X}", u32::from(character));
        }
    }
}

#[cfg(test)]
mod tests;
