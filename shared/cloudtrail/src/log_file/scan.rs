//! Finds the end of a JSON string or container in text that arrives in pieces of any size.
//!
//! It examines only quotes, backslashes and brackets; commas, colons, numbers and literals are not checked. It
//! recovers from mismatched brackets as far as possible, so that the reader can find the text that follows.
//!
//! Source: RFC 8259, sections 4, 5 and 7.

use super::block::{BLOCK_BYTES, BlockMasks, escaped, prefix_parity};
use memchr::memchr2;

/// Scans a string whose opening quote has already been read.
#[derive(Default)]
pub(crate) struct StringScan {
    /// Whether the next byte is escaped.
    escaped: bool,
}

impl StringScan {
    /// Scans `bytes`. If the string ends there, returns how many bytes belong to it, including the closing quote.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        if self.escaped && !bytes.is_empty() {
            self.escaped = false;
            at = 1;
        }
        while let Some(rest) = bytes.get(at..) {
            at += memchr2(b'"', b'\\', rest)? + 1;
            if bytes.get(at - 1) == Some(&b'"') {
                return Some(at);
            }
            // The byte after a backslash is escaped, and may be in the next piece.
            self.escaped = at == bytes.len();
            at += 1;
        }
        None
    }
}

/// Scans an object or list from its opening bracket to the matching one.
///
/// It remembers the kinds of at most `depth_limit` open brackets and only counts deeper ones, so that memory stays
/// bounded. A closing bracket of the wrong kind closes all brackets up to the nearest one that it matches; if there
/// is none, it is skipped.
pub(crate) struct ContainerScan {
    depth_limit: usize,
    /// The expected closing brackets, outermost first.
    due: Vec<u8>,
    /// How many of `due` are `]`, so that no search is needed to see whether a closing bracket has a match.
    lists_due: usize,
    /// The number of open brackets beyond `depth_limit`.
    excess: usize,
    string: Option<StringScan>,
    too_deep: bool,
    unbalanced: bool,
}

impl ContainerScan {
    pub(crate) fn new(depth_limit: usize) -> Self {
        Self {
            depth_limit,
            due: Vec::new(),
            lists_due: 0,
            excess: 0,
            string: None,
            too_deep: false,
            unbalanced: false,
        }
    }

    /// Resets the scan for another container, whose opening bracket is the next byte.
    pub(crate) fn restart(&mut self) {
        self.due.clear();
        self.lists_due = 0;
        self.excess = 0;
        self.string = None;
        self.too_deep = false;
        self.unbalanced = false;
    }

    /// Whether more than `depth_limit` brackets were open at once.
    pub(crate) fn is_too_deep(&self) -> bool {
        self.too_deep
    }

    /// Whether a closing bracket did not match.
    pub(crate) fn is_unbalanced(&self) -> bool {
        self.unbalanced
    }

    /// Scans `bytes`. If the container ends there, returns how many bytes belong to it, including the closing
    /// bracket.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let (blocks, tail) = bytes.as_chunks::<BLOCK_BYTES>();
        let mut passed = 0;
        for block in blocks {
            if let Some(count) = self.pass_block(block) {
                return Some(passed + count);
            }
            passed += BLOCK_BYTES;
        }
        self.pass_bytes(tail).map(|count| passed + count)
    }

    /// Scans a whole block at once.
    fn pass_block(&mut self, block: &[u8; BLOCK_BYTES]) -> Option<usize> {
        let masks = BlockMasks::of(block);
        let (carried, first_is_escaped) = match &self.string {
            Some(string) => (u64::MAX, string.escaped),
            None => (0, false),
        };
        let (escaped, next_is_escaped) = escaped(masks.backslashes, first_is_escaped);
        // Set from each opening quote up to, but not including, its closing quote.
        let in_string = prefix_parity(masks.quotes & !escaped) ^ carried;
        if masks.backslashes & !in_string != 0 {
            // A backslash outside strings is invalid JSON and escapes nothing, so the masks above are wrong.
            return self.pass_bytes(block);
        }
        let mut brackets = masks.brackets & !in_string;
        while brackets != 0 {
            let at = brackets.trailing_zeros() as usize;
            if self.pass_bracket(*block.get(at)?) {
                return Some(at + 1);
            }
            brackets &= brackets - 1;
        }
        let ends_in_string = in_string >> (BLOCK_BYTES - 1) != 0;
        self.string = ends_in_string.then_some(StringScan { escaped: next_is_escaped });
        None
    }

    /// Scans any number of bytes, one at a time outside strings.
    fn pass_bytes(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..)?;
            if let Some(string) = &mut self.string {
                at += string.advance(rest)?;
                self.string = None;
                continue;
            }
            let distance = rest.iter().position(|&byte| is_structural(byte))?;
            at += distance + 1;
            match *rest.get(distance)? {
                b'"' => self.string = Some(StringScan::default()),
                bracket => {
                    if self.pass_bracket(bracket) {
                        return Some(at);
                    }
                }
            }
        }
    }

    /// Handles a bracket outside strings; returns whether it closes the container itself.
    fn pass_bracket(&mut self, bracket: u8) -> bool {
        match bracket {
            b'{' => self.open(b'}'),
            b'[' => self.open(b']'),
            closing => return self.close(closing),
        }
        false
    }

    fn open(&mut self, closing: u8) {
        if self.due.len() < self.depth_limit {
            self.due.push(closing);
            self.lists_due += usize::from(closing == b']');
        } else {
            self.excess += 1;
            self.too_deep = true;
        }
    }

    /// Returns whether the bracket closes the container itself.
    fn close(&mut self, closing: u8) -> bool {
        if self.excess > 0 {
            self.excess -= 1;
            return self.excess == 0 && self.due.is_empty();
        }
        let partners =
            if closing == b']' { self.lists_due } else { self.due.len().saturating_sub(self.lists_due) };
        if partners == 0 {
            self.unbalanced = true;
            return false;
        }
        while let Some(due) = self.due.pop() {
            self.lists_due -= usize::from(due == b']');
            if due == closing {
                break;
            }
            self.unbalanced = true;
        }
        self.due.is_empty()
    }
}

fn is_structural(byte: u8) -> bool {
    matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
}

#[cfg(test)]
mod tests {
    use super::ContainerScan;
    use proptest::prelude::*;

    /// The end of the container, whether it is too deep, and whether it is unbalanced, if it arrives in pieces of
    /// `piece` bytes.
    fn scan(text: &[u8], piece: usize) -> (Option<usize>, bool, bool) {
        let mut scan = ContainerScan::new(6);
        let mut end = None;
        for (number, bytes) in text.chunks(piece).enumerate() {
            if let Some(count) = scan.advance(bytes) {
                end = Some(number * piece + count);
                break;
            }
        }
        (end, scan.is_too_deep(), scan.is_unbalanced())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn blocks_agree_with_single_bytes(
            text in "[{]{4}([{}\\[\\]a\"\\\\]|\"[a{}\\]]{0,60}\"|[a: ]{1,30}|\\\\\"|[{]|[{]|\\[){0,120}",
            piece in 64usize..200,
        ) {
            let by_byte = scan(text.as_bytes(), 1);
            prop_assert_eq!(scan(text.as_bytes(), piece), by_byte);
            prop_assert_eq!(scan(text.as_bytes(), text.len()), by_byte);
        }
    }
}
