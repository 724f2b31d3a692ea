//! Escapes of double-quoted scalars that YAML does not have, found again after the parser has refused the scalar.
//!
//! The parser names the scalar only, which may be long. Nothing is decoded here.
//!
//! Source: YAML 1.2.2, section 5.7.

use super::{Position, Source, Span};

/// An escape that is none.
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
    /// How to mend it.
    pub(super) fn help(&self) -> String {
        let written = self.written;
        match self.kind {
            Kind::Unknown => {
                format!("`{written}` is no escape of YAML: write the backslash twice, or use single quotes")
            }
            Kind::Digits(digits) => format!("`{written}` takes {digits} hexadecimal digits"),
            Kind::NoCharacter => format!(
                "`{written}` stands for no character: write the character itself, or `\\ufffd` for one that cannot be read"
            ),
        }
    }
}

/// The first faulty escape of the double-quoted scalar at a position, if it is one.
pub(super) fn faulty<'t>(source: &Source<'t>, mut position: Position) -> Option<Escape<'t>> {
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
                // The character behind the backslash too, since it may be a quote; a line break is left to be counted.
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

/// What is wrong with the escape that a text starts with, and as much of it as was meant.
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
