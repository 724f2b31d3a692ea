//! The fast way to read a record: 64 bytes at a time, for text without whitespace between tokens, which is what
//! CloudTrail writes.
//!
//! One pass validates the text and captures the values that the selectors need. Both rest on one observation: in JSON
//! without whitespace, the order of tokens is a relation between neighbouring bytes, so a few operations on masks
//! check 64 of them at once. Only brackets, numbers and literals, and the keys of objects that selectors look into,
//! are examined one at a time.
//!
//! - *Neighbours*: a value starts directly after an opening bracket, a colon or a comma, and nowhere else. Such a
//!   byte is followed by a value or, after an opening bracket, by the matching closing one ([`Scan::block`]). A value
//!   is followed by a colon, a comma or a closing bracket.
//! - *Colons and commas*: in an object they alternate, starting with a colon; an array has only commas. Inside an
//!   object, a nested container and the object's end can occur only where the next separator would be a comma
//!   ([`Scan::segment`], [`Scan::open`], [`Scan::close`]). So every field has one key and one value. The key is a
//!   string, because nothing else can precede a colon: after a nested container the next separator is a comma, and
//!   [`Scan::scalars`] accepts a number or literal only before a comma or a closing bracket.
//! - *Strings* contain no control characters, and each escape is checked individually. If there are non-ASCII bytes,
//!   the whole record is checked for UTF-8 at the end.
//!
//! Anything that is not certain to be valid and plain is left to `walk.rs`, which defines what this module computes:
//! whitespace, surrogates, invalid text, a record that continues beyond the given text. Tests on generated and fuzzed
//! text check that the two agree and that this module accepts nothing that `serde_json` rejects.

mod lanes;
#[cfg(test)]
mod tests;

use super::captures::{Captures, Container};
use super::trie::{NOWHERE, NodeId, ROOT, Trie};
use super::value::string_end;
use super::walk::{escape_end, scalar_end};
use lanes::{BLOCK_BYTES, LaneTask, Lanes, Portable};

/// Captures the values of the record at the start of `text`, which may be followed by anything, and returns its
/// length.
///
/// `None` if the record is not certain to be valid, is not an object, or is nested deeper than `depth_limit`, which
/// is at most 127. The captures are then meaningless.
pub(super) fn scan(text: &[u8], depth_limit: usize, trie: &Trie, captures: &mut Captures) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let task = ScanTask { text, depth_limit, trie, captures };
    // The `lanes` setting exists to measure the gain from vector instructions: see `docs/speed.md`.
    #[cfg(all(target_arch = "x86_64", not(lanes = "portable")))]
    {
        if let Some(lanes) = lanes::Avx512::detect().filter(|_| cfg!(not(lanes = "avx2"))) {
            return lanes.run(task);
        }
        if let Some(lanes) = lanes::Avx2::detect() {
            return lanes.run(task);
        }
    }
    Portable.run(task)
}

/// Panics if the implementations of [`Lanes`] give different results on some text.
#[cfg(any(test, fuzzing))]
pub(crate) fn lanes_agree(text: &[u8]) {
    if text.first() != Some(&b'{') {
        return;
    }
    let trie = Trie::new([vec!["a", "b"], vec!["b"], vec!["eventName"], vec!["userIdentity", "type"]]);
    let mut captures = Captures::default();
    let mut places = |run: &dyn Fn(ScanTask<'_>) -> Option<usize>| {
        captures.reset(&trie);
        let end = run(ScanTask { text, depth_limit: 127, trie: &trie, captures: &mut captures });
        (end, end.map(|_| (0..trie.len()).map(|node| captures.get(node)).collect::<Vec<_>>()))
    };
    let portable = places(&|task| Portable.run(task));
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(lanes) = lanes::Avx2::detect() {
            assert_eq!(places(&|task| lanes.run(task)), portable);
        }
        if let Some(lanes) = lanes::Avx512::detect() {
            assert_eq!(places(&|task| lanes.run(task)), portable);
        }
    }
    let _ = portable;
}

