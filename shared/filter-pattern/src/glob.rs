//! Text with `*` wildcards, as used on the right-hand side of `=` and `!=`.
//!
//! `*` matches any run of characters, including none, wherever it appears. Nothing else is special, and nothing can
//! be escaped. For regular expressions, see `regex.rs`.

/// Text in which every `*` is a wildcard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    text: String,
}

impl Glob {
    /// Takes text with its escapes already resolved.
    pub fn new(text: impl Into<String>) -> Glob {
        Glob { text: text.into() }
    }

    /// The text, stars included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text contains a `*`. Without one, matching means equality.
    pub fn has_wildcard(&self) -> bool {
        self.text.contains('*')
    }

    /// Whether all of `value` matches.
    ///
    /// The parts before the first star and after the last one are stripped first; then each fragment between stars
    /// takes its leftmost match. That is enough, because any other choice leaves less text for the fragments that
    /// follow. The time is linear in the length of the value, whatever the number of stars.
    pub fn matches(&self, value: &str) -> bool {
        let Some((prefix, rest)) = self.text.split_once('*') else {
            return self.text == value;
        };
        let (middle, suffix) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut remaining) = value.strip_prefix(prefix).and_then(|value| value.strip_suffix(suffix))
        else {
            return false;
        };
        for fragment in middle.split('*').filter(|fragment| !fragment.is_empty()) {
            match remaining.split_once(fragment) {
                Some((_, after)) => remaining = after,
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*", "", true),
            ("*", "anything", true),
            ("**", "x", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("*a*", "bab", true),
            ("a*b", "ab", true),
            ("a*b", "aXb", true),
            ("a*b", "aXbX", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("*ab*ab*", "ab", false),
            ("*ab*ab*", "abab", true),
            ("*111", "1111", true),
            ("é*ü", "éü", true),
            ("*\u{301}", "e\u{301}", true),
            ("é", "e\u{301}", false),
            ("a?c", "abc", false),
            ("a.c", "abc", false),
            ("[a]", "a", false),
        ];
        for (glob, value, expected) in table {
            assert_eq!(Glob::new(glob).matches(value), expected, "{glob} on {value}");
        }
    }

    #[test]
    fn many_stars_on_a_long_value_take_no_time() {
        let glob = Glob::new("*a".repeat(2_000) + "b");
        assert!(!glob.matches(&"a".repeat(20_000)));
    }
}
