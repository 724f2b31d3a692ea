//! Seeded randomness that gives the same values on every machine and with every release of the `rand` crates.
//!
//! Only the raw words of ChaCha8 are used, because they are a fixed function of the seed; distributions from a
//! library may change between its releases. Nothing here is fit for cryptography.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A source of repeatable choices.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    words: ChaCha8Rng,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self { words: ChaCha8Rng::from_seed(key) }
    }

    /// A number from 0 to `limit - 1`. The bias of the multiplication is below one part in a million here.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let scaled = u64::from(self.words.next_u32()) * u64::from(limit);
        (scaled >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True once in `times` throws, on average.
    pub(crate) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of `items`, each as likely as the others.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let count = u32::try_from(items.len()).expect("short lists only");
        &items[self.below(count) as usize]
    }

    /// Lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    /// Upper-case letters and digits, as in access key ids.
    pub(crate) fn upper(&mut self, length: usize) -> String {
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
    }

    /// Letters of both cases and digits, as in the names of log files.
    pub(crate) fn alphanumeric(&mut self, length: usize) -> String {
        self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let digits = self.hex(30);
        let variant = *self.pick(&['8', '9', 'a', 'b']);
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..15],
            &digits[15..18],
            &digits[18..]
        )
    }

    /// A resource id with its prefix, such as `i-0a1b2c3d4e5f60718`.
    pub(crate) fn resource(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }

    /// A unique id of IAM with its four-letter prefix. Ends in `EXAMPLE`, so that no scanner takes it for a real one.
    pub(crate) fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}EXAMPLE", self.upper(10))
    }

    /// An access key id with its four-letter prefix. Ends in `EXAMPLE`, for the same reason.
    pub(crate) fn access_key_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}EXAMPLE", self.upper(9))
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_seed_never_change() {
        let mut dice = Dice::new(7);
        assert_eq!((dice.below(1000), dice.between(5, 60)), (172, 47));
        assert_eq!(dice.hex(8), "e77004d6");
        assert_eq!(dice.unique_id("AIDA"), "AIDA3KTLQGNTR6EXAMPLE");
        assert_eq!(dice.uuid(), "c9fa76b3-7f39-4b4b-80c2-4b242242430b");
    }

    #[test]
    fn uuids_have_version_four_and_the_rfc_variant() {
        let uuid = Dice::new(1).uuid();
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }
}
