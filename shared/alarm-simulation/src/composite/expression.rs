//! The rule expression of a composite alarm: from text to an expression, and whether it holds.
//!
//! `ALARM(name)`, `OK(name)` and `INSUFFICIENT_DATA(name)` ask for a state; `AT_LEAST(2, ALARM, (a, b, c))`
//! and `AT_LEAST(60%, NOT OK, (a, b, c))` count alarms; `TRUE`, `FALSE`, `NOT`, `AND`, `OR` and parentheses
//! join them. `NOT` binds tightest, then `AND`, then `OR`. A name with spaces, commas, parentheses or quotes
//! stands in double quotes, in which a backslash escapes a quote. This module does not check that the named
//! alarms exist.
//!
//! Source: `PutCompositeAlarm` of the CloudWatch API; the CloudWatch User Guide, "Composite alarms".

use crate::state::State;

/// The greatest nesting depth of parentheses and `NOT`.
const MAX_DEPTH: usize = 100;

/// A rule expression.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleExpression(Expression);

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Constant(bool),
    In(State, String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    AtLeast(AtLeast),
}

#[derive(Clone, Debug, PartialEq)]
struct AtLeast {
    threshold: Threshold,
    state: State,
    /// Whether alarms in this state count, or alarms in any other state.
    is_in: bool,
    alarms: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Threshold {
    Count(usize),
    Percent(usize),
}

/// Why a text is not a rule expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid composite alarm rule at character {character}: {kind}")]
pub struct ExpressionError {
    /// The position, counted in characters from 1.
    pub character: usize,
    /// What is wrong there.
    pub kind: ExpressionErrorKind,
}

/// What is wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionErrorKind {
    /// No term begins here.
    #[error(
        "expected `ALARM(...)`, `OK(...)`, `INSUFFICIENT_DATA(...)`, `AT_LEAST(...)`, `TRUE`, `FALSE`, `NOT` or `(`"
    )]
    Term,
    /// A certain character is missing.
    #[error("expected `{0}`")]
    Character(char),
    /// No state is named here.
    #[error("expected `ALARM`, `OK` or `INSUFFICIENT_DATA`")]
    State,
    /// No alarm is named here.
    #[error("expected the name or the ARN of an alarm")]
    Alarm,
    /// A quote is not closed.
    #[error("the quoted name is not closed")]
    Quote,
    /// There is no threshold here.
    #[error("expected a number of alarms of at least 1, or a percentage from 1% to 100%")]
    Threshold,
    /// The text goes on after the expression.
    #[error("expected `AND`, `OR` or the end of the rule")]
    End,
    /// It is nested too deep.
    #[error("more than {MAX_DEPTH} levels of parentheses and `NOT`")]
    Depth,
}

impl RuleExpression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// [`ExpressionError`] says where the text is wrong and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut parser = Parser { text, rest: text, depth: 0 };
        let expression = parser.any()?;
        parser.skip_blanks();
        if parser.rest.is_empty() {
            Ok(Self(expression))
        } else {
            Err(parser.error(ExpressionErrorKind::End))
        }
    }

    /// Whether it holds, given the state of each alarm that it names.
    pub fn holds(&self, state: impl Fn(&str) -> State) -> bool {
        self.0.holds(&state)
    }

    /// The names and ARNs that it refers to, each once, in order.
    #[must_use]
    pub fn alarms(&self) -> Vec<&str> {
        let mut alarms = Vec::new();
        self.0.push_alarms(&mut alarms);
        alarms.sort_unstable();
        alarms.dedup();
        alarms
    }
}

impl Expression {
    fn holds(&self, state: &impl Fn(&str) -> State) -> bool {
        match self {
            Self::Constant(holds) => *holds,
            Self::In(expected, alarm) => state(alarm) == *expected,
            Self::Not(inner) => !inner.holds(state),
            Self::All(parts) => parts.iter().all(|part| part.holds(state)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(state)),
            Self::AtLeast(counted) => {
                let counts = |alarm: &&String| (state(alarm) == counted.state) == counted.is_in;
                let count = counted.alarms.iter().filter(counts).count();
                match counted.threshold {
                    Threshold::Count(least) => count >= least,
                    Threshold::Percent(least) => count * 100 >= least * counted.alarms.len(),
                }
            }
        }
    }

    fn push_alarms<'e>(&'e self, alarms: &mut Vec<&'e str>) {
        match self {
            Self::Constant(_) => {}
            Self::In(_, alarm) => alarms.push(alarm),
            Self::Not(inner) => inner.push_alarms(alarms),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.push_alarms(alarms)),
            Self::AtLeast(counted) => alarms.extend(counted.alarms.iter().map(String::as_str)),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn error(&self, kind: ExpressionErrorKind) -> ExpressionError {
        let read = self.text.chars().count() - self.rest.chars().count();
        ExpressionError { character: read + 1, kind }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Skips a word if it is the next one.
    fn word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let is_whole = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if is_whole {
            self.rest = rest;
        }
        is_whole
    }

    fn character(&mut self, character: char) -> Result<(), ExpressionError> {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.ok_or_else(|| self.error(ExpressionErrorKind::Character(character)))?;
        Ok(())
    }

