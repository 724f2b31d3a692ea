//! [`Trie`]: the keys of all selectors of a set, merged, so that one walk over a record finds the values of every
//! selector.
//!
//! It contains only key steps. From its first index or wildcard on, a selector is resolved on demand: see `value.rs`.

use std::collections::BTreeMap;

/// A node of a [`Trie`], numbered in pre-order.
pub(super) type NodeId = u32;

/// The record itself.
pub(super) const ROOT: NodeId = 0;

/// Stands for a value that no selector needs.
pub(super) const NOWHERE: NodeId = NodeId::MAX;

/// The keys of all selectors of a set.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    /// One past the last descendant: the descendants of node `n` are `n + 1..end`.
    end: NodeId,
    children: Option<Children>,
}

#[derive(Clone, Debug)]
struct Children {
    by_key: KeyTable,
    by_colon: ColonTable,
}

#[derive(Default)]
struct Branch<'p>(BTreeMap<&'p str, Branch<'p>>);

impl Trie {
    /// Merges paths of keys. Equal paths share a node.
    pub(super) fn new<'p>(paths: impl IntoIterator<Item = Vec<&'p str>>) -> Trie {
        let mut root = Branch::default();
        for path in paths {
            let mut branch = &mut root;
            for key in path {
                branch = branch.0.entry(key).or_default();
            }
        }
        let mut trie = Trie::default();
        trie.add(&root);
        trie
    }

    fn add(&mut self, branch: &Branch<'_>) -> NodeId {
        let id = self.len();
        self.nodes.push(Node { end: id, children: None });
        let children: Vec<_> = branch.0.iter().map(|(key, branch)| (*key, self.add(branch))).collect();
        let end = self.len();
        if let Some(node) = self.nodes.get_mut(id as usize) {
            let tables =
                || Children { by_colon: ColonTable::new(&children), by_key: KeyTable::new(&children) };
            *node = Node { end, children: (!children.is_empty()).then(tables) };
        }
        id
    }

    /// The number of nodes.
    pub(super) fn len(&self) -> NodeId {
        NodeId::try_from(self.nodes.len()).unwrap_or(NOWHERE)
    }

    /// The node of a path of keys, or [`NOWHERE`].
    pub(super) fn find<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> NodeId {
        path.into_iter().fold(ROOT, |node, key| self.child(node, key.as_bytes()))
    }

    /// The node of a field, or [`NOWHERE`]. `key` has its escapes resolved.
    #[inline(always)]
    pub(super) fn child(&self, node: NodeId, key: &[u8]) -> NodeId {
        match self.nodes.get(node as usize) {
            Some(Node { children: Some(children), .. }) => children.by_key.find(key),
            Some(_) | None => NOWHERE,
        }
    }

    /// The children of a node, for lookups at colons.
    #[inline(always)]
    pub(super) fn keys_of(&self, node: NodeId) -> Option<&ColonTable> {
        self.nodes.get(node as usize)?.children.as_ref().map(|children| &children.by_colon)
    }

    /// The node itself if it has children, or [`NOWHERE`]: a value without selected children need not be looked into.
    #[inline(always)]
    pub(super) fn if_branching(&self, node: NodeId) -> NodeId {
        match self.nodes.get(node as usize) {
            Some(Node { children: Some(_), .. }) => node,
            Some(_) | None => NOWHERE,
        }
    }

    /// One past the last descendant of a node.
    pub(super) fn end_of(&self, node: NodeId) -> NodeId {
        self.nodes.get(node as usize).map_or(0, |node| node.end)
    }
}

/// A map from texts to numbers, built once and queried for each key of each record.
///
/// The hash covers the length and the last eight bytes, which distinguish the keys of a CloudTrail record. Texts that
/// agree in both only make a lookup longer.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyTable {
    /// Open addressing; the size is a power of two, at most half full.
    slots: Vec<Option<KeySlot>>,
    shift: u32,
}

#[derive(Clone, Debug)]
struct KeySlot {
    hash: u64,
    number: u32,
    text: Box<[u8]>,
}

