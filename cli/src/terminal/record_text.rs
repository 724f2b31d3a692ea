//! Records as JSON text for output. The text stays equal as JSON; only whitespace and escapes change.

use super::printable::printable;

/// Spaces for each level of nesting.
const INDENT: usize = 2;

/// A record on one line. For a terminal, deceptive characters become JSON escapes.
///
/// The record must be valid JSON, in which line breaks occur only between tokens.
pub(crate) fn record_line(record: &[u8], is_for_terminal: bool) -> String {
    let text = String::from_utf8_lossy(record);
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => line.push(' '),
            _ if is_for_terminal => push_escaped(&mut line, character),
            _ => line.push(character),
        }
    }
    line
}

/// A record with a member on each line, and with escapes for deceptive characters. Numbers and the order of members stay
/// as they are.
pub(crate) fn record_lines(record: &[u8]) -> String {
    let text = String::from_utf8_lossy(record);
    let (mut lines, mut depth) = (String::with_capacity(2 * text.len()), 0_usize);
    let (mut is_in_string, mut is_escaped, mut is_empty) = (false, false, false);
    for character in text.chars() {
        if is_in_string {
            push_escaped(&mut lines, character);
            is_in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        if character.is_ascii_whitespace() {
            continue;
        }
        let is_end = matches!(character, '}' | ']');
        if is_end {
            depth = depth.saturating_sub(1);
        }
        // Brackets with nothing between them stay together.
        if is_empty != is_end && (is_empty || is_end) {
            break_line(&mut lines, depth);
        }
        is_empty = matches!(character, '{' | '[');
        lines.push(character);
        match character {
            '{' | '[' => depth += 1,
            ',' => break_line(&mut lines, depth),
            ':' => lines.push(' '),
            '"' => is_in_string = true,
            _ => {}
        }
    }
    lines
}

fn break_line(lines: &mut String, depth: usize) {
    lines.push('\n');
    lines.extend(std::iter::repeat_n(' ', depth * INDENT));
}

/// Adds a character of JSON text, as an escape if it is outside ASCII and deceptive.
fn push_escaped(text: &mut String, character: char) {
    let (mut bytes, mut units) = ([0; 4], [0; 2]);
    let plain: &str = character.encode_utf8(&mut bytes);
    if character < '\u{7f}' || printable(plain) == plain {
        text.push(character);
        return;
    }
    for unit in character.encode_utf16(&mut units) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{record_line, record_lines};

    const RECORD: &str =
        "{\"a\": [1.50,\r\n {}, []],\n\"b\":{\"c\\\"{\":\"x\u{202e}\u{9b}é\",\"d\":[{\"e\":null}]}}";

    #[test]
    fn a_record_keeps_its_meaning_in_every_form() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for text in [record_line(RECORD.as_bytes(), true), record_lines(RECORD.as_bytes())] {
            assert_eq!(parse(&text), parse(RECORD));
            assert!(text.contains("x\\u202e\\u009bé") && text.contains("1.50"), "{text}");
        }
        let line = record_line(RECORD.as_bytes(), false);
        assert_eq!(line, RECORD.replace(['\n', '\r'], " "));
    }

    #[test]
    fn nested_values_are_indented() {
        assert_eq!(
            record_lines(br#"{"a":[1,{}],"b":{"c":"d"},"e":[]}"#),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": \"d\"\n  },\n  \"e\": []\n}"
        );
    }
}
