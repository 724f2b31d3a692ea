//! Classifies 64 bytes at once, with one bit per byte, using vector instructions where the processor has them.
//!
//! This is the only module with `unsafe` code, and all of it has one reason: a function compiled for instructions
//! beyond the baseline may be called only on a processor that has them. The types carry the proof. Only `detect`
//! creates an [`Avx2`] or [`Avx512`], after it has checked the processor, and the unsafe calls are in methods of
//! these types. No raw pointer is dereferenced; bytes are loaded through slices. [`Portable`] is the safe
//! counterpart, used on all other processors; a test and a fuzz target check that the others agree with it.

/// Bytes in a block, one for each bit of a mask.
pub(super) const BLOCK_BYTES: usize = 64;

/// The structural bytes of a block; bit 0 is the first byte. The masks include bytes inside strings, which the scan
/// excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) quotes: u64,
    /// `{` and `[`
    pub(super) opens: u64,
    /// `}` and `]`
    pub(super) closes: u64,
    pub(super) colons: u64,
    pub(super) commas: u64,
    /// Whether the block contains any byte of [`Rare`].
    pub(super) has_rare: bool,
}

/// Bytes that most blocks do not contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rare {
    pub(super) backslashes: u64,
    /// Below the space character.
    pub(super) controls: u64,
    pub(super) non_ascii: u64,
}

/// A way to classify all bytes of a block at once.
pub(super) trait Lanes: Copy {
    /// Finds the structural bytes.
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks;

    /// Finds the bytes that most blocks do not contain.
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

    /// Runs a task, compiled for these lanes.
    fn run<T: LaneTask>(self, task: T) -> T::Answer;
}

/// Work on blocks that is compiled separately for each implementation of [`Lanes`].
pub(super) trait LaneTask {
    /// The result of the work.
    type Answer;

    /// Does the work. Implementations must be inlined into the caller, which is compiled for the instructions of the
    /// lanes.
    fn run(self, lanes: impl Lanes) -> Self::Answer;
}

/// Plain Rust, which the compiler vectorises for the baseline of the target.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Lanes for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks {
        Masks {
            quotes: mask(block, |byte| byte == b'"'),
            // A single bit distinguishes `[` from `{` and `]` from `}`.
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

    fn run<T: LaneTask>(self, task: T) -> T::Answer {
        task.run(self)
    }
}

fn is_rare(byte: u8) -> bool {
    byte == b'\\' || !(b' '..=0x7f).contains(&byte)
}

/// The bytes for which `matches` holds.
///
/// This takes two steps because the compiler vectorises the comparison only if it is separate from the bit shifts.
#[inline(always)]
fn mask(block: &[u8; BLOCK_BYTES], matches: impl Fn(u8) -> bool) -> u64 {
    let marks = block.map(|byte| u8::from(matches(byte)));
    let (words, _) = marks.as_chunks::<8>();
    // The multiplication moves bit 8n to bit 56 + n; all other bits of the product end up below or beyond the highest
    // byte.
    let gather = |word: u64| word.wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().rev().fold(0, |mask, &word| mask << 8 | gather(u64::from_le_bytes(word)))
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "calls to functions compiled for a detected processor; see the top of the file"
)]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK_BYTES, LaneTask, Lanes, Masks};

    /// Proof that the processor has AVX2, carry-less multiplication and the bit manipulation instructions of that
    /// generation.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(());

    impl Avx2 {
        pub(crate) fn detect() -> Option<Avx2> {
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
            // SAFETY: `self` exists, so the processor has the instructions that the function is compiled for.
            unsafe { avx2_masks(block) }
        }

        #[inline(always)]
        fn parity(self, mask: u64) -> u64 {
            // SAFETY: `self` exists, so the processor has the instructions that the function is compiled for.
            unsafe { clmul_parity(mask) }
        }

        fn run<T: LaneTask>(self, task: T) -> T::Answer {
            // SAFETY: `self` exists, so the processor has the instructions that the function is compiled for.
            unsafe { avx2_run(self, task) }
        }
    }

    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    fn avx2_run<T: LaneTask>(lanes: Avx2, task: T) -> T::Answer {
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
        // As signed numbers, non-ASCII bytes are below the space character too.
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

    /// The block in two registers, loaded as eight words.
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

    /// Carry-less multiplication by all ones gives, for each bit, the parity of the bits up to it.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn clmul_parity(mask: u64) -> u64 {
        let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, mask.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    /// Proof that the processor has AVX-512 for bytes, besides all that [`Avx2`] proves.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(Avx2);

    impl Avx512 {
        pub(crate) fn detect() -> Option<Avx512> {
            let there = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            Avx2::detect().filter(|_| there).map(Avx512)
        }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        fn masks(self, block: &[u8; BLOCK_BYTES]) -> Masks {
            // SAFETY: `self` exists, so the processor has the instructions that the function is compiled for.
            unsafe { avx512_masks(block) }
        }

        #[inline(always)]
        fn parity(self, mask: u64) -> u64 {
            self.0.parity(mask)
        }

        fn run<T: LaneTask>(self, task: T) -> T::Answer {
            // SAFETY: `self` exists, so the processor has the instructions that the function is compiled for.
            unsafe { avx512_run(self, task) }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,popcnt,lzcnt")]
    fn avx512_run<T: LaneTask>(lanes: Avx512, task: T) -> T::Answer {
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
            // As signed numbers, non-ASCII bytes are below the space character too.
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
    fn every_implementation_finds_each_byte_in_its_place() {
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
