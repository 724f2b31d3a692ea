//! The name that somebody may have meant.

/// The candidate nearest to `written`, if it is near enough to be worth a suggestion.
pub(crate) fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer than any name in the schema: not a slip of the finger, and not worth a quadratic comparison.
    if written.len() > 64 {
        return None;
    }
    let folded = fold(written);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(4).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Takes away what differs between `metric_name`, `metric-name`, `MetricName` and `metricName`.
fn fold(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '/')).flat_map(char::to_lowercase).collect()
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between two names.
fn distance(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before_previous: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..width).collect();
    for (row, &l) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &r) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&previous, column) + usize::from(l != r))
                .min(at(&previous, column + 1) + 1)
                .min(at(&current, column) + 1);
            let swapped =
                row > 0 && column > 0 && left.get(row - 1) == Some(&r) && right.get(column - 1) == Some(&l);
            if swapped {
                cost = cost.min(at(&before_previous, column - 1) + 1);
            }
            current.push(cost);
        }
        before_previous = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_and_other_spellings_find_the_name_and_strangers_find_none() {
        let names = ["metricName", "metricNamespace", "metricValue", "unit", "tests"];
        for (written, expected) in [
            ("metricname", Some("metricName")),
            ("metric_name", Some("metricName")),
            ("MetricNamespace", Some("metricNamespace")),
            ("mertic-value", Some("metricValue")),
            ("untis", None),
            ("units", Some("unit")),
            ("test", Some("tests")),
            ("pattern", None),
            ("", None),
            ("metricNamemetricNamemetricNamemetricNamemetricNamemetricNamemetricName", None),
        ] {
            assert_eq!(nearest(written, names), expected, "{written}");
        }
    }
}
