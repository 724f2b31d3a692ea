//! [`Pattern`]: a parsed filter pattern, the crate's front door.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::ast::Ast;
use crate::error::ParseError;
use crate::quota::QuotaViolation;
use crate::{parser, reference};

/// A filter pattern.
///
/// `Display` is the canonical text: texts quoted, single blanks, no redundant parentheses but a pair round every `&&` that stands beside
/// `||`. It parses to an equal pattern. Patterns are equal if their trees are, however they are written.
#[derive(Clone, Debug)]
pub struct Pattern {
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
    /// Terms to find in the text of a log event. The empty pattern is of this kind.
    Terms,
    /// `[ ... ]`: conditions on the columns of a log event.
    SpaceDelimited,
}

impl Pattern {
    /// Reads a pattern. Blanks round it are ignored. A pattern over the quotas of CloudWatch Logs is fine: see
    /// [`quota_violations`](Pattern::quota_violations).
    ///
    /// # Errors
    ///
    /// If the text is not in the language, is longer than 64 KiB, nests parentheses deeper than 512 levels, has more than 64 regular
    /// expressions, or such that take too much memory: see [`regex_size`](Pattern::regex_size).
    pub fn parse(text: &str) -> Result<Pattern, ParseError> {
        let (ast, usage) = parser::parse(text)?;
        let regex_size = usage.regex_size();
        Ok(Pattern { text: text.to_owned(), ast, violations: usage.violations(text), regex_size })
    }

    /// Reads a pattern, and refuses what is over the quotas of CloudWatch Logs.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Pattern::parse), and for the first quota violation.
    pub fn parse_strict(text: &str) -> Result<Pattern, ParseError> {
        let pattern = Pattern::parse(text)?;
        match pattern.violations.first() {
            Some(violation) => Err(violation.into()),
            None => Ok(pattern),
        }
    }

    /// What of the pattern CloudWatch Logs would refuse for its size. Empty for a pattern that can be deployed there.
    pub fn quota_violations(&self) -> &[QuotaViolation] {
        &self.violations
    }

    /// How large the regular expressions of the pattern are together, in positions; at most 4,096.
    ///
    /// Every character, class and `.` of an expression is a position, as often as `{n}` repeats it, and each expression counts 32 more
    /// for what any one takes. A position takes up to about 2 KiB of memory: a letter little, a negated class much. Whoever takes many
    /// patterns from others may want to bound the sum.
    pub fn regex_size(&self) -> usize {
        self.regex_size
    }

    /// The form of the pattern.
    pub fn kind(&self) -> PatternKind {
        match self.ast {
            Ast::Json(_) => PatternKind::Json,
            Ast::Terms(_) => PatternKind::Terms,
            Ast::SpaceDelimited(_) => PatternKind::SpaceDelimited,
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The syntax tree.
    pub fn ast(&self) -> &Ast {
        &self.ast
    }

    /// Whether a parsed record matches.
    ///
    /// A JSON pattern matches objects and arrays only. A term or space-delimited pattern is applied to the record's compact
    /// serialisation, in which `serde_json` decides the order of the keys.
    pub fn matches_record(&self, record: &Value) -> bool {
        reference::matches_record(&self.ast, record)
    }

    /// Whether a log event, given as text, matches.
    ///
    /// A JSON pattern matches only if the message is a JSON object or array that [`parse_record`](crate::parse_record) takes, or ends
    /// with one object after some other text, as the runtimes of Lambda write it. Text that itself begins like JSON, with `{`, `[` or
    /// `"`, is no such text.
    pub fn matches_message(&self, message: &str) -> bool {
        reference::matches_message(&self.ast, message)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.ast == other.ast
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
        self.ast.fmt(formatter)
    }
}
