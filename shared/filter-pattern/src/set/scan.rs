//! The fast way to read a record: 64 bytes at a time, for text without white space between its tokens, which is how CloudTrail writes.
//!
//! One pass validates all of the text and captures what the selectors want. Both rest on the same observation: without white space, what
//! may follow what in JSON is a relation of neighbouring bytes, so that a few operations on masks check 64 of them; only brackets,
//! numbers and literals, and the keys of objects that a selector enters, are looked at one by one.
//!
//! - *Neighbours*: each byte outside of strings may stand behind certain others only ([`Scan::misplaced`]).
//! - *Colons and commas*: those of one object alternate, a colon first; those of an array are commas. So every string before a colon is
//!   a key, and every field has one ([`Scan::segment`]).
//! - *Strings* have no control characters; escapes are checked one by one; if there are bytes beyond ASCII, the record is checked to be
//!   UTF-8 at the end.
//!
//! Whatever is not certain to be valid and plain is left to `walk.rs`, which says what it means: white space, surrogates, wrong text, a
//! record that goes on behind the given text. That the two agree, and that nothing is accepted here which `serde_json` refuses, is tested
//! on generated and on fuzzed text.

mod lanes;
#[cfg(test)]
mod tests;

use super::captures::{Captures, Container};
use super::trie::{NOWHERE, NodeId, ROOT, Trie};
use super::value::string_end;
use super::walk::{escape_end, scalar_end};
use lanes::{BLOCK_BYTES, Lanes, Masks, Portable, Rare};

/// Captures the values of the record in front of `text`, which may go on with anything, and returns its length.
///
/// `None` if it is not certain to be valid, is not an object, or is nested deeper than `depth_limit`, which is at most 127. What has been
/// captured then is worthless.
pub(super) fn scan(text: &[u8], depth_limit: usize, trie: &Trie, captures: &mut Captures) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let task = Task { text, depth_limit, trie, captures };
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(lanes) = lanes::Avx512::detect() {
            return lanes.run(task);
        }
        if let Some(lanes) = lanes::Avx2::detect() {
            return lanes.run(task);
        }
    }
    Portable.run(task)
}

/// Panics if the ways to look at a block do not lead to the same result on some text.
#[cfg(any(test, fuzzing))]
pub(crate) fn lanes_agree(text: &[u8]) {
    if text.first() != Some(&b'{') {
        return;
    }
    let trie = Trie::new([vec!["a", "b"], vec!["b"], vec!["eventName"], vec!["userIdentity", "type"]]);
    let mut captures = Captures::default();
    let mut places = |run: &dyn Fn(Task<'_>) -> Option<usize>| {
        captures.reset(&trie);
        let end = run(Task { text, depth_limit: 127, trie: &trie, captures: &mut captures });
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

/// What is to be scanned, and for what.
struct Task<'a> {
    text: &'a [u8],
    depth_limit: usize,
    trie: &'a Trie,
    captures: &'a mut Captures,
}

impl Task<'_> {
    /// Scans with some lanes. The state is made here, and not handed over, so that it is kept in registers.
    #[inline(always)]
    fn run(self, lanes: impl Lanes) -> Option<usize> {
        Scan::new(self).run(lanes)
    }
}

/// A scan under way: what has to be known of the text before a block.
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
    /// All ones or zeros: in an object, the parity of colons and commas at a place where a colon is next.
    phase: u64,
    /// All ones inside of a string, or else zero.
    string: u64,
    /// Whether the next byte is escaped.
    escaped: bool,
    /// The end of the last string that has an escape.
    escaped_until: usize,
    non_ascii: u64,
    before: Before,
}

/// What the bytes of the previous block are; only the last one matters.
#[derive(Default)]
struct Before {
    openers: u64,
    separators: u64,
    closing_quotes: u64,
    scalars: u64,
}

/// The bytes of a block outside of strings, by what they are.
struct Tokens {
    opening_quotes: u64,
    closing_quotes: u64,
    openers: u64,
    closers: u64,
    brackets: u64,
    colons: u64,
    /// Colons and commas.
    separators: u64,
    /// All others: numbers, literals, and what must not be there.
    scalars: u64,
}

impl<'a> Scan<'a> {
    #[inline(always)]
    fn new(Task { text, depth_limit, trie, captures }: Task<'a>) -> Scan<'a> {
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
            non_ascii: 0,
            // The record is a value, as if behind a comma.
            before: Before { separators: 1 << (BLOCK_BYTES - 1), ..Before::default() },
        }
    }

