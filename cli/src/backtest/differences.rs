//! New rules against old ones, record by record.
//!
//! Rules are paired by id, or else by the same pattern under another id. Both sides see each record together, so only
//! counts and a few examples are kept.

use std::collections::HashMap;

use super::findings::Example;
use super::notes::SeenRecord;
use super::side::{RuleAt, RuleSets, Side};

/// Examples of each kind that are kept for a pair.
const EXAMPLES: usize = 5;

/// A rule of the new set, a rule of the old set, or one of each.
#[derive(Debug, Default)]
pub(super) struct Pair {
    pub(super) new: Option<usize>,
    pub(super) old: Option<usize>,
    /// Records that both rules match.
    pub(super) both: u64,
    /// Records that only one of them matches, with the first few.
    pub(super) only_old: Only,
    pub(super) only_new: Only,
}

/// Records that only one rule matches.
#[derive(Debug, Default)]
pub(super) struct Only {
    pub(super) matches: u64,
    pub(super) examples: Vec<Example>,
}

impl Only {
    fn count(&mut self, record: &SeenRecord) {
        self.matches += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(Example::of(record));
        }
    }
}

/// All pairs: those with a new rule in the order of the new set, then the other old rules.
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub(super) pairs: Vec<Pair>,
    /// For each rule, the position of its pair.
    of_rule: HashMap<RuleAt, usize>,
    /// The pairs that the present record touches: whether a new and whether an old rule matches it.
    touched: Vec<(usize, [bool; 2])>,
}

impl Differences {
    /// Pairs the rules; `None` without old rules.
    pub(super) fn of(sets: &RuleSets) -> Option<Self> {
        sets.old.as_ref()?;
        let (new, old) = (sets.of(Side::New), sets.of(Side::Old));
        let mut differences = Self::default();
        let mut is_paired = vec![false; old.len()];
        for (index, rule) in new.iter().enumerate() {
            let by_id = old.iter().position(|one| one.id == rule.id);
            let renamed = || {
                old.iter().enumerate().position(|(at, one)| {
                    let is_free = is_paired.get(at) == Some(&false);
                    is_free && one.pattern == rule.pattern && new.iter().all(|other| other.id != one.id)
                })
            };
            let partner = by_id.or_else(renamed);
            if let Some(is_paired) = partner.and_then(|partner| is_paired.get_mut(partner)) {
                *is_paired = true;
            }
            differences.add(Some(index), partner);
        }
        for (index, _) in is_paired.iter().enumerate().filter(|(_, is_paired)| !**is_paired) {
            differences.add(None, Some(index));
        }
        Some(differences)
    }

    fn add(&mut self, new: Option<usize>, old: Option<usize>) {
        let place = self.pairs.len();
        let rules = [
            new.map(|index| RuleAt { side: Side::New, index }),
            old.map(|index| RuleAt { side: Side::Old, index }),
        ];
        self.of_rule.extend(rules.into_iter().flatten().map(|rule| (rule, place)));
        self.pairs.push(Pair { new, old, ..Pair::default() });
    }

    /// Compares the rules on a record.
    pub(super) fn count(&mut self, record: &SeenRecord, sets: &RuleSets) {
        self.touched.clear();
        for finding in &record.findings {
            let rule = sets.at(finding.rule);
            let Some(&place) = self.of_rule.get(&rule) else { continue };
            let sides = [rule.side == Side::New, rule.side == Side::Old];
            match self.touched.iter_mut().find(|(touched, _)| *touched == place) {
                Some((_, matched)) => {
                    matched.iter_mut().zip(sides).for_each(|(matched, side)| *matched |= side);
                }
                None => self.touched.push((place, sides)),
            }
        }
        for (place, matched) in &self.touched {
            let Some(pair) = self.pairs.get_mut(*place) else { continue };
            match matched {
                [true, true] => pair.both += 1,
                [true, false] => pair.only_new.count(record),
                [false, true] => pair.only_old.count(record),
                [false, false] => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rules::RuleSet;

    use super::*;
    use crate::backtest::notes::{SeenFinding, Told};

    fn rules(text: &str) -> RuleSet {
        let rule = |line: &str| {
            let (id, event) = line.split_once(' ').unwrap();
            format!(
                "  - id: {id}\n    filterPattern: '{{ $.eventName = {event} }}'\n    metricTransformation: {{ metricName: {id} }}\n"
            )
        };
        let text: String = text.lines().map(rule).collect();
        RuleSet::parse("rules.yaml", &format!("version: 1\nrules:\n{text}")).unwrap().0
    }

    #[test]
    fn rules_pair_by_id_and_then_by_pattern() {
        let sets = RuleSets {
            new: rules("same A\nchanged B2\nrenamed C\nadded D"),
            old: Some(rules("changed B\nsame A\nformer C\ngone E")),
        };
        let pairs: Vec<_> =
            Differences::of(&sets).unwrap().pairs.iter().map(|pair| (pair.new, pair.old)).collect();
        let expected =
            [(Some(0), Some(1)), (Some(1), Some(0)), (Some(2), Some(2)), (Some(3), None), (None, Some(3))];
        assert_eq!(pairs, expected);
        assert!(Differences::of(&RuleSets { new: rules("a A"), old: None }).is_none());
    }

    #[test]
    fn each_record_is_on_one_side_or_on_both() {
        let sets = RuleSets { new: rules("a A\nb B"), old: Some(rules("a A\nc C")) };
        let mut differences = Differences::of(&sets).unwrap();
        let record = |id: &str, rules: &[usize]| SeenRecord {
            file: "f".into(),
            event_id: Some(id.into()),
            event_time: None,
            told: Told::default(),
            findings: rules.iter().map(|rule| SeenFinding { rule: *rule, at: None }).collect(),
        };
        // Among all rules, `a` and `b` are 0 and 1, and the old `a` and `c` are 2 and 3.
        for (id, rules) in [("1", &[0, 2][..]), ("2", &[0, 1]), ("3", &[2]), ("4", &[3]), ("5", &[3])] {
            differences.count(&record(id, rules), &sets);
        }
        let counts: Vec<_> = differences
            .pairs
            .iter()
            .map(|pair| (pair.both, pair.only_old.matches, pair.only_new.matches))
            .collect();
        assert_eq!(counts, [(1, 1, 1), (0, 0, 1), (0, 2, 0)]);
        let ids: Vec<_> =
            differences.pairs[2].only_old.examples.iter().map(|example| &*example.event_id).collect();
        assert_eq!(ids, ["4", "5"]);
    }
}
