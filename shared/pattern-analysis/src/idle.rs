//! Parts of a pattern that have no effect, and parts that prevent a pattern from ever matching.
//!
//! To judge a part, the analysis compares the pattern with and without it. If both match the same records,
//! the part is reported, and the remaining parts are judged without it. So of two equivalent parts, only the
//! later one is reported.

use filter_pattern::ast::{Condition, Expression};

use crate::analysis::{Answer, PatternAnalysis};
use crate::reason::Reason;

/// A part of a pattern that has no effect: without it, the pattern matches the same records.
#[derive(Clone, Debug, PartialEq)]
pub struct IdlePart {
    /// The part: a condition, or a group in parentheses.
    pub part: Expression<Condition>,
    /// Why it has no effect.
    pub why: WhyIdle,
}

/// Why a part of a pattern has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhyIdle {
    /// The part is joined by `&&`, and it holds whenever the rest of the pattern does.
    RestrictsNothing,
    /// The part is an alternative that no record satisfies.
    NeverHolds,
    /// The part is an alternative, and the other alternatives match the same records.
    AddsNothing,
}

impl PatternAnalysis {
    /// The parts of an expression that have no effect, the last ones first. The list is empty for an
    /// expression that never or always holds, because every part of it would be listed.
    ///
    /// # Errors
    ///
    /// [`Reason`] if some part could not be decided.
    pub fn idle_parts(&mut self, expression: &Expression<Condition>) -> Result<Vec<IdlePart>, Reason> {
        let whole = self.add_expression(expression);
        for answer in [self.never(whole), self.always(whole)] {
            match answer {
                Answer::Proven => return Ok(Vec::new()),
                Answer::Refuted(_) => {}
                Answer::Unknown(reason) => return Err(reason),
            }
        }
        let mut rest = expression.clone();
        let mut idle = Vec::new();
        let mut place = Vec::new();
        self.visit(&mut rest, &mut place, &mut idle)?;
        Ok(idle)
    }

    /// Finds the idle parts below a position, and removes them from `whole`.
    fn visit(
        &mut self,
        whole: &mut Expression<Condition>,
        place: &mut Vec<usize>,
        idle: &mut Vec<IdlePart>,
    ) -> Result<(), Reason> {
        let count = match part_at(whole, place) {
            Some(Expression::All(parts) | Expression::Any(parts)) => parts.len(),
            Some(Expression::Condition(_)) | None => return Ok(()),
        };
        for position in (0..count).rev() {
            place.push(position);
            match self.idle_part(whole, place)? {
                Some(part) => {
                    remove(whole, place);
                    idle.push(part);
                }
                None => self.visit(whole, place, idle)?,
            }
            place.pop();
        }
        Ok(())
    }

    /// The part at a position, if it has no effect.
    fn idle_part(
        &mut self,
        whole: &Expression<Condition>,
        place: &[usize],
    ) -> Result<Option<IdlePart>, Reason> {
        let Some((_, group)) = place.split_last() else { return Ok(None) };
        let (Some(part), Some(group)) = (part_at(whole, place), part_at(whole, group)) else {
            return Ok(None);
        };
        let is_all = matches!(group, Expression::All(_));
        if matches!(group, Expression::All(parts) | Expression::Any(parts) if parts.len() < 2) {
            return Ok(None);
        }
        let mut without = whole.clone();
        remove(&mut without, place);
        let (before, after) = (self.add_expression(whole), self.add_expression(&without));
        // Without a part of `&&`, a pattern can only match more; without a part of `||`, only less.
        let (first, second) = if is_all { (after, before) } else { (before, after) };
        match self.implies(first, second) {
            Answer::Proven => {}
            Answer::Refuted(_) => return Ok(None),
            Answer::Unknown(reason) => return Err(reason),
        }
        let alone = self.add_expression(part);
        let why = match self.never(alone) {
            _ if is_all => WhyIdle::RestrictsNothing,
            Answer::Proven => WhyIdle::NeverHolds,
            Answer::Refuted(_) | Answer::Unknown(_) => WhyIdle::AddsNothing,
        };
        Ok(Some(IdlePart { part: part.clone(), why }))
    }

    /// For an expression that never holds: a minimal set of parts, joined by `&&`, that cannot hold together.
    /// If there are no such parts, the expression itself is the only part.
    ///
    /// # Errors
    ///
    /// [`Reason`] if some part could not be decided.
    pub fn conflict(
        &mut self,
        expression: &Expression<Condition>,
    ) -> Result<Vec<Expression<Condition>>, Reason> {
        let Expression::All(parts) = expression else { return Ok(vec![expression.clone()]) };
        let mut left = parts.clone();
        for position in (0..parts.len()).rev() {
            let mut fewer = left.clone();
            fewer.remove(position);
            let id = self.add_expression(&Expression::All(fewer.clone()));
            match self.never(id) {
                Answer::Proven => left = fewer,
                Answer::Refuted(_) => {}
                Answer::Unknown(reason) => return Err(reason),
            }
        }
        Ok(left)
    }
}

/// The part that a path of positions leads to.
fn part_at<'e>(whole: &'e Expression<Condition>, place: &[usize]) -> Option<&'e Expression<Condition>> {
    place.iter().try_fold(whole, |part, position| match part {
        Expression::Condition(_) => None,
        Expression::All(parts) | Expression::Any(parts) => parts.get(*position),
    })
}

/// Removes a part from its group.
fn remove(whole: &mut Expression<Condition>, place: &[usize]) {
    let Some((position, group)) = place.split_last() else { return };
    let mut at = whole;
    for position in group {
        let parts = match at {
            Expression::Condition(_) => return,
            Expression::All(parts) | Expression::Any(parts) => parts,
        };
        let Some(part) = parts.get_mut(*position) else { return };
        at = part;
    }
    match at {
        Expression::Condition(_) => {}
        Expression::All(parts) | Expression::Any(parts) => {
            if *position < parts.len() {
                parts.remove(*position);
            }
        }
    }
}
