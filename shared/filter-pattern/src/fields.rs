//! Splits a log event into columns, and assigns them to the entries of a space-delimited pattern.
//!
//! Fields are separated by whitespace. Text from a `"` to the next `"`, or from a `[` to the next `]`, is one field
//! without these delimiters; a delimiter that is never closed is an ordinary character.
//!
//! Source: [filter pattern
//! syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html), space-delimited log
//! events. Where it is silent, this module decides: a line with fewer fields than entries never matches, and the text
//! of the last entry keeps its delimiters only if it spans several fields.

use crate::ast::Entry;
use crate::cursor::is_whitespace;

/// One field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field<'l> {
    /// Where it starts in the line, opening delimiter included.
    start: usize,
    /// Its content, without delimiters.
    text: &'l str,
}

/// Assigns each entry that stands for a single field its text. `None` if the line has too few fields.
///
/// Without `...`, the last entry takes the rest of the line. An empty list of entries accepts any line.
pub(crate) fn assign<'p, 'l>(entries: &'p [Entry], line: &'l str) -> Option<Vec<(&'p Entry, &'l str)>> {
    let fields = split(line);
    let mut parts = entries.split(|entry| *entry == Entry::Ellipsis);
    let head = parts.next().unwrap_or_default();
    if let Some(tail) = parts.next() {
        let skipped = fields.len().checked_sub(head.len() + tail.len())?;
        let tail_fields = fields.iter().skip(head.len() + skipped);
        let assigned = head.iter().zip(&fields).chain(tail.iter().zip(tail_fields));
        return Some(assigned.map(|(entry, field)| (entry, field.text)).collect());
    }
    let surplus = fields.len().checked_sub(head.len())?;
    let mut assigned: Vec<_> = head.iter().zip(&fields).map(|(entry, field)| (entry, field.text)).collect();
    if surplus > 0
        && let Some((_, last)) = assigned.last_mut()
        && let Some(field) = fields.get(head.len() - 1)
    {
        *last = line.get(field.start..).unwrap_or_default().trim_end_matches(is_whitespace);
    }
    Some(assigned)
}

fn split(line: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    // Once no `]` is left, stop searching for one: a line of many `[` would otherwise take quadratic time.
    let mut bracket_ahead = true;
    let mut rest = line.trim_start_matches(is_whitespace);
    while let Some(first) = rest.chars().next() {
        let start = line.len() - rest.len();
        let delimited = match first {
            '"' => delimited(rest, '"'),
            '[' if bracket_ahead => {
                let inside = delimited(rest, ']');
                bracket_ahead = inside.is_some();
                inside
            }
            _ => None,
        };
        let (text, after) =
            delimited.unwrap_or_else(|| rest.split_at(rest.find(is_whitespace).unwrap_or(rest.len())));
        fields.push(Field { start, text });
        rest = after.trim_start_matches(is_whitespace);
    }
    fields
}

/// The text between the first character and the next `close`, and the text after it.
fn delimited(text: &str, close: char) -> Option<(&str, &str)> {
    text.get(1..)?.split_once(close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Ast;
    use crate::parser;

    #[test]
    fn a_line_splits_on_whitespace_and_keeps_quoted_and_bracketed_text_together() {
        let table: [(&str, &[&str]); 12] = [
            ("", &[]),
            ("  \t ", &[]),
            ("a b", &["a", "b"]),
            (" a \t b\r\n", &["a", "b"]),
            (r#"a "b c" d"#, &["a", "b c", "d"]),
            ("[10/Oct/2000:13:25:15 -0700] x", &["10/Oct/2000:13:25:15 -0700", "x"]),
            (r#""" []"#, &["", ""]),
            (r#"["a] b"] c"#, &["\"a", "b\"]", "c"]),
            (r#"a "b c"#, &["a", "\"b", "c"]),
            ("[a b", &["[a", "b"]),
            (r#"a"b c"d"#, &["a\"b", "c\"d"]),
            (r#""a"b"#, &["a", "b"]),
        ];
        for (line, expected) in table {
            let texts: Vec<_> = split(line).into_iter().map(|field| field.text).collect();
            assert_eq!(texts, expected, "{line}");
        }
    }

    #[test]
    fn entries_get_their_fields_from_both_ends_of_the_line() {
        let table: [(&str, &str, Option<&[&str]>); 12] = [
            ("[]", "a b", Some(&[])),
            ("[x]", "", None),
            ("[x]", "a b  c ", Some(&["a b  c"])),
            ("[x]", r#""a b""#, Some(&["a b"])),
            ("[x, y]", "a", None),
            ("[x, y]", r#"a "b" "c""#, Some(&["a", r#""b" "c""#])),
            ("[...]", "", Some(&[])),
            ("[..., y]", "a b c", Some(&["c"])),
            ("[x, ...]", "a b c", Some(&["a"])),
            ("[x, ..., y]", "a b c", Some(&["a", "c"])),
            ("[x, ..., y]", "a b", Some(&["a", "b"])),
            ("[x, ..., y]", "a", None),
        ];
        for (pattern, line, expected) in table {
            let (Ast::SpaceDelimited(entries), _) = parser::parse(pattern).unwrap() else {
                panic!("{pattern}")
            };
            let assigned: Option<Vec<_>> =
                assign(&entries, line).map(|assigned| assigned.into_iter().map(|(_, text)| text).collect());
            assert_eq!(assigned.as_deref(), expected, "{pattern} on {line}");
        }
    }
}
