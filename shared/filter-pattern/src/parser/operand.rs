//! Comparison operators and the literals to their right; the same for JSON and for space-delimited patterns.

use std::borrow::Cow;
use std::ops::Range;

use crate::ast::{Comparison, Glob, NumberLiteral, Operand, OrderOperator, RegexLiteral};
use crate::cursor::{Cursor, is_blank, is_operator_character};
use crate::error::{Fault, Found, ParseError};
use crate::excerpt::is_deceptive;
use crate::parser::foreign::is_curly_quote;
use crate::parser::{expected, not_an_operator};
use crate::quota::Usage;
use crate::regex::MAX_REGEXES;

const COMPARISON_OPERATORS: &str = "the operators are `=`, `!=`, `<`, `<=`, `>` and `>=`";

/// `operator operand`, if an operator comes next.
pub(super) fn comparison(
    cursor: &mut Cursor<'_>,
    usage: &mut Usage,
) -> Result<Option<Comparison>, ParseError> {
    let mut ahead = cursor.clone();
    let operator = ahead.take_while(is_operator_character);
    let order = match operator {
        "" => return Ok(None),
        "=" | "!=" => None,
        "<" => Some(OrderOperator::Less),
        "<=" => Some(OrderOperator::LessOrEqual),
        ">" => Some(OrderOperator::Greater),
        ">=" => Some(OrderOperator::GreaterOrEqual),
        _ => return Err(not_an_operator(cursor, operator_help(operator))),
    };
    *cursor = ahead;
    cursor.skip_blanks();
    let start = cursor.position();
    let operand = operand(cursor, usage)?;
    Ok(Some(match order {
        Some(order) => Comparison::Order(order, number(cursor, operand, order, start)?),
        None if operator == "=" => Comparison::Equal(operand),
        None => Comparison::NotEqual(operand),
    }))
}

fn operator_help(operator: &str) -> &'static str {
    match operator {
        "==" | "===" => "compare with a single `=`",
        "<>" | "=!" | "!==" | "~=" | "!" => "different is written `!=`",
        "=<" => "at most is written `<=`",
        "=>" => "at least is written `>=`",
        "=~" | "~" => "a regular expression follows `=` between percent signs: `= %^Get%`",
        "!~" => "a regular expression follows `!=` between percent signs: `!= %^Get%`",
        _ => COMPARISON_OPERATORS,
    }
}

/// The number that an ordering operator requires.
fn number(
    cursor: &Cursor<'_>,
    operand: Operand,
    order: OrderOperator,
    start: usize,
) -> Result<NumberLiteral, ParseError> {
    let span = cursor.since(start);
    let written = cursor.slice(span.clone());
    let fault =
        |found| ParseError::new(Fault::OrderNeedsNumber { operator: order.as_str(), found }, span.clone());
    match operand {
        Operand::Number(number) => Ok(number),
        Operand::Text(text) if written.starts_with('"') && NumberLiteral::parse(text.as_str()).is_some() => {
            Err(fault(Found::text(written)).with_help(format!("leave out the quotes: `{}`", text.as_str())))
        }
        Operand::Text(_) | Operand::Regex(_) => {
            Err(fault(Found::text(written)).with_help("text is compared with `=` and `!=` only"))
        }
    }
}

/// A quoted text, a regular expression or an unquoted value.
fn operand(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Operand, ParseError> {
    match cursor.peek() {
        Some('"') => quoted(cursor).map(|text| Operand::Text(Glob::new(text))),
        Some('%') => regex(cursor, usage).map(Operand::Regex),
        Some(next) if is_bare_character(next) => bare(cursor),
        _ => Err(not_an_operand(cursor)),
    }
}

/// A character of an unquoted value.
fn is_bare_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '*' | '-' | '+')
}

/// A character that ends an unquoted value, other than a blank.
fn ends_value(character: char) -> bool {
    matches!(character, ')' | '}' | ']' | '&' | '|' | ',')
}

fn bare(cursor: &mut Cursor<'_>) -> Result<Operand, ParseError> {
    let start = cursor.position();
    let text = cursor.take_while(is_bare_character);
    match cursor.peek() {
        None => {}
        Some(next) if is_blank(next) || ends_value(next) => {}
        Some(_) => return Err(not_bare(cursor, start)),
    }
    Ok(NumberLiteral::parse(text).map_or_else(|| Operand::Text(Glob::new(text)), Operand::Number))
}

