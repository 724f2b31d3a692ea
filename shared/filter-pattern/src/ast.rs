//! The syntax tree of a filter pattern: its meaning, without whitespace, redundant parentheses or the choice of
//! quotes.
//!
//! It holds no spans and decides nothing: the parser builds it, the evaluators read it, the printer writes it.
//!
//! Source: [filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).

pub use crate::glob::Glob;
pub use crate::number::NumberLiteral;
pub use crate::regex::RegexLiteral;
use crate::selector::Selector;

/// A pattern in any of the three forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Ast {
    /// `{ ... }`: conditions on the fields of a JSON log event.
    Json(Expression<Condition>),
    /// Terms to find in the text of a log event. An empty list is the empty pattern, which matches everything.
    Terms(Vec<Term>),
    /// `[ ... ]`: conditions on the columns of a log event. An empty list matches everything.
    SpaceDelimited(Vec<Entry>),
}

impl Ast {
    /// The conditions of a JSON pattern; `None` for the other two forms.
    pub(crate) fn conditions(&self) -> Option<&Expression<Condition>> {
        match self {
            Ast::Json(conditions) => Some(conditions),
            Ast::Terms(_) | Ast::SpaceDelimited(_) => None,
        }
    }

    /// The selectors of a JSON pattern from left to right. The other two forms have none.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let conditions = self.conditions().into_iter().flat_map(Expression::conditions);
        conditions.map(|condition| &condition.selector)
    }
}

/// Conditions joined by `&&` and `||`.
///
/// The parser guarantees that an [`All`](Expression::All) has at least two parts and that none of them is an `All`,
/// and the same for [`Any`](Expression::Any). So `a && (b && c)` and `(a) && b && c` give the same tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression<C> {
    /// A single condition.
    Condition(C),
    /// `a && b && c`: all parts hold.
    All(Vec<Expression<C>>),
    /// `a || b || c`: at least one part holds.
    Any(Vec<Expression<C>>),
}

impl<C> Expression<C> {
    /// Joins parts with `&&`, without nesting. A single part is returned unchanged.
    pub(crate) fn all(parts: Vec<Expression<C>>) -> Expression<C> {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expression::All(inner) => flat.extend(inner),
                Expression::Condition(_) | Expression::Any(_) => flat.push(part),
            }
        }
        single(flat).unwrap_or_else(Expression::All)
    }

    /// Joins parts with `||`, without nesting. A single part is returned unchanged.
    pub(crate) fn any(parts: Vec<Expression<C>>) -> Expression<C> {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expression::Any(inner) => flat.extend(inner),
                Expression::Condition(_) | Expression::All(_) => flat.push(part),
            }
        }
        single(flat).unwrap_or_else(Expression::Any)
    }

    /// Whether the expression holds, given a function that decides each condition.
    pub fn holds(&self, condition: &impl Fn(&C) -> bool) -> bool {
        match self {
            Expression::Condition(leaf) => condition(leaf),
            Expression::All(parts) => parts.iter().all(|part| part.holds(condition)),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(condition)),
        }
    }

    /// The conditions from left to right.
    pub fn conditions(&self) -> impl Iterator<Item = &C> {
        let mut pending = vec![self];
        std::iter::from_fn(move || {
            loop {
                match pending.pop()? {
                    Expression::Condition(condition) => return Some(condition),
                    Expression::All(parts) | Expression::Any(parts) => pending.extend(parts.iter().rev()),
                }
            }
        })
    }
}

/// The only element, or all elements unchanged if there is not exactly one.
fn single<T>(mut parts: Vec<T>) -> Result<T, Vec<T>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Err(parts),
    }
}

/// `$.selector` and a test of the values that it selects.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Which values are tested.
    pub selector: Selector,
    /// What at least one of them must satisfy.
    pub test: Test,
}

/// The test of a condition in a JSON pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A comparison with a literal. Only strings and numbers can satisfy it.
    Compare(Comparison),
    /// `IS NULL`, `IS TRUE` or `IS FALSE`.
    Is(State),
    /// `NOT EXISTS`: the selector selects nothing. An explicit null exists.
    NotExists,
}

/// The operand of `IS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// JSON `null`.
    Null,
    /// JSON `true`; not the string `"true"`.
    True,
    /// JSON `false`; not the string `"false"`.
    False,
}

/// A comparison with a literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// `= operand`
    Equal(Operand),
    /// `!= operand`: the value exists, is comparable, and is not equal.
    NotEqual(Operand),
    /// `< <= > >=` with an unquoted number.
    Order(OrderOperator, NumberLiteral),
}

/// The operators that compare numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderOperator {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The right-hand side of `=` or `!=`.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Quoted text, or unquoted text that is not a number. Both mean the same.
    Text(Glob),
    /// An unquoted number.
    Number(NumberLiteral),
    /// `%...%`
    Regex(RegexLiteral),
}

/// One term of a term pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it means to find the term.
    pub role: TermRole,
    /// What to look for.
    pub needle: Needle,
}

/// What it means to find a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermRole {
    /// `term`: must occur.
    Required,
    /// `-term`: must not occur.
    Excluded,
    /// `?term`: at least one of these must occur if all terms are of this kind; otherwise it is ignored.
    Optional,
}

/// What a term looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Needle {
    /// A case-sensitive substring. Text that is empty or only whitespace is found in every log event.
    Text(String),
    /// `%...%`
    Regex(RegexLiteral),
}

/// One entry of a space-delimited pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// `...`: any number of fields. A pattern has at most one.
    Ellipsis,
    /// An empty entry: one field with any content.
    Unnamed,
    /// A field and its conditions.
    Field {
        /// The name, unique in the pattern.
        name: String,
        /// What the field must satisfy.
        condition: Expression<FieldTest>,
    },
}

/// The test of a field in a space-delimited pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldTest {
    /// The name alone: the field exists.
    Present,
    /// A comparison with a literal.
    Compare(Comparison),
}
