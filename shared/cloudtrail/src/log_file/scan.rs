//! Finds where a JSON string or container ends, over text that arrives in pieces of any size.
//!
//! Only quotes, backslashes and brackets are looked at; commas, colons, numbers and literals are not checked.
//! Brackets that do not match are recovered from as far as possible, so that what follows can still be found.
//!
//! Source: RFC 8259, sections 4, 5 and 7.

use super::block::{BLOCK_BYTES, Landmarks, escaped, prefix_parity};
use memchr::memchr2;

/// Follows a string whose opening quote has been read.
#[derive(Default)]
pub(super) struct StringScan {
    /// Whether the next byte is data whatever it is.
    escaped: bool,
}

impl StringScan {
    /// Takes `bytes`; returns how many of them belong to the string if it ends there, closing quote included.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
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
            // A backslash: the next byte is data whatever it is, and it may be in the next piece.
            self.escaped = at == bytes.len();
            at += 1;
        }
        None
    }
}

/// Follows an object or list from its opening bracket to the matching one.
///
/// The types of at most `depth_limit` open brackets are remembered; deeper ones are only counted, so that memory stays
/// bounded. A closing bracket of the wrong kind closes every bracket up to the nearest one that it matches, or is
/// passed over when there is none.
pub(super) struct ContainerScan {
    depth_limit: usize,
    /// The closing brackets that are due, outermost first.
    due: Vec<u8>,
    /// How many of `due` are `]`: tells without a search whether a closing bracket has a partner.
    lists_due: usize,
    /// Open brackets beyond `depth_limit`.
    excess: usize,
    string: Option<StringScan>,
    too_deep: bool,
    unbalanced: bool,
}

impl ContainerScan {
    pub(super) fn new(depth_limit: usize) -> Self {
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

    /// Makes the scan ready for another container, whose opening bracket is the next byte.
    pub(super) fn restart(&mut self) {
        self.due.clear();
        self.lists_due = 0;
        self.excess = 0;
        self.string = None;
        self.too_deep = false;
        self.unbalanced = false;
    }

    /// Whether more than `depth_limit` brackets were open at a time.
    pub(super) fn is_too_deep(&self) -> bool {
        self.too_deep
    }

    /// Whether a closing bracket did not match.
    pub(super) fn is_unbalanced(&self) -> bool {
        self.unbalanced
    }

    /// Takes `bytes`; returns how many of them belong to the container if it ends there, closing bracket included.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
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

    /// Takes a whole block at once.
    fn pass_block(&mut self, block: &[u8; BLOCK_BYTES]) -> Option<usize> {
        let landmarks = Landmarks::of(block);
        let (carried, first_is_escaped) = match &self.string {
            Some(string) => (u64::MAX, string.escaped),
            None => (0, false),
        };
        let (escaped, next_is_escaped) = escaped(landmarks.backslashes, first_is_escaped);
        // From each opening quote up to, and without, its closing one.
        let in_string = prefix_parity(landmarks.quotes & !escaped) ^ carried;
        if landmarks.backslashes & !in_string != 0 {
            // A backslash outside of strings, which is no JSON, escapes nothing, so that the masks above are wrong.
            return self.pass_bytes(block);
        }
        let mut brackets = landmarks.brackets & !in_string;
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

    /// Takes any bytes, one by one outside of strings.
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

    /// Takes a bracket outside of strings; returns whether it closed the container itself.
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

    /// Returns whether this closed the container itself.
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

    /// Where the container ends, and whether it is too deep and unbalanced, when it arrives `piece` bytes at a time.
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
