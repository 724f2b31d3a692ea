//! Text as YAML scalars. A rule's text can contain anything, and must not break out of its scalar.
//!
//! Only scalars are written here; the modules of the templates write the structure.

use std::fmt::Write as _;

/// Text as a double-quoted scalar. Characters that YAML does not allow, or that readers cannot see, are
/// escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            _ if is_printable(character) => out.push(character),
            _ => {
                // Writing to a `String` does not fail.
                let _ = write!(out, "\\U{:08X}", u32::from(character));
            }
        }
    }
    out.push('"');
    out
}

/// Text of several lines as the value of a key that is indented by `indent` spaces: a literal block if YAML
/// can express the text that way.
pub(super) fn block(text: &str, indent: usize) -> String {
    let text = text.trim_end_matches('\n');
    let fits = text.chars().all(|character| character == '\n' || is_printable(character));
    if !fits || text.is_empty() || text.starts_with([' ', '\n']) {
        return quoted(text);
    }
    let mut out = String::from("|-");
    for line in text.lines() {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(line);
        }
    }
    out
}

/// Whether YAML allows the character, and readers of the file can see it.
fn is_printable(character: char) -> bool {
    !filter_pattern::is_deceptive(character) && !matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_never_breaks_out_of_its_quotes() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            (r#"a "b" \c"#, r#""a \"b\" \\c""#),
            ("a\nb\tc", "\"a\\nb\\U00000009c\""),
            ("\u{202e}", "\"\\U0000202E\""),
            ("é ${X} #", "\"é ${X} #\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn a_block_is_literal_if_yaml_can_express_it() {
        assert_eq!(block("a\n  b\n\nc\n", 4), "|-\n      a\n        b\n\n      c");
        assert_eq!(block(" a\nb", 4), r#"" a\nb""#);
        assert_eq!(block("a\u{85}b", 4), r#""a\U00000085b""#);
    }
}
