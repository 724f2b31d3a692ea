//! The callers behind most matches of a rule, with what each of them adds to the metric.
//!
//! The table is bounded. A caller that does not fit takes the place of the rarest one, so that any caller behind more than
//! its share of the matches is in the table at the end; what it did before it came in is not counted.

use std::sync::Arc;

use super::cells::{Cell, Cells};
use super::notes::Told;

/// Callers that are kept for each rule.
pub(super) const KEPT_CALLERS: usize = 8;

/// The matches of a caller at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallerCell {
    /// The time of the datapoint, in Unix seconds.
    pub(super) at: i64,
    /// When alarms can see it, in Unix seconds.
    pub(super) visible: i64,
    pub(super) matches: u64,
}

impl Cell for CallerCell {
    type Key = (i64, i64);

    fn key(&self) -> (i64, i64) {
        (self.visible, self.at)
    }

    fn absorb(&mut self, other: Self) {
        self.matches += other.matches;
    }
}

/// A caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// What separates it from others.
    pub(super) key: Arc<str>,
    /// The caller in words.
    pub(super) words: Arc<str>,
    /// Its matches since it came into the table.
    pub(super) matches: u64,
    /// At most this many matches were before that.
    missed: u64,
    pub(super) cells: Cells<CallerCell>,
}

/// The callers of a rule.
#[derive(Debug, Default)]
pub(super) struct Callers(Vec<Caller>);

impl Callers {
    /// Counts a match; `cell` is `None` if the match has no datapoint.
    pub(super) fn count(&mut self, told: &Told, cell: Option<CallerCell>) {
        let Some(key) = &told.caller else { return };
        let place = match self.0.iter().position(|caller| caller.key == *key) {
            Some(place) => place,
            None => self.enter(key, told),
        };
        if let Some(caller) = self.0.get_mut(place) {
            caller.matches += 1;
            if let Some(cell) = cell {
                caller.cells.push(cell);
            }
        }
    }

    fn enter(&mut self, key: &Arc<str>, told: &Told) -> usize {
        let words = told.words.clone().unwrap_or_else(|| Arc::clone(key));
        let mut caller =
            Caller { key: Arc::clone(key), words, matches: 0, missed: 0, cells: Cells::default() };
        let rarest = self.0.iter().enumerate().min_by_key(|(_, caller)| caller.matches + caller.missed);
        match rarest.map(|(place, caller)| (place, caller.matches + caller.missed)) {
            Some((place, missed)) if self.0.len() >= KEPT_CALLERS => {
                caller.missed = missed;
                if let Some(rarest) = self.0.get_mut(place) {
                    *rarest = caller;
                }
                place
            }
            Some(_) | None => {
                self.0.push(caller);
                self.0.len() - 1
            }
        }
    }

    /// Ends the present minute.
    pub(super) fn end_minute(&mut self) {
        self.0.iter_mut().for_each(|caller| caller.cells.end_minute());
    }

    /// The callers, those with most matches first.
    pub(super) fn by_matches(&self) -> Vec<&Caller> {
        let mut callers: Vec<&Caller> = self.0.iter().collect();
        callers.sort_by(|a, b| b.matches.cmp(&a.matches).then_with(|| a.key.cmp(&b.key)));
        callers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str) -> Told {
        Told { caller: Some(key.into()), ..Told::default() }
    }

    #[test]
    fn a_caller_behind_more_than_its_share_is_kept_however_many_others_there_are() {
        let mut callers = Callers::default();
        let mut loud = 0;
        for index in 0..9_000 {
            let key = if index % 4 == 3 { "loud".to_owned() } else { format!("c{index}") };
            loud += u64::from(key == "loud");
            callers.count(&told(&key), Some(CallerCell { at: 60, visible: 120, matches: 1 }));
        }
        let first = callers.by_matches()[0];
        assert_eq!((&*first.key, first.matches), ("loud", loud));
        assert_eq!(callers.0.len(), KEPT_CALLERS);
        assert_eq!(first.cells.as_slice().iter().map(|cell| cell.matches).sum::<u64>(), loud);
    }
}
