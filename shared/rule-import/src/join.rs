//! Joins filters and alarms into rules: an alarm goes to the first rule that publishes its metric.
//!
//! The `rules` crate validates each rule on its own, first without and then with its alarm, so that a rejected part
//! affects nothing else. The importer itself does not validate patterns, names or numbers.

use std::collections::{BTreeMap, HashMap};

use rules::RuleSet;

use crate::{
    alarm::{self, SourceAlarm},
    document,
    filter::Filter,
    id::{self, Ids},
    joined::{JoinedAlarm, JoinedRule},
    omission::{OmissionCode, Omissions},
    resource::Resource,
};

/// A metric: namespace, name, and the sorted names of its dimensions.
pub(crate) type MetricKey = (String, String, Vec<String>);

/// Makes rules from filters and alarms. Whatever no rule can have is added to the omissions.
pub(crate) fn join(
    filters: Vec<Filter>,
    alarms: Vec<(&Resource, SourceAlarm)>,
    omissions: &mut Omissions,
) -> Vec<JoinedRule> {
    let mut rules = accepted(filters, omissions);
    let mut by_metric: HashMap<MetricKey, usize> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let metric = &rule.filter.metric;
        by_metric.entry(metric_key(&metric.namespace, &metric.name, &metric.dimensions)).or_insert(index);
    }
    let mut notified = BTreeMap::new();
    for (resource, alarm) in alarms {
        let key = metric_key(&alarm.namespace, &alarm.metric_name, &alarm.dimensions);
        let Some(rule) = by_metric.get(&key).and_then(|index| rules.get_mut(*index)) else {
            report_unpublished(&alarm, omissions);
            continue;
        };
        let actions = alarm.actions.clone();
        if give(rule, alarm, omissions) {
            alarm::report_differences(resource, omissions);
            for action in actions {
                if action.as_deref().is_none_or(alarm::is_topic) {
                    *notified.entry(action).or_insert(0) += 1;
                }
            }
        }
    }
    for (topic, alarms) in notified {
        let topic = topic.map_or_else(
            || "a target that is only known after deployment".to_owned(),
            |topic| format!("`{topic}`"),
        );
        let alarms = counted(alarms, "alarm notifies", "alarms notify");
        let message = format!("{alarms} {topic}, but Trailbell alarms notify the alert topic");
        omissions.add_general(OmissionCode::AlarmActions, message);
    }
    rules
}

/// A number and the noun that it counts.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn accepted(filters: Vec<Filter>, omissions: &mut Omissions) -> Vec<JoinedRule> {
    let mut ids = Ids::default();
    let mut rules = Vec::new();
    for filter in filters {
        let id = ids.of(filter.name.as_deref().unwrap_or(&filter.metric.name));
        let rule = JoinedRule { id, description: None, filter, alarms: Vec::new() };
        match refusal(&rule) {
            None => rules.push(rule),
            Some(refusal) => {
                omissions.add(
                    OmissionCode::RefusedFilter,
                    rule.filter.position,
                    &rule.filter.subject,
                    refusal,
                );
            }
        }
    }
    rules
}

/// Adds an alarm to a rule; `false` if the rule cannot have it.
fn give(rule: &mut JoinedRule, alarm: SourceAlarm, omissions: &mut Omissions) -> bool {
    let SourceAlarm { subject, position, name: alarm_name, description, dimensions, unit, settings, .. } =
        alarm;
    let published = rule.filter.metric.unit.as_deref().unwrap_or("None");
    if let Some(unit) = unit.filter(|unit| unit != published) {
        let message = format!(
            "its `Unit` is `{unit}`, so it would ignore the datapoints of rule `{}`, whose unit is `{published}`",
            rule.id
        );
        omissions.add(OmissionCode::NoCounterpart, position, &subject, message);
        return false;
    }
    if let Some(first) = rule.alarms.iter_mut().find(|first| first.settings == settings) {
        if !dimensions.is_empty() && !first.dimensions.contains(&dimensions) {
            first.dimensions.push(dimensions);
            return true;
        }
        let message =
            format!("rule `{}` already has the alarm `{}`, which is the same", rule.id, first.subject);
        omissions.add(OmissionCode::SecondAlarm, position, &subject, message);
        return false;
    }
    let dimensions = if dimensions.is_empty() { Vec::new() } else { vec![dimensions] };
    let taken: Vec<_> = rule.alarms.iter().map(|alarm| alarm.name.clone()).collect();
    let name = id::alarm_name(alarm_name.as_deref().unwrap_or(&subject), &taken);
    rule.alarms.push(JoinedAlarm { name, settings, dimensions, subject: subject.clone() });
    if let Some(refusal) = refusal(rule) {
        omissions.add(OmissionCode::RefusedAlarm, position, &subject, refusal);
        rule.alarms.pop();
        return false;
    }
    if rule.description.is_none() {
        rule.description = description;
    }
    true
}

fn report_unpublished(alarm: &SourceAlarm, omissions: &mut Omissions) {
    let SourceAlarm { namespace, metric_name, dimensions, .. } = alarm;
    let names: Vec<_> = dimensions.iter().map(|(name, _)| name.as_str()).collect();
    let with =
        if names.is_empty() { String::new() } else { format!(" with the dimensions {}", names.join(", ")) };
    let (code, message) = if namespace.starts_with(alarm::SERVICES) {
        (
            OmissionCode::ServiceMetric,
            format!("it watches the metric `{metric_name}` in `{namespace}`, which no filter publishes"),
        )
    } else {
        let message =
            format!("no filter in the input publishes the metric `{metric_name}` in `{namespace}`{with}");
        (OmissionCode::NoFilter, message)
    };
    omissions.add(code, alarm.position, &alarm.subject, message);
}

pub(crate) fn metric_key(namespace: &str, name: &str, dimensions: &[(String, String)]) -> MetricKey {
    let mut names: Vec<_> = dimensions.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    (namespace.to_owned(), name.to_owned(), names)
}

/// Why `rules` rejects a rule, in one line; `None` if it accepts the rule.
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