/// The input of a scan.
struct ScanTask<'a> {
    text: &'a [u8],
    depth_limit: usize,
    trie: &'a Trie,
    captures: &'a mut Captures,
}

impl LaneTask for ScanTask<'_> {
    type Answer = Option<usize>;

    /// Scans with the given lanes. The state is created here rather than passed in, so that it stays in registers.
    #[inline(always)]
    fn run(self, lanes: impl Lanes) -> Option<usize> {
        Scan::new(self).run(lanes)
    }
}

/// A scan in progress: what it must know about the text before the current block.
struct Scan<'a> {
    text: &'a [u8],
    trie: &'a Trie,
    captures: &'a mut Captures,
    depth_limit: usize,
    depth: usize,
    /// The innermost container.
    inner: Container,
    /// The node of the last key in it.
    child: NodeId,
    /// All ones or zeros: in an object, the parity of colons and commas at which the next separator is a colon.
    phase: u64,
    /// All ones inside a string, zero otherwise.
    string: u64,
    /// Whether the next byte is escaped.
    escaped: bool,
    /// The end of the last string that has an escape.
    escaped_until: usize,
    /// Whether there may be non-ASCII bytes.
    non_ascii: bool,
    before: Before,
}

/// The kinds of bytes in the previous block. Only the last bit matters.
#[derive(Default)]
struct Before {
    /// Opening brackets, colons and commas.
    introducers: u64,
    scalars: u64,
}

/// The bytes of a block outside strings, by kind.
struct TokenMasks {
    openers: u64,
    closers: u64,
    colons: u64,
    /// Colons and commas.
    separators: u64,
    /// The parity of the number of separators up to and including each byte.
    parity: u64,
    /// The bytes directly after an opening bracket, a colon or a comma.
    value_is_due: u64,
}

