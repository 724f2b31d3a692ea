//! [`Reason`]: why a question has no answer.

use thiserror::Error;

/// Why a question could not be decided.
///
/// The limits count steps and not time, so that the same question has the same answer on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Reason {
    /// The conditions can be combined in too many ways.
    #[error("the conditions can be combined in too many ways")]
    TooManyCases,
    /// Wildcards and regular expressions on one field have too many states together.
    #[error("the wildcards and regular expressions on one field are too complex together")]
    TooManyStates,
    /// A regular expression has an automaton that takes too much memory.
    #[error("a regular expression takes too much memory")]
    ExpressionTooLarge,
    /// Some number may satisfy the conditions, but none of the numbers tried does.
    #[error(
        "no number was found that satisfies both the numeric and the text comparisons, but one may exist"
    )]
    NumberText,
    /// A witness would need an array of more than 4,096 elements.
    #[error("an example record would need an array of more than 4,096 elements")]
    ArrayTooLong,
    /// The pattern is a term or space-delimited pattern, which looks at the text of a record and not at its
    /// fields.
    #[error("only JSON patterns can be analysed")]
    NotJson,
    /// The evaluator rejected the record that the analysis constructed. This is a bug in the analysis; it
    /// claims nothing.
    #[error("the evaluator rejected the constructed record (a bug)")]
    Unconfirmed,
}

impl Reason {
    /// A stable word for programs, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::TooManyCases => "too-many-cases",
            Reason::TooManyStates => "too-many-states",
            Reason::ExpressionTooLarge => "expression-too-large",
            Reason::NumberText => "number-text",
            Reason::ArrayTooLong => "array-too-long",
            Reason::NotJson => "not-json",
            Reason::Unconfirmed => "unconfirmed",
        }
    }
}
