//! What has to change so that the alarms are those that the rules ask for.
//!
//! A plan is made from two lists and does nothing. It is the same for the same lists in any order.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::alarm::{Alarm, Existing, Kind};
use crate::settings::{OWNER_TAG, Ownership};

/// The way from the existing alarms to the desired ones; each list is in the order of the names.
///
/// It prints as a difference for a reader, and serializes for programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Alarms that there are not.
    pub create: Vec<Alarm>,
    /// Alarms of ours that are not as the rules ask.
    pub update: Vec<Update>,
    /// Alarms of ours that no rule asks for.
    pub delete: Vec<Deletion>,
    /// Names of alarms of ours that are as the rules ask.
    pub unchanged: Vec<String>,
    /// Alarms that the rules ask for and that somebody else has.
    pub conflicts: Vec<Conflict>,
}

/// An alarm of ours that is not as the rules ask.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The alarm as it is to be.
    pub alarm: Alarm,
    /// Its ARN.
    pub arn: String,
    /// The kind that it has, where that is another one: then it is deleted first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Kind>,
    /// What changes in its definition.
    pub changes: Vec<Change>,
    /// Which tags change.
    pub tag_changes: Vec<Change>,
}

/// A difference in one property or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The property, in the terms of the API, or the key of the tag.
    pub name: String,
    /// The value that it has; empty for none.
    pub old: String,
    /// The value that it is to have; empty for none.
    pub new: String,
}

/// An alarm of ours that no rule asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
}

/// An alarm under a name that the rules ask for, and that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// The name.
    pub name: String,
    /// Whose alarm it is, as far as its tag says.
    pub owner: Option<String>,
}

impl Plan {
    /// Compares the alarms that are to be with those that there are. Existing alarms that are neither ours nor under a
    /// desired name have no place in it.
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

    /// How many alarms are to be created, updated or deleted.
    #[must_use]
    pub fn differences(&self) -> usize {
        self.create.len() + self.update.len() + self.delete.len()
    }

    /// The names of the alarms that are to be created, updated or deleted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let created = self.create.iter().map(|alarm| &alarm.name);
        let updated = self.update.iter().map(|update| &update.alarm.name);
        let deleted = self.delete.iter().map(|deletion| &deletion.name);
        created.chain(updated).chain(deleted).cloned().collect()
    }

    /// Whether there is nothing to do. There may be conflicts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences() == 0
    }
}

/// What has to change in an alarm; `None` if nothing has to.
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

/// The properties whose values differ. Both lists have the same names in the same order.
fn changes(old: Vec<(&'static str, String)>, new: Vec<(&'static str, String)>) -> Vec<Change> {
    let pairs = old.into_iter().zip(new);
    let differing = pairs.filter(|((_, old), (_, new))| old != new);
    differing.map(|((_, old), (name, new))| Change { name: name.to_owned(), old, new }).collect()
}

#[cfg(test)]
mod tests;
