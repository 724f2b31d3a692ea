//! Filters and alarms to rules: an alarm goes to the first rule that publishes its metric.
//!
//! `rules` judges each rule by itself, once without and once with its alarm, so that what it refuses takes nothing else
//! with it; the importer has no second opinion on patterns, names and numbers.

use std::collections::{BTreeMap, HashMap};

use rules::RuleSet;

use crate::{
    alarm::{self, Alarm, Settings},
    document,
    filter::Filter,
    id::Ids,
    omission::{Code, Report},
    resource::Resource,
};

/// A rule to be written.
#[derive(Debug)]
pub(crate) struct JoinedRule {
    pub(crate) id: String,
    pub(crate) description: Option<String>,
    pub(crate) filter: Filter,
    pub(crate) alarm: Option<JoinedAlarm>,
}

/// The alarm of a rule.
#[derive(Debug)]
pub(crate) struct JoinedAlarm {
    pub(crate) settings: Settings,
    /// One alarm for each; without any, one alarm on the metric without dimensions.
    pub(crate) dimensions: Vec<Vec<(String, String)>>,
    /// The alarm that came first.
    subject: String,
}

/// A metric: namespace, name, and the sorted names of its dimensions.
pub(crate) type MetricKey = (String, String, Vec<String>);

/// Makes rules of filters and alarms; what finds no place is in the report.
pub(crate) fn join(
    filters: Vec<Filter>,
    alarms: Vec<(&Resource, Alarm)>,
    report: &mut Report,
) -> Vec<JoinedRule> {
    let mut rules = accepted(filters, report);
    let mut by_metric: HashMap<MetricKey, usize> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let metric = &rule.filter.metric;
        by_metric.entry(metric_key(&metric.namespace, &metric.name, &metric.dimensions)).or_insert(index);
    }
    let mut notified = BTreeMap::new();
    for (resource, alarm) in alarms {
        let key = metric_key(&alarm.namespace, &alarm.metric_name, &alarm.dimensions);
        let Some(rule) = by_metric.get(&key).and_then(|index| rules.get_mut(*index)) else {
            report_unpublished(&alarm, report);
            continue;
        };
        let actions = alarm.actions.clone();
        if give(rule, alarm, report) {
            alarm::report_differences(resource, report);
            for action in actions {
                if action.as_deref().is_none_or(alarm::is_topic) {
                    *notified.entry(action).or_insert(0) += 1;
                }
            }
        }
    }
    for (topic, alarms) in notified {
        let topic = topic.map_or_else(
            || "something that only the deployment knows".to_owned(),
            |topic| format!("`{topic}`"),
        );
        let alarms = counted(alarms, "alarm notifies", "alarms notify");
        let message = format!("{alarms} {topic}; alarms of Trailbell notify its alert topic");
        report.add_general(Code::AlarmActions, message);
    }
    rules
}

/// A number and what it counts.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn accepted(filters: Vec<Filter>, report: &mut Report) -> Vec<JoinedRule> {
    let mut ids = Ids::default();
    let mut rules = Vec::new();
    for filter in filters {
        let id = ids.of(filter.name.as_deref().unwrap_or(&filter.metric.name));
        let rule = JoinedRule { id, description: None, filter, alarm: None };
        match refusal(&rule) {
            None => rules.push(rule),
            Some(refusal) => {
                report.add(Code::RefusedFilter, rule.filter.position, &rule.filter.subject, refusal);
            }
        }
    }
    rules
}

/// Gives an alarm to a rule; `false` if the rule cannot have it.
fn give(rule: &mut JoinedRule, alarm: Alarm, report: &mut Report) -> bool {
    let Alarm { subject, position, description, dimensions, unit, settings, .. } = alarm;
    let published = rule.filter.metric.unit.as_deref().unwrap_or("None");
    if let Some(unit) = unit.filter(|unit| unit != published) {
        let message = format!(
            "`Unit` of `{unit}`, and the datapoints of `{}` have `{published}`: it sees none of them",
            rule.id
        );
        report.add(Code::NoCounterpart, position, &subject, message);
        return false;
    }
    if let Some(first) = &mut rule.alarm {
        if first.settings == settings && !dimensions.is_empty() && !first.dimensions.contains(&dimensions) {
            first.dimensions.push(dimensions);
            return true;
        }
        let with = if first.settings == settings { "" } else { " with other settings" };
        let message =
            format!("rule `{}` has the alarm `{}`{with}, and a rule has one", rule.id, first.subject);
        report.add(Code::SecondAlarm, position, &subject, message);
        return false;
    }
    let dimensions = if dimensions.is_empty() { Vec::new() } else { vec![dimensions] };
    rule.alarm = Some(JoinedAlarm { settings, dimensions, subject: subject.clone() });
    if let Some(refusal) = refusal(rule) {
        report.add(Code::RefusedAlarm, position, &subject, refusal);
        rule.alarm = None;
        return false;
    }
    rule.description = description;
    true
}

fn report_unpublished(alarm: &Alarm, report: &mut Report) {
    let Alarm { namespace, metric_name, dimensions, .. } = alarm;
    let names: Vec<_> = dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let with =
        if names.is_empty() { String::new() } else { format!(" with the dimensions {}", names.join(", ")) };
    let (code, message) = if namespace.starts_with("AWS/") {
        (
            Code::ServiceMetric,
            format!("it looks at the metric `{metric_name}` of `{namespace}`, which no filter makes"),
        )
    } else {
        let message =
            format!("no filter of the input publishes the metric `{metric_name}` of `{namespace}`{with}");
        (Code::NoFilter, message)
    };
    report.add(code, alarm.position, &alarm.subject, message);
}

pub(crate) fn metric_key(namespace: &str, name: &str, dimensions: &[(String, String)]) -> MetricKey {
    let mut names: Vec<_> = dimensions.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    (namespace.to_owned(), name.to_owned(), names)
}

/// Why `rules` does not take a rule, in one line.
fn refusal(rule: &JoinedRule) -> Option<String> {
    let diagnostics = RuleSet::parse(&rule.id, &document::of_one(rule)).err()?;
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    let texts: Vec<_> = errors
        .map(|diagnostic| match &diagnostic.help {
            Some(help) => format!("{}: {help}", diagnostic.message),
            None => diagnostic.message.clone(),
        })
        .collect();
    Some(texts.join("; "))
}
