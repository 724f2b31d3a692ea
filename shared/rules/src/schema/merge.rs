//! A rule of the catalogue with the changes that a document makes to it, as one YAML tree.
//!
//! The merge knows keys and no values: what it gives is read like any other rule, so that the defaults follow from the
//! whole and not from one of its halves. It reports nothing. The document's entries come first, for a fault of the whole
//! is shown at the first entry.
//!
//! | key | what the document's entry does |
//! |---|---|
//! | `metricTransformation`, `alarm`, `alert` | a mapping changes the keys that it has; `false` replaces |
//! | `filterPattern` | replaces, and takes the inherited `tests` away: they were about another pattern |
//! | `tests` | are added; one of the same name is replaced |
//! | any other | replaces |
//!
//! Of `statistic` and `extendedStatistic`, which exclude each other, the inherited one goes when the other is given.

use crate::yaml::{Node, Value};

/// The keys whose mappings are merged key by key.
const MERGED: [&str; 3] = ["metricTransformation", "alarm", "alert"];
const EXCLUDING: [[&str; 2]; 2] = [["statistic", "extendedStatistic"], ["extendedStatistic", "statistic"]];

/// The inherited rule `base` as the document's `entry` changes it. An entry that is no mapping stands for itself.
pub(super) fn merge<'t>(base: &Node<'t>, entry: &Node<'t>) -> Node<'t> {
    let Value::Mapping(own) = &entry.value else { return entry.clone() };
    let keeps_tests = entry.get("filterPattern").is_none();
    let mut merged: Vec<_> = own
        .iter()
        .map(|(key, value)| {
            let inherited = key.scalar().and_then(|key| base.get(&key.text));
            let value = match (&value.value, inherited) {
                (Value::Mapping(_), Some(inherited)) if MERGED.iter().any(|name| key.is_text(name)) => {
                    shallow(inherited, value)
                }
                (Value::Sequence(tests), Some(inherited)) if key.is_text("tests") && keeps_tests => {
                    let tests = with_tests(inherited, tests);
                    Node { span: value.span, value: Value::Sequence(tests) }
                }
                _ => value.clone(),
            };
            (key.clone(), value)
        })
        .collect();
    merged.extend(
        inherited_entries(base, entry).filter(|(key, _)| keeps_tests || !key.is_text("tests")).cloned(),
    );
    Node { span: entry.span, value: Value::Mapping(merged) }
}

/// Merges two mappings key by key.
fn shallow<'t>(base: &Node<'t>, entry: &Node<'t>) -> Node<'t> {
    let is_excluded = |key: &Node<'t>| {
        EXCLUDING.iter().any(|[given, excluded]| key.is_text(excluded) && entry.get(given).is_some())
    };
    let inherited = inherited_entries(base, entry).filter(|(key, _)| !is_excluded(key));
    let merged = entry.entries().iter().chain(inherited).cloned().collect();
    Node { span: entry.span, value: Value::Mapping(merged) }
}

/// The entries of `base` whose keys `entry` does not have.
fn inherited_entries<'n, 't>(
    base: &'n Node<'t>,
    entry: &'n Node<'t>,
) -> impl Iterator<Item = &'n (Node<'t>, Node<'t>)> {
    let is_own = |key: &Node<'t>| key.scalar().is_some_and(|key| entry.get(&key.text).is_some());
    base.entries().iter().filter(move |(key, _)| !is_own(key))
}

/// The inherited tests without those that have a new version, and the document's own.
fn with_tests<'t>(inherited: &Node<'t>, own: &[Node<'t>]) -> Vec<Node<'t>> {
    let name = |test: &Node<'t>| Some(test.get("name")?.scalar()?.text.clone());
    let names: Vec<_> = own.iter().filter_map(name).collect();
    let inherited = match &inherited.value {
        Value::Sequence(tests) => tests.as_slice(),
        Value::Scalar(_) | Value::Mapping(_) => &[],
    };
    let kept = inherited.iter().filter(|test| name(test).is_none_or(|name| !names.contains(&name)));
    kept.chain(own).cloned().collect()
}

#[cfg(test)]
mod tests;
