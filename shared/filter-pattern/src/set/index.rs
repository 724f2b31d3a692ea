//! [`Index`]: the patterns that a record can match at all.
//!
//! A pattern that requires `$.eventName = X` need not be evaluated on a record with another event name. For each
//! pattern, this module looks for a set of [`Guard`]s of which at least one holds in every matching record. A pattern
//! without such a set is evaluated for every record. A guard that holds decides nothing: it only causes the pattern
//! to be evaluated. So only the values that guards test must be found in every record.

use std::collections::{BTreeMap, BTreeSet};

use super::captures::Captures;
use super::program::leading_keys;
use super::trie::{KeyTable, NodeId, StartTable, Trie};
use super::value::{Escapes, RawValue};
use crate::ast::{Comparison, Condition, Expression, Operand, Test};
use crate::pattern::Pattern;

/// A cheap test of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Guard<'p> {
    /// The keys that lead to the tested value; at least one.
    pub(super) path: Vec<&'p str>,
    pub(super) requires: Requires<'p>,
}

/// What a guard requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Requires<'p> {
    /// The value is this text, or a number.
    Text(&'p str),
    /// The value exists.
    Presence,
    /// The value exists, but that is unlikely to distinguish records: the pattern only requires it to differ from
    /// something.
    PresenceOfAnother,
}

/// The patterns that a record can match, by the values of some nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    nodes: Vec<NodeIndex>,
    /// The patterns that any record can match.
    always: Vec<usize>,
}

/// The patterns that depend on one node.
#[derive(Clone, Debug)]
struct NodeIndex {
    node: NodeId,
    /// Maps a text to its position in `patterns`.
    texts: KeyTable,
    /// The same for texts as they appear in a record without escapes.
    written: StartTable,
    patterns: Vec<Vec<usize>>,
    /// All patterns that require a text, for values that are not looked up.
    any_text: Vec<usize>,
    present: Vec<usize>,
}

impl Index {
    /// Builds an index from the guards of each pattern. A pattern without guards can match any record.
    ///
    /// `trie` contains the paths of all guards.
    pub(super) fn new<'g>(guards: impl IntoIterator<Item = Option<&'g [Guard<'g>]>>, trie: &Trie) -> Index {
        let mut texts: BTreeMap<NodeId, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
        let mut present: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
        let mut always = Vec::new();
        for (pattern, guards) in guards.into_iter().enumerate() {
            let Some(guards) = guards else {
                always.push(pattern);
                continue;
            };
            for guard in guards {
                let node = trie.find(guard.path.iter().copied());
                match guard.requires {
                    Requires::Text(text) => {
                        texts.entry(node).or_default().entry(text).or_default().push(pattern);
                    }
                    Requires::Presence | Requires::PresenceOfAnother => {
                        present.entry(node).or_default().push(pattern);
                    }
                }
            }
        }
        let nodes: BTreeSet<NodeId> = texts.keys().chain(present.keys()).copied().collect();
        let node_index = |node| NodeIndex::new(node, texts.remove(&node), present.remove(&node));
        Index { nodes: nodes.into_iter().map(node_index).collect(), always }
    }

    /// Calls `visit` with each pattern that the record can match, some more than once. Stops at the first error.
    #[inline]
    pub(super) fn candidates<E>(
        &self,
        record: &[u8],
        captures: &mut Captures,
        mut visit: impl FnMut(usize, &mut Captures) -> Result<(), E>,
    ) -> Result<(), E> {
        for &pattern in &self.always {
            visit(pattern, captures)?;
        }
        for node_index in &self.nodes {
            let Some(offset) = captures.get(node_index.node) else { continue };
            for &pattern in
                node_index.present.iter().chain(node_index.by_text(record, offset, captures.escapes))
            {
                visit(pattern, captures)?;
            }
        }
        Ok(())
    }
}

impl NodeIndex {
    fn new(
        node: NodeId,
        texts: Option<BTreeMap<&str, Vec<usize>>>,
        present: Option<Vec<usize>>,
    ) -> NodeIndex {
        let texts = texts.unwrap_or_default();
        let any_text: BTreeSet<usize> = texts.values().flatten().copied().collect();
        NodeIndex {
            node,
            written: StartTable::new(texts.keys().copied()),
            texts: KeyTable::new(&texts.keys().copied().zip(0..).collect::<Vec<_>>()),
            patterns: texts.into_values().collect(),
            any_text: any_text.into_iter().collect(),
            present: present.unwrap_or_default(),
        }
    }

