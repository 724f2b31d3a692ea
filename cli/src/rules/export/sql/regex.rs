//! Translates regular expressions of the filter pattern language to the syntax of Athena's `regexp_like`.
//!
//! Athena uses Java's syntax, where `\d` can match digits of any script and `$` also matches before a final
//! line break; both are written out here. The pattern's parser has already checked the expression; nothing is
//! checked again.

use std::iter::Peekable;
use std::str::Chars;

const DIGIT: &str = "0-9";
const WORD: &str = "A-Za-z0-9_";
const BLANK: &str = r" \t\r\n\x0b\x0c";

/// Translates an expression; `None` for a negated set inside a class, which has no equivalent.
pub(super) fn translate(source: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = source.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '^' => out.push_str(r"\A"),
            '$' => out.push_str(r"\z"),
            '*' | '+' | '?' | '|' | '.' => out.push(next),
            '{' => repetition(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out)?,
            '\\' => match escape(&mut rest)? {
                Escape::Literal(character) => push_literal(&mut out, character),
                Escape::Set { members, negated } => {
                    out.push_str(if negated { "[^" } else { "[" });
                    out.push_str(members);
                    out.push(']');
                }
            },
            _ => push_literal(&mut out, next),
        }
    }
    Some(out)
}

enum Escape {
    Literal(char),
    Set { members: &'static str, negated: bool },
}

fn escape(rest: &mut Peekable<Chars<'_>>) -> Option<Escape> {
    let next = rest.next()?;
    let members = match next {
        'd' | 'D' => DIGIT,
        'w' | 'W' => WORD,
        's' | 'S' => BLANK,
        'x' => {
            let code: String = rest.by_ref().take(2).collect();
            return u8::from_str_radix(&code, 16).ok().map(|code| Escape::Literal(char::from(code)));
        }
        _ => return Some(Escape::Literal(next)),
    };
    Some(Escape::Set { members, negated: next.is_ascii_uppercase() })
}

/// `{m}`, `{m,}`, `{,n}` or `{m,n}`: Java has no `{,n}` and allows no spaces inside.
fn repetition(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let counts: String =
        rest.by_ref().take_while(|&next| next != '}').filter(|next| !next.is_whitespace()).collect();
    let zero = if counts.starts_with(',') { "0" } else { "" };
    out.push_str(&format!("{{{zero}{counts}}}"));
}

fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(next) = rest.next() {
        match next {
            ']' => break,
            // At either end of the class it is literal; between two characters it makes a range.
            '-' if first || rest.peek() == Some(&']') => out.push_str(r"\-"),
            '-' => out.push('-'),
            '\\' => match escape(rest)? {
                Escape::Literal(character) => push_literal(out, character),
                Escape::Set { members, negated: false } => out.push_str(members),
                Escape::Set { negated: true, .. } => return None,
            },
            _ => push_literal(out, next),
        }
        first = false;
    }
    out.push(']');
    Some(())
}

/// Writes a literal character, for use inside and outside a class.
fn push_literal(out: &mut String, character: char) {
    match character {
        '^' | '$' | '?' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '\\' | '*' | '+' | '.' | '-' | '&' => {
            out.push('\\');
            out.push(character);
        }
        _ if character.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(character))),
        _ => out.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_written_in_athenas_syntax() {
        for (source, expected) in [
            ("abc", "abc"),
            (r"^Get|Put$", r"\AGet|Put\z"),
            (r"\.[4-9]xlarge$", r"\.[4-9]xlarge\z"),
            (r"\d{2}\D", "[0-9]{2}[^0-9]"),
            (r"\s\W", r"[ \t\r\n\x0b\x0c][^A-Za-z0-9_]"),
            (r"[\d-]", r"[0-9\-]"),
            ("[-a]", r"[\-a]"),
            ("[a-c-]", r"[a-c\-]"),
            ("[^[a]", r"[^\[a]"),
            ("a{ , 3 }", "a{0,3}"),
            ("a{2,}b?", "a{2,}b?"),
            (r"\x28x\x29\x25\x0a", r"\(x\)%\x0a"),
            (r"a\-b}]", r"a\-b\}\]"),
        ] {
            assert_eq!(translate(source).as_deref(), Some(expected), "{source}");
        }
    }

    #[test]
    fn a_negated_set_in_a_class_has_no_equivalent() {
        assert_eq!(translate(r"[\D5]"), None);
    }
}
