//! Makes text from records fit for people and protocols. Everything in a record may come from an attacker.

/// Removes what can deceive a reader (control characters, line breaks, bidirectional overrides) and cuts the text
/// at `limit` characters, marking the cut.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit * 4));
    for (count, c) in text.chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        out.push(if is_deceptive(c) { ' ' } else { c });
    }
    out
}

/// Control characters, and what is invisible or changes how its neighbours are shown: Unicode's format characters
/// (general category Cf), line and paragraph separators, the Hangul fillers.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// A dimension value as CloudWatch accepts it: printable ASCII, not blank, at most 1,024 characters.
/// Other characters become `\u{..}`, so that different values stay different.
pub(crate) fn dimension_value(text: &str) -> Option<String> {
    const LIMIT: usize = 1024;
    if text.trim().is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
        if out.len() > LIMIT {
            out.truncate(LIMIT);
            break;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_become_blanks() {
        assert_eq!(clean("a\nb\u{202e}c\u{7}", 10), "a b c ");
        assert_eq!(clean("a\u{61c}\u{ad}\u{3164}\u{e0041}b", 10), "a    b");
    }

    #[test]
    fn long_text_is_cut_by_characters_and_marked() {
        assert_eq!(clean("ééééé", 3), "ééé…");
        assert_eq!(clean("ééé", 3), "ééé");
    }

    #[test]
    fn a_dimension_value_is_ascii_and_keeps_values_apart() {
        assert_eq!(dimension_value("zoë").as_deref(), Some("zo\\u{eb}"));
        assert_eq!(dimension_value(" \t"), None);
        assert_eq!(dimension_value(&"x".repeat(2000)).map(|v| v.len()), Some(1024));
    }
}