impl<'a> Scan<'a> {
    #[inline(always)]
    fn new(ScanTask { text, depth_limit, trie, captures }: ScanTask<'a>) -> Scan<'a> {
        Scan {
            text,
            trie,
            captures,
            depth_limit,
            depth: 0,
            inner: Container::OUTSIDE,
            child: trie.if_branching(ROOT),
            phase: 0,
            string: 0,
            escaped: false,
            escaped_until: 0,
            non_ascii: false,
            // The record is a value, as if it followed a comma.
            before: Before { introducers: 1 << (BLOCK_BYTES - 1), ..Before::default() },
        }
    }

    #[inline(always)]
    fn run(mut self, lanes: impl Lanes) -> Option<usize> {
        let text = self.text;
        let (blocks, tail) = text.as_chunks::<BLOCK_BYTES>();
        let (mut end, mut offset) = (None, 0);
        for block in blocks {
            end = self.block(lanes, block, offset)?;
            if end.is_some() {
                break;
            }
            offset += BLOCK_BYTES;
        }
        if end.is_none() {
            // The padding is whitespace, which is an error wherever the scan meets it.
            let mut last = [b' '; BLOCK_BYTES];
            last.get_mut(..tail.len())?.copy_from_slice(tail);
            end = self.block(lanes, &last, offset)?;
        }
        let end = end?;
        if self.non_ascii {
            str::from_utf8(text.get(..end)?).ok()?;
        }
        self.captures.escapes = self.escaped_until != 0;
        Some(end)
    }

    /// Scans a block. `None` for text that is left to `walk.rs`; `Some(None)` if the record continues after the
    /// block.
    #[inline(always)]
    fn block(
        &mut self,
        lanes: impl Lanes,
        block: &[u8; BLOCK_BYTES],
        offset: usize,
    ) -> Option<Option<usize>> {
        let masks = lanes.masks(block);
        let (mut quotes, mut special) = (masks.quotes, 0);
        // Most blocks contain no such bytes, and checking for any is cheaper than locating them.
        if masks.has_rare || self.escaped {
            let rare = lanes.rare(block);
            let escaped = self.escaped_bytes(rare.backslashes);
            quotes &= !escaped;
            special = rare.backslashes & !escaped | rare.controls;
            self.non_ascii |= rare.non_ascii != 0;
        }
        // Set from each opening quote up to, but not including, its closing quote.
        let inside = lanes.parity(quotes) ^ self.string;
        let outside = !(inside | quotes);
        let [openers, closers] = [masks.opens & outside, masks.closes & outside];
        let [colons, commas] = [masks.colons & outside, masks.commas & outside];
        let separators = colons | commas;
        let scalars = outside & !(openers | closers | separators);
        let opening_quotes = quotes & inside;
        let introducers = openers | separators;

        let value_is_due = after(introducers, self.before.introducers);
        let new_scalars = scalars & !after(scalars, self.before.scalars);
        let values = openers | opening_quotes | new_scalars;
        let mut wrong = (values | separators) & (values ^ value_is_due);
        let tokens = TokenMasks {
            openers,
            closers,
            colons,
            separators,
            parity: lanes.parity(separators),
            value_is_due,
        };
        let end = self.containers(&tokens, block, offset, &mut wrong)?;
        if let Some(end) = end {
            // Anything may follow the record.
            let live = u64::MAX >> (BLOCK_BYTES - 1 - end);
            return self
                .check(wrong & live, new_scalars & live, special & live, offset)
                .map(|()| Some(offset + end + 1));
        }
        self.check(wrong, new_scalars, special, offset)?;
        self.before = Before { introducers, scalars };
        self.phase ^= spread_last(tokens.parity);
        self.string = spread_last(inside);
        Some(None)
    }

    /// Fails if `wrong` is not empty, and checks the bytes that must be examined one at a time.
    #[inline(always)]
    fn check(&mut self, wrong: u64, new_scalars: u64, special: u64, offset: usize) -> Option<()> {
        if wrong != 0 {
            return None;
        }
        self.scalars(new_scalars, offset)?;
        if special != 0 {
            self.escaped_until = specials(self.text, special, offset, self.escaped_until)?;
        }
        Some(())
    }

    /// The bytes after a backslash that is not itself escaped.
    #[inline(always)]
    fn escaped_bytes(&mut self, backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.escaped);
        self.escaped = false;
        let mut left = backslashes & !escaped;
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            let target = lowest << 1;
            escaped |= target;
            self.escaped = target == 0;
            left &= !(lowest | target);
        }
        escaped
    }

    /// Follows the brackets of a block, and checks the bytes between them. Returns the position of the record's last
    /// byte in the block.
    #[inline(always)]
    fn containers(
        &mut self,
        tokens: &TokenMasks,
        block: &[u8; BLOCK_BYTES],
        offset: usize,
        wrong: &mut u64,
    ) -> Option<Option<usize>> {
        let mut brackets = tokens.openers | tokens.closers;
        let mut ahead = u64::MAX;
        loop {
            let bracket = brackets & brackets.wrapping_neg();
            let segment = ahead & bracket.wrapping_sub(1);
            *wrong |= self.segment(tokens) & segment;
            if self.inner.node != NOWHERE {
                self.keys(tokens.colons & segment, offset);
            }
            if bracket == 0 {
                return Some(None);
            }
            ahead = !(bracket | bracket.wrapping_sub(1));
            brackets ^= bracket;
            let at = bracket.trailing_zeros() as usize;
            let parity = ones_if(tokens.parity & bracket != 0);
            let is_object = block.get(at).is_some_and(|byte| byte & 0x20 != 0);
            if tokens.openers & bracket != 0 {
                self.open(is_object, parity)?;
            } else {
                if tokens.value_is_due & bracket == 0 {
                    self.close(is_object, parity)?;
                } else {
                    // Where a value is due, only an empty container can end.
                    matches!(self.text.get((offset + at).wrapping_sub(1)), Some(b'{' | b'[')).then_some(())?;
                    self.close(is_object, !self.phase)?;
                }
                self.phase = !parity;
                if self.depth == 0 {
                    return Some(Some(at));
                }
            }
        }
    }

    /// The separators that are wrong in the innermost container: a comma in place of a colon, or the reverse.
    #[inline(always)]
    fn segment(&self, tokens: &TokenMasks) -> u64 {
        let due = (tokens.parity ^ self.phase) & tokens.separators & self.inner.is_object;
        due ^ tokens.colons
    }

    /// Captures the values of the keys between two brackets.
    #[inline(always)]
    fn keys(&mut self, mut colons: u64, offset: usize) {
        let Some(keys) = self.trie.keys_of(self.inner.node) else { return };
        while colons != 0 {
            let colon = offset + colons.trailing_zeros() as usize;
            self.child = keys.find(self.text, colon);
            if self.child != NOWHERE {
                self.captures.set(self.trie, self.child, colon + 1);
            }
            colons &= colons - 1;
        }
    }

    #[inline(always)]
    fn open(&mut self, is_object: bool, parity: u64) -> Option<()> {
        // In an object, a value is possible only where the next separator is a comma.
        if self.depth == self.depth_limit || self.inner.is_object != 0 && self.phase == parity {
            return None;
        }
        *self.captures.open.get_mut(self.depth)? = self.inner;
        self.depth += 1;
        // In a container that no selector looks into, the last key found is meaningless.
        let is_wanted = is_object && (self.inner.node != NOWHERE || self.depth == 1);
        let node = if is_wanted { self.trie.if_branching(self.child) } else { NOWHERE };
        self.phase = parity;
        self.inner = Container { is_object: ones_if(is_object), node };
        Some(())
    }

    #[inline(always)]
    fn close(&mut self, is_object: bool, parity: u64) -> Option<()> {
        // An object ends after a value.
        if ones_if(is_object) != self.inner.is_object || is_object && self.phase == parity {
            return None;
        }
        self.depth -= 1;
        self.inner = *self.captures.open.get(self.depth)?;
        Some(())
    }

    /// Checks the numbers and literals that start at these bytes.
    #[inline(always)]
    fn scalars(&self, mut starts: u64, offset: usize) -> Option<()> {
        while starts != 0 {
            let at = offset + starts.trailing_zeros() as usize;
            let end = match self.text.get(at..)?.first_chunk::<4>() {
                Some(b"true" | b"null") => at + 4,
                Some(_) | None => scalar_end(self.text, at)?,
            };
            matches!(self.text.get(end), Some(b',' | b'}' | b']')).then_some(())?;
            starts &= starts - 1;
        }
        Some(())
    }
}

