//! Filters of different log groups that publish the same metric.
//!
//! A filter counts the events of its log group, but a rule counts every record of the trail. Two rules that publish
//! the same metric would count a record twice where the filters counted it once. Filters that do the same in
//! different log groups therefore become one rule. If the filters of a metric differ between log groups, rules cannot
//! express them, and this is reported. Filters of the same log group are kept, even identical ones, because they did
//! count each event twice.
//!
//! Log groups that are only known after deployment are treated as one log group.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use crate::{
    filter::{Filter, Metric},
    join::{MetricKey, metric_key},
    number,
    omission::{OmissionCode, Omissions},
};

/// What a filter does, independently of its log group.
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

/// A filter, and all log groups in which it or an identical filter exists.
struct Merged {
    filter: Filter,
    log_groups: BTreeSet<Option<String>>,
}

/// Keeps one of the filters that do the same in different log groups, and reports metrics that rules would count more
/// often.
pub(crate) fn merge(filters: Vec<Filter>, omissions: &mut Omissions) -> Vec<Filter> {
    let merged = merge_twins(filters, omissions);
    report_shared(&merged, omissions);
    merged.into_iter().map(|merged| merged.filter).collect()
}

fn merge_twins(filters: Vec<Filter>, omissions: &mut Omissions) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut occurrences: HashMap<(Effect, Option<String>), usize> = HashMap::new();
    // The second of two identical filters in a log group is merged with the second one in another log group.
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
                    "`{}` does the same in another log group, so a single rule replaces both",
                    first.filter.subject
                );
                omissions.add(OmissionCode::MergedFilter, filter.position, &filter.subject, message);
                first.log_groups.insert(log_group);
            }
        }
    }
    merged
}

/// Reports filters that publish the metric of an earlier filter but read other log groups.
fn report_shared(merged: &[Merged], omissions: &mut Omissions) {
    let mut firsts: HashMap<MetricKey, &Merged> = HashMap::new();
    for each in merged {
        let Metric { namespace, name, dimensions, .. } = &each.filter.metric;
        let first = firsts.entry(metric_key(namespace, name, dimensions)).or_insert(each);
        if first.log_groups != each.log_groups {
            let message = format!(
                "like `{}`, it publishes the metric `{name}` in `{namespace}`, but from other log groups, and rules count \
                 the records of all log groups: import a single log group with `--log-group NAME`",
                first.filter.subject,
            );
            omissions.add(OmissionCode::SharedMetric, each.filter.position, &each.filter.subject, message);
        }
    }
}
