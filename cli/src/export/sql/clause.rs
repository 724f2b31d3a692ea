//! A condition of a WHERE clause as a tree, and how it is laid out.
//!
//! The tree has no negation: where a test is unknown (NULL) the row is left out, which is what the filter pattern
//! language does with a test that does not apply.

/// A condition of a WHERE clause.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Clause {
    /// Holds for every row.
    Always,
    /// Holds for no row.
    Never,
    /// A predicate, complete in itself.
    Test(String),
    /// The expression has one of the values.
    OneOf(String, Vec<String>),
    /// Every part holds.
    All(Vec<Clause>),
    /// Some part holds.
    Any(Vec<Clause>),
}

impl Clause {
    /// Joins parts by AND, and leaves out what decides nothing.
    pub(super) fn all(parts: Vec<Clause>) -> Clause {
        if parts.contains(&Clause::Never) {
            return Clause::Never;
        }
        joined(parts, &Clause::Always, Clause::All)
    }

    /// Joins parts by OR, and leaves out what decides nothing.
    pub(super) fn any(parts: Vec<Clause>) -> Clause {
        if parts.contains(&Clause::Always) {
            return Clause::Always;
        }
        joined(parts, &Clause::Never, Clause::Any)
    }

    /// The clause as one line, fit to stand beside other predicates.
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

    /// The clause with a line for each part, to follow a line that ends in `AND`.
    pub(super) fn lines(&self, indent: usize) -> String {
        let blanks = " ".repeat(indent);
        let (parts, operator) = match self {
            Clause::Always | Clause::Never | Clause::Test(_) => return format!("{blanks}{}", self.inline()),
            Clause::OneOf(expression, values) => {
                let values = values.join(&format!(",\n{blanks}  "));
                return format!("{blanks}{expression} IN (\n{blanks}  {values}\n{blanks})");
            }
            Clause::All(parts) => (parts, "AND"),
            Clause::Any(parts) => (parts, "OR"),
        };
        let separator = format!("\n{blanks}  {operator}\n");
        let parts: Vec<String> = parts.iter().map(|part| part.lines(indent + 2)).collect();
        format!("{blanks}(\n{}\n{blanks})", parts.join(&separator))
    }
}

fn inlined(parts: &[Clause], operator: &str) -> String {
    parts.iter().map(Clause::inline).collect::<Vec<_>>().join(operator)
}

/// The parts but the `neutral` ones, one of them as it is, and none as the neutral one.
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
