//! [`Trie`]: the keys of all selectors of a set, merged, so that one walk over a record finds the values of every selector.
//!
//! Only key steps are in it. From the first index or wildcard on, a selector is followed when it is asked for: see `value.rs`.

use std::collections::BTreeMap;

/// A node of a [`Trie`], numbered in pre-order.
pub(super) type NodeId = u32;

/// The record itself.
pub(super) const ROOT: NodeId = 0;

/// A place in a record at which no selector looks.
pub(super) const NOWHERE: NodeId = NodeId::MAX;

/// The keys of all selectors of a set.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    /// Behind the last descendant: the descendants of node `n` are `n + 1..end`.
    end: NodeId,
    children: Option<Children>,
}

#[derive(Clone, Debug)]
struct Children {
    by_key: KeyTable,
    by_colon: ColonTable,
}

#[derive(Default)]
struct Branch(BTreeMap<String, Branch>);

impl Trie {
    /// Merges paths of keys. Equal paths share a node.
    pub(super) fn new<'p>(paths: impl IntoIterator<Item = Vec<&'p str>>) -> Trie {
        let mut root = Branch::default();
        for path in paths {
            let mut branch = &mut root;
            for key in path {
                branch = branch.0.entry(key.to_owned()).or_default();
            }
        }
        let mut trie = Trie::default();
        trie.add(&root);
        trie
    }

    fn add(&mut self, branch: &Branch) -> NodeId {
        let id = self.len();
        self.nodes.push(Node { end: id, children: None });
        let children: Vec<_> =
            branch.0.iter().map(|(key, branch)| (key.as_str(), self.add(branch))).collect();
        let end = self.len();
        if let Some(node) = self.nodes.get_mut(id as usize) {
            let has_children = !children.is_empty();
            let by_colon = ColonTable::new(&children);
            let tables = Children { by_colon, by_key: KeyTable::new(children) };
            *node = Node { end, children: has_children.then_some(tables) };
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

    /// The node of a field, or [`NOWHERE`]. The key's escapes are resolved.
    #[inline(always)]
    pub(super) fn child(&self, node: NodeId, key: &[u8]) -> NodeId {
        match self.nodes.get(node as usize) {
            Some(Node { children: Some(children), .. }) => children.by_key.find(key),
            Some(_) | None => NOWHERE,
        }
    }

    /// The children of a node, to be asked at colons.
    #[inline(always)]
    pub(super) fn keys_of(&self, node: NodeId) -> Option<&ColonTable> {
        self.nodes.get(node as usize)?.children.as_ref().map(|children| &children.by_colon)
    }

    /// The node again if it has children, or else [`NOWHERE`]: what is inside of such a value need not be looked at.
    #[inline(always)]
    pub(super) fn if_branching(&self, node: NodeId) -> NodeId {
        match self.nodes.get(node as usize) {
            Some(Node { children: Some(_), .. }) => node,
            Some(_) | None => NOWHERE,
        }
    }

    /// Behind the last descendant of a node.
    pub(super) fn end_of(&self, node: NodeId) -> NodeId {
        self.nodes.get(node as usize).map_or(0, |node| node.end)
    }
}

/// A map from texts to numbers that is made once and asked for each key of each record.
///
/// The hash is of the length and the last eight bytes, which tell the keys of a CloudTrail record apart. Texts that agree in both only
/// make a lookup longer.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyTable {
    /// Open addressing; a power of two, at most half full.
    slots: Vec<Option<Entry>>,
    shift: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    number: u32,
    text: Box<[u8]>,
}