    #[inline(always)]
    fn run(mut self, lanes: impl Lanes) -> Option<usize> {
        let text = self.text;
        let (mut end, mut offset) = (None, 0);
        while let Some(block) = text.get(offset..).and_then(|rest| rest.first_chunk::<BLOCK_BYTES>()) {
            end = self.block(lanes, block, offset)?;
            if end.is_some() {
                break;
            }
            offset += BLOCK_BYTES;
        }
        if end.is_none() {
            // The blanks behind the text are wrong wherever they are seen.
            let mut last = [b' '; BLOCK_BYTES];
            let tail = text.get(offset..)?;
            last.get_mut(..tail.len())?.copy_from_slice(tail);
            end = self.block(lanes, &last, offset)?;
        }
        let end = end?;
        if self.non_ascii != 0 {
            str::from_utf8(text.get(..end)?).ok()?;
        }
        self.captures.escapes = self.escaped_until != 0;
        Some(end)
    }

    /// Takes a block. `None` for text that is left to others, `Some(None)` if the record goes on behind the block.
    #[inline(always)]
    fn block(
        &mut self,
        lanes: impl Lanes,
        block: &[u8; BLOCK_BYTES],
        offset: usize,
    ) -> Option<Option<usize>> {
        let masks = lanes.masks(block);
        let (mut rare, mut escaped) = (Rare::default(), 0);
        // Most blocks have nothing of this, and to ask whether is cheaper than to ask where.
        if masks.has_rare | self.escaped {
            rare = lanes.rare(block);
            escaped = self.escaped_bytes(rare.backslashes);
        }
        let quotes = masks.quotes & !escaped;
        // From each opening quote up to, and without, its closing one.
        let inside = lanes.parity(quotes) ^ self.string;
        let tokens = Tokens::new(&masks, quotes, inside);
        let separators = tokens.separators;
        let new_scalars = tokens.scalars & !after(tokens.scalars, self.before.scalars);
        let mut wrong = self.misplaced(&tokens, separators, new_scalars) | rare.controls & inside;
        let parity = lanes.parity(separators);
        let end = self.containers(&tokens, separators, parity, offset, &mut wrong)?;
        if let Some(end) = end {
            // Behind the record there may be anything.
            let live = u64::MAX >> (BLOCK_BYTES - 1 - end);
            let (rare, escaped) = (rare.within(live), escaped | !live);
            return self
                .check(wrong & live, new_scalars & live, rare, escaped, offset)
                .map(|()| Some(offset + end + 1));
        }
        self.check(wrong, new_scalars, rare, escaped, offset)?;
        self.before = Before {
            openers: tokens.openers,
            separators,
            closing_quotes: tokens.closing_quotes,
            scalars: tokens.scalars,
        };
        self.phase ^= spread_last(parity);
        self.string = spread_last(inside);
        Some(None)
    }

    /// Checks what is to be checked byte by byte, and whether something is wrong.
    #[inline(always)]
    fn check(&mut self, wrong: u64, new_scalars: u64, rare: Rare, escaped: u64, offset: usize) -> Option<()> {
        if wrong != 0 {
            return None;
        }
        self.scalars(new_scalars, offset)?;
        self.escapes(rare.backslashes & !escaped, offset)?;
        self.non_ascii |= rare.non_ascii;
        Some(())
    }

    /// The bytes behind a backslash that counts.
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

    /// The bytes outside of strings that must not stand behind the byte before them.
    ///
    /// Behind an opening bracket, a colon or a comma there has to be a value, or for a bracket its closing one; behind the end of
    /// a value, a comma or a closing bracket, or for a string a colon. Whether the two brackets of an empty container are of one kind, and
    /// what may be first in an object, is left to [`open`](Scan::open) and [`close`](Scan::close).
    #[inline(always)]
    fn misplaced(&self, tokens: &Tokens, separators: u64, new_scalars: u64) -> u64 {
        let after_separator = after(separators, self.before.separators);
        let value_is_due = after(tokens.openers, self.before.openers) | after_separator;
        let after_string = after(tokens.closing_quotes, self.before.closing_quotes);
        let values = tokens.openers | tokens.opening_quotes | new_scalars;
        values & !value_is_due
            | separators & value_is_due
            | tokens.closers & after_separator
            | tokens.colons & !after_string
    }

