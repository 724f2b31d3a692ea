//! A rule as keys and values, with the names of the rule document.

use std::collections::BTreeMap;

use rules::{MetricTransformation, MetricValue, NamedAlarm, Rule, RuleAlarm};

/// Every key of a rule except its id, with its value.
pub(super) fn keys(rule: &Rule) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    let mut add = |key: &str, value: String| drop(keys.insert(key.to_owned(), value));
    add("title", rule.title.clone());
    add("summary", rule.summary.clone());
    add("rationale", rule.rationale.clone());
    add("response", rule.response.clone());
    add("knownNoise", rule.known_noise.clone());
    add("severity", rule.severity.to_string());
    let if_all_failed = rule.severity_if_all_failed.map(|severity| severity.to_string());
    add("severityIfAllFailed", if_all_failed.unwrap_or_default());
    add("references", rule.references.join(", "));
    add("filterPattern", rule.pattern.to_string());
    add_metric(&rule.metric, &mut add);
    match &rule.alarm {
        Some(alarm) => add_alarm("alarm", alarm, &mut add),
        None if rule.alarms.is_empty() => add("alarm", "false".to_owned()),
        None => {}
    }
    for NamedAlarm { name, alarm } in &rule.alarms {
        add_alarm(&format!("alarms.{name}"), alarm, &mut add);
    }
    match &rule.alert {
        Some(alert) => {
            let group_by: Vec<_> = alert.group_by.iter().map(ToString::to_string).collect();
            add("alert.groupBy", group_by.join(", "));
            add("alert.threshold", alert.threshold.to_string());
        }
        None => add("alert", "false".to_owned()),
    }
    add("supersedes", rule.supersedes.join(", "));
    add("deduplicate", rule.deduplicate.to_string());
    for test in &rule.tests {
        let answer = if test.expected { "a match" } else { "no match" };
        add(&format!("tests `{}`", test.name), format!("{answer}: {}", test.text));
    }
    keys.retain(|_, value: &mut String| !value.is_empty());
    keys
}

fn add_metric(metric: &MetricTransformation, add: &mut impl FnMut(&str, String)) {
    add("metricTransformation.metricNamespace", metric.namespace.clone());
    add("metricTransformation.metricName", metric.name.clone());
    let value = match &metric.value {
        MetricValue::Constant(value) => value.to_string(),
        MetricValue::Field(selector) => selector.to_string(),
    };
    add("metricTransformation.metricValue", value);
    let default_value = metric.default_value.map(|value| value.to_string());
    add("metricTransformation.defaultValue", default_value.unwrap_or_default());
    add("metricTransformation.unit", metric.unit.to_string());
    for dimension in &metric.dimensions {
        add(&format!("metricTransformation.dimensions.{}", dimension.name), dimension.selector.to_string());
    }
    add("metricTransformation.timestamp", metric.timestamp.to_string());
}

fn add_alarm(key: &str, alarm: &RuleAlarm, add: &mut impl FnMut(&str, String)) {
    let mut add = |part: &str, value: String| add(&format!("{key}.{part}"), value);
    add("statistic", alarm.statistic.to_string());
    add("period", alarm.period.to_string());
    add("evaluationPeriods", alarm.evaluation_periods.to_string());
    add("datapointsToAlarm", alarm.datapoints_to_alarm.to_string());
    add("threshold", alarm.threshold.to_string());
    add("comparisonOperator", alarm.comparison_operator.to_string());
    add("treatMissingData", alarm.treat_missing_data.to_string());
    let sets = alarm.dimensions.iter().map(|set| {
        let pairs: Vec<_> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    });
    add("dimensions", sets.collect::<Vec<_>>().join(", "));
}
