//! [`Matches`]: which patterns of a set matched, as a bit for each.

use crate::set::Captures;

/// A reusable set of pattern indices, filled by [`PatternSet::matches_into`](crate::PatternSet::matches_into).
///
/// A fresh one (`Matches::default()`) is empty. Filling the same one again allocates nothing.
///
/// It also owns the space that the evaluation takes, so that one for each thread is all that a program needs. Two are equal if they hold
/// the same indices.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    pub(crate) words: Vec<u64>,
    pub(crate) captures: Captures,
}

impl PartialEq for Matches {
    fn eq(&self, other: &Matches) -> bool {
        self.words == other.words
    }
}

impl Eq for Matches {}

impl Matches {
    /// Empties the set and makes room for the indices below `patterns`.
    pub(crate) fn reset(&mut self, patterns: usize) {
        self.words.clear();
        self.words.resize(patterns.div_ceil(64), 0);
    }

    /// Adds an index for which there is room.
    pub(crate) fn insert(&mut self, index: usize) {
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

/// Sets a bit that is there.
pub(crate) fn insert(words: &mut [u64], index: usize) {
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
