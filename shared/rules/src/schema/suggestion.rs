//! The name that the author of a document probably meant. How a message presents it is up to the caller.

use strsim::osa_distance;

/// The candidate closest to `written`, if it is close enough to be worth suggesting.
pub(crate) fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer than any name in the schema: not a typo, and not worth a quadratic comparison.
    if written.len() > 64 {
        return None;
    }
    let folded = fold(written);
    candidates
        .into_iter()
        .map(|candidate| (osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(4).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Removes the differences between `metric_name`, `metric-name`, `MetricName` and `metricName`.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '/')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_and_other_spellings_find_the_name_and_unrelated_words_find_none() {
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
