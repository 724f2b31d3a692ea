//! Makes untrusted text safe to display, and shows one line of it with a part marked.
//!
//! Patterns, rule documents and records can contain text meant to manipulate the terminal that displays an error.
//! This module adds no colours and no line numbers; callers do.
//!
//! Source: column widths follow [UAX #11](https://www.unicode.org/reports/tr11/), as in terminals.

use std::borrow::Cow;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// The most columns of a line that are shown.
const MAX_COLUMNS: usize = 100;
/// The columns kept before the marked part when a line is cut.
const CONTEXT_COLUMNS: usize = 40;
const TAB_COLUMNS: usize = 4;
const CUT: char = '…';

/// Whether a character could control a terminal or mislead its reader: control characters, line and paragraph
/// separators, Unicode format characters (general category Cf), and characters with the property
/// Default_Ignorable_Code_Point, which are invisible or change how their neighbours are displayed.
///
/// Look-alike letters and combining marks are not included.
///
/// # Source
///
/// The Unicode Character Database 17.0, `DerivedGeneralCategory.txt` and `DerivedCoreProperties.txt`.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Escapes the characters for which [`is_deceptive`] holds, such as control characters and direction overrides, so
/// that the text stays on one line and reads as what it is.
///
/// ```
/// assert_eq!(filter_pattern::printable("a\u{202e}b\n"), r"a\u{202e}b\n");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_deceptive(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// A line of text that is safe for a terminal, with the marked columns.
///
/// A tab becomes four spaces, and characters that [`printable`] escapes are escaped. A line wider than 100 columns is
/// cut around the marked part. The cost depends on the text shown, not on the length of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    line: String,
    lead: usize,
    width: usize,
}

impl Excerpt {
    /// Takes `line`, a text without line breaks, and the byte range of it to mark.
    ///
    /// ```
    /// let excerpt = filter_pattern::Excerpt::new("東京 = x", 7..8);
    /// assert_eq!(excerpt.line(), "東京 = x");
    /// assert_eq!(excerpt.carets(), "     ^");
    /// ```
    pub fn new(line: &str, marked: Range<usize>) -> Excerpt {
        let (before, after) = line.split_at_checked(marked.start).unwrap_or((line, ""));
        let inside = after.get(..marked.end.saturating_sub(marked.start)).unwrap_or(after).chars().count();
        let behind = Clip::take(after.chars(), MAX_COLUMNS);
        let room = if behind.is_cut { CONTEXT_COLUMNS } else { MAX_COLUMNS - behind.columns };
        let front = Clip::take(before.chars().rev(), room.max(CONTEXT_COLUMNS));
        let behind = Clip::take(after.chars(), MAX_COLUMNS - front.columns);

        let mut text = String::new();
        let mut lead = front.columns;
        if front.is_cut {
            text.push(CUT);
            lead += 1;
        }
        text.extend(front.characters.iter().rev().map(|&character| shown(character)));
        text.extend(behind.characters.iter().map(|&character| shown(character)));
        text.truncate(text.trim_end().len());
        if behind.is_cut {
            text.push(CUT);
        }
        let width: usize = behind.characters.iter().take(inside).map(|&character| columns(character)).sum();
        Excerpt { line: text, lead, width: width.max(1) }
    }

    /// The line, or the part of it that is shown.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The line to print below it: spaces and carets.
    pub fn carets(&self) -> String {
        " ".repeat(self.lead) + &"^".repeat(self.width)
    }
}

/// As many characters from the start of an iterator as fit.
struct Clip {
    characters: Vec<char>,
    columns: usize,
    is_cut: bool,
}

impl Clip {
    fn take(characters: impl Iterator<Item = char>, room: usize) -> Clip {
        let mut clip = Clip { characters: Vec::new(), columns: 0, is_cut: false };
        for character in characters {
            let columns = columns(character);
            // Characters without width could pile up without limit.
            if clip.columns + columns > room || clip.characters.len() == 4 * MAX_COLUMNS {
                clip.is_cut = true;
                break;
            }
            clip.columns += columns;
            clip.characters.push(character);
        }
        clip
    }
}

/// The text displayed for a character of the line.
fn shown(character: char) -> Cow<'static, str> {
    match character {
        '\t' => " ".repeat(TAB_COLUMNS).into(),
        '\r' => " ".into(),
        _ if is_deceptive(character) => character.escape_default().to_string().into(),
        _ => character.to_string().into(),
    }
}

/// The number of columns of that text.
fn columns(character: char) -> usize {
    match character {
        '\t' => TAB_COLUMNS,
        '\r' => 1,
        _ if is_deceptive(character) => character.escape_default().count(),
        _ => character.width().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt around the text between `<` and `>`, which are removed.
    fn excerpt(text: &str) -> Excerpt {
        let (start, rest) = (text.find('<').unwrap(), text.replacen('<', "", 1));
        let end = rest.find('>').unwrap();
        Excerpt::new(&rest.replacen('>', "", 1), start..end)
    }

    #[test]
    fn carets_are_below_the_marked_text_whatever_the_width_of_the_characters() {
        for (text, line, carets) in [
            ("a <b> c", "a b c", "  ^"),
            ("漢字 <b> c", "漢字 b c", "     ^"),
            ("a <漢字> c", "a 漢字 c", "  ^^^^"),
            ("e\u{301}e\u{301} <b>", "e\u{301}e\u{301} b", "   ^"),
            ("\t<b>\t", "    b", "    ^"),
            ("\u{202e}<b>", "\\u{202e}b", "        ^"),
            ("a<\u{7}>b", "a\\u{7}b", " ^^^^^"),
            ("ab<>", "ab", "  ^"),
        ] {
            let excerpt = excerpt(text);
            assert_eq!((excerpt.line(), excerpt.carets().as_str()), (line, carets), "{text}");
        }
    }

    #[test]
    fn a_wide_line_is_cut_around_the_marked_text() {
        let words = "漢字 word ".repeat(200);
        for (text, front, back) in [
            (format!("{words}<mark>{words}"), true, true),
            (format!("<mark>{words}"), false, true),
            (format!("{words}<mark>"), true, false),
        ] {
            let excerpt = excerpt(&text);
            let shown: usize = excerpt.line().chars().map(columns).sum();
            assert!((95..=102).contains(&shown), "{shown}: {}", excerpt.line());
            assert_eq!((excerpt.line().starts_with(CUT), excerpt.line().ends_with(CUT)), (front, back));
            let before: usize = excerpt.line().split("mark").next().unwrap().chars().map(columns).sum();
            assert_eq!(excerpt.carets(), " ".repeat(before) + "^^^^");
        }
        let marked = excerpt(&format!("{words}<{words}>"));
        assert!(marked.carets().len() <= 101, "{}", marked.carets());
    }

    #[test]
    fn a_range_beyond_the_line_marks_its_end() {
        assert_eq!(Excerpt::new("ab", 7..9).carets(), "  ^");
        assert_eq!(Excerpt::new("é", 1..2).carets(), " ^");
    }
}
