//! The plain way to read a record: byte by byte, with any whitespace and escapes. It validates and captures in one
//! pass.
//!
//! It accepts nothing that `serde_json` rejects. It does not distinguish the reasons why it rejects a text: the
//! caller asks `serde_json` for the error or a second opinion. `scan.rs` does the same work much faster for the way
//! CloudTrail writes; this module defines its results.

use memchr::memchr2;

use super::captures::Captures;
use super::trie::{NOWHERE, NodeId, ROOT, Trie};
use super::value::unescape;
use crate::limits::MAX_RECORD_DEPTH;

/// A number up to this length, in bytes, without an exponent is always in the range of a 64-bit float.
const DIGITS_IN_RANGE: usize = 300;

/// Captures the values of a record, which must be a single object. `None` if it is not certain to be one.
pub(super) fn walk(record: &[u8], trie: &Trie, captures: &mut Captures) -> Option<()> {
    str::from_utf8(record).ok()?;
    captures.escapes = true;
    let mut walk = Walk { text: record, at: 0, depth: 0, trie, captures };
    walk.skip_whitespace();
    (walk.peek()? == b'{').then_some(())?;
    walk.captures.set(trie, ROOT, walk.at);
    walk.value(ROOT)?;
    walk.skip_whitespace();
    (walk.at == record.len()).then_some(())
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    trie: &'a Trie,
    captures: &'a mut Captures,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Reads a value whose fields are the children of `node`.
    fn value(&mut self, node: NodeId) -> Option<()> {
        match self.peek()? {
            b'{' => self.container(|walk| walk.fields(node)),
            b'[' => self.container(Walk::elements),
            b'"' => self.string().map(drop),
            _ => {
                self.at = scalar_end(self.text, self.at)?;
                Some(())
            }
        }
    }

    fn container(&mut self, inside: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        (self.depth < MAX_RECORD_DEPTH).then_some(())?;
        self.depth += 1;
        self.at += 1;
        self.skip_whitespace();
        inside(self)?;
        self.depth -= 1;
        Some(())
    }

    fn fields(&mut self, node: NodeId) -> Option<()> {
        if self.eat(b'}') {
            return Some(());
        }
        loop {
            let child = self.key(node)?;
            self.skip_whitespace();
            self.eat(b':').then_some(())?;
            self.skip_whitespace();
            if child != NOWHERE {
                self.captures.set(self.trie, child, self.at);
            }
            self.value(child)?;
            self.skip_whitespace();
            if self.eat(b'}') {
                return Some(());
            }
            self.eat(b',').then_some(())?;
            self.skip_whitespace();
        }
    }

    fn elements(&mut self) -> Option<()> {
        if self.eat(b']') {
            return Some(());
        }
        loop {
            self.value(NOWHERE)?;
            self.skip_whitespace();
            if self.eat(b']') {
                return Some(());
            }
            self.eat(b',').then_some(())?;
            self.skip_whitespace();
        }
    }

    fn key(&mut self, node: NodeId) -> Option<NodeId> {
        (self.peek()? == b'"').then_some(())?;
        let from = self.at + 1;
        let escaped = self.string()?;
        let raw = self.text.get(from..self.at - 1)?;
        if !escaped {
            return Some(self.trie.child(node, raw));
        }
        unescape(raw, &mut self.captures.text);
        Some(self.trie.child(node, self.captures.text.as_bytes()))
    }

    /// Reads a string and returns whether it contains escapes.
    fn string(&mut self) -> Option<bool> {
        let from = self.at + 1;
        let mut at = from;
        let mut escaped = false;
        loop {
            at += memchr2(b'"', b'\\', self.text.get(at..)?)?;
            if self.text.get(at) == Some(&b'"') {
                break;
            }
            escaped = true;
            at = escape_end(self.text, at)?;
        }
        self.at = at + 1;
        let control = self.text.get(from..at)?.iter().any(|&byte| byte < b' ');
        (!control).then_some(escaped)
    }
}

/// The end of an escape, including the other half of a surrogate pair. `None` if it is invalid.
pub(super) fn escape_end(text: &[u8], backslash: usize) -> Option<usize> {
    match text.get(backslash + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(backslash + 2),
        b'u' => match code_unit(text, backslash + 2)? {
            0xd800..=0xdbff => {
                (text.get(backslash + 6..backslash + 8)? == b"\\u").then_some(())?;
                let low = code_unit(text, backslash + 8)?;
                matches!(low, 0xdc00..=0xdfff).then_some(backslash + 12)
            }
            0xdc00..=0xdfff => None,
            _ => Some(backslash + 6),
        },
        _ => None,
    }
}

fn code_unit(text: &[u8], from: usize) -> Option<u32> {
    let digits = text.get(from..from + 4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

/// The end of a number or literal. `None` if it is invalid.
pub(super) fn scalar_end(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let literal: &[u8] = match rest.first()? {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return number_end(rest).map(|length| from + length),
    };
    rest.starts_with(literal).then_some(from + literal.len())
}

/// The length of the number at the start of `text`. `None` if there is none, or it is out of range.
fn number_end(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let whole_from = usize::from(text.first() == Some(&b'-'));
    let whole = digits(whole_from);
    let leading_zero = whole > 1 && text.get(whole_from) == Some(&b'0');
    (whole > 0 && !leading_zero).then_some(())?;
    let mut end = whole_from + whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        (fraction > 0).then_some(())?;
        end += 1 + fraction;
    }
    let exponent = matches!(text.get(end), Some(b'e' | b'E'));
    if exponent {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let power = digits(end + 1 + sign);
        (power > 0).then_some(())?;
        end += 1 + sign + power;
    }
    if exponent || end > DIGITS_IN_RANGE {
        // `serde_json` decides, because it rounds in its own way at the limit of the range.
        serde_json::from_slice::<serde_json::Number>(text.get(..end)?).ok()?;
    }
    Some(end)
}
