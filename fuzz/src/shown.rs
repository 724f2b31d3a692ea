//! What people are shown: text that steers no terminal, and places that exist.

use filter_pattern::is_deceptive;

/// Text of several lines, none of which holds anything deceptive.
pub(crate) fn is_text(text: &str) {
    let found = text.chars().find(|&character| character != '\n' && is_deceptive(character));
    assert_eq!(found, None, "in {text:?}");
}

/// One line of such text.
pub(crate) fn is_line(text: &str) {
    is_text(text);
    assert!(!text.contains('\n'), "several lines: {text:?}");
}

/// A line and a column from 1 that are those of a character of `text`, or of the end of a line.
///
/// Columns are counted in characters by most and in bytes by some, so that the larger count is the limit. A carriage
/// return alone ends a line for some.
pub(crate) fn is_place(line: usize, column: usize, text: &str) {
    let is_in = |mut lines: std::str::Split<'_, &[char]>| {
        let line = lines.nth(line.saturating_sub(1));
        line.is_some_and(|line| (1..=line.len() + 1).contains(&column))
    };
    let unix = text.replace("\r\n", "\n");
    let found = is_in(text.split(&['\n'])) || is_in(unix.split(&['\n', '\r']));
    assert!(line > 0 && found, "line {line}, column {column} in {text:?}");
}
