//! Locates the quotes, backslashes and brackets in 64 bytes, with one bit per byte.
//!
//! It sees only bytes; `scan.rs` knows what is inside a string. Scanning byte by byte took twice as long as this, and
//! longer than decompression.

/// Bytes in a block, one for each bit of a mask.
pub(super) const BLOCK_BYTES: usize = 64;

/// The structural bytes of a block; bit 0 is the first byte.
pub(super) struct BlockMasks {
    pub(super) quotes: u64,
    /// `{`, `}`, `[` and `]`.
    pub(super) brackets: u64,
    pub(super) backslashes: u64,
}

impl BlockMasks {
    pub(super) fn of(block: &[u8; BLOCK_BYTES]) -> Self {
        Self {
            quotes: mask(block, |byte| byte == b'"'),
            // A single bit distinguishes `[` from `{` and `]` from `}`.
            brackets: mask(block, |byte| (byte | 0x20 == b'{') | (byte | 0x20 == b'}')),
            // Most blocks have none, and checking for any is much cheaper than locating them.
            backslashes: if has(block, b'\\') { mask(block, |byte| byte == b'\\') } else { 0 },
        }
    }
}

/// Whether the block contains `wanted`. It checks all bytes, because vector code does that faster than stopping
/// early.
fn has(block: &[u8; BLOCK_BYTES], wanted: u8) -> bool {
    block.iter().fold(false, |found, &byte| found | (byte == wanted))
}

/// The bytes for which `matches` holds.
///
/// This takes two steps because the compiler vectorises the comparison only if it is separate from the bit shifts.
fn mask(block: &[u8; BLOCK_BYTES], matches: impl Fn(u8) -> bool) -> u64 {
    let marks = block.map(|byte| u8::from(matches(byte)));
    let (words, _) = marks.as_chunks::<8>();
    words.iter().rev().fold(0, |mask, &word| mask << 8 | gather(u64::from_le_bytes(word)))
}

/// Gathers the lowest bits of eight bytes into one byte. No other bit of the word may be set.
fn gather(word: u64) -> u64 {
    // The multiplication moves bit 8n to bit 56 + n; all other bits of the product end up below or beyond the highest
    // byte.
    word.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The bytes that `backslashes` escape, and whether the first byte of the next block is escaped.
pub(super) fn escaped(backslashes: u64, first_is_escaped: bool) -> (u64, bool) {
    let mut escaped = u64::from(first_is_escaped);
    let mut next_is_escaped = false;
    let mut left = backslashes & !escaped;
    while left != 0 {
        let lowest = left & left.wrapping_neg();
        let target = lowest << 1;
        escaped |= target;
        next_is_escaped = target == 0;
        left &= !(lowest | target);
    }
    (escaped, next_is_escaped)
}

/// Bit `n` of the result is set if and only if an odd number of the bits up to and including `n` are set in `mask`.
pub(super) fn prefix_parity(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, BlockMasks, escaped, prefix_parity};

    #[test]
    fn each_byte_is_seen_in_its_place() {
        for byte in 0..=255_u8 {
            for place in 0..BLOCK_BYTES {
                let mut block = [b'x'; BLOCK_BYTES];
                block[place] = byte;
                let masks = BlockMasks::of(&block);
                let bit = |is_there: bool| u64::from(is_there) << place;
                assert_eq!(masks.quotes, bit(byte == b'"'), "{byte} at {place}");
                assert_eq!(masks.brackets, bit(b"{}[]".contains(&byte)), "{byte} at {place}");
                assert_eq!(masks.backslashes, bit(byte == b'\\'), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn a_backslash_escapes_what_follows_unless_it_is_escaped_itself() {
        assert_eq!(escaped(0, false), (0, false));
        assert_eq!(escaped(0, true), (1, false));
        assert_eq!(escaped(0b0001, false), (0b0010, false));
        assert_eq!(escaped(0b0011, false), (0b0010, false));
        assert_eq!(escaped(0b0111, false), (0b1010, false));
        assert_eq!(escaped(0b0011, true), (0b0101, false));
        assert_eq!(escaped(1 << 63, false), (0, true));
        assert_eq!(escaped(3 << 62, false), (1 << 63, false));
        assert_eq!(escaped(u64::MAX, true), (0x5555_5555_5555_5555, true));
    }

    #[test]
    fn parity_changes_at_every_set_bit() {
        assert_eq!(prefix_parity(0), 0);
        assert_eq!(prefix_parity(0b0010_0100), 0b0001_1100);
        assert_eq!(prefix_parity(1), u64::MAX);
        assert_eq!(prefix_parity(1 << 63), 1 << 63);
    }
}
