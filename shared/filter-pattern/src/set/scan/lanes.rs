//! Which of 64 bytes are what, as one bit a byte; and the vector instructions for it.
//!
//! The only module with `unsafe` code, all of it for one reason: a function that is compiled for instructions beyond the baseline may be
//! called only on a processor that has them. The proof is in the types. An [`Avx2`] or [`Avx512`] is made by `detect` alone, which asks the
//! processor first, and the unsafe calls are methods of such a value. No pointer is followed: bytes are loaded through slices.
//! [`Portable`] is the safe twin, and what other processors use; a test and a fuzz target hold the others to it.

use super::Task;

/// Bytes in a block, one for each bit of a mask.
pub(super) const BLOCK_BYTES: usize = 64;

/// The bytes of a block that matter; bit 0 stands for the first byte. What is inside of strings is the scan's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) quotes: u64,
    /// `{` and `[`
    pub(super) opens: u64,
    /// `}` and `]`
    pub(super) closes: u64,
    pub(super) colons: u64,
    pub(super) commas: u64,
    /// Whether there is anything of [`Rare`].
    pub(super) has_rare: bool,
}

/// The bytes of a block that most blocks have none of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rare {
    pub(super) backslashes: u64,
    /// Below the blank.
    pub(super) controls: u64,
    pub(super) non_ascii: u64,
}

/// A way to look at the bytes of a block all at once.
pub(super) trait Lanes: Copy {
    /// Finds the bytes that matter.
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks;

    /// Finds the bytes that most blocks have none of.
    #[inline(always)]
    fn rare(self, block: &[u8; BLOCK_BYTES]) -> Rare {
        Rare {
            backslashes: mask(block, |byte| byte == b'\\'),
            controls: mask(block, |byte| byte < b' '),
            non_ascii: mask(block, |byte| byte > 0x7f),
        }
    }

    /// Bit `n` of the result is set if and only if an odd number of the bits up to and including `n` are set in `mask`.
    fn parity(self, mask: u64) -> u64;

    /// Runs a scan, compiled for these lanes.
    fn run(self, task: Task<'_>) -> Option<usize>;
}

/// Plain Rust, which the compiler turns into what vector code the target has at least.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks {
        Masks {
            quotes: mask(block, |byte| byte == b'"'),
            // One bit tells `[` from `{` and `]` from `}`.
            opens: mask(block, |byte| byte | 0x20 == b'{'),
            closes: mask(block, |byte| byte | 0x20 == b'}'),
            colons: mask(block, |byte| byte == b':'),
            commas: mask(block, |byte| byte == b','),
            has_rare: block.iter().fold(false, |rare, &byte| rare | is_rare(byte)),
        }
    }

    #[inline(always)]
    fn parity(self, mut mask: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            mask ^= mask << shift;
        }
        mask
    }

    fn run(self, task: Task<'_>) -> Option<usize> {
        task.run(self)
    }
}

fn is_rare(byte: u8) -> bool {
    byte == b'\\' || !(b' '..=0x7f).contains(&byte)
}