impl KeyTable {
    /// Takes texts that differ, with their numbers.
    pub(super) fn new(entries: Vec<(&str, u32)>) -> KeyTable {
        let bits = (entries.len() * 2).next_power_of_two().trailing_zeros().max(1);
        let mut table = KeyTable { slots: vec![None; 1 << bits], shift: u64::BITS - bits };
        for (text, number) in entries {
            let text = Box::<[u8]>::from(text.as_bytes());
            let hash = hash(&text);
            let free = table.probe(hash).find(|&slot| matches!(table.slots.get(slot), Some(None)));
            if let Some(slot) = free.and_then(|slot| table.slots.get_mut(slot)) {
                *slot = Some(Entry { hash, number, text });
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

/// A map from keys to numbers that is asked at colons, without knowing where the key starts.
///
/// Most keys are wanted by nobody, and the four bytes before the colon are enough to tell.
#[derive(Clone, Debug)]
pub(super) struct ColonTable {
    /// Where in `keys` each bucket starts, which is where the one before it ends.
    starts: [u32; ColonTable::BUCKETS + 1],
    /// Whether there is anything in a bucket. Nearly all lookups end here.
    used: [bool; ColonTable::BUCKETS],
    /// Each key in its quotes. Those that take escapes are not here: within quotes, without escapes, they could look like several tokens.
    keys: Vec<(Box<[u8]>, u32)>,
}

impl ColonTable {
    const BUCKETS: usize = 256;

    fn new(children: &[(&str, u32)]) -> ColonTable {
        let plain = |&(key, number): &(&str, u32)| Some((written(key, "\"")?, number));
        let children: Vec<_> = children.iter().filter_map(plain).collect();
        let (mut starts, mut used, mut keys) = ([0; Self::BUCKETS + 1], [false; Self::BUCKETS], Vec::new());
        for ((bucket, start), used) in (0..=u8::MAX).zip(starts.iter_mut().skip(1)).zip(&mut used) {
            let before = keys.len();
            keys.extend(children.iter().filter(|(quoted, _)| ColonTable::may_be_in(quoted, bucket)).cloned());
            *used = keys.len() > before;
            *start = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        }
        ColonTable { starts, used, keys }
    }

    /// Whether a key can have the four bytes of a bucket before its colon. Of short keys, what is before them counts too.
    fn may_be_in(quoted: &[u8], bucket: u8) -> bool {
        match quoted.last_chunk::<4>() {
            Some(bytes) => ColonTable::bucket(*bytes) == bucket,
            None => match *quoted {
                [open, letter, close] => [b'{', b',']
                    .iter()
                    .any(|&before| ColonTable::bucket([before, open, letter, close]) == bucket),
                _ => true,
            },
        }
    }

    #[inline(always)]
    fn bucket(bytes: [u8; 4]) -> u8 {
        (u32::from_le_bytes(bytes).wrapping_mul(0x9e37_79b1) >> 24) as u8
    }

    /// The node of the field whose colon is at an offset of compact text, or [`NOWHERE`]. A key with escapes is not found.
    #[inline(always)]
    pub(super) fn find(&self, text: &[u8], colon: usize) -> NodeId {
        let Some((before, _)) = text.split_at_checked(colon) else { return NOWHERE };
        // Only the empty key has less before its colon, and that is in every bucket.
        let bucket = usize::from(before.last_chunk::<4>().map_or(0, |bytes| ColonTable::bucket(*bytes)));
        if self.used.get(bucket) != Some(&true) {
            return NOWHERE;
        }
        let (Some(&start), Some(&end)) = (self.starts.get(bucket), self.starts.get(bucket + 1)) else {
            return NOWHERE;
        };
        for (quoted, number) in self.keys.get(start as usize..end as usize).unwrap_or_default() {
            // A quote inside of a key has a backslash before it, so this one is where the key starts.
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

/// A map from texts to their positions that is asked where a string starts, without knowing where it ends.
///
/// The first eight bytes behind the quote tell most texts apart.
#[derive(Clone, Debug, Default)]
pub(super) struct StartTable {
    /// Where in `long` each bucket starts; empty if there are none.
    starts: Vec<u32>,
    shift: u32,
    /// Texts of at least eight bytes, each between its quotes.
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
        table.long.sort_by_key(|(text, _)| bucket(text));
        let before = |limit: usize| table.long.partition_point(|(text, _)| bucket(text) < limit);
        table.starts =
            (0..=1 << bits).map(|limit| u32::try_from(before(limit)).unwrap_or(u32::MAX)).collect();
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

    /// The position of the text that is written in front of `rest`, quotes included and without escapes, or [`u32::MAX`].
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

/// How a string that starts with `text` is written, with `end` behind the text. `None` if that takes escapes.
pub(super) fn written(text: &str, end: &str) -> Option<Box<[u8]>> {
    let is_plain = |character: char| character >= ' ' && !matches!(character, '"' | '\\');
    text.chars().all(is_plain).then(|| format!("\"{text}{end}").into_bytes().into())
}

/// Whether texts of the same length are equal, without a call of `memcmp`, which takes longer than comparing a key.
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
    // Fibonacci hashing: the high bits, which are used, depend on all of the input.
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
        assert_eq!(table.find(b"\"a\",\"b\""), 1, "what takes escapes is not there");
        assert_eq!(StartTable::default().find(b"\"long enough\""), u32::MAX);
    }

    #[test]
    fn texts_with_the_same_hash_are_told_apart() {
        let texts = ["12345678", "a-12345678", "b-12345678", "", "x", "xy", "\u{e9}"];
        let table = KeyTable::new(texts.iter().copied().zip(0..).collect());
        for (number, text) in (0..).zip(texts) {
            assert_eq!(table.find(text.as_bytes()), number, "{text}");
        }
        for other in ["c-12345678", "yx", "1234567"] {
            assert_eq!(table.find(other.as_bytes()), u32::MAX, "{other}");
        }
        assert_eq!(KeyTable::default().find(b"x"), u32::MAX);
    }
}
