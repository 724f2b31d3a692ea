//! Space-delimited patterns: `[field, field operator value, ..., field]`.
//!
//! An entry tests its own field only, and names are unique.

use crate::ast::{Entry, Expression, FieldTest};
use crate::cursor::{Cursor, is_name_character};
use crate::error::{Fault, ParseError, Snippet};
use crate::parser::expression::{not_a_condition, not_joined};
use crate::parser::{close, expected, expression, operand};
use crate::quota::Usage;

/// Reads a pattern that starts with `[`.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Vec<Entry>, ParseError> {
    let opened = cursor.position();
    cursor.bump();
    cursor.skip_blanks();
    let mut entries = Vec::new();
    if cursor.peek() != Some(']') {
        loop {
            let entry = entry(cursor, usage, &entries)?;
            entries.push(entry);
            cursor.skip_blanks();
            if !cursor.eat(",") {
                break;
            }
        }
    }
    close(cursor, ']', |cursor| {
        if cursor.is_at_end() {
            let error =
                ParseError::new(Fault::Unclosed { what: "the pattern", close: ']' }, opened..opened + 1);
            return error.with_help("a pattern that starts with `[` has to end with `]`");
        }
        not_joined(cursor, "`,`, `&&`, `||` or `]`")
    })?;
    Ok(entries)
}

fn entry(cursor: &mut Cursor<'_>, usage: &mut Usage, before: &[Entry]) -> Result<Entry, ParseError> {
    cursor.skip_blanks();
    let start = cursor.position();
    if cursor.eat("...") {
        if before.contains(&Entry::Ellipsis) {
            let error = ParseError::new(Fault::SecondEllipsis, start..start + 3);
            return Err(error.with_help("leave single fields out with empty entries: `[a, , b]`"));
        }
        return Ok(Entry::Ellipsis);
    }
    if matches!(cursor.peek(), Some(',' | ']')) {
        return Ok(Entry::Unnamed);
    }
    let mut own = None;
    let condition = expression::parse(cursor, |cursor| field_test(cursor, usage, &mut own, before))?;
    Ok(named(own, condition))
}

/// An expression has at least one condition, and each names the field.
fn named(own: Option<&str>, condition: Expression<FieldTest>) -> Entry {
    own.map_or(Entry::Unnamed, |name| Entry::Field { name: name.to_owned(), condition })
}

/// `name` or `name operator value`. The first name of an entry becomes its own.
fn field_test<'t>(
    cursor: &mut Cursor<'t>,
    usage: &mut Usage,
    own: &mut Option<&'t str>,
    before: &[Entry],
) -> Result<FieldTest, ParseError> {
    let start = cursor.position();
    let name = cursor.take_while(is_name_character);
    let span = cursor.since(start);
    if name.is_empty() {
        return Err(not_a_field(cursor));
    }
    match own {
        None if before
            .iter()
            .any(|entry| matches!(entry, Entry::Field { name: taken, .. } if taken == name)) =>
        {
            let help = format!(
                "a name stands for one field; write `[{name} = 1 || {name} = 2]` for two values of it"
            );
            let error = ParseError::new(Fault::DuplicateField(Snippet::new(name)), span);
            let is_short = name.len() <= Snippet::MAX_CHARACTERS;
            return Err(if is_short {
                error.with_help(help)
            } else {
                error.with_help("a name stands for one field")
            });
        }
        None => *own = Some(name),
        Some(own) if *own == name => {}
        Some(own) => {
            let fault = Fault::OtherField { own: Snippet::new(own), other: Snippet::new(name) };
            return Err(ParseError::new(fault, span)
                .with_help("give each field an entry of its own, separated by commas"));
        }
    }
    cursor.skip_blanks();
    Ok(operand::comparison(cursor, usage)?.map_or(FieldTest::Present, FieldTest::Compare))
}

fn not_a_field(cursor: &Cursor<'_>) -> ParseError {
    if let Some(error) = not_a_condition(cursor) {
        return error;
    }
    let error = expected(cursor, "a field name");
    match cursor.peek() {
        Some('$') => error.with_help("fields are named without `$`"),
        Some('.') => error.with_help("fields to leave out are written `...`, three points"),
        _ => error,
    }
}
