//! The catalogue: the built-in rules and the sets that group them.
//!
//! Each rule is a separate document in the folder `catalogue`, including its tests; `sets.yaml` defines the sets. A
//! rule document inherits rules from the catalogue with `extends` and `include`. This module holds texts only: the
//! [`RuleSet`](crate::RuleSet) parses them.
//!
//! Each text exists twice: complete, and without tests for programs that only evaluate. A program that never asks for
//! the complete texts does not contain them.
//!
//! Rules without tests exist in a third form, in which a program need not parse YAML and check it: `decoded.txt`, which
//! a test holds current. The build leaves out what is not current, so that a rule is never other than its text.

use crate::{Rule, schema::nearest};

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// A named group of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// The name, as `extends` takes it.
    pub name: &'static str,
    /// The purpose of the set, in one line.
    pub description: &'static str,
    /// The ids of its rules.
    pub rules: &'static [&'static str],
}

/// The set of all rules.
pub const ALL: &str = "all";

/// Every set, in the order of `sets.yaml`.
#[must_use]
pub fn sets() -> &'static [Set] {
    &SETS
}

/// The default set: its rules are low in noise, and no two of them count the same API call for the same reason. It is
/// the first set of `sets.yaml`.
#[must_use]
pub fn recommended() -> &'static Set {
    let [recommended, ..] = &SETS;
    recommended
}

/// The set with this name.
#[must_use]
pub fn set(name: &str) -> Option<&'static Set> {
    SETS.iter().find(|set| set.name == name)
}

/// The ids of all rules, in alphabetical order.
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    WITHOUT_TESTS.iter().map(|(id, _)| *id)
}

/// The rule document of the rule with this id, as its author wrote it.
#[must_use]
pub fn rule_text(id: &str) -> Option<&'static str> {
    find(&WHOLE, id)
}

/// Some keys of a rule as its document has them, each with its value: lines that are indented by four spaces, and can be
/// put at the end of another rule. Keys that the rule does not have are left out.
#[must_use]
pub fn rule_keys(id: &str, names: &[&str]) -> Option<String> {
    let is_wanted = |key: &str| {
        names.iter().any(|name| key.strip_prefix(name).is_some_and(|value| value.starts_with(':')))
    };
    let mut keys = String::new();
    let mut is_kept = false;
    for line in rule_text(id)?.lines() {
        let unindented = line.trim_start_matches(' ');
        match line.len() - unindented.len() {
            4 => is_kept = is_wanted(unindented),
            indentation => is_kept &= indentation > 4 || unindented.is_empty(),
        }
        if is_kept {
            keys.push_str(line);
            keys.push('\n');
        }
    }
    Some(keys)
}

/// The set whose name is closest to a misspelled one, if any is close enough.
#[must_use]
pub fn suggest_set(name: &str) -> Option<&'static str> {
    nearest(name, SETS.iter().map(|set| set.name))
}

/// The rule whose id is closest to a misspelled one, if any is close enough.
#[must_use]
pub fn suggest_rule(id: &str) -> Option<&'static str> {
    nearest(id, rule_ids())
}

/// The forms in which a program takes inherited rules.
#[derive(Clone, Copy)]
pub(crate) struct Forms {
    /// Looks up the text of a rule.
    pub(crate) text: fn(&str) -> Option<&'static str>,
    /// Looks up a rule that can be used as it is.
    pub(crate) decoded: fn(&str) -> Option<Rule>,
}

impl Forms {
    /// Complete rules.
    pub(crate) const WHOLE: Self = Self { text: rule_text, decoded: |_| None };
    /// Rules for evaluation only.
    pub(crate) const WITHOUT_TESTS: Self = Self { text: rule_text_without_tests, decoded };
}

/// The rule with this id, without tests. `None` if it must be parsed.
pub(crate) fn decoded(id: &str) -> Option<Rule> {
    serde_json::from_str(find(&DECODED, id)?).ok()
}

/// Like [`rule_text`], without tests and comments.
pub(crate) fn rule_text_without_tests(id: &str) -> Option<&'static str> {
    find(&WITHOUT_TESTS, id)
}

/// The file that a message about an inherited rule points to.
pub(crate) fn file_name(id: &str) -> String {
    format!("catalogue/{id}.yaml")
}

fn find(table: &'static [(&str, &str)], id: &str) -> Option<&'static str> {
    let index = table.binary_search_by_key(&id, |(id, _)| id).ok()?;
    table.get(index).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests;
