//! Space-delimited patterns: `[field, field operator value, ..., field]`.
//!
//! An entry tests only its own field, and names are unique.

use crate::ast::{Entry, Expression, FieldTest};
use crate::cursor::{Cursor, is_name_character};
use crate::error::{Fault, ParseError, Snippet};
use crate::parser::expect::{close, expected};
use crate::parser::expression::{not_a_condition, not_joined};
use crate::parser::{expression, operand};
use crate::quota::Usage;

/// Parses a pattern that starts with `[`.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Vec<Entry>, ParseError> {
    let opened = cursor.position();
    cursor.bump();
    cursor.skip_whitespace();
    let mut entries = Vec::new();
    if cursor.peek() != Some(']') {
        loop {
            let entry = entry(cursor, usage, &entries)?;
            entries.push(entry);
            cursor.skip_whitespace();
            if !cursor.eat(",") {
                break;
            }
        }
    }
    close(cursor, ']', |cursor| {
        if cursor.is_at_end() {
            let error = ParseError::new(Fault::Unclosed { what: "pattern", close: ']' }, opened..opened + 1);
            return error.with_help("a pattern that starts with `[` must end with `]`");
        }
        not_joined(cursor, "`,`, `&&`, `||` or `]`")
    })?;
    Ok(entries)
}

fn entry(cursor: &mut Cursor<'_>, usage: &mut Usage, before: &[Entry]) -> Result<Entry, ParseError> {
    cursor.skip_whitespace();
    let start = cursor.position();
    if cursor.eat("...") {
        if before.contains(&Entry::Ellipsis) {
            let error = ParseError::new(Fault::SecondEllipsis, start..start + 3);
            return Err(error.with_help("use empty entries to skip single fields: `[a, , b]`"));
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

/// Builds an entry. An expression has at least one condition, and every condition names the field.
fn named(own: Option<&str>, condition: Expression<FieldTest>) -> Entry {
    own.map_or(Entry::Unnamed, |name| Entry::Field { name: name.to_owned(), condition })
}

/// Parses `name` or `name operator value`. The first name in an entry becomes the entry's name.
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
                "each name stands for one field; to accept two values, write `[{name} = 1 || {name} = 2]`"
            );
            let error = ParseError::new(Fault::DuplicateField(Snippet::new(name)), span);
            let is_short = name.len() <= Snippet::MAX_CHARACTERS;
            return Err(if is_short {
                error.with_help(help)
            } else {
                error.with_help("each name stands for one field")
            });
        }
        None => *own = Some(name),
        Some(own) if *own == name => {}
        Some(own) => {
            let fault = Fault::OtherField { own: Snippet::new(own), other: Snippet::new(name) };
            return Err(
                ParseError::new(fault, span).with_help("give each field its own entry, separated by commas")
            );
        }
    }
    cursor.skip_whitespace();
    Ok(operand::comparison(cursor, usage)?.map_or(FieldTest::Present, FieldTest::Compare))
}

fn not_a_field(cursor: &Cursor<'_>) -> ParseError {
    if let Some(error) = not_a_condition(cursor) {
        return error;
    }
    let error = expected(cursor, "a field name");
    match cursor.peek() {
        Some('$') => error.with_help("write field names without `$`"),
        Some('.') => error.with_help("write `...`, three dots, to skip any number of fields"),
        _ => error,
    }
}
