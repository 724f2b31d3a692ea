//! [`Matches`]: the patterns of a set that matched, one bit each.

use super::captures::Captures;

/// A reusable set of pattern indices, filled by [`PatternSet::matches_into`](crate::PatternSet::matches_into).
///
/// A new one (`Matches::default()`) is empty. Reusing it does not allocate.
///
/// It also owns the working memory of the evaluation, so a program needs only one per thread. Two are equal if they
/// hold the same indices.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    pub(super) words: Vec<u64>,
    pub(super) captures: Captures,
}

impl PartialEq for Matches {
    fn eq(&self, other: &Matches) -> bool {
        self.words == other.words
    }
}

impl Eq for Matches {}

impl Matches {
    /// Empties the set and makes room for indices below `patterns`.
    pub(super) fn reset(&mut self, patterns: usize) {
        self.words.clear();
        self.words.resize(patterns.div_ceil(64), 0);
    }

    /// Adds an index below the limit given to [`reset`](Matches::reset).
    pub(super) fn insert(&mut self, index: usize) {
        insert(&mut self.words, index);
    }

    /// The indices in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(position, &word)| {
            let bits = std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
            bits.take_while(|&word| word != 0).map(move |word| position * 64 + word.trailing_zeros() as usize)
        })
    }

    /// Whether the pattern at `index` matched.
    pub fn contains(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// How many patterns matched.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no pattern matched.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }
}

/// Sets a bit if it exists.
pub(super) fn insert(words: &mut [u64], index: usize) {
    if let Some(word) = words.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_come_back_in_ascending_order() {
        let mut matches = Matches::default();
        assert!(matches.is_empty());
        matches.reset(200);
        for index in [199, 0, 64, 63, 127, 128, 64] {
            matches.insert(index);
        }
        assert_eq!(matches.iter().collect::<Vec<_>>(), [0, 63, 64, 127, 128, 199]);
        assert_eq!(matches.len(), 6);
        assert!(matches.contains(128) && !matches.contains(129) && !matches.contains(100_000));
        matches.reset(3);
        assert!(matches.is_empty());
    }
}
