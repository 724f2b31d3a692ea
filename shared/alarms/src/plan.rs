//! The changes that make the existing alarms match the rules.
//!
//! A plan is made from two lists, whose order does not matter. It makes no calls.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::alarm::{Alarm, Existing, Kind};
use crate::settings::{OWNER_TAG, Ownership};

/// The difference between the existing and the desired alarms; each list is sorted by name.
///
/// It prints as a diff for people, and serializes for programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Desired alarms that do not exist.
    pub create: Vec<Alarm>,
    /// Our alarms that do not match the rules.
    pub update: Vec<Update>,
    /// Our alarms that no rule requires.
    pub delete: Vec<Deletion>,
    /// The names of our alarms that match the rules.
    pub unchanged: Vec<String>,
    /// Desired alarms whose names belong to alarms that are not ours.
    pub conflicts: Vec<Conflict>,
}

/// An alarm of ours that does not match the rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The desired alarm.
    pub alarm: Alarm,
    /// Its ARN.
    pub arn: String,
    /// The kind of the existing alarm, if it differs: the existing alarm is then deleted first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Kind>,
    /// The changes in its definition.
    pub changes: Vec<Change>,
    /// The changes in its tags.
    pub tag_changes: Vec<Change>,
}

/// A difference in one property or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The name of the property, in the terms of the API, or the key of the tag.
    pub name: String,
    /// The existing value; empty if there is none.
    pub old: String,
    /// The desired value; empty if there is none.
    pub new: String,
}

/// An alarm of ours that no rule requires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
}

/// An alarm that is not ours but has the name of a desired alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The name.
    pub name: String,
    /// The owner of the alarm, according to its tag.
    pub owner: Option<String>,
}

impl Plan {
    /// Compares the desired alarms with the existing ones. Existing alarms that are not ours are ignored, unless they
    /// have the name of a desired alarm.
    #[must_use]
    pub fn new(desired: &[Alarm], existing: &[Existing], ownership: &Ownership) -> Self {
        let mut plan = Self::default();
        let mut existing: BTreeMap<&str, &Existing> =
            existing.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
        for alarm in desired {
            match existing.remove(alarm.name.as_str()) {
                None => plan.create.push(alarm.clone()),
                Some(found) if !ownership.holds(&found.name, &found.tags) => {
                    let owner = found.tags.get(OWNER_TAG).cloned();
                    plan.conflicts.push(Conflict { name: alarm.name.clone(), owner });
                }
                Some(found) => match update(alarm, found) {
                    Some(update) => plan.update.push(update),
                    None => plan.unchanged.push(alarm.name.clone()),
                },
            }
        }
        for found in existing.into_values().filter(|found| ownership.holds(&found.name, &found.tags)) {
            plan.delete.push(Deletion { name: found.name.clone(), kind: found.kind() });
        }
        plan.create.sort_by(|one, other| one.name.cmp(&other.name));
        plan.update.sort_by(|one, other| one.alarm.name.cmp(&other.alarm.name));
        plan.unchanged.sort();
        plan.conflicts.sort_by(|one, other| one.name.cmp(&other.name));
        plan
    }

    /// The number of alarms to create, update or delete.
    #[must_use]
    pub fn differences(&self) -> usize {
        self.create.len() + self.update.len() + self.delete.len()
    }

    /// The names of the alarms to create, update or delete.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let created = self.create.iter().map(|alarm| &alarm.name);
        let updated = self.update.iter().map(|update| &update.alarm.name);
        let deleted = self.delete.iter().map(|deletion| &deletion.name);
        created.chain(updated).chain(deleted).cloned().collect()
    }

    /// Whether there is nothing to do, apart from any conflicts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences() == 0
    }
}

/// The changes in an alarm; `None` if it matches.
fn update(alarm: &Alarm, found: &Existing) -> Option<Update> {
    let replaces = (alarm.kind() != found.kind()).then(|| found.kind());
    let changes = match &found.definition {
        Some(definition) if replaces.is_none() => {
            changes(definition.properties(), alarm.definition.properties())
        }
        Some(_) | None => {
            vec![Change {
                name: "kind".to_owned(),
                old: found.kind().to_string(),
                new: alarm.kind().to_string(),
            }]
        }
    };
    let mut tag_changes = Vec::new();
    for (key, value) in &alarm.tags {
        let old = found.tags.get(key);
        if old != Some(value) {
            let (old, new) = (old.cloned().unwrap_or_default(), value.clone());
            tag_changes.push(Change { name: key.clone(), old, new });
        }
    }
    if changes.is_empty() && tag_changes.is_empty() {
        return None;
    }
    Some(Update { alarm: alarm.clone(), arn: found.arn.clone(), replaces, changes, tag_changes })
}

/// The properties whose values differ. Both lists must have the same names in the same order.
fn changes(old: Vec<(&'static str, String)>, new: Vec<(&'static str, String)>) -> Vec<Change> {
    let pairs = old.into_iter().zip(new);
    let differing = pairs.filter(|((_, old), (_, new))| old != new);
    differing.map(|((_, old), (name, new))| Change { name: name.to_owned(), old, new }).collect()
}

#[cfg(test)]
mod tests;