    fn any(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.all()?];
        while self.word("OR") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.term()?];
        while self.word("AND") {
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn term(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(ExpressionErrorKind::Depth));
        }
        let term = self.term_within_depth();
        self.depth -= 1;
        term
    }

    fn term_within_depth(&mut self) -> Result<Expression, ExpressionError> {
        if self.word("NOT") {
            return Ok(Expression::Not(Box::new(self.term()?)));
        }
        for (word, holds) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Ok(Expression::Constant(holds));
            }
        }
        if self.word("AT_LEAST") {
            return self.at_least();
        }
        if let Some(state) = self.state() {
            self.character('(')?;
            let alarm = self.alarm()?;
            self.character(')')?;
            return Ok(Expression::In(state, alarm));
        }
        if self.character('(').is_err() {
            return Err(self.error(ExpressionErrorKind::Term));
        }
        let inner = self.any()?;
        self.character(')')?;
        Ok(inner)
    }

    fn at_least(&mut self) -> Result<Expression, ExpressionError> {
        self.character('(')?;
        let threshold = self.threshold()?;
        self.character(',')?;
        let is_in = !self.word("NOT");
        let state = self.state().ok_or_else(|| self.error(ExpressionErrorKind::State))?;
        self.character(',')?;
        self.character('(')?;
        let mut alarms = vec![self.alarm()?];
        while self.character(',').is_ok() {
            alarms.push(self.alarm()?);
        }
        self.character(')')?;
        self.character(')')?;
        Ok(Expression::AtLeast(AtLeast { threshold, state, is_in, alarms }))
    }

    fn state(&mut self) -> Option<State> {
        State::ALL.into_iter().find(|state| self.word(state.as_str()))
    }

    fn threshold(&mut self) -> Result<Threshold, ExpressionError> {
        self.skip_blanks();
        let error = self.error(ExpressionErrorKind::Threshold);
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = self.rest.split_at(digits);
        let number: usize = number.parse().ok().filter(|number| (1..=1000).contains(number)).ok_or(error)?;
        self.rest = rest;
        if self.character('%').is_err() {
            return Ok(Threshold::Count(number));
        }
        if number <= 100 { Ok(Threshold::Percent(number)) } else { Err(error) }
    }

    fn alarm(&mut self) -> Result<String, ExpressionError> {
        self.skip_blanks();
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end = self.rest.find(['(', ')', ',', '"']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let name = name.trim_end();
        if name.is_empty() {
            return Err(self.error(ExpressionErrorKind::Alarm));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn quoted(&mut self) -> Result<String, ExpressionError> {
        let mut name = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((place, character)) = characters.next() {
            match character {
                '"' if name.is_empty() => return Err(self.error(ExpressionErrorKind::Alarm)),
                '"' => {
                    self.rest = self.rest.get(place + 1..).unwrap_or_default();
                    return Ok(name);
                }
                '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
                other => name.push(other),
            }
        }
        Err(self.error(ExpressionErrorKind::Quote))
    }
}

/// Joins several parts; a single part stays as it is.
fn joined(mut parts: Vec<Expression>, join: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            join(parts)
        }
        (None, _) => Expression::Constant(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` is in ALARM, `b` in OK, everything else in INSUFFICIENT_DATA.
    fn holds(text: &str) -> bool {
        let state = |alarm: &str| match alarm {
            "a" => State::Alarm,
            "b" => State::Ok,
            _ => State::InsufficientData,
        };
        RuleExpression::parse(text).unwrap().holds(state)
    }

    #[test]
    fn functions_ask_for_states_and_operators_join_them() {
        for (text, expected) in [
            ("ALARM(a)", true),
            ("ALARM(\"b\")", false),
            ("OK( b )", true),
            ("INSUFFICIENT_DATA(c d)", true),
            ("TRUE", true),
            ("FALSE", false),
            ("NOT ALARM(a)", false),
            ("NOT NOT TRUE", true),
            ("NOT FALSE AND FALSE", false),
            ("NOT (FALSE AND FALSE)", true),
            ("TRUE OR TRUE AND FALSE", true),
            ("(TRUE OR TRUE) AND FALSE", false),
            ("\n ALARM(a)\tAND(OK(b))", true),
            ("AT_LEAST(2, ALARM, (a, b, c))", false),
            ("AT_LEAST(2, NOT ALARM, (a, \"b\", c))", true),
            ("AT_LEAST(34%, ALARM, (a, b, c))", false),
            ("AT_LEAST(33%, ALARM, (a, b, c))", true),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_quoted_name_holds_anything() {
        let rule = RuleExpression::parse(
            r#"ALARM("x, (\"y\") \\") OR OK(arn:aws:cloudwatch:us-east-1:111122223333:alarm:z)"#,
        );
        let expected = [r#"arn:aws:cloudwatch:us-east-1:111122223333:alarm:z"#, r#"x, ("y") \"#];
        assert_eq!(rule.unwrap().alarms(), expected);
    }

    #[test]
    fn an_error_says_where_and_what_was_expected() {
        let deep = format!("{}TRUE", "(".repeat(200));
        for (text, expected) in [
            ("", "at character 1: expected `ALARM(...)`, `OK(...)`"),
            ("ALARM(a) ALARM(b)", "at character 10: expected `AND`, `OR` or the end"),
            ("ALARM(a", "at character 8: expected `)`"),
            ("ALARM a", "at character 7: expected `(`"),
            ("ALARMS(a)", "at character 1: expected `ALARM(...)`"),
            ("OK()", "at character 4: expected the name"),
            ("OK(\"\")", "at character 4: expected the name"),
            ("é OK(a)", "at character 1: expected `ALARM(...)`"),
            ("OK(\"é", "at character 4: the quoted name is not closed"),
            ("TRUE OR", "at character 8: expected `ALARM(...)`"),
            ("AT_LEAST(0, OK, (a))", "at character 10: expected a number of alarms of at least 1"),
            ("AT_LEAST(101%, OK, (a))", "at character 10: expected a number of alarms of at least 1"),
            ("AT_LEAST(1, (a))", "at character 13: expected `ALARM`, `OK` or"),
            (deep.as_str(), "more than 100 levels"),
        ] {
            let error = RuleExpression::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
