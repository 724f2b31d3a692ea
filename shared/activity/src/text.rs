//! Makes text from records safe for people: cleaned of characters that deceive, and cut.

use std::collections::HashSet;

use foldhash::quality::RandomState;

/// The longest single value that is shown, in characters.
pub const VALUE_CHARS: usize = 96;

/// Replaces characters that can deceive a reader (see [`filter_pattern::is_deceptive`]) by blanks, and cuts the text after
/// `limit` characters, marking the cut with one further character.
pub fn clean(text: &str, limit: usize) -> String {
    // Nearly all texts.
    if text.len() <= limit && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(limit * 4));
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        out.push(if filter_pattern::is_deceptive(c) { ' ' } else { c });
    }
    out
}

/// Cleans a text and cuts it to `limit` characters, the mark of the cut included.
pub fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit || text.chars().nth(limit).is_none() {
        return clean(text, limit);
    }
    clean(text, limit.saturating_sub(1))
}

/// Joins at most `limit` different values, and says how many more there are.
pub(crate) fn list(values: impl IntoIterator<Item = String>, limit: usize) -> Option<String> {
    let mut values = values.into_iter();
    let first = values.next()?;
    let mut shown = first.clone();
    let mut seen: HashSet<String, RandomState> = HashSet::from_iter([first]);
    for value in values {
        if seen.contains(&value) {
            continue;
        }
        if seen.len() < limit {
            shown.push_str(", ");
            shown.push_str(&value);
        }
        seen.insert(value);
    }
    match seen.len().saturating_sub(limit) {
        0 => Some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_is_never_longer_than_its_limit() {
        assert_eq!(cut("ééééé", 3), "éé…");
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("a\nb", 3), "a b");
        assert_eq!(clean("ééééé", 3), "ééé…");
    }

    #[test]
    fn a_list_shows_different_values_and_counts_the_others() {
        let of = |texts: &[&str]| list(texts.iter().map(|text| (*text).to_owned()), 3);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["a", "a", "b"]).as_deref(), Some("a, b"));
        assert_eq!(of(&["a", "b", "c", "d", "a", "d", "e"]).as_deref(), Some("a, b, c and 2 more"));
    }
}
