//! The fast way to read a record: 64 bytes at a time, for text without white space between its tokens, which is how CloudTrail writes.
//!
//! One pass validates all of the text and captures what the selectors want. Both rest on the same observation: without white space, what
//! may follow what in JSON is a relation of neighbouring bytes, so that a few operations on masks check 64 of them; only brackets,
//! numbers and literals, and the keys of objects that a selector enters, are looked at one by one.
//!
//! - *Neighbours*: a value starts behind an opening bracket, a colon or a comma, and nowhere else; what follows such a byte is a value or,
//!   behind a bracket, its counterpart ([`Scan::block`]). Behind a value there is a colon, a comma or a closing bracket.
//! - *Colons and commas*: those of one object alternate, a colon first; those of an array are commas; what is nested in an object, and the
//!   object's end, stand where a comma is next ([`Scan::segment`], [`Scan::open`], [`Scan::close`]). So every field has one key and one
//!   value. The key is a string, because nothing else can be before a colon: not a bracket, as a comma is next behind a nested
//!   container, and not a number or literal, which [`Scan::scalars`] lets end before commas and closing brackets only.
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
use lanes::{BLOCK_BYTES, Lanes, Portable};

/// Captures the values of the record in front of `text`, which may go on with anything, and returns its length.
///
/// `None` if it is not certain to be valid, is not an object, or is nested deeper than `depth_limit`, which is at most 127. What has been
/// captured then is worthless.
pub(super) fn scan(text: &[u8], depth_limit: usize, trie: &Trie, captures: &mut Captures) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let task = Task { text, depth_limit, trie, captures };
    // To measure what the vector instructions are worth: see `docs/speed.md`.
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
    /// Whether there may be bytes beyond ASCII.
    non_ascii: bool,
    before: Before,
}

/// What the bytes of the previous block are; only the last one matters.
#[derive(Default)]
struct Before {
    /// Opening brackets, colons and commas.
    introducers: u64,
    scalars: u64,
}

/// The bytes of a block outside of strings, by what they are.
struct Tokens {
    openers: u64,
    closers: u64,
    colons: u64,
    /// Colons and commas.
    separators: u64,
    /// The parity of the number of separators up to each byte.
    parity: u64,
    /// Right behind an opening bracket, a colon or a comma.
    value_is_due: u64,
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
            non_ascii: false,
            // The record is a value, as if behind a comma.
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
            // The blanks behind the text are wrong wherever they are seen.
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

    /// Takes a block. `None` for text that is left to others, `Some(None)` if the record goes on behind the block.
    #[inline(always)]
    fn block(
        &mut self,
        lanes: impl Lanes,
        block: &[u8; BLOCK_BYTES],
        offset: usize,
    ) -> Option<Option<usize>> {
        let masks = lanes.masks(block);
        let (mut quotes, mut special) = (masks.quotes, 0);
        // Most blocks have nothing of this, and to ask whether is cheaper than to ask where.
        if masks.has_rare || self.escaped {
            let rare = lanes.rare(block);
            let escaped = self.escaped_bytes(rare.backslashes);
            quotes &= !escaped;
            special = rare.backslashes & !escaped | rare.controls;
            self.non_ascii |= rare.non_ascii != 0;
        }
        // From each opening quote up to its closing one, which is not in it.
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
        let tokens =
            Tokens { openers, closers, colons, separators, parity: lanes.parity(separators), value_is_due };
        let end = self.containers(&tokens, block, offset, &mut wrong)?;
        if let Some(end) = end {
            // Behind the record there may be anything.
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

    /// Checks what is to be checked byte by byte, and whether something is wrong.
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

    /// Follows the brackets of a block, and checks what is between them. Returns the place of the record's last byte.
    #[inline(always)]
    fn containers(
        &mut self,
        tokens: &Tokens,
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
                    // Where a value is due, only an empty container ends.
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

    /// The colons and commas that are not what they have to be in the innermost container.
    #[inline(always)]
    fn segment(&self, tokens: &Tokens) -> u64 {
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
        // In an object, a value is where a comma is next.
        if self.depth == self.depth_limit || self.inner.is_object != 0 && self.phase == parity {
            return None;
        }
        *self.captures.open.get_mut(self.depth)? = self.inner;
        self.depth += 1;
        // Inside of what nobody looks at, the last key that was looked up is of no meaning.
        let is_wanted = is_object && (self.inner.node != NOWHERE || self.depth == 1);
        let node = if is_wanted { self.trie.if_branching(self.child) } else { NOWHERE };
        self.phase = parity;
        self.inner = Container { is_object: ones_if(is_object), node };
        Some(())
    }

    #[inline(always)]
    fn close(&mut self, is_object: bool, parity: u64) -> Option<()> {
        // An object ends behind a value.
        if ones_if(is_object) != self.inner.is_object || is_object && self.phase == parity {
            return None;
        }
        self.depth -= 1;
        self.inner = *self.captures.open.get(self.depth)?;
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
}

/// Checks the escapes that start at these places, given and returning the end of the last string that has one. Keys with escapes, and
/// control characters, are left to others.
#[cold]
#[inline(never)]
fn specials(text: &[u8], mut starts: u64, offset: usize, mut escaped_until: usize) -> Option<usize> {
    while starts != 0 {
        let at = offset + starts.trailing_zeros() as usize;
        (text.get(at) == Some(&b'\\')).then_some(())?;
        // Surrogates make one character of two escapes: rare, and left to others too.
        (escape_end(text, at)? <= at + 6).then_some(())?;
        if at >= escaped_until {
            escaped_until = string_end(text, at).0;
            (text.get(escaped_until + 1) != Some(&b':')).then_some(())?;
        }
        starts &= starts - 1;
    }
    Some(escaped_until)
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

#[inline(always)]
fn ones_if(condition: bool) -> u64 {
    u64::from(condition).wrapping_neg()
}
