//! Finds the invalid escape in a double-quoted scalar that the parser has rejected.
//!
//! The parser reports only the start of the scalar, which may be long. Nothing is decoded here.
//!
//! Source: YAML 1.2.2, section 5.7.

use super::{Position, SourceText, Span};

/// An invalid escape.
pub(super) struct Escape<'t> {
    pub(super) span: Span,
    written: &'t str,
    kind: Kind,
}

enum Kind {
    Unknown,
    Digits(usize),
    NoCharacter,
}

impl Escape<'_> {
    /// How to fix it.
    pub(super) fn help(&self) -> String {
        let written = self.written;
        match self.kind {
            Kind::Unknown => {
                format!("YAML has no escape `{written}`: double the backslash, or use single quotes")
            }
            Kind::Digits(digits) => format!("`{written}` must have {digits} hexadecimal digits"),
            Kind::NoCharacter => format!(
                "`{written}` is not a character: write the character itself, or `\\ufffd` for an unreadable one"
            ),
        }
    }
}

/// The first invalid escape of the scalar at a position, if that scalar is double-quoted.
pub(super) fn faulty<'t>(source: &SourceText<'t>, mut position: Position) -> Option<Escape<'t>> {
    let mut rest = source.from(position).strip_prefix('"')?;
    position.column += 1;
    loop {
        let next = rest.chars().next()?;
        let length = match next {
            '"' => return None,
            '\\' => {
                if let Some((written, kind)) = fault_of(rest) {
                    let width = u32::try_from(written.chars().count()).unwrap_or(1);
                    let end = Position { column: position.column + width, ..position };
                    return Some(Escape { span: Span { start: position, end }, written, kind });
                }
                // Skip the character after the backslash as well: it may be a quote. Leave a line break to be
                // counted.
                rest.chars().take(2).filter(|c| !matches!(c, '\n' | '\r')).map(char::len_utf8).sum()
            }
            _ => next.len_utf8(),
        };
        let passed = rest.get(..length)?;
        rest = rest.get(length..)?;
        if next == '\n' || (next == '\r' && !rest.starts_with('\n')) {
            position = Position { line: position.line + 1, column: 0 };
        } else {
            position.column += u32::try_from(passed.chars().count()).unwrap_or(1);
        }
    }
}

/// The faulty part of the escape at the start of a text, and what is wrong with it.
fn fault_of(text: &str) -> Option<(&str, Kind)> {
    let letter = text.chars().nth(1)?;
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0' | 'a' | 'b' | 't' | '\t' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\' | 'N' | '_'
        | 'L' | 'P' | '\n' | '\r' => return None,
        _ => return Some((text.get(..1 + letter.len_utf8())?, Kind::Unknown)),
    };
    let hexadecimal = text.chars().skip(2).take(digits).take_while(char::is_ascii_hexdigit).count();
    let written = text.get(..2 + hexadecimal)?;
    if hexadecimal < digits {
        return Some((written, Kind::Digits(digits)));
    }
    let code = u32::from_str_radix(written.get(2..)?, 16).ok()?;
    char::from_u32(code).is_none().then_some((written, Kind::NoCharacter))
}
