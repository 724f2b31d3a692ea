//! The syntax tree of a filter pattern: what was meant, free of blanks, redundant parentheses and choices of quoting.
//!
//! It holds no spans and decides nothing: the parser builds it, the evaluator reads it, the printer writes it.
//!
//! Source: [filter pattern syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).

pub use crate::glob::Glob;
pub use crate::number::NumberLiteral;
pub use crate::regex::RegexLiteral;
use crate::selector::Selector;

/// A pattern of any of the three forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Ast {
    /// `{ ... }`: conditions on the fields of a JSON log event.
    Json(Expression<Condition>),
    /// Terms to find in the text of a log event. None at all is the empty pattern, which matches everything.
    Terms(Vec<Term>),
    /// `[ ... ]`: conditions on the columns of a log event. No entry at all matches everything.
    SpaceDelimited(Vec<Entry>),
}

/// Conditions joined by `&&` and `||`.
///
/// The parser's invariants: an [`All`](Expression::All) has two or more parts and none of them is an `All`; the same goes for
/// [`Any`](Expression::Any). So `a && (b && c)` and `(a) && b && c` are the same tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression<C> {
    /// A single condition.
    Condition(C),
    /// `a && b && c`: every part holds.
    All(Vec<Expression<C>>),
    /// `a || b || c`: some part holds.
    Any(Vec<Expression<C>>),
}

impl<C> Expression<C> {
    /// Joins parts by `&&`, without nesting. A single part is returned as it is.
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

    /// Joins parts by `||`, without nesting. A single part is returned as it is.
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

    /// Whether the expression holds, given which conditions do.
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

/// The only element, or the elements again when there is not exactly one.
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

/// `$.selector` and what is asked of the values it selects.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Where the values are.
    pub selector: Selector,
    /// What one of them has to satisfy.
    pub test: Test,
}

/// What a condition of a JSON pattern asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A comparison with a literal, which only strings and numbers can satisfy.
    Compare(Comparison),
    /// `IS NULL`, `IS TRUE` or `IS FALSE`.
    Is(State),
    /// `NOT EXISTS`: nothing is selected. An explicit null exists.
    NotExists,
}

/// What `IS` asks for.
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
    /// `!= operand`: the value is there, can be compared, and is not equal.
    NotEqual(Operand),
    /// `< <= > >=` with an unquoted number.
    Order(OrderOperator, NumberLiteral),
}

/// The operators that take numbers only.
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

/// The right-hand side of `=` and `!=`.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Quoted text, or unquoted text that is no number. The two mean the same.
    Text(Glob),
    /// An unquoted number.
    Number(NumberLiteral),
    /// `%...%`
    Regex(RegexLiteral),
}

/// One term of a term pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What finding it means.
    pub role: TermRole,
    /// What is looked for.
    pub needle: Needle,
}

/// What finding a term means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermRole {
    /// `term`: has to occur.
    Required,
    /// `-term`: must not occur.
    Excluded,
    /// `?term`: one of these has to occur, if every term is of this kind; otherwise it is ignored.
    Optional,
}

/// What a term looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Needle {
    /// A case-sensitive substring. Nothing but blanks (also nothing at all) is found in every log event.
    Text(String),
    /// `%...%`
    Regex(RegexLiteral),
}

/// One entry of a space-delimited pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// `...`: any number of fields. At most one in a pattern.
    Ellipsis,
    /// An empty entry: one field, whatever it holds.
    Unnamed,
    /// A field and its conditions.
    Field {
        /// The name, unique in the pattern.
        name: String,
        /// What the field has to satisfy.
        condition: Expression<FieldTest>,
    },
}

/// What an entry of a space-delimited pattern asks of its own field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldTest {
    /// The name alone: the field is there.
    Present,
    /// A comparison with a literal.
    Compare(Comparison),
}
