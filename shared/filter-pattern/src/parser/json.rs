//! JSON patterns: `{ $.selector operator value && ... }`.

use std::borrow::Cow;

use crate::ast::{Condition, Expression, State, Test};
use crate::cursor::{Cursor, is_word_character};
use crate::error::{Fault, ParseError};
use crate::excerpt::is_deceptive;
use crate::parser::expression::{not_a_condition, not_joined};
use crate::parser::{close, expected, expression, not_an_operator, operand, selector};
use crate::quota::Usage;

const EXISTS_HELP: &str = "a string or number that is present is written `= \"*\"`; absence is `NOT EXISTS`";

/// Reads a pattern that starts with `{`.
pub(super) fn parse(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Result<Expression<Condition>, ParseError> {
    let opened = cursor.position();
    cursor.bump();
    cursor.skip_blanks();
    match cursor.peek() {
        Some('}') | None => {
            let help = "write a condition, such as `{ $.eventName = \"*\" }`; the empty pattern, without braces, matches everything";
            return Err(expected(cursor, "a condition").with_help(help));
        }
        Some('{') => {
            return Err(expected(cursor, "a condition")
                .with_help("one pair of braces is enough; group with parentheses"));
        }
        Some('"') => {
            let help = "a condition is written `$.field = \"value\"`; text to find anywhere is a term pattern, without braces";
            return Err(expected(cursor, "a condition").with_help(help));
        }
        _ => {}
    }
    let conditions = expression::parse(cursor, |cursor| condition(cursor, usage))?;
    close(cursor, '}', |cursor| {
        if cursor.is_at_end() {
            let error =
                ParseError::new(Fault::Unclosed { what: "the pattern", close: '}' }, opened..opened + 1);
            return error.with_help("a pattern that starts with `{` has to end with `}`");
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
    cursor.skip_blanks();
    let test = match operand::comparison(cursor, usage)? {
        Some(comparison) => Test::Compare(comparison),
        None => keyword_test(cursor, cursor.slice(written))?,
    };
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
            error.with_help("there is no negation; use `!=`, `NOT EXISTS` or `IS FALSE`")
        }
        Some(_) if !word.is_empty() && word.len() <= 40 => {
            error.with_help(format!("a selector starts with `$`: `$.{word}`"))
        }
        Some(_) | None => error,
    }
}

/// `IS NULL`, `IS TRUE`, `IS FALSE` or `NOT EXISTS`, in any case, after `selector`.
fn keyword_test(cursor: &mut Cursor<'_>, selector: &str) -> Result<Test, ParseError> {
    let word = cursor.peek_word();
    match word.to_ascii_uppercase().as_str() {
        "IS" => {
            cursor.eat(word);
            cursor.skip_blanks();
            is(cursor, selector).map(Test::Is)
        }
        "NOT" => {
            cursor.eat(word);
            cursor.skip_blanks();
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
        _ => return Err(expected(cursor).with_help("text and numbers are compared with `=`")),
    };
    cursor.eat(word);
    Ok(state)
}

/// What to write for `IS NOT ...`. The cursor is at the `NOT`.
fn is_not_help(cursor: &Cursor<'_>, selector: &str) -> Cow<'static, str> {
    let mut ahead = cursor.clone();
    ahead.take_while(is_word_character);
    ahead.skip_blanks();
    let other = match ahead.peek_word().to_ascii_uppercase().as_str() {
        "TRUE" => "FALSE",
        "FALSE" => "TRUE",
        "NULL" => {
            return "`IS NOT` is not in the language; `= \"*\"` finds any string or number, but no boolean, object or array".into();
        }
        "EXISTS" => return "absence is written without `IS`: `NOT EXISTS`".into(),
        _ => {
            return "`IS NOT` is not in the language; different is written `!=`, absence `NOT EXISTS`".into();
        }
    };
    let is_plain = selector.len() <= 60 && !selector.contains(is_deceptive);
    let selector = if is_plain { selector } else { "$.field" };
    format!("`IS NOT` is not in the language; write `(({selector} IS {other}) || ({selector} NOT EXISTS))`")
        .into()
}

fn exists(cursor: &mut Cursor<'_>) -> Result<Test, ParseError> {
    let word = cursor.peek_word();
    if word.eq_ignore_ascii_case("EXISTS") {
        cursor.eat(word);
        return Ok(Test::NotExists);
    }
    Err(expected(cursor, "`EXISTS` after `NOT`").with_help("absence is written `NOT EXISTS`"))
}
