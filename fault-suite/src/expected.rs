//! What a load has to lead to, and how what was published differs from it.

use std::collections::BTreeMap;

/// The namespace of the rules' metrics, which the rule file of the suite names too.
pub(crate) const NAMESPACE: &str = "FaultSuite";

/// Counts by the user whose calls are counted.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What a load has to lead to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// Findings of the rule that stamps its datapoints with the time of delivery. Alerts tell of the same.
    pub(crate) by_delivery: Counts,
    /// Findings of the rule that stamps them with the time of the event, without those that are too old for CloudWatch.
    pub(crate) by_event: Counts,
    /// Findings whose datapoints are too old.
    pub(crate) too_old: u64,
    /// Messages that end in the dead-letter queue whatever is mended.
    pub(crate) poison: usize,
}

/// What became of a set of series.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) expected: u64,
    pub(crate) published: u64,
    /// What is missing, added up over the series in which something is.
    pub(crate) lost: u64,
    /// What is too much, added up over the series in which something is.
    pub(crate) doubled: u64,
    /// In how many series something is too much. Where something goes wrong, each file has its own.
    pub(crate) doubled_files: u64,
}

impl Tally {
    /// Compares series by series, so that a loss in one does not hide a double in another.
    pub(crate) fn of(expected: &Counts, published: &Counts) -> Self {
        let mut tally = Self {
            expected: expected.values().sum(),
            published: published.values().sum(),
            ..Self::default()
        };
        for (series, count) in expected {
            let published = published.get(series).copied().unwrap_or_default();
            tally.lost += count.saturating_sub(published);
            tally.doubled += published.saturating_sub(*count);
            tally.doubled_files += u64::from(published > *count);
        }
        for (_, count) in published.iter().filter(|(series, _)| !expected.contains_key(*series)) {
            tally.doubled += count;
            tally.doubled_files += 1;
        }
        tally
    }

    /// Together with another rule's tally over the same files.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            expected: self.expected + other.expected,
            published: self.published + other.published,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            doubled_files: self.doubled_files.max(other.doubled_files),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn a_loss_does_not_hide_a_double() {
        let expected = counts(&[("a", 2), ("b", 2), ("c", 1)]);
        let tally = Tally::of(&expected, &counts(&[("a", 1), ("b", 3), ("c", 1)]));
        assert_eq!((tally.expected, tally.published, tally.lost, tally.doubled), (5, 5, 1, 1));
        assert_eq!(tally.doubled_files, 1);
    }

    #[test]
    fn what_nobody_expects_is_doubled_and_what_is_missing_is_lost() {
        let tally = Tally::of(&counts(&[("a", 2)]), &counts(&[("z", 3)]));
        assert_eq!((tally.lost, tally.doubled), (2, 3));
    }
}