    /// The patterns that require the text at an offset.
    #[inline]
    fn by_text(&self, record: &[u8], offset: usize, escapes: bool) -> &[usize] {
        if self.patterns.is_empty() {
            return &[];
        }
        if !escapes && let Some(rest @ [b'"', ..]) = record.get(offset..) {
            let number = self.written.find(rest) as usize;
            return self.patterns.get(number).map_or(&[], Vec::as_slice);
        }
        match RawValue::at(record, offset) {
            RawValue::Text(raw, Escapes::None) => {
                self.patterns.get(self.texts.find(raw) as usize).map_or(&[], Vec::as_slice)
            }
            // These values are rare, and evaluating the patterns is easier than a lookup: a number can equal several
            // texts.
            RawValue::Text(_, Escapes::Some) | RawValue::Number(_) => &self.any_text,
            RawValue::True | RawValue::False | RawValue::Null | RawValue::Container => &[],
        }
    }
}

/// For each pattern, guards of which at least one holds in every matching record; `None` if there are none.
pub(super) fn guards(patterns: &[Pattern]) -> Vec<Option<Vec<Guard<'_>>>> {
    let conditions = || patterns.iter().map(|pattern| pattern.ast().conditions());
    let mut text_counts = TextCounts::default();
    conditions().flatten().for_each(|conditions| text_counts.add(conditions));
    conditions().map(|conditions| text_counts.guards(conditions?)).collect()
}

/// For each path, the distinct texts that the patterns of a set compare it with. The more there are, the better the
/// path distinguishes records.
#[derive(Debug, Default)]
struct TextCounts<'p>(BTreeMap<Vec<&'p str>, BTreeSet<&'p str>>);

impl<'p> TextCounts<'p> {
    /// Adds the comparisons of a pattern.
    fn add(&mut self, conditions: &'p Expression<Condition>) {
        for condition in conditions.conditions() {
            if let Some(Guard { path, requires: Requires::Text(text) }) = guard(condition) {
                self.0.entry(path).or_default().insert(text);
            }
        }
    }

    /// How likely a guard is to hold, on an arbitrary scale.
    fn weight(&self, guard: &Guard<'_>) -> f64 {
        match guard.requires {
            Requires::Text(_) => {
                let texts = self.0.get(&guard.path).map_or(0, BTreeSet::len) as f64;
                1.0 / (1.0 + texts * texts)
            }
            Requires::Presence => 10.0,
            Requires::PresenceOfAnother => 100.0,
        }
    }

    /// The guards of a pattern, of which at least one holds wherever the pattern does. Of several such sets, the
    /// least likely one.
    fn guards(&self, expression: &'p Expression<Condition>) -> Option<Vec<Guard<'p>>> {
        match expression {
            Expression::Condition(condition) => guard(condition).map(|guard| vec![guard]),
            Expression::All(parts) => {
                let weight =
                    |guards: &Vec<Guard<'_>>| guards.iter().map(|guard| self.weight(guard)).sum::<f64>();
                let candidates = parts.iter().filter_map(|part| self.guards(part));
                candidates.min_by(|left, right| weight(left).total_cmp(&weight(right)))
            }
            Expression::Any(parts) => {
                let guards: Option<Vec<Vec<Guard<'p>>>> =
                    parts.iter().map(|part| self.guards(part)).collect();
                let distinct: BTreeSet<Guard<'p>> = guards?.into_iter().flatten().collect();
                Some(distinct.into_iter().collect())
            }
        }
    }
}

/// A guard that holds in every record in which the condition holds.
fn guard(condition: &Condition) -> Option<Guard<'_>> {
    let keys = leading_keys(&condition.selector);
    if keys.is_empty() {
        return None;
    }
    let is_single = keys.len() == condition.selector.steps().len();
    let requires = match &condition.test {
        Test::NotExists => return None,
        Test::Compare(Comparison::Equal(Operand::Text(glob))) if is_single && !glob.has_wildcard() => {
            Requires::Text(glob.as_str())
        }
        Test::Compare(Comparison::Equal(Operand::Number(literal))) if is_single => {
            Requires::Text(literal.as_str())
        }
        Test::Compare(Comparison::NotEqual(_)) => Requires::PresenceOfAnother,
        Test::Compare(Comparison::Equal(_) | Comparison::Order(..)) | Test::Is(_) => Requires::Presence,
    };
    Some(Guard { path: keys, requires })
}
