//! Fills the words of a row with the values of a call.
//!
//! A row is a list of segments in brackets. In a segment, `{a.b|c:form=argument}` stands for the first of the paths that
//! has a value, in a form. A segment is left out if one of its values is missing.

use super::Call;
use super::parts::{Form, Part};

/// The words of a row; `None` if the call has none of its values.
pub(super) fn fill(row: &str, call: &Call<'_>) -> Option<String> {
    let mut words = String::new();
    let mut has_words = false;
    for segment in segments(row) {
        let Some(filled) = fill_segment(segment, call) else { continue };
        if words.is_empty() {
            words.push_str(filled.text.trim_start_matches([',', ':', ' ']));
        } else {
            words.push_str(&filled.text);
        }
        has_words |= !filled.is_default;
    }
    has_words.then_some(words)
}

/// A segment with its values.
struct Filled {
    text: String,
    /// Whether all of it stands for something that is absent.
    is_default: bool,
}

fn fill_segment(segment: &str, call: &Call<'_>) -> Option<Filled> {
    let mut text = String::new();
    let mut is_default = false;
    for piece in pieces(segment) {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Placeholder(placeholder) => {
                let Part { text: value, is_default: of_value } = Form::of(placeholder).part(call)?;
                if value.is_empty() {
                    return None;
                }
                text.push_str(&value);
                is_default |= of_value;
            }
        }
    }
    Some(Filled { text, is_default })
}

/// A piece of a segment.
enum Piece<'s> {
    Literal(&'s str),
    Placeholder(&'s str),
}

/// The texts in brackets.
fn segments(row: &str) -> impl Iterator<Item = &str> {
    row.split(']').filter_map(|part| part.split_once('[').map(|(_, segment)| segment))
}

/// Literals and placeholders in turn. Braces in an argument belong to it.
fn pieces(segment: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((literal, behind)) = rest.split_once('{') {
        let mut depth = 1;
        let end = behind.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some((placeholder, after)) = end.and_then(|(at, _)| behind.split_at_checked(at)) else { break };
        pieces.push(Piece::Literal(literal));
        pieces.push(Piece::Placeholder(placeholder));
        rest = after.strip_prefix('}').unwrap_or(after);
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

/// Checks that a row can be read.
#[cfg(test)]
pub(super) fn check(row: &str) -> Result<(), String> {
    let count = segments(row).count();
    if count == 0 || row.matches(']').count() != count || !row.ends_with(']') {
        return Err("brackets".to_owned());
    }
    for segment in segments(row) {
        for piece in pieces(segment) {
            match piece {
                Piece::Literal(literal) if literal.contains(['{', '}']) => return Err("braces".to_owned()),
                Piece::Literal(_) => {}
                Piece::Placeholder(placeholder) => Form::of(placeholder).check()?,
            }
        }
    }
    Ok(())
}
