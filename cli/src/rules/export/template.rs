//! A CloudFormation template that is being made from rules, and the logical ids in it.

use std::collections::HashSet;

/// A template, and how well it expresses the rules.
#[derive(Debug, Default)]
pub(super) struct Export {
    pub(super) text: String,
    /// What the template cannot express exactly.
    pub(super) warnings: Vec<String>,
    /// Why the template cannot be deployed, or cannot hold a rule.
    pub(super) faults: Vec<String>,
}

/// CloudFormation logical ids made from rule ids: `root-usage` becomes `RuleRootUsage`.
#[derive(Debug, Default)]
pub(super) struct LogicalIds {
    taken: HashSet<String>,
}

impl LogicalIds {
    /// A logical id that no other rule has: `a-b1` and `a-b-1` would both become `RuleAB1`.
    pub(super) fn of(&mut self, rule_id: &str) -> String {
        let mut id = format!("Rule{}", camel_case(rule_id));
        while !self.taken.insert(id.clone()) {
            id.push('X');
        }
        id
    }
}

/// A name in kebab-case as part of a logical id: `a-b1` becomes `AB1`.
pub(super) fn camel_case(name: &str) -> String {
    let mut id = String::new();
    for word in name.split('-') {
        let mut characters = word.chars();
        id.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(characters.as_str());
    }
    id
}
