//! The alerts of one round: groups are merged over its files, and each alert knows the files it covers.
//!
//! Nothing is published here.

use std::collections::BTreeMap;

use super::stage::FileStage;
use crate::alert::{Alert, Group};
use crate::evaluator::Evaluator;
use crate::findings::GroupKey;

/// An alert to publish.
pub(super) struct PendingAlert {
    pub(super) alert: Alert,
    /// The files whose findings the alert reports, by index, each with the key that the ledger records for it.
    pub(super) members: Vec<(usize, String)>,
}

/// The alerts of all files whose datapoints are published, except for alerts that an earlier attempt published.
///
/// Each rule has at most [`Evaluator::group_limit`] alerts of its own groups; one more alert counts the findings of all
/// other groups. A group with fewer findings than its rule's threshold has no alert. `now`, in Unix seconds, is the time of the alerts. Each alert is made when it is asked for, so that not all
/// are in memory at once.
pub(super) fn pending_alerts<'e>(
    stages: &[FileStage],
    evaluator: &'e Evaluator,
    now: Option<i64>,
) -> impl Iterator<Item = PendingAlert> + use<'e> {
    let mut merged: BTreeMap<GroupKey, (Group, Vec<(usize, String)>)> = BTreeMap::new();
    let mut groups_of_rule: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, stage) in stages.iter().enumerate() {
        let FileStage::Open(open) = stage else { continue };
        if open.failure.is_some() {
            continue;
        }
        for (key, group, alert_key) in open.unpublished_alerts(evaluator) {
            let mut key = key.clone();
            if !merged.contains_key(&key) && key.values.is_some() {
                let groups = groups_of_rule.entry(key.rule).or_default();
                if *groups < evaluator.group_limit() {
                    *groups += 1;
                } else {
                    key.values = None;
                }
            }
            let (merged_group, members) = merged.entry(key).or_default();
            merged_group.merge(group);
            members.push((index, alert_key));
        }
    }
    merged.into_iter().filter_map(move |(key, (group, members))| {
        let rule = evaluator.rules().get(key.rule).filter(|rule| group.count >= evaluator.threshold(rule))?;
        Some(PendingAlert { alert: group.alert(&key, rule, now), members })
    })
}
