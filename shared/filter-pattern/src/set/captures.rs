//! [`Captures`]: the offsets in a record at which the selectors' values start.

use super::trie::{NOWHERE, NodeId, ROOT, Trie};
use super::value::KeyBuffers;
use crate::limits::MAX_RECORD_DEPTH;

/// Where the values for the nodes of a [`Trie`] start in one record, and the working memory for finding them.
#[derive(Clone, Debug)]
pub(crate) struct Captures {
    /// For each node, the offset of its value plus one; 0 if there is none.
    places: Vec<u32>,
    /// The nodes that may have an offset, so that the cost of a reset depends on them and not on the size of the
    /// trie.
    touched: Vec<NodeId>,
    /// The containers around the innermost one, for the scan.
    pub(super) open: [Container; MAX_RECORD_DEPTH + 1],
    /// Whether there may be a backslash in the record.
    pub(super) escapes: bool,
    /// A key or string with its escapes resolved.
    pub(super) text: String,
    pub(super) keys: KeyBuffers,
}

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Container {
    /// All ones for an object, 0 for an array.
    pub(super) is_object: u64,
    /// Its node, if selectors look into it.
    pub(super) node: NodeId,
}

impl Container {
    /// The surroundings of a record.
    pub(super) const OUTSIDE: Container = Container { is_object: 0, node: NOWHERE };
}

impl Default for Captures {
    fn default() -> Captures {
        let open = [Container::OUTSIDE; MAX_RECORD_DEPTH + 1];
        Captures {
            places: Vec::new(),
            touched: Vec::new(),
            open,
            escapes: true,
            text: String::new(),
            keys: KeyBuffers::default(),
        }
    }
}

impl Captures {
    /// Clears all captures, and makes room for the nodes of `trie`.
    pub(super) fn reset(&mut self, trie: &Trie) {
        let nodes = trie.len() as usize;
        if self.places.len() != nodes {
            self.places.clear();
            self.places.resize(nodes, 0);
        } else {
            for &node in &self.touched {
                if let Some(place) = self.places.get_mut(node as usize) {
                    *place = 0;
                }
            }
        }
        self.touched.clear();
        self.place(ROOT, 0);
    }

    /// Stores where the value of a key starts. A repeated key replaces the earlier value and everything inside it.
    #[inline(always)]
    pub(super) fn set(&mut self, trie: &Trie, node: NodeId, offset: usize) {
        if self.get(node).is_some() && !fault::is_seeded() {
            let descendants = node as usize + 1..trie.end_of(node) as usize;
            self.places.get_mut(descendants).unwrap_or_default().fill(0);
        }
        self.place(node, offset);
    }

    #[inline(always)]
    fn place(&mut self, node: NodeId, offset: usize) {
        if let Some(place) = self.places.get_mut(node as usize) {
            // `PatternSet` never passes on a text of 4 GiB.
            *place = offset as u32 + 1;
            self.touched.push(node);
        }
    }

    /// Where the value of a node starts.
    #[inline(always)]
    pub(super) fn get(&self, node: NodeId) -> Option<usize> {
        self.places.get(node as usize)?.checked_sub(1).map(|offset| offset as usize)
    }
}

#[cfg(not(test))]
mod fault {
    #[inline(always)]
    pub(super) fn is_seeded() -> bool {
        false
    }
}

/// A bug that tests can switch on: the values inside a repeated key's first value are kept. It proves that the
/// equivalence tests would notice.
#[cfg(test)]
pub(super) mod fault {
    use std::cell::Cell;

    thread_local! {
        static SEEDED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn is_seeded() -> bool {
        SEEDED.get()
    }

    /// Runs `work` with the bug switched on.
    pub(crate) fn with<T>(work: impl FnOnce() -> T) -> T {
        SEEDED.set(true);
        let result = work();
        SEEDED.set(false);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_clears_everything_inside_its_earlier_value() {
        let trie = Trie::new([vec!["a", "b"], vec!["c"]]);
        let [a, b, c] = [trie.find(["a"]), trie.find(["a", "b"]), trie.find(["c"])];
        let mut captures = Captures::default();
        captures.reset(&trie);
        captures.set(&trie, c, 3);
        captures.set(&trie, a, 5);
        captures.set(&trie, b, 9);
        captures.set(&trie, a, 20);
        assert_eq!([a, b, c].map(|node| captures.get(node)), [Some(20), None, Some(3)]);
        captures.reset(&trie);
        assert_eq!([ROOT, a, b, c].map(|node| captures.get(node)), [Some(0), None, None, None]);
    }
}
