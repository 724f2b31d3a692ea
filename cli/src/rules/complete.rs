//! Values that a shell can complete: ids of built-in rules, and names of sets beside rule files.

use std::ffi::OsStr;

use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, PathCompleter, ValueCompleter as _};
use rules::{RuleSet, catalogue};

/// Completes the id of a built-in rule; shells that show help show the rule's title.
pub(super) fn rule_ids() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let set = RuleSet::from_set(catalogue::ALL).unwrap_or_default();
        let rules = set.rules().iter();
        rules.map(|rule| CompletionCandidate::new(&rule.id).help(Some(rule.title.clone().into()))).collect()
    })
}

/// Completes the name of a set, or a file.
pub(super) fn sets_and_files() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let start = current.as_encoded_bytes();
        let sets = catalogue::sets().iter().filter(|set| set.name.as_bytes().starts_with(start));
        let sets = sets.map(|set| CompletionCandidate::new(set.name).help(Some(set.description.into())));
        sets.chain(PathCompleter::file().complete(current)).collect()
    })
}