/// The bytes for which `matches` holds.
///
/// In two steps, because the compiler makes vector code of the comparison only if no bits are shifted beside it.
#[inline(always)]
fn mask(block: &[u8; BLOCK_BYTES], matches: impl Fn(u8) -> bool) -> u64 {
    let marks = block.map(|byte| u8::from(matches(byte)));
    let (words, _) = marks.as_chunks::<8>();
    // The product moves bit 8n to bit 56 + n; whatever else is in it lies below or beyond the highest byte.
    let gather = |word: u64| word.wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().rev().fold(0, |mask, &word| mask << 8 | gather(u64::from_le_bytes(word)))
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "calls of functions that are compiled for a detected processor; see the head of the file"
)]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::Task;
    use super::{BLOCK_BYTES, Lanes, Masks};

    /// Proof that the processor has AVX2, carry-less multiplication and the bit manipulation of that generation.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        pub(in super::super) fn detect() -> Option<Avx2> {
            let there = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("pclmulqdq")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
                && is_x86_feature_detected!("lzcnt");
            there.then_some(Avx2(()))
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks {
            // SAFETY: `self` exists, so the processor has what the function is compiled for.
            unsafe { avx2_masks(block) }
        }

        #[inline(always)]
        fn parity(self, mask: u64) -> u64 {
            // SAFETY: as above.
            unsafe { clmul_parity(mask) }
        }

        fn run(self, task: Task<'_>) -> Option<usize> {
            // SAFETY: as above.
            unsafe { avx2_run(self, task) }
        }
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    fn avx2_run(lanes: Avx2, task: Task<'_>) -> Option<usize> {
        task.run(lanes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn avx2_masks(block: &[u8; BLOCK_BYTES]) -> Masks {
        let (low, high) = halves(block);
        let both = |low: __m256i, high: __m256i| {
            u64::from(_mm256_movemask_epi8(low).cast_unsigned())
                | u64::from(_mm256_movemask_epi8(high).cast_unsigned()) << 32
        };
        let equal = |low, high, byte: u8| {
            let byte = _mm256_set1_epi8(byte.cast_signed());
            both(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
        };
        let case = _mm256_set1_epi8(0x20);
        let (low_folded, high_folded) = (_mm256_or_si256(low, case), _mm256_or_si256(high, case));
        // As signed numbers, the bytes beyond ASCII are below the blank too.
        let rare = |lane| {
            let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), lane);
            _mm256_or_si256(below, _mm256_cmpeq_epi8(lane, _mm256_set1_epi8(b'\\'.cast_signed())))
        };
        Masks {
            quotes: equal(low, high, b'"'),
            opens: equal(low_folded, high_folded, b'{'),
            closes: equal(low_folded, high_folded, b'}'),
            colons: equal(low, high, b':'),
            commas: equal(low, high, b','),
            has_rare: _mm256_movemask_epi8(_mm256_or_si256(rare(low), rare(high))) != 0,
        }
    }

    /// The block in two registers. The eight words are loaded as two vectors.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn halves(block: &[u8; BLOCK_BYTES]) -> (__m256i, __m256i) {
        let [a, b, c, d, e, f, g, h] = words(block);
        (_mm256_set_epi64x(d, c, b, a), _mm256_set_epi64x(h, g, f, e))
    }

    #[inline(always)]
    fn words(block: &[u8; BLOCK_BYTES]) -> [i64; 8] {
        let (words, _) = block.as_chunks::<8>();
        let mut values = [0; 8];
        for (value, word) in values.iter_mut().zip(words) {
            *value = i64::from_le_bytes(*word);
        }
        values
    }

    /// Carry-less multiplication by all ones adds up, without carries, all bits below each bit.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn clmul_parity(mask: u64) -> u64 {
        let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, mask.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    /// Proof that the processor has AVX-512 for bytes, besides all that [`Avx2`] proves.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(Avx2);

    impl Avx512 {
        pub(in super::super) fn detect() -> Option<Avx512> {
            let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            Avx2::detect().filter(|_| there).map(Avx512)
        }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks {
            // SAFETY: `self` exists, so the processor has what the function is compiled for.
            unsafe { avx512_masks(block) }
        }

        #[inline(always)]
        fn parity(self, mask: u64) -> u64 {
            self.0.parity(mask)
        }

        fn run(self, task: Task<'_>) -> Option<usize> {
            // SAFETY: as above.
            unsafe { avx512_run(self, task) }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    fn avx512_run(lanes: Avx512, task: Task<'_>) -> Option<usize> {
        task.run(lanes)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn avx512_masks(block: &[u8; BLOCK_BYTES]) -> Masks {
        let [a, b, c, d, e, f, g, h] = words(block);
        let bytes = _mm512_set_epi64(h, g, f, e, d, c, b, a);
        let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
        let equal = |bytes, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
        Masks {
            quotes: equal(bytes, b'"'),
            opens: equal(folded, b'{'),
            closes: equal(folded, b'}'),
            colons: equal(bytes, b':'),
            commas: equal(bytes, b','),
            // As signed numbers, the bytes beyond ASCII are below the blank too.
            has_rare: equal(bytes, b'\\') | _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(0x20)) != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(lanes: impl Lanes, block: &[u8; BLOCK_BYTES]) {
        assert_eq!(lanes.masks(block), Portable.masks(block), "{block:?}");
        assert_eq!(lanes.rare(block), Portable.rare(block), "{block:?}");
        let mask = u64::from_le_bytes(*block.first_chunk().unwrap());
        assert_eq!(lanes.parity(mask), Portable.parity(mask), "{mask:b}");
    }

    #[test]
    fn each_byte_is_seen_in_its_place_and_alike_by_all() {
        for byte in 0..=255_u8 {
            for place in 0..BLOCK_BYTES {
                let mut block = [b'x'; BLOCK_BYTES];
                block[place] = byte;
                let bit = |is_there: bool| u64::from(is_there) << place;
                let expected = Masks {
                    quotes: bit(byte == b'"'),
                    opens: bit(b"{[".contains(&byte)),
                    closes: bit(b"}]".contains(&byte)),
                    colons: bit(byte == b':'),
                    commas: bit(byte == b','),
                    has_rare: byte == b'\\' || byte < 0x20 || !byte.is_ascii(),
                };
                let rare = Rare {
                    backslashes: bit(byte == b'\\'),
                    controls: bit(byte < 0x20),
                    non_ascii: bit(!byte.is_ascii()),
                };
                assert_eq!(Portable.rare(&block), rare, "{byte} at {place}");
                assert_eq!(Portable.masks(&block), expected, "{byte} at {place}");
                #[cfg(target_arch = "x86_64")]
                {
                    Avx2::detect().into_iter().for_each(|lanes| agree(lanes, &block));
                    Avx512::detect().into_iter().for_each(|lanes| agree(lanes, &block));
                }
            }
        }
    }

    #[test]
    fn parity_changes_at_every_set_bit() {
        assert_eq!(Portable.parity(0), 0);
        assert_eq!(Portable.parity(0b0010_0100), 0b0001_1100);
        assert_eq!(Portable.parity(1), u64::MAX);
        assert_eq!(Portable.parity(1 << 63), 1 << 63);
    }
}
