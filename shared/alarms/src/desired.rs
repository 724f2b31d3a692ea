//! From rules to the alarms that they require. Existing alarms are not looked at.
//!
//! The result contains all alarms, or is an error: if one invalid alarm were left out, the existing one would be
//! deleted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pipeline::OperationalEvent;
use rules::{Rule, RuleAlarm, Severity};

use crate::alarm::{Alarm, Definition, MetricAlarm};
use crate::description;
use crate::settings::{AlarmSettings, CONTROLS_TAG, RULE_TAG};
use crate::severity::severity_alarms;

/// The maximum length of an alarm name, in characters (PutMetricAlarm).
const NAME_CHARACTERS: usize = 255;

/// Why an alarm that the rules require is impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesiredError {
    /// Its name is too long.
    #[error(
        "the alarm name `{name}` of rule `{rule}` has {} characters, more than the {NAME_CHARACTERS} allowed; shorten the prefix or the dimension value",
        name.chars().count()
    )]
    LongName {
        /// The name.
        name: String,
        /// The rule.
        rule: String,
    },
    /// Two alarms would have the same name.
    #[error("two alarms of rule `{rule}` would have the name `{name}`; list each dimension value once")]
    SameName {
        /// The name.
        name: String,
        /// The rule of the second alarm.
        rule: String,
    },
}

impl DesiredError {
    /// The event that this error reports.
    #[must_use]
    pub fn event(&self) -> OperationalEvent {
        match self {
            Self::LongName { .. } => OperationalEvent::AlarmsLongName,
            Self::SameName { .. } => OperationalEvent::AlarmsSameName,
        }
    }
}

/// The alarms that the rules require, sorted by name.
///
/// # Errors
///
/// [`DesiredError`] for the first alarm that is impossible.
pub fn desired(rules: &[Rule], settings: &AlarmSettings) -> Result<Vec<Alarm>, DesiredError> {
    let mut names = BTreeSet::new();
    let mut of_rules: Vec<(Severity, Alarm)> = Vec::new();
    for rule in rules {
        for alarm in rule.all_alarms().flat_map(|(name, alarm)| alarms_of(rule, (name, alarm), settings)) {
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
fn alarms_of(rule: &Rule, (name, alarm): (Option<&str>, &RuleAlarm), settings: &AlarmSettings) -> Vec<Alarm> {
    if alarm.dimensions.is_empty() {
        return vec![alarm_of(rule, (name, alarm), &[], settings)];
    }
    let of_values = |dimensions: &Vec<_>| alarm_of(rule, (name, alarm), dimensions, settings);
    alarm.dimensions.iter().map(of_values).collect()
}

fn alarm_of(
    rule: &Rule,
    (own_name, alarm): (Option<&str>, &RuleAlarm),
    dimensions: &[(String, String)],
    settings: &AlarmSettings,
) -> Alarm {
    let mut name = settings.ownership.prefix.name(&rule.id);
    if let Some(own_name) = own_name {
        name.push('/');
        name.push_str(own_name);
    }
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
        actions: settings.actions(rule.alert.is_some()),
        other: Vec::new(),
    });
    let mut tags = settings.tags(rule.severity);
    tags.insert(RULE_TAG.to_owned(), rule.id.clone());
    let controls = description::controls_tag(rule);
    tags.extend(controls.map(|controls| (CONTROLS_TAG.to_owned(), controls)));
    Alarm { name, definition, tags }
}

/// Appends a dimension value to a name. Slashes, which separate the parts of a name, and characters that would need
/// escapes in the expression of a composite alarm or in a template are encoded. Different values stay different.
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