    /// Follows the brackets of a block, and checks what is between them. Returns the place of the record's last byte.
    #[inline(always)]
    fn containers(
        &mut self,
        tokens: &Tokens,
        separators: u64,
        parity: u64,
        offset: usize,
        wrong: &mut u64,
    ) -> Option<Option<usize>> {
        let mut brackets = tokens.brackets;
        let mut ahead = u64::MAX;
        loop {
            let bracket = brackets & brackets.wrapping_neg();
            let segment = ahead & bracket.wrapping_sub(1);
            *wrong |= self.segment(tokens.colons, separators, parity, segment);
            if self.inner.node != NOWHERE {
                self.keys(tokens.colons & segment, offset);
            }
            if bracket == 0 {
                return Some(None);
            }
            ahead = !(bracket | bracket.wrapping_sub(1));
            brackets ^= bracket;
            let at = bracket.trailing_zeros() as usize;
            let parity_here = spread_last(parity << (BLOCK_BYTES - 1 - at));
            if tokens.openers & bracket != 0 {
                self.open(offset + at, parity_here)?;
            } else {
                self.close(offset + at, parity_here)?;
                if self.depth == 0 {
                    return Some(Some(at));
                }
            }
        }
    }

    /// The colons and commas between two brackets that are not what they have to be.
    #[inline(always)]
    fn segment(&self, colons: u64, separators: u64, parity: u64, segment: u64) -> u64 {
        let due = (parity ^ self.phase) & separators & self.inner.is_object;
        (due ^ colons) & segment
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
    fn open(&mut self, at: usize, parity: u64) -> Option<()> {
        // In an object, a value is where a comma is next.
        if self.depth == self.depth_limit || self.inner.is_object != 0 && self.phase == parity {
            return None;
        }
        *self.captures.open.get_mut(self.depth)? = self.inner;
        self.depth += 1;
        if self.text.get(at) == Some(&b'{') {
            if !matches!(self.text.get(at + 1), Some(b'"' | b'}')) {
                return None;
            }
            self.phase = parity;
            // Inside of what nobody looks at, the last key that was looked up is of no meaning.
            let is_wanted = self.inner.node != NOWHERE || self.depth == 1;
            let node = if is_wanted { self.trie.if_branching(self.child) } else { NOWHERE };
            self.inner = Container { is_object: u64::MAX, node };
        } else {
            self.inner = Container { is_object: 0, node: NOWHERE };
        }
        Some(())
    }

    #[inline(always)]
    fn close(&mut self, at: usize, parity: u64) -> Option<()> {
        let is_object = self.inner.is_object != 0;
        if is_object != (self.text.get(at) == Some(&b'}')) {
            return None;
        }
        // An object ends with a value, unless it is empty.
        if is_object && self.phase == parity && self.text.get(at.wrapping_sub(1)) != Some(&b'{') {
            return None;
        }
        self.depth -= 1;
        self.inner = *self.captures.open.get(self.depth)?;
        self.phase = !parity;
        Some(())
    }

    /// Checks the numbers and literals that start at these places.
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

    /// Checks the escapes that start at these places. Keys with escapes are left to others.
    #[inline(always)]
    fn escapes(&mut self, mut starts: u64, offset: usize) -> Option<()> {
        while starts != 0 {
            let at = offset + starts.trailing_zeros() as usize;
            // Surrogates make one character of two escapes: rare, and left to others too.
            (escape_end(self.text, at)? <= at + 6).then_some(())?;
            if at >= self.escaped_until {
                self.escaped_until = string_end(self.text, at).0;
                (self.text.get(self.escaped_until + 1) != Some(&b':')).then_some(())?;
            }
            starts &= starts - 1;
        }
        Some(())
    }
}

impl Tokens {
    #[inline(always)]
    fn new(masks: &Masks, quotes: u64, inside: u64) -> Tokens {
        let closing_quotes = quotes & !inside;
        let outside = !(inside | closing_quotes);
        let [openers, closers] = [masks.opens & outside, masks.closes & outside];
        let [colons, commas] = [masks.colons & outside, masks.commas & outside];
        let (brackets, separators) = (openers | closers, colons | commas);
        let scalars = outside & !(brackets | separators);
        let opening_quotes = quotes & inside;
        Tokens { opening_quotes, closing_quotes, openers, closers, brackets, colons, separators, scalars }
    }
}

/// The places behind those of a mask, given the same mask of the block before.
#[inline(always)]
fn after(mask: u64, before: u64) -> u64 {
    mask << 1 | before >> (BLOCK_BYTES - 1)
}

/// The last bit in all places.
#[inline(always)]
fn spread_last(mask: u64) -> u64 {
    (mask.cast_signed() >> (BLOCK_BYTES - 1)).cast_unsigned()
}
