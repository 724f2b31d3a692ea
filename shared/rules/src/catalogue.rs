//! The catalogue: rules that are part of the program, and the sets that they come in.
//!
//! Each rule is a document of its own in the folder `catalogue`, with its tests; `sets.yaml` beside them says which rules
//! belong together. A document takes rules from here with `extends` and `include`; nothing here is a rule before it is
//! read.
//!
//! The texts are there twice: whole, and without tests for programs that only evaluate. A program that never asks for the
//! whole ones does not contain them.

use crate::schema::nearest;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Rules that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// The name, as `extends` takes it.
    pub name: &'static str,
    /// What the set is for, in one line.
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

/// The set that applies where nobody chose one: low noise, and no call counted by two rules for what was called. It is the first of
/// `sets.yaml`.
#[must_use]
pub fn recommended() -> &'static Set {
    let [recommended, ..] = &SETS;
    recommended
}

/// The set with a name.
#[must_use]
pub fn set(name: &str) -> Option<&'static Set> {
    SETS.iter().find(|set| set.name == name)
}

/// The ids of all rules, in their order.
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    WITHOUT_TESTS.iter().map(|(id, _)| *id)
}

/// The rule document that holds the rule with an id, as its author wrote it.
#[must_use]
pub fn rule_text(id: &str) -> Option<&'static str> {
    find(&WHOLE, id)
}

/// The set whose name is nearest to one that does not exist, if there is one near.
#[must_use]
pub fn suggest_set(name: &str) -> Option<&'static str> {
    nearest(name, SETS.iter().map(|set| set.name))
}

/// The rule whose id is nearest to one that does not exist, if there is one near.
#[must_use]
pub fn suggest_rule(id: &str) -> Option<&'static str> {
    nearest(id, rule_ids())
}

/// Where the texts of inherited rules are taken from: [`rule_text`] or [`rule_text_without_tests`].
pub(crate) type Texts = fn(&str) -> Option<&'static str>;

/// As [`rule_text`], without tests and comments.
pub(crate) fn rule_text_without_tests(id: &str) -> Option<&'static str> {
    find(&WITHOUT_TESTS, id)
}

/// The name of a rule's file, as a place to point to.
pub(crate) fn file_name(id: &str) -> String {
    format!("catalogue/{id}.yaml")
}

fn find(table: &'static [(&str, &str)], id: &str) -> Option<&'static str> {
    let index = table.binary_search_by_key(&id, |(id, _)| id).ok()?;
    table.get(index).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests;