impl KeyTable {
    /// Takes distinct texts with their numbers.
    pub(super) fn new(entries: &[(&str, u32)]) -> KeyTable {
        let bits = (entries.len() * 2).next_power_of_two().trailing_zeros().max(1);
        let mut table = KeyTable { slots: vec![None; 1 << bits], shift: u64::BITS - bits };
        for &(text, number) in entries {
            let text = Box::<[u8]>::from(text.as_bytes());
            let hash = hash(&text);
            let free = table.probe(hash).find(|&slot| matches!(table.slots.get(slot), Some(None)));
            if let Some(slot) = free.and_then(|slot| table.slots.get_mut(slot)) {
                *slot = Some(KeySlot { hash, number, text });
            }
        }
        table
    }

    /// The number of a text, or [`u32::MAX`].
    #[inline(always)]
    pub(super) fn find(&self, text: &[u8]) -> u32 {
        let hash = hash(text);
        for slot in self.probe(hash) {
            match self.slots.get(slot) {
                Some(Some(entry))
                    if entry.hash == hash && entry.text.len() == text.len() && same(&entry.text, text) =>
                {
                    return entry.number;
                }
                Some(Some(_)) => {}
                Some(None) | None => return u32::MAX,
            }
        }
        u32::MAX
    }

    #[inline(always)]
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let (first, count) = ((hash >> self.shift) as usize, self.slots.len());
        (0..count).map(move |step| (first + step) & (count - 1))
    }
}

/// A map from keys to numbers that is queried at a colon, without knowing where the key starts.
///
/// No selector needs most keys, and the four bytes before the colon are enough to rule them out.
#[derive(Clone, Debug)]
pub(super) struct ColonTable {
    /// Where each bucket starts in `keys`, which is where the previous one ends.
    starts: [u32; ColonTable::BUCKETS + 1],
    /// Whether each bucket has any keys. Nearly all lookups end here.
    used: [bool; ColonTable::BUCKETS],
    /// Each key in its quotes. Keys that require escapes are left out: written without them, they could look like
    /// several tokens.
    keys: Vec<(Box<[u8]>, u32)>,
}

impl ColonTable {
    const BUCKETS: usize = 256;

