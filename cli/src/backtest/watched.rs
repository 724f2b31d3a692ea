//! The alarms of a rule set: those that the reconciler would create.

use std::collections::HashMap;

use alarm_simulation::composite::RuleExpression;
use alarms::{AlarmSettings, Definition, MetricAlarm, Owner, Ownership, Prefix, RULE_TAG, desired};
use anyhow::{Context as _, bail};
use rules::{ComparisonOperator, Rule, Statistic, TreatMissingData};

use crate::terminal::printable;

/// A metric with exactly these dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MetricKey {
    pub(super) namespace: String,
    pub(super) name: String,
    /// Sorted by name: the order of a rule's dimensions is not part of a metric's identity.
    pub(super) dimensions: Vec<(String, String)>,
}

/// An alarm on a metric.
#[derive(Debug, Clone)]
pub(super) struct WatchedAlarm {
    pub(super) name: String,
    /// The index of its rule in the rule set.
    pub(super) rule: usize,
    pub(super) metric: MetricKey,
    pub(super) definition: rules::RuleAlarm,
}

/// An alarm on other alarms.
#[derive(Debug)]
pub(super) struct WatchedComposite {
    pub(super) name: String,
    pub(super) expression: RuleExpression,
}

/// The alarms of a rule set, sorted by name.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) alarms: Vec<WatchedAlarm>,
    pub(super) composites: Vec<WatchedComposite>,
}

impl Watched {
    /// The alarms of these rules.
    ///
    /// # Errors
    ///
    /// If an alarm is impossible, or cannot be simulated.
    pub(super) fn of(rules: &[Rule], severity_alarms: bool) -> anyhow::Result<Self> {
        let settings = AlarmSettings {
            ownership: Ownership { prefix: Prefix::default(), owner: Owner::new("backtest")? },
            alarm_actions: Vec::new(),
            sole_alarm_actions: Vec::new(),
            ok_actions: Vec::new(),
            severity_alarms,
        };
        let positions: HashMap<&str, usize> = rules.iter().map(|rule| rule.id.as_str()).zip(0..).collect();
        let mut watched = Self::default();
        for alarm in desired(rules, &settings)? {
            let name = alarm.name;
            match alarm.definition {
                Definition::Metric(metric) => {
                    let id = alarm.tags.get(RULE_TAG).map(String::as_str).unwrap_or_default();
                    let Some(&rule) = positions.get(id) else { continue };
                    let definition =
                        definition(&metric).with_context(|| format!("alarm `{}`", printable(&name)))?;
                    let MetricAlarm { namespace, metric_name, dimensions, .. } = metric;
                    let metric = MetricKey { namespace, name: metric_name, dimensions };
                    watched.alarms.push(WatchedAlarm { name, rule, metric, definition });
                }
                Definition::Composite(composite) => {
                    let expression = RuleExpression::parse(&composite.rule)
                        .with_context(|| format!("alarm `{}`", printable(&name)))?;
                    watched.composites.push(WatchedComposite { name, expression });
                }
            }
        }
        Ok(watched)
    }

    /// The seconds before a time that its alarms can read, with `range` periods or as many as CloudWatch reads.
    pub(super) fn longest_range(&self, range: Option<u32>) -> i64 {
        let seconds = |alarm: &WatchedAlarm| {
            let periods = range_of(&alarm.definition, range);
            i64::from(periods) * i64::from(alarm.definition.period)
        };
        self.alarms.iter().map(seconds).max().unwrap_or(0)
    }
}

/// The number of periods that an alarm reads.
pub(super) fn range_of(alarm: &rules::RuleAlarm, range: Option<u32>) -> u32 {
    let usual = alarm_simulation::evaluation_range(alarm.evaluation_periods);
    range.map_or(usual, |range| range.max(alarm.evaluation_periods))
}

/// The reconciler's alarm in the terms of the rules.
fn definition(alarm: &MetricAlarm) -> anyhow::Result<rules::RuleAlarm> {
    let comparison = ComparisonOperator::ALL.iter().find(|one| one.as_str() == alarm.comparison_operator);
    let missing = TreatMissingData::ALL.iter().find(|one| one.as_str() == alarm.treat_missing_data);
    let (Some(comparison), Some(missing), Some(threshold)) = (comparison, missing, alarm.threshold) else {
        bail!("it has a comparison, a treatment of missing data or a threshold that no rule can have");
    };
    Ok(rules::RuleAlarm {
        statistic: statistic(&alarm.statistic),
        period: alarm.period,
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        threshold,
        comparison_operator: *comparison,
        treat_missing_data: *missing,
        dimensions: Vec::new(),
    })
}

fn statistic(text: &str) -> Statistic {
    let named =
        [Statistic::SampleCount, Statistic::Average, Statistic::Sum, Statistic::Minimum, Statistic::Maximum];
    let found = named.into_iter().find(|statistic| statistic.as_str() == text);
    found.unwrap_or_else(|| Statistic::Percentile(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarms_are_those_of_the_rules_with_every_setting() {
        for set in rules::catalogue::sets() {
            let rules = rules::RuleSet::of_set_without_tests(set).unwrap();
            let watched = Watched::of(rules.rules(), true).unwrap();
            let expected: usize = rules.rules().iter().map(|rule| rule.all_alarms().count()).sum();
            assert_eq!(watched.alarms.len(), expected, "{}", set.name);
            for alarm in &watched.alarms {
                let rule = &rules.rules()[alarm.rule];
                let own = rule.all_alarms().map(|(_, own)| own.clone()).collect::<Vec<_>>();
                assert!(own.contains(&alarm.definition), "{}", alarm.name);
                assert_eq!(alarm.metric.name, rule.metric.name);
            }
            assert!(!watched.composites.is_empty(), "{}", set.name);
        }
    }
}
