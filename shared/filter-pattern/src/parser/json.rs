//! JSON patterns: `{ $.selector operator value && ... }`.

use std::borrow::Cow;

use crate::ast::{Condition, Expression, State, Test};
use crate::cursor::{Cursor, is_word_character};
use crate::error::{Fault, ParseError};
use crate::excerpt::is_deceptive;
use crate::parser::expect::{close, expected, not_an_operator};
use crate::parser::expression::{not_a_condition, not_joined};
use crate::parser::{expression, operand, selector};
use crate::quota::Usage;

const EXISTS_HELP: &str = "use `= \"*\"` for any string or number, and `NOT EXISTS` for absence";

/// Parses a pattern that starts with `{`.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Expression<Condition>, ParseError> {
    let opened = cursor.position();
    cursor.bump();
    cursor.skip_whitespace();
    match cursor.peek() {
        Some('}') | None => {
            let help = "write a condition, such as `{ $.eventName = \"*\" }`; the empty pattern, without braces, matches everything";
            return Err(expected(cursor, "a condition").with_help(help));
        }
        Some('{') => {
            return Err(expected(cursor, "a condition")
                .with_help("use one pair of braces, and group conditions with parentheses"));
        }
        Some('"') => {
            let help = "write a condition as `$.field = \"value\"`; to find text anywhere in a log event, leave out the braces";
            return Err(expected(cursor, "a condition").with_help(help));
        }
        _ => {}
    }
    let conditions = expression::parse(cursor, |cursor| condition(cursor, usage))?;
    close(cursor, '}', |cursor| {
        if cursor.is_at_end() {
            let error = ParseError::new(Fault::Unclosed { what: "pattern", close: '}' }, opened..opened + 1);
            return error.with_help("a pattern that starts with `{` must end with `}`");
        }
        not_joined(cursor, "`&&`, `||` or `}`")
    })?;
    Ok(conditions)
}

fn condition(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Condition, ParseError> {
    let start = cursor.position();
    if cursor.peek() != Some('$') {
        return Err(not_a_selector(cursor));
    }
    let selector = selector::parse(cursor)?;
    let written = cursor.since(start);
    usage.note_selector(selector.wildcards(), written.clone());
    if let Some(error) = selector::continuation(cursor) {
        return Err(error);
    }
    cursor.skip_whitespace();
    let test = match operand::comparison(cursor, usage)? {
        Some(comparison) => Test::Compare(comparison),
        None => keyword_test(cursor, cursor.slice(written))?,
    };
    usage.note_condition(cursor.since(start));
    Ok(Condition { selector, test })
}

fn not_a_selector(cursor: &Cursor<'_>) -> ParseError {
    if let Some(error) = not_a_condition(cursor) {
        return error;
    }
    let word = cursor.peek_word();
    let error = expected(cursor, "a condition");
    match cursor.peek() {
        Some('.') => error.with_help("a selector starts with `$`, such as `$.eventName`"),
        Some(_) if word.eq_ignore_ascii_case("not") => {
            error.with_help("conditions cannot be negated; use `!=`, `NOT EXISTS` or `IS FALSE`")
        }
        Some(_) if !word.is_empty() && word.len() <= 40 => {
            error.with_help(format!("a selector starts with `$`: `$.{word}`"))
        }
        Some(_) | None => error,
    }
}

/// Parses `IS NULL`, `IS TRUE`, `IS FALSE` or `NOT EXISTS`, case-insensitively. `selector` precedes it.
fn keyword_test(cursor: &mut Cursor<'_>, selector: &str) -> Result<Test, ParseError> {
    let word = cursor.peek_word();
    match word.to_ascii_uppercase().as_str() {
        "IS" => {
            cursor.eat(word);
            cursor.skip_whitespace();
            is(cursor, selector).map(Test::Is)
        }
        "NOT" => {
            cursor.eat(word);
            cursor.skip_whitespace();
            exists(cursor)
        }
        "EXISTS" => Err(not_an_operator(cursor, EXISTS_HELP)),
        "IN" => Err(not_an_operator(cursor, "write one condition for each value and join them with `||`")),
        "LIKE" | "CONTAINS" | "MATCHES" => Err(not_an_operator(
            cursor,
            "use `=` with a wildcard, such as `\"*text*\"`, or a regular expression, such as `%^a|b$%`",
        )),
        _ => Err(expected(cursor, "an operator")
            .with_help("the operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS` and `NOT EXISTS`")),
    }
}

fn is(cursor: &mut Cursor<'_>, selector: &str) -> Result<State, ParseError> {
    let expected = |cursor| expected(cursor, "`NULL`, `TRUE` or `FALSE`");
    let word = cursor.peek_word();
    let state = match word.to_ascii_uppercase().as_str() {
        "NULL" => State::Null,
        "TRUE" => State::True,
        "FALSE" => State::False,
        "NOT" => return Err(expected(cursor).with_help(is_not_help(cursor, selector))),
        "EXISTS" => return Err(expected(cursor).with_help(EXISTS_HELP)),
        _ => return Err(expected(cursor).with_help("use `=` to compare text and numbers")),
    };
    cursor.eat(word);
    Ok(state)
}

/// Advice on what to write instead of `IS NOT ...`. The cursor is at the `NOT`.
fn is_not_help(cursor: &Cursor<'_>, selector: &str) -> Cow<'static, str> {
    let mut ahead = cursor.clone();
    ahead.take_while(is_word_character);
    ahead.skip_whitespace();
    let other = match ahead.peek_word().to_ascii_uppercase().as_str() {
        "TRUE" => "FALSE",
        "FALSE" => "TRUE",
        "NULL" => {
            return "there is no `IS NOT`; `= \"*\"` matches any string or number, but no boolean, object or array".into();
        }
        "EXISTS" => return "use `NOT EXISTS`, without `IS`".into(),
        _ => {
            return "there is no `IS NOT`; use `!=` for not equal and `NOT EXISTS` for absence".into();
        }
    };
    let is_plain = selector.len() <= 60 && !selector.contains(is_deceptive);
    let selector = if is_plain { selector } else { "$.field" };
    format!("there is no `IS NOT`; write `(({selector} IS {other}) || ({selector} NOT EXISTS))`").into()
}

fn exists(cursor: &mut Cursor<'_>) -> Result<Test, ParseError> {
    let word = cursor.peek_word();
    if word.eq_ignore_ascii_case("EXISTS") {
        cursor.eat(word);
        return Ok(Test::NotExists);
    }
    Err(expected(cursor, "`EXISTS` after `NOT`").with_help("use `NOT EXISTS` for absence"))
}