    fn new(children: &[(&str, u32)]) -> ColonTable {
        type PlainKey = (Box<[u8]>, u32);
        let plain = |&(key, number): &(&str, u32)| Some((written(key, "\"")?, number));
        let children: Vec<PlainKey> = children.iter().filter_map(plain).collect();
        let mut placed: Vec<(u8, &PlainKey)> = Vec::with_capacity(children.len());
        for child in &children {
            placed.extend(ColonTable::buckets(&child.0).into_iter().map(|bucket| (bucket, child)));
        }
        placed.sort_by_key(|(bucket, _)| *bucket);
        let (mut starts, mut used) = ([0; Self::BUCKETS + 1], [false; Self::BUCKETS]);
        for (bucket, _) in &placed {
            if let (Some(count), Some(used)) =
                (starts.get_mut(usize::from(*bucket) + 1), used.get_mut(usize::from(*bucket)))
            {
                *count += 1;
                *used = true;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        let keys = placed.into_iter().map(|(_, child)| child.clone()).collect();
        ColonTable { starts, used, keys }
    }

    /// The buckets into which the four bytes before a key's colon can fall. For short keys, they include the bytes
    /// before the key.
    fn buckets(quoted: &[u8]) -> Vec<u8> {
        match (quoted.last_chunk::<4>(), quoted) {
            (Some(bytes), _) => vec![ColonTable::bucket(*bytes)],
            (None, [open, letter, close]) => {
                let after = |before| ColonTable::bucket([before, *open, *letter, *close]);
                let mut buckets = vec![after(b'{'), after(b',')];
                buckets.dedup();
                buckets
            }
            (None, _) => (0..=u8::MAX).collect(),
        }
    }

    #[inline(always)]
    fn bucket(bytes: [u8; 4]) -> u8 {
        (u32::from_le_bytes(bytes).wrapping_mul(0x9e37_79b1) >> 24) as u8
    }

    /// The node of the field whose colon is at an offset of compact text, or [`NOWHERE`]. A key written with escapes
    /// is not found.
    #[inline(always)]
    pub(super) fn find(&self, text: &[u8], colon: usize) -> NodeId {
        let Some((before, _)) = text.split_at_checked(colon) else { return NOWHERE };
        // Only the empty key has fewer bytes before its colon, and it is in every bucket.
        let bucket = usize::from(before.last_chunk::<4>().map_or(0, |bytes| ColonTable::bucket(*bytes)));
        if self.used.get(bucket) != Some(&true) {
            return NOWHERE;
        }
        let (Some(&start), Some(&end)) = (self.starts.get(bucket), self.starts.get(bucket + 1)) else {
            return NOWHERE;
        };
        for (quoted, number) in self.keys.get(start as usize..end as usize).unwrap_or_default() {
            // A quote inside a key would have a backslash before it, so this quote is the start of the key.
            let Some((rest, written)) =
                before.len().checked_sub(quoted.len()).and_then(|at| before.split_at_checked(at))
            else {
                continue;
            };
            if same(written, quoted) && matches!(rest.last(), Some(b'{' | b',')) {
                return *number;
            }
        }
        NOWHERE
    }
}

/// A map from texts to their positions that is queried where a string starts, without knowing where it ends.
///
/// The first eight bytes after the quote distinguish most texts.
#[derive(Clone, Debug, Default)]
pub(super) struct StartTable {
    /// Where each bucket starts in `long`; empty if there are none.
    starts: Vec<u32>,
    shift: u32,
    /// Texts of at least eight bytes, each in its quotes.
    long: Vec<(Box<[u8]>, u32)>,
    short: Vec<(Box<[u8]>, u32)>,
}

impl StartTable {
    pub(super) fn new<'t>(texts: impl Iterator<Item = &'t str>) -> StartTable {
        let written = texts.zip(0..).filter_map(|(text, number)| Some((written(text, "\"")?, number)));
        let (long, short): (Vec<_>, Vec<_>) = written.partition(|(text, _)| StartTable::word(text).is_some());
        let bits = (long.len() * 4).next_power_of_two().trailing_zeros().max(1);
        let mut table = StartTable { starts: Vec::new(), shift: u64::BITS - bits, long, short };
        let shift = table.shift;
        let bucket = |text: &[u8]| StartTable::word(text).map_or(0, |word| StartTable::bucket(word, shift));
        table.long.sort_by_cached_key(|(text, _)| bucket(text));
        table.starts = vec![0; (1 << bits) + 1];
        for (text, _) in &table.long {
            if let Some(count) = table.starts.get_mut(bucket(text) + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut table.starts {
            before += *start;
            *start = before;
        }
        table
    }

    #[inline(always)]
    fn word(text: &[u8]) -> Option<u64> {
        text.get(1..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
    }

    #[inline(always)]
    fn bucket(word: u64, shift: u32) -> usize {
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
    }

    /// The position of the text at the start of `rest`, which includes the quotes and has no escapes, or
    /// [`u32::MAX`].
    #[inline(always)]
    pub(super) fn find(&self, rest: &[u8]) -> u32 {
        let is_here =
            |(text, _): &&(Box<[u8]>, u32)| rest.get(..text.len()).is_some_and(|written| same(written, text));
        let mut found = None;
        if let Some(word) = StartTable::word(rest) {
            let bucket = StartTable::bucket(word, self.shift);
            if let (Some(&start), Some(&end)) = (self.starts.get(bucket), self.starts.get(bucket + 1)) {
                found = self.long.get(start as usize..end as usize).unwrap_or_default().iter().find(is_here);
            }
        }
        found.or_else(|| self.short.iter().find(is_here)).map_or(u32::MAX, |(_, number)| *number)
    }
}

/// The spelling of a string that starts with `text`, followed by `end`. `None` if it requires escapes.
pub(super) fn written(text: &str, end: &str) -> Option<Box<[u8]>> {
    let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\');
    text.bytes().all(is_plain).then(|| [b"\"", text.as_bytes(), end.as_bytes()].concat().into())
}

/// Whether two texts of the same length are equal. A call to `memcmp` would take longer than comparing a key.
#[inline(always)]
fn same(left: &[u8], right: &[u8]) -> bool {
    let (Some(left_end), Some(right_end)) = (left.last_chunk::<8>(), right.last_chunk::<8>()) else {
        return left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left == right);
    };
    let (left_words, right_words) = (left.as_chunks::<8>().0, right.as_chunks::<8>().0);
    left_end == right_end && left_words.iter().zip(right_words).all(|(left, right)| left == right)
}

#[inline(always)]
fn hash(text: &[u8]) -> u64 {
    let tail = match text.last_chunk::<8>() {
        Some(tail) => u64::from_le_bytes(*tail),
        None => text.iter().fold(0, |tail, &byte| tail << 8 | u64::from(byte)),
    };
    // Fibonacci hashing: the high bits, which select the slot, depend on the whole input.
    (tail ^ (text.len() as u64).rotate_right(8)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_share_their_beginnings_and_descendants_follow_their_node() {
        let trie = Trie::new([vec!["b", "x"], vec!["a"], vec!["b", "y", "z"], vec!["b"]]);
        assert_eq!(trie.len(), 6);
        assert_eq!(trie.find(["a"]), 1);
        assert_eq!(trie.find(["b"]), 2);
        assert_eq!(trie.find(["b", "y", "z"]), 5);
        assert_eq!(trie.find(["b", "z"]), NOWHERE);
        assert_eq!(trie.find(["a", "x"]), NOWHERE);
        assert_eq!(trie.end_of(2), 6);
        assert_eq!(trie.end_of(1), 2);
        assert_eq!(trie.if_branching(1), NOWHERE);
        assert_eq!(trie.if_branching(4), 4);
    }

    #[test]
    fn keys_are_found_from_their_colons() {
        let keys = ["", "a", "ab", "abc", "eventName", "userName", "é"];
        let trie = Trie::new(keys.map(|key| vec![key]));
        for key in keys.iter().chain(&["b", "bc", "Name", "xeventName"]) {
            for before in ["{", "{\"x\":1,", "{\"abc\":\"abc\","] {
                let text = format!("{before}\"{key}\":1}}");
                let colon = text.len() - 3;
                assert_eq!(
                    trie.keys_of(ROOT).unwrap().find(text.as_bytes(), colon),
                    trie.child(ROOT, key.as_bytes()),
                    "{text}"
                );
            }
            let inside_of_another = format!("{{\"x\\\"{key}\":1}}");
            assert_eq!(
                trie.keys_of(ROOT).unwrap().find(inside_of_another.as_bytes(), inside_of_another.len() - 3),
                NOWHERE
            );
        }
        assert_eq!(trie.keys_of(ROOT).unwrap().find(b":", 0), NOWHERE);
        let trie = Trie::new([vec!["a\":1,\"b"]]);
        assert_eq!(
            trie.keys_of(ROOT).unwrap().find(b"{\"a\":1,\"b\":2}", 10),
            NOWHERE,
            "several tokens are no key"
        );
    }

    #[test]
    fn texts_are_found_from_where_they_start() {
        let texts = ["", "a", "Root", "seven77", "eight888", "CreateUser", "CreateUserX", "é"];
        let table = StartTable::new(texts.into_iter());
        for (number, text) in (0..).zip(texts) {
            for behind in ["", ",\"b\":\"something else\""] {
                assert_eq!(table.find(format!("\"{text}\"{behind}").as_bytes()), number, "{text}");
            }
        }
        for other in ["b", "CreateUse", "CreateUserXY", "root"] {
            assert_eq!(table.find(format!("\"{other}\",\"Root\"").as_bytes()), u32::MAX, "{other}");
        }
        let table = StartTable::new(["a\",\"b", "a"].into_iter());
        assert_eq!(table.find(b"\"a\",\"b\""), 1, "a text that requires escapes is not in the table");
        assert_eq!(StartTable::default().find(b"\"long enough\""), u32::MAX);
    }

    #[test]
    fn texts_with_the_same_hash_are_distinguished() {
        let texts = ["12345678", "a-12345678", "b-12345678", "", "x", "xy", "\u{e9}"];
        let table = KeyTable::new(&texts.iter().copied().zip(0..).collect::<Vec<_>>());
        for (number, text) in (0..).zip(texts) {
            assert_eq!(table.find(text.as_bytes()), number, "{text}");
        }
        for other in ["c-12345678", "yx", "1234567"] {
            assert_eq!(table.find(other.as_bytes()), u32::MAX, "{other}");
        }
        assert_eq!(KeyTable::default().find(b"x"), u32::MAX);
    }
}