/// A character that an unquoted value cannot have.
fn not_bare(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let at = cursor.position();
    let Some(character) = cursor.peek() else {
        return expected(cursor, "a value");
    };
    let mut ahead = cursor.clone();
    ahead.take_while(|next| !is_blank(next) && !ends_value(next) && !matches!(next, '"' | '\\'));
    let value = ahead.slice(start..ahead.position());
    let help: Cow<'static, str> = match character {
        '"' => "a quoted value starts with its quote, and a quote inside it is written `\\\"`".into(),
        _ if !is_quotable(value) => "put the value in double quotes".into(),
        _ => format!("put the value in double quotes: `\"{value}\"`").into(),
    };
    ParseError::new(Fault::Character { character, place: "an unquoted value" }, at..at + character.len_utf8())
        .with_help(help)
}

/// Something where a value has to start.
fn not_an_operand(cursor: &Cursor<'_>) -> ParseError {
    let missing = || expected(cursor, "a value");
    match cursor.peek() {
        None | Some('}' | ')' | ']' | '&' | '|' | ',') => {
            missing().with_help("a value is text, a quoted text such as `\"a b\"`, a number, or a regular expression such as `%^a%`")
        }
        Some('\'') => single_quotes(cursor),
        Some('(' | '[' | '{') => missing().with_help("a condition has one value; join several conditions with `||`"),
        Some('$') => missing().with_help("a field cannot be compared with another field; put text that starts with `$` in double quotes"),
        Some(next) if is_operator_character(next) => missing().with_help(COMPARISON_OPERATORS),
        Some(_) => not_bare(cursor, cursor.position()),
    }
}

/// A value in single quotes, or what of it may be the value if the second one is missing.
fn single_quotes(cursor: &Cursor<'_>) -> ParseError {
    let start = cursor.position();
    let mut ahead = cursor.clone();
    ahead.bump();
    let inside = ahead.clone();
    let mut text = ahead.take_while(|next| next != '\'');
    let mut span = start..start + 1;
    if ahead.eat("'") {
        span.end = ahead.position();
    } else {
        text = inside.clone().take_while(|next| !ends_value(next)).trim_end_matches(is_blank);
    }
    let error = ParseError::new(Fault::SingleQuotes, span);
    if is_quotable(text) {
        return error.with_help(format!("use double quotes: `\"{text}\"`"));
    }
    error.with_help("use double quotes")
}

/// Whether a help text can show the text in double quotes, as it is and on one line.
pub(super) fn is_quotable(text: &str) -> bool {
    let plain = |character: char| {
        let is_other_blank = character.is_whitespace() && character != ' ';
        !is_deceptive(character)
            && !is_other_blank
            && !is_curly_quote(character)
            && !matches!(character, '"' | '\\')
    };
    !text.is_empty() && text.chars().count() <= 40 && text.chars().all(plain)
}

/// Text between double quotes, its escapes resolved. The cursor is at the opening quote.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let mut text = String::new();
    loop {
        match cursor.bump() {
            Some('"') => return Ok(text),
            // Only the quote and the backslash are escaped; before anything else a backslash is itself.
            Some('\\') if matches!(cursor.peek(), Some('"' | '\\')) => text.extend(cursor.bump()),
            Some(next) => text.push(next),
            None => {
                let error =
                    ParseError::new(Fault::Unclosed { what: "a quoted text", close: '"' }, start..start + 1);
                if text.contains(is_curly_quote) {
                    return Err(
                        error.with_help("the quote that ends the text has to be a straight one, `\"`")
                    );
                }
                return Err(error.with_help(
                    "inside quotes, `\"` is written `\\\"` and a backslash before a quote `\\\\`",
                ));
            }
        }
    }
}

/// A regular expression between percent signs. The cursor is at the opening one.
pub(super) fn regex(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<RegexLiteral, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let body: Range<usize> = {
        let from = cursor.position();
        cursor.take_while(|next| next != '%');
        cursor.since(from)
    };
    if !cursor.eat("%") {
        let error =
            ParseError::new(Fault::Unclosed { what: "a regular expression", close: '%' }, start..start + 1);
        return Err(error.with_help("a text with a percent sign goes in double quotes"));
    }
    let span = cursor.since(start);
    if usage.regexes() == MAX_REGEXES {
        return Err(ParseError::new(Fault::TooManyRegexes, span)
            .with_help("join expressions with `|`, or split the pattern"));
    }
    usage.note_regex(span);
    RegexLiteral::parse(cursor, body, usage.regex_size_mut())
}

/// Something that follows a closing quote or percent sign without a blank: what the author probably meant. `None` after anything else.
pub(super) fn after_closing(cursor: &Cursor<'_>) -> Option<&'static str> {
    let before = cursor.slice(0..cursor.position()).chars().next_back()?;
    match before {
        '"' => Some("a quote inside a quoted text is written `\\\"`"),
        '%' => Some("a percent sign inside a regular expression is written `\\x25`"),
        _ => None,
    }
}
