//! Comparison operators and the literals on their right, as in JSON and space-delimited patterns.

use std::borrow::Cow;
use std::ops::Range;

use crate::ast::{Comparison, Glob, NumberLiteral, Operand, OrderOperator, RegexLiteral};
use crate::cursor::{Cursor, is_curly_quote, is_operator_character, is_quotable, is_whitespace};
use crate::error::{Fault, ParseError, Token};
use crate::limits::MAX_REGEXES;
use crate::parser::expect::{expected, not_an_operator};
use crate::quota::Usage;

const COMPARISON_OPERATORS: &str = "the operators are `=`, `!=`, `<`, `<=`, `>` and `>=`";

/// Parses `operator operand`. `None` if no operator comes next.
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
    cursor.skip_whitespace();
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
        "<>" | "=!" | "!==" | "~=" | "!" => "use `!=` for not equal",
        "=<" => "use `<=` for at most",
        "=>" => "use `>=` for at least",
        "=~" | "~" => "put a regular expression between percent signs after `=`: `= %^Get%`",
        "!~" => "put a regular expression between percent signs after `!=`: `!= %^Get%`",
        _ => COMPARISON_OPERATORS,
    }
}

/// Requires the operand of an ordering operator to be a number.
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
            Err(fault(Token::text(written)).with_help(format!("remove the quotes: `{}`", text.as_str())))
        }
        Operand::Text(_) | Operand::Regex(_) => {
            Err(fault(Token::text(written)).with_help("only `=` and `!=` compare text"))
        }
    }
}

/// Parses quoted text, a regular expression or an unquoted value.
fn operand(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Operand, ParseError> {
    match cursor.peek() {
        Some('"') => quoted(cursor).map(|text| Operand::Text(Glob::new(text))),
        Some('%') => regex(cursor, usage).map(Operand::Regex),
        Some(next) if is_bare_character(next) => bare(cursor),
        _ => Err(not_an_operand(cursor)),
    }
}

/// Whether an unquoted value can contain the character.
fn is_bare_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '*' | '-' | '+')
}

/// Whether the character ends an unquoted value. Whitespace does too.
fn ends_value(character: char) -> bool {
    matches!(character, ')' | '}' | ']' | '&' | '|' | ',')
}

fn bare(cursor: &mut Cursor<'_>) -> Result<Operand, ParseError> {
    let start = cursor.position();
    let text = cursor.take_while(is_bare_character);
    match cursor.peek() {
        None => {}
        Some(next) if is_whitespace(next) || ends_value(next) => {}
        Some(_) => return Err(not_bare(cursor, start)),
    }
    Ok(NumberLiteral::parse(text).map_or_else(|| Operand::Text(Glob::new(text)), Operand::Number))
}

/// An error about a character that an unquoted value cannot contain.
fn not_bare(cursor: &Cursor<'_>, start: usize) -> ParseError {
    let at = cursor.position();
    let Some(character) = cursor.peek() else {
        return expected(cursor, "a value");
    };
    let mut ahead = cursor.clone();
    ahead.take_while(|next| !is_whitespace(next) && !ends_value(next) && !matches!(next, '"' | '\\'));
    let value = ahead.slice(start..ahead.position());
    let help: Cow<'static, str> = match character {
        '"' => "a quoted value must start with the quote; write a quote inside it as `\\\"`".into(),
        _ if !is_quotable(value) => "put the value in double quotes".into(),
        _ => format!("put the value in double quotes: `\"{value}\"`").into(),
    };
    ParseError::new(Fault::Character { character, place: "an unquoted value" }, at..at + character.len_utf8())
        .with_help(help)
}

/// An error where a value must start.
fn not_an_operand(cursor: &Cursor<'_>) -> ParseError {
    let missing = || expected(cursor, "a value");
    match cursor.peek() {
        None | Some('}' | ')' | ']' | '&' | '|' | ',') => {
            missing().with_help("a value is a word, quoted text such as `\"a b\"`, a number, or a regular expression such as `%^a%`")
        }
        Some('\'') => single_quotes(cursor),
        Some('(' | '[' | '{') => missing().with_help("a condition takes one value; join several conditions with `||`"),
        Some('$') => missing().with_help("a field cannot be compared with another field; put text that starts with `$` in double quotes"),
        Some(next) if is_operator_character(next) => missing().with_help(COMPARISON_OPERATORS),
        Some(_) => not_bare(cursor, cursor.position()),
    }
}

/// An error about a value in single quotes. If the second quote is missing, the advice guesses where the value ends.
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
        text = inside.clone().take_while(|next| !ends_value(next)).trim_end_matches(is_whitespace);
    }
    let error = ParseError::new(Fault::SingleQuotes, span);
    if is_quotable(text) {
        return error.with_help(format!("use double quotes: `\"{text}\"`"));
    }
    error.with_help("use double quotes")
}

/// Parses text between double quotes and resolves its escapes. The cursor is at the opening quote.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let start = cursor.position();
    cursor.bump();
    let mut text = String::new();
    loop {
        match cursor.bump() {
            Some('"') => return Ok(text),
            // Only quotes and backslashes can be escaped; before any other character, a backslash stands for itself.
            Some('\\') if matches!(cursor.peek(), Some('"' | '\\')) => text.extend(cursor.bump()),
            Some(next) => text.push(next),
            None => {
                let error =
                    ParseError::new(Fault::Unclosed { what: "quoted text", close: '"' }, start..start + 1);
                if text.contains(is_curly_quote) {
                    return Err(error.with_help("end the text with a straight quote, `\"`"));
                }
                return Err(error.with_help(
                    "inside quotes, write `\"` as `\\\"`, and a backslash before a quote as `\\\\`",
                ));
            }
        }
    }
}

/// Parses a regular expression between percent signs. The cursor is at the opening one.
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
            ParseError::new(Fault::Unclosed { what: "regular expression", close: '%' }, start..start + 1);
        return Err(error.with_help("put text that contains a percent sign in double quotes"));
    }
    let span = cursor.since(start);
    if usage.regexes() == MAX_REGEXES {
        return Err(ParseError::new(Fault::TooManyRegexes, span)
            .with_help("combine expressions with `|`, or split the pattern"));
    }
    usage.note_regex(span);
    RegexLiteral::parse(cursor, body, usage.regex_size_mut())
}

/// Advice on text that directly follows a closing quote or percent sign. `None` after anything else.
pub(super) fn after_closing(cursor: &Cursor<'_>) -> Option<&'static str> {
    let before = cursor.slice(0..cursor.position()).chars().next_back()?;
    match before {
        '"' => Some("write a quote inside quoted text as `\\\"`"),
        '%' => Some("write a percent sign inside a regular expression as `\\x25`"),
        _ => None,
    }
}
