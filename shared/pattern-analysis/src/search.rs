//! Finds a record for which formulas hold, or proves that there is none.
//!
//! The literals that must hold are asserted, and a record is built for them alone. Often it already satisfies
//! the remaining alternatives. If not, the search branches on the alternative with the fewest choices. Each
//! branch denies the literals of the branches before it, so that no two branches consider the same records.

use serde_json::Value;

use crate::effort::{Attempt, Effort};
use crate::formula::{Formula, FormulaId, Formulas};
use crate::reason::Reason;
use crate::structure::Records;
use crate::vocabulary::{Literal, Vocabulary};

/// How many unsatisfied alternatives are compared before the search branches on one.
const COMPARED: usize = 8;

/// Finds records for formulas of one analysis.
pub(crate) struct Search<'s> {
    pub(crate) formulas: &'s Formulas,
    pub(crate) vocabulary: &'s Vocabulary,
    pub(crate) records: &'s mut Records,
}

/// What must hold on one branch.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// Sorted and unique.
    literals: Vec<Literal>,
    /// Formulas of which at least one part must hold.
    alternatives: Vec<FormulaId>,
}

/// The result of examining a branch.
enum Step {
    Done(Attempt<Value>),
    /// The next branches, in the order in which to try them.
    Split(Vec<Branch>),
}

impl Search<'_> {
    /// A record for which all formulas hold.
    pub(crate) fn find(&mut self, formulas: &[FormulaId], mut effort: Effort) -> Attempt<Value> {
        self.records.begin();
        let mut root = Branch::default();
        if !formulas.iter().all(|formula| self.assert(&mut root, *formula)) {
            return Ok(None);
        }
        let mut open = vec![root];
        let mut undecided: Option<Reason> = None;
        while let Some(branch) = open.pop() {
            match self.look(branch, &mut effort) {
                Step::Split(ways) => open.extend(ways.into_iter().rev()),
                Step::Done(Ok(None)) => {}
                Step::Done(Err(reason)) if effort.is_spent() => return Err(reason),
                Step::Done(Err(reason)) => undecided = undecided.or(Some(reason)),
                Step::Done(found) => return found,
            }
        }
        undecided.map_or(Ok(None), Err)
    }

    /// Adds a formula that must hold. Returns `false` if it is an obvious contradiction.
    fn assert(&self, branch: &mut Branch, formula: FormulaId) -> bool {
        match self.formulas.formula(formula) {
            Formula::Literal(literal) => match branch.literals.binary_search(literal) {
                Ok(_) => true,
                Err(place) => {
                    branch.literals.insert(place, *literal);
                    branch.literals.binary_search(&literal.negated()).is_err()
                }
            },
            Formula::All(parts) => parts.iter().all(|part| self.assert(branch, *part)),
            Formula::Any(parts) => match parts.as_slice() {
                [] => false,
                [only] => self.assert(branch, *only),
                _ => {
                    branch.alternatives.push(formula);
                    true
                }
            },
        }
    }

    fn look(&mut self, mut branch: Branch, effort: &mut Effort) -> Step {
        loop {
            let built = match self.records.build(&branch.literals, self.vocabulary, effort) {
                Ok(None) => return Step::Done(Ok(None)),
                Err(reason) if effort.is_spent() => return Step::Done(Err(reason)),
                built => built,
            };
            let broken: Vec<FormulaId> = match &built {
                Ok(Some(record)) => {
                    let holds = |formula: &FormulaId| self.formulas.holds(*formula, record, self.vocabulary);
                    branch.alternatives.iter().copied().filter(|formula| !holds(formula)).collect()
                }
                // Without a record, every alternative may turn out to be impossible, which would decide the
                // branch.
                Ok(None) | Err(_) => branch.alternatives.clone(),
            };
            let mut fewest: Option<(FormulaId, Vec<Branch>)> = None;
            for formula in broken.into_iter().take(COMPARED) {
                let ways = match self.ways(&branch, formula, effort) {
                    Ok(ways) => ways,
                    Err(reason) => return Step::Done(Err(reason)),
                };
                if fewest.as_ref().is_none_or(|(_, known)| ways.len() < known.len()) {
                    let is_forced = ways.len() <= 1;
                    fewest = Some((formula, ways));
                    if is_forced {
                        break;
                    }
                }
            }
            match fewest {
                None => return Step::Done(built),
                Some((_, mut ways)) if ways.len() <= 1 => match ways.pop() {
                    Some(only) => branch = only,
                    None => return Step::Done(Ok(None)),
                },
                Some((_, ways)) => return Step::Split(ways),
            }
        }
    }

    /// The choices of an alternative that are compatible with what must hold, as far as the literals alone
    /// show.
    fn ways(
        &mut self,
        branch: &Branch,
        formula: FormulaId,
        effort: &mut Effort,
    ) -> Result<Vec<Branch>, Reason> {
        let Formula::Any(parts) = self.formulas.formula(formula) else { return Ok(Vec::new()) };
        let mut base = branch.clone();
        base.alternatives.retain(|known| *known != formula);
        let mut ways = Vec::new();
        for part in parts {
            let mut way = base.clone();
            if !self.assert(&mut way, *part) {
                continue;
            }
            match self.records.build(&way.literals, self.vocabulary, effort) {
                Ok(None) => continue,
                Err(reason) if effort.is_spent() => return Err(reason),
                Ok(Some(_)) | Err(_) => ways.push(way),
            }
            // Records for which this part holds belong to this way.
            if let Formula::Literal(literal) = self.formulas.formula(*part)
                && let Err(place) = base.literals.binary_search(&literal.negated())
            {
                base.literals.insert(place, literal.negated());
            }
        }
        Ok(ways)
    }
}
