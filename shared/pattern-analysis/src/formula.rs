//! [`Formulas`]: patterns and their negations as trees of literals, joined by "all" and "any" only.
//!
//! A negation is pushed down to the conditions when it is made, so the search never meets one.

use filter_pattern::ast::{Condition, Expression};
use serde_json::Value;

use crate::table::Table;
use crate::vocabulary::{Literal, Vocabulary};

/// The index of a formula in [`Formulas`].
pub(crate) type FormulaId = u32;

/// A formula, with its parts by index.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    Literal(Literal),
    /// Every part holds. Without parts, it always holds.
    All(Vec<FormulaId>),
    /// At least one part holds. Without parts, it never holds.
    Any(Vec<FormulaId>),
}

/// All formulas of an analysis.
#[derive(Debug, Default)]
pub(crate) struct Formulas {
    table: Table<Formula>,
}

impl Formulas {
    pub(crate) fn add(&mut self, formula: Formula) -> FormulaId {
        self.table.add(formula)
    }

    pub(crate) fn formula(&self, id: FormulaId) -> &Formula {
        &self.table[id]
    }

    /// The formula of an expression.
    pub(crate) fn of_expression(
        &mut self,
        expression: &Expression<Condition>,
        vocabulary: &mut Vocabulary,
    ) -> FormulaId {
        let formula = match expression {
            Expression::Condition(condition) => Formula::Literal(vocabulary.literal(condition)),
            Expression::All(parts) => Formula::All(self.of_parts(parts, vocabulary)),
            Expression::Any(parts) => Formula::Any(self.of_parts(parts, vocabulary)),
        };
        self.add(formula)
    }

    fn of_parts(&mut self, parts: &[Expression<Condition>], vocabulary: &mut Vocabulary) -> Vec<FormulaId> {
        parts.iter().map(|part| self.of_expression(part, vocabulary)).collect()
    }

    /// The negation of a formula.
    pub(crate) fn negation(&mut self, id: FormulaId) -> FormulaId {
        let formula = match self.formula(id).clone() {
            Formula::Literal(literal) => Formula::Literal(literal.negated()),
            Formula::All(parts) => Formula::Any(self.negations(&parts)),
            Formula::Any(parts) => Formula::All(self.negations(&parts)),
        };
        self.add(formula)
    }

    fn negations(&mut self, parts: &[FormulaId]) -> Vec<FormulaId> {
        parts.iter().map(|part| self.negation(*part)).collect()
    }

    /// Whether a formula holds for a record.
    pub(crate) fn holds(&self, id: FormulaId, record: &Value, vocabulary: &Vocabulary) -> bool {
        match self.formula(id) {
            Formula::Literal(literal) => vocabulary.holds(*literal, record),
            Formula::All(parts) => parts.iter().all(|part| self.holds(*part, record, vocabulary)),
            Formula::Any(parts) => parts.iter().any(|part| self.holds(*part, record, vocabulary)),
        }
    }
}
