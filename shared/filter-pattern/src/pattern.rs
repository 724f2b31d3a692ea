//! [`Pattern`]: a parsed filter pattern, the entry point of the crate.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::ast::Ast;
use crate::error::ParseError;
use crate::quota::QuotaViolation;
use crate::{parser, reference};

/// A filter pattern.
///
/// `Display` gives the canonical text: quoted text, single spaces, and parentheses only around each group inside
/// another, such as an `&&` next to an `||`. It parses to an equal pattern. Patterns are equal if their trees are
/// equal, however they are written. Clones share the tree.
#[derive(Clone, Debug)]
pub struct Pattern {
    parsed: Arc<Parsed>,
}

/// What is known of a pattern.
#[derive(Debug)]
struct Parsed {
    text: String,
    ast: Ast,
    violations: Vec<QuotaViolation>,
    regex_size: usize,
}

/// The form of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatternKind {
    /// `{ ... }`: conditions on the fields of a JSON log event.
    Json,
    /// Terms to find in the text of a log event. The empty pattern is of this form.
    Terms,
    /// `[ ... ]`: conditions on the columns of a log event.
    SpaceDelimited,
}

impl Pattern {
    /// Parses a pattern. Surrounding whitespace is ignored. A pattern may exceed the quotas of CloudWatch Logs: see
    /// [`quota_violations`](Pattern::quota_violations).
    ///
    /// # Errors
    ///
    /// If the text is not in the language, is longer than 64 KiB, nests parentheses deeper than 512 levels, has more
    /// than 64 regular expressions, or has regular expressions that take too much memory: see
    /// [`regex_size`](Pattern::regex_size).
    pub fn parse(text: &str) -> Result<Pattern, ParseError> {
        let (ast, usage) = parser::parse(text)?;
        let regex_size = usage.regex_size();
        let violations = usage.violations(text);
        Ok(Pattern { parsed: Arc::new(Parsed { text: text.to_owned(), ast, violations, regex_size }) })
    }

    /// Parses a pattern, and rejects it if it exceeds a quota of CloudWatch Logs.
    ///
    /// # Errors
    ///
    /// The errors of [`parse`](Pattern::parse), and the first quota violation.
    pub fn parse_strict(text: &str) -> Result<Pattern, ParseError> {
        let pattern = Pattern::parse(text)?;
        match pattern.quota_violations().first() {
            Some(violation) => Err(violation.into()),
            None => Ok(pattern),
        }
    }

    /// The quotas for which CloudWatch Logs would reject the pattern. Empty for a pattern that can be deployed there.
    pub fn quota_violations(&self) -> &[QuotaViolation] {
        &self.parsed.violations
    }

    /// The total size of the pattern's regular expressions, in positions; at most 4,096.
    ///
    /// Each character, class and `.` of an expression is a position, multiplied by the `{n}` that repeats it, and
    /// each expression adds 32 for its overhead. A position takes up to about 2 KiB of memory: a letter takes little,
    /// a negated class much. A program that accepts many patterns from others should limit the sum.
    pub fn regex_size(&self) -> usize {
        self.parsed.regex_size
    }

    /// The form of the pattern.
    pub fn kind(&self) -> PatternKind {
        match self.parsed.ast {
            Ast::Json(_) => PatternKind::Json,
            Ast::Terms(_) => PatternKind::Terms,
            Ast::SpaceDelimited(_) => PatternKind::SpaceDelimited,
        }
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.parsed.text
    }

    /// The conditions of a JSON pattern as written, from left to right, in the order of
    /// [`Expression::conditions`](crate::ast::Expression::conditions). Empty for the other two forms.
    pub fn written_conditions(&self) -> Vec<&str> {
        // The text is parsed again, because hardly any program asks.
        let Ok((_, usage)) = parser::parse(self.text()) else { return Vec::new() };
        usage.conditions().iter().filter_map(|span| self.text().get(span.clone())).collect()
    }

    /// The syntax tree.
    pub fn ast(&self) -> &Ast {
        &self.parsed.ast
    }

    /// Whether a parsed record matches.
    ///
    /// A JSON pattern matches only objects and arrays. A term or space-delimited pattern is matched against the
    /// record's compact serialisation, in which `serde_json` determines the order of the keys.
    pub fn matches_record(&self, record: &Value) -> bool {
        reference::matches_record(self.ast(), record)
    }

    /// Whether the text of a log event matches.
    ///
    /// A JSON pattern matches only if the message is a JSON object or array that
    /// [`parse_record`](crate::parse_record) accepts, or if it ends with one object after other text, as the Lambda
    /// runtimes write it. The other text must not start like JSON itself, with `{`, `[` or `"`.
    pub fn matches_message(&self, message: &str) -> bool {
        reference::matches_message(self.ast(), message)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.ast() == other.ast()
    }
}

impl FromStr for Pattern {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Pattern, ParseError> {
        Pattern::parse(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ast().fmt(formatter)
    }
}

/// As the text that was parsed.
impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        Pattern::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_given_as_they_are_written() {
        let pattern =
            Pattern::parse(" { $.a=false&&( $.b  !=  \"x y\" || ($.c is  null) ) || $.d not exists }")
                .unwrap();
        let written = pattern.written_conditions();
        assert_eq!(written, ["$.a=false", "$.b  !=  \"x y\"", "$.c is  null", "$.d not exists"]);
        let Ast::Json(expression) = pattern.ast() else { panic!("{pattern}") };
        for (condition, written) in expression.conditions().zip(written) {
            assert_eq!(
                Pattern::parse(&format!("{{{written}}}")).unwrap().to_string(),
                format!("{{ {condition} }}")
            );
        }
        assert!(Pattern::parse("a").unwrap().written_conditions().is_empty());
    }

    #[test]
    fn the_total_size_of_a_patterns_expressions_is_limited() {
        let pattern = |body: &str, count: usize| {
            let conditions: Vec<_> = (0..count).map(|_| format!("$.a = %{body}%")).collect();
            Pattern::parse(&format!("{{ {} }}", conditions.join(" || ")))
        };
        assert_eq!(pattern("abc", 64).unwrap().regex_size(), 64 * 35);
        let error = |body, count| pattern(body, count).unwrap_err().to_string();
        assert_eq!(error("abc", 65), "pattern has more than 64 regular expressions");
        assert_eq!(pattern("a{480}", 8).unwrap().regex_size(), 4096);
        assert_eq!(
            error("a{480}", 9),
            "the pattern's regular expressions have more than 4096 positions in total"
        );
        assert!(error("a{9999}", 1).contains("more than 4096 positions"));
        for (body, count, spent) in
            [("a{480}", 9, 4096), ("a{9999}", 1, 0), (".{4000}", 1, 4032), ("ab(", 1, 0)]
        {
            assert_eq!(pattern(body, count).unwrap_err().regex_size(), spent, "{body}");
        }
    }
}
