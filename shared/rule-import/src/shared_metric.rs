//! Filters of different log groups that publish one metric.
//!
//! A filter counts the events of its log group, and a rule every record of the trail: two rules that publish one metric
//! count a record twice where the filters counted it once. Filters that do the same in different log groups become one
//! rule. Where the filters of a metric differ from log group to log group, no rules say what they said, and that is
//! reported. Filters of one log group stay as they are, twins too: they counted each event twice.
//!
//! Log groups that only the deployment knows are taken for one.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use crate::{
    filter::{Filter, Metric},
    join::{MetricKey, metric_key},
    number,
    omission::{Code, Report},
};

/// What a filter does, whichever log group it reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Effect {
    pattern: String,
    namespace: String,
    name: String,
    value: String,
    default_value: Option<String>,
    unit: Option<String>,
    dimensions: Vec<(String, String)>,
}

impl Effect {
    fn of(filter: &Filter) -> Self {
        let Metric { namespace, name, value, default_value, unit, dimensions } = &filter.metric;
        let mut dimensions = dimensions.clone();
        dimensions.sort();
        Self {
            pattern: filter.pattern.trim().to_owned(),
            namespace: namespace.clone(),
            name: name.clone(),
            value: number::plain_or_as_written(value),
            default_value: default_value.as_deref().map(number::plain_or_as_written),
            unit: unit.clone().filter(|unit| unit != "None"),
            dimensions,
        }
    }
}

/// A filter, and the log groups in which it or another one does the same.
struct Merged {
    filter: Filter,
    log_groups: BTreeSet<Option<String>>,
}

/// Leaves one of the filters that do the same in different log groups, and reports metrics that count more as rules.
pub(crate) fn merge(filters: Vec<Filter>, report: &mut Report) -> Vec<Filter> {
    let merged = merge_twins(filters, report);
    report_shared(&merged, report);
    merged.into_iter().map(|merged| merged.filter).collect()
}

fn merge_twins(filters: Vec<Filter>, report: &mut Report) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut occurrences: HashMap<(Effect, Option<String>), usize> = HashMap::new();
    // The second of two twins in a log group merges with the second of another log group.
    let mut places: HashMap<(Effect, usize), usize> = HashMap::new();
    for filter in filters {
        let effect = Effect::of(&filter);
        let log_group = filter.log_group.clone();
        let occurrence = occurrences.entry((effect.clone(), log_group.clone())).or_default();
        *occurrence += 1;
        match places.entry((effect, *occurrence)) {
            Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(Merged { filter, log_groups: BTreeSet::from([log_group]) });
            }
            Entry::Occupied(place) => {
                let Some(first) = merged.get_mut(*place.get()) else { continue };
                let message = format!(
                    "`{}` does the same in another log group, and one rule stands for both",
                    first.filter.subject
                );
                report.add(Code::MergedFilter, filter.position, &filter.subject, message);
                first.log_groups.insert(log_group);
            }
        }
    }
    merged
}

/// Reports the filters that publish the metric of an earlier one and read other log groups.
fn report_shared(merged: &[Merged], report: &mut Report) {
    let mut firsts: HashMap<MetricKey, &Merged> = HashMap::new();
    for each in merged {
        let Metric { namespace, name, dimensions, .. } = &each.filter.metric;
        let first = firsts.entry(metric_key(namespace, name, dimensions)).or_insert(each);
        if first.log_groups != each.log_groups {
            let message = format!(
                "it publishes the metric `{name}` of `{namespace}` as `{}` does for other log groups, and rules count \
                 the records of all: import one log group with `--log-group NAME`",
                first.filter.subject
            );
            report.add(Code::SharedMetric, each.filter.position, &each.filter.subject, message);
        }
    }
}