/// Checks the escapes that start at these bytes. Takes and returns the end of the last string that contains one. Keys
/// with escapes, and control characters, are left to `walk.rs`.
#[cold]
#[inline(never)]
fn specials(text: &[u8], mut starts: u64, offset: usize, mut escaped_until: usize) -> Option<usize> {
    while starts != 0 {
        let at = offset + starts.trailing_zeros() as usize;
        (text.get(at) == Some(&b'\\')).then_some(())?;
        // Surrogate pairs encode one character in two escapes. They are rare, and also left to `walk.rs`.
        (escape_end(text, at)? <= at + 6).then_some(())?;
        if at >= escaped_until {
            escaped_until = string_end(text, at).0;
            (text.get(escaped_until + 1) != Some(&b':')).then_some(())?;
        }
        starts &= starts - 1;
    }
    Some(escaped_until)
}

/// The bytes after those in a mask, given the same mask of the previous block.
#[inline(always)]
fn after(mask: u64, before: u64) -> u64 {
    mask << 1 | before >> (BLOCK_BYTES - 1)
}

/// Copies the last bit to all bits.
#[inline(always)]
fn spread_last(mask: u64) -> u64 {
    (mask.cast_signed() >> (BLOCK_BYTES - 1)).cast_unsigned()
}

#[inline(always)]
fn ones_if(condition: bool) -> u64 {
    u64::from(condition).wrapping_neg()
}
