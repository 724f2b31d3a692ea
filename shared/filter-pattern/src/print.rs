//! Prints the canonical text of a syntax tree. It parses to the same tree.
//!
//! An `&&` next to an `||` gets parentheses although it binds tighter, because readers of published filters often
//! misread it. Text to the right of an operator is always quoted; a term is quoted unless it is a plain word.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::ast::{
    Ast, Comparison, Condition, Entry, Expression, FieldTest, Needle, Operand, OrderOperator, State, Term,
    TermRole, Test,
};
use crate::cursor::is_word_character;

impl Display for Ast {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Ast::Json(conditions) => {
                formatter.write_str("{ ")?;
                expression(conditions, formatter, &|condition, formatter| condition.fmt(formatter))?;
                formatter.write_str(" }")
            }
            Ast::Terms(terms) => joined(terms, " ", formatter),
            Ast::SpaceDelimited(entries) => {
                formatter.write_str("[")?;
                joined(entries, ", ", formatter)?;
                formatter.write_str("]")
            }
        }
    }
}

fn joined<T: Display>(items: &[T], separator: &str, formatter: &mut Formatter<'_>) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            formatter.write_str(separator)?;
        }
        item.fmt(formatter)?;
    }
    Ok(())
}

/// Writes conditions, each with `leaf`, and puts parentheses around every group inside another.
fn expression<C>(
    tree: &Expression<C>,
    formatter: &mut Formatter<'_>,
    leaf: &dyn Fn(&C, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let (parts, operator) = match tree {
        Expression::Condition(condition) => return leaf(condition, formatter),
        Expression::All(parts) => (parts, " && "),
        Expression::Any(parts) => (parts, " || "),
    };
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            formatter.write_str(operator)?;
        }
        match part {
            Expression::Condition(condition) => leaf(condition, formatter)?,
            Expression::All(_) | Expression::Any(_) => {
                formatter.write_str("(")?;
                expression(part, formatter, leaf)?;
                formatter.write_str(")")?;
            }
        }
    }
    Ok(())
}

impl Display for Condition {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.selector)?;
        match &self.test {
            Test::Compare(comparison) => comparison.fmt(formatter),
            Test::Is(State::Null) => formatter.write_str("IS NULL"),
            Test::Is(State::True) => formatter.write_str("IS TRUE"),
            Test::Is(State::False) => formatter.write_str("IS FALSE"),
            Test::NotExists => formatter.write_str("NOT EXISTS"),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Comparison::Equal(operand) => write!(formatter, "= {operand}"),
            Comparison::NotEqual(operand) => write!(formatter, "!= {operand}"),
            Comparison::Order(operator, number) => {
                write!(formatter, "{} {}", operator.as_str(), number.as_str())
            }
        }
    }
}

impl OrderOperator {
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderOperator::Less => "<",
            OrderOperator::LessOrEqual => "<=",
            OrderOperator::Greater => ">",
            OrderOperator::GreaterOrEqual => ">=",
        }
    }
}

impl Display for Operand {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Text(text) => quoted(text.as_str(), formatter),
            Operand::Number(number) => formatter.write_str(number.as_str()),
            Operand::Regex(regex) => write!(formatter, "%{}%", regex.as_str()),
        }
    }
}

impl Display for Term {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.role {
            TermRole::Required => {}
            TermRole::Excluded => formatter.write_str("-")?,
            TermRole::Optional => formatter.write_str("?")?,
        }
        match &self.needle {
            Needle::Text(text) if !text.is_empty() && text.chars().all(is_word_character) => {
                formatter.write_str(text)
            }
            Needle::Text(text) => quoted(text, formatter),
            Needle::Regex(regex) => write!(formatter, "%{}%", regex.as_str()),
        }
    }
}

impl Display for Entry {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Ellipsis => formatter.write_str("..."),
            Entry::Unnamed => Ok(()),
            Entry::Field { name, condition } => {
                expression(condition, formatter, &|test, formatter| match test {
                    FieldTest::Present => formatter.write_str(name),
                    FieldTest::Compare(comparison) => write!(formatter, "{name} {comparison}"),
                })
            }
        }
    }
}

fn quoted(text: &str, formatter: &mut Formatter<'_>) -> fmt::Result {
    formatter.write_char('"')?;
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            formatter.write_char('\\')?;
        }
        formatter.write_char(character)?;
    }
    formatter.write_char('"')
}
