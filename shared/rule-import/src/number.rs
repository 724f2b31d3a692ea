//! Normalizes the spelling of numbers, so that numbers from different input languages can be compared.
//!
//! Whether a number is valid for its property is decided by the `rules` crate.

/// A number in its shortest decimal spelling: `300`, `300.0` and `3e2` are all `300`. `None` for other text.
pub(crate) fn plain(text: &str) -> Option<String> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let number = text.parse::<f64>().ok().filter(|number| is_number && number.is_finite())?;
    // Adding zero turns `-0` into `0`.
    Some((number + 0.0).to_string())
}

/// Like [`plain`], but returns other text unchanged.
pub(crate) fn plain_or_as_written(text: &str) -> String {
    plain(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling_and_other_text_keeps_its_own() {
        for (written, expected) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("+.50", "0.5"),
            ("-0.0", "0"),
            ("inf", "inf"),
            ("1e999", "1e999"),
            ("$.size", "$.size"),
        ] {
            assert_eq!(plain_or_as_written(written), expected);
        }
    }
}
