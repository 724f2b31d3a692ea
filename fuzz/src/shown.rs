//! Text displayed to people: it cannot control a terminal, and the places in it exist.

use filter_pattern::is_deceptive;

/// Checks text of several lines, none of which may contain a deceptive character.
pub(crate) fn is_text(text: &str) {
    let found = text.chars().find(|&character| character != '\n' && is_deceptive(character));
    assert_eq!(found, None, "in {text:?}");
}

/// Checks a single line of such text.
pub(crate) fn is_line(text: &str) {
    is_text(text);
    assert!(!text.contains('\n'), "several lines: {text:?}");
}

/// Checks that a line and a column, counted from 1, refer to a character of `text` or to the end of a line.
///
/// Some messages count columns in characters and some in bytes, so the larger count is the limit. For some, a single
/// carriage return ends a line.
pub(crate) fn is_place(line: usize, column: usize, text: &str) {
    let is_in = |mut lines: std::str::Split<'_, &[char]>| {
        let line = lines.nth(line.saturating_sub(1));
        line.is_some_and(|line| (1..=line.len() + 1).contains(&column))
    };
    let unix = text.replace("\r\n", "\n");
    let found = is_in(text.split(&['\n'])) || is_in(unix.split(&['\n', '\r']));
    assert!(line > 0 && found, "line {line}, column {column} in {text:?}");
}
