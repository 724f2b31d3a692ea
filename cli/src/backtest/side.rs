//! The two rule sets of a backtest: the rules, and those of `--against`. One evaluator serves both.

use rules::{Rule, RuleSet};

/// What ends the ids and namespaces of the old rules in the evaluator. Neither may contain a `~`.
const MARK: &str = "~old";

/// Which of the two rule sets a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    /// The rules that the backtest is about.
    New,
    /// The rules of `--against`.
    Old,
}

/// A rule, by its position in one of the sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RuleAt {
    pub(super) side: Side,
    pub(super) index: usize,
}

/// The rule sets.
#[derive(Debug)]
pub(super) struct RuleSets {
    pub(super) new: RuleSet,
    pub(super) old: Option<RuleSet>,
}

impl RuleSets {
    /// The rules of one side; none if there are no old rules.
    pub(super) fn of(&self, side: Side) -> &[Rule] {
        match side {
            Side::New => self.new.rules(),
            Side::Old => self.old.as_ref().map(RuleSet::rules).unwrap_or_default(),
        }
    }

    /// All rules as one set, in which every rule has the position that [`RuleSets::at`] knows.
    pub(super) fn together(&self) -> RuleSet {
        match &self.old {
            Some(old) => self.new.clone().beside(old.clone(), MARK),
            None => self.new.clone(),
        }
    }

    /// The number of rules of both sides.
    pub(super) fn count(&self) -> usize {
        self.of(Side::New).len() + self.of(Side::Old).len()
    }

    /// The rule at a position of all rules.
    pub(super) fn at(&self, position: usize) -> RuleAt {
        match position.checked_sub(self.new.rules().len()) {
            None => RuleAt { side: Side::New, index: position },
            Some(index) => RuleAt { side: Side::Old, index },
        }
    }

    /// The position of a rule among all rules.
    pub(super) fn position(&self, at: RuleAt) -> usize {
        match at.side {
            Side::New => at.index,
            Side::Old => self.new.rules().len() + at.index,
        }
    }
}

/// A namespace as the rule set has it, with its side.
pub(super) fn unmarked(text: &str) -> (Side, &str) {
    match text.strip_suffix(MARK) {
        Some(text) => (Side::Old, text),
        None => (Side::New, text),
    }
}
