//! Merges a rule of the catalogue with a document's changes to it, as YAML trees.
//!
//! The merge looks at keys, not at values. Its result is read like any other rule, so that defaults depend on the
//! merged rule. It reports nothing. The document's entries come first, because a fault of the whole rule is shown at
//! its first entry.
//!
//! | key | effect of the document's entry |
//! |---|---|
//! | `metricTransformation`, `alarm`, `alert` | a mapping replaces only the keys that it contains; `false` replaces the whole |
//! | `filterPattern` | replaces the pattern and drops the inherited `tests`, which belong to the old pattern |
//! | `tests` | are added to the inherited tests; a test with the same name is replaced |
//! | `description` | replaces the inherited `summary` and `rationale`, for both of which it stands |
//! | any other key | replaces the value |
//!
//! `statistic` and `extendedStatistic` exclude each other: giving one drops the inherited other.

use crate::yaml::{Node, Value};

/// The keys whose mappings are merged key by key.
const MERGED: [&str; 3] = ["metricTransformation", "alarm", "alert"];
/// Pairs of keys: the first, if the document gives it, drops the second, if it is inherited.
const EXCLUDING: [[&str; 2]; 4] = [
    ["statistic", "extendedStatistic"],
    ["extendedStatistic", "statistic"],
    ["description", "summary"],
    ["description", "rationale"],
];

/// The inherited rule `base` with the changes of the document's `entry`. An entry that is not a mapping is returned
/// as is.
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
    let merged = entry.entries().iter().chain(inherited_entries(base, entry)).cloned().collect();
    Node { span: entry.span, value: Value::Mapping(merged) }
}

/// The entries of `base` whose keys are not in `entry` and not excluded by a key of it.
fn inherited_entries<'n, 't>(
    base: &'n Node<'t>,
    entry: &'n Node<'t>,
) -> impl Iterator<Item = &'n (Node<'t>, Node<'t>)> {
    let is_own = |key: &Node<'t>| key.scalar().is_some_and(|key| entry.get(&key.text).is_some());
    let is_excluded = |key: &Node<'t>| {
        EXCLUDING.iter().any(|[given, excluded]| key.is_text(excluded) && entry.get(given).is_some())
    };
    base.entries().iter().filter(move |(key, _)| !is_own(key) && !is_excluded(key))
}

/// The inherited tests that are not replaced, followed by the document's own tests.
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
