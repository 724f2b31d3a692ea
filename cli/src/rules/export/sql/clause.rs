//! The tree of a WHERE clause, and its layout as text.
//!
//! The tree has no negation. SQL leaves out a row whose test is unknown (NULL), and the filter pattern
//! language treats a test that does not apply in the same way.

/// A condition of a WHERE clause.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Clause {
    /// Holds for every row.
    Always,
    /// Holds for no row.
    Never,
    /// A complete predicate.
    Test(String),
    /// The expression has one of the values.
    OneOf(String, Vec<String>),
    /// Every part holds.
    All(Vec<Clause>),
    /// Some part holds.
    Any(Vec<Clause>),
}

impl Clause {
    /// Joins parts with AND, without the parts that always hold.
    pub(super) fn all(parts: Vec<Clause>) -> Clause {
        if parts.contains(&Clause::Never) {
            return Clause::Never;
        }
        joined(parts, &Clause::Always, Clause::All)
    }

    /// Joins parts with OR, without the parts that never hold.
    pub(super) fn any(parts: Vec<Clause>) -> Clause {
        if parts.contains(&Clause::Always) {
            return Clause::Always;
        }
        joined(parts, &Clause::Never, Clause::Any)
    }

    /// The clause on one line, in parentheses where other predicates could follow.
    pub(super) fn inline(&self) -> String {
        match self {
            Clause::Always => "true".to_owned(),
            Clause::Never => "false".to_owned(),
            Clause::Test(test) => test.clone(),
            Clause::OneOf(expression, values) => format!("{expression} IN ({})", values.join(", ")),
            Clause::All(parts) => format!("({})", inlined(parts, " AND ")),
            Clause::Any(parts) => format!("({})", inlined(parts, " OR ")),
        }
    }

    /// The clause with one line for each part, to follow a line that ends in `AND`.
    pub(super) fn lines(&self, indent: usize) -> String {
        let spaces = " ".repeat(indent);
        let (parts, operator) = match self {
            Clause::Always | Clause::Never | Clause::Test(_) => return format!("{spaces}{}", self.inline()),
            Clause::OneOf(expression, values) => {
                let values = values.join(&format!(",\n{spaces}  "));
                return format!("{spaces}{expression} IN (\n{spaces}  {values}\n{spaces})");
            }
            Clause::All(parts) => (parts, "AND"),
            Clause::Any(parts) => (parts, "OR"),
        };
        let separator = format!("\n{spaces}  {operator}\n");
        let parts: Vec<String> = parts.iter().map(|part| part.lines(indent + 2)).collect();
        format!("{spaces}(\n{}\n{spaces})", parts.join(&separator))
    }
}

fn inlined(parts: &[Clause], operator: &str) -> String {
    parts.iter().map(Clause::inline).collect::<Vec<_>>().join(operator)
}

/// Joins the parts that are not `neutral`. A single part stays as it is; no part gives the neutral one.
fn joined(mut parts: Vec<Clause>, neutral: &Clause, join: fn(Vec<Clause>) -> Clause) -> Clause {
    parts.retain(|part| part != neutral);
    match parts.pop() {
        None => neutral.clone(),
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
    }
}
