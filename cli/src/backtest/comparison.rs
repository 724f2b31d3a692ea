//! The report on new rules against old ones.

use rules::{Rule, Severity};

use super::analysis::{Runs, side_report};
use super::differences::{Only, Pair};
use super::record::Recorder;
use super::report::{OnlyReport, PairReport, SideReport};
use super::side::{RuleAt, Side};
use super::watched::Watched;

/// The alarms of a side, and what they did.
pub(super) type SideRuns<'r> = (&'r Watched, &'r Runs);

/// The pairs of rules; `None` without old rules. Pairs that lose matches come first, the most severe of them before the
/// others.
pub(super) fn comparison(
    recorder: &Recorder<'_>,
    new: SideRuns<'_>,
    old: Option<SideRuns<'_>>,
) -> Option<Vec<PairReport>> {
    let (differences, old) = (recorder.differences.as_ref()?, old?);
    let mut pairs: Vec<PairReport> =
        differences.pairs.iter().filter_map(|pair| pair_report(recorder, pair, new, old)).collect();
    // The sort is stable, so equal pairs keep the order of the rules.
    pairs.sort_by_key(|pair| {
        let is_lost = pair.only_old.matches > 0;
        (!is_lost, is_lost.then_some(std::cmp::Reverse(pair.severity)), pair.changes.is_empty())
    });
    Some(pairs)
}

fn pair_report(
    recorder: &Recorder<'_>,
    pair: &Pair,
    new: SideRuns<'_>,
    old: SideRuns<'_>,
) -> Option<PairReport> {
    let rule = |side, index: Option<usize>| index.and_then(|index| recorder.sets.of(side).get(index));
    let (new_rule, old_rule) = (rule(Side::New, pair.new), rule(Side::Old, pair.old));
    let did = |side, index: Option<usize>, runs| {
        index.map_or_else(SideReport::default, |index| side_report(recorder, RuleAt { side, index }, runs))
    };
    Some(PairReport {
        id: new_rule.map(|rule| rule.id.clone()),
        old_id: old_rule.map(|rule| rule.id.clone()),
        severity: old_rule.or(new_rule)?.severity,
        changes: changes(new_rule, old_rule),
        both: pair.both,
        only_old: only(&pair.only_old),
        only_new: only(&pair.only_new),
        old: did(Side::Old, pair.old, old),
        new: did(Side::New, pair.new, new),
    })
}

fn only(only: &Only) -> OnlyReport {
    OnlyReport { matches: only.matches, examples: only.examples.clone() }
}

/// What differs between two rules.
fn changes(new: Option<&Rule>, old: Option<&Rule>) -> Vec<&'static str> {
    let (new, old) = match (new, old) {
        (Some(new), Some(old)) => (new, old),
        (Some(_), None) => return vec!["only new"],
        (None, Some(_)) => return vec!["only old"],
        (None, None) => return Vec::new(),
    };
    let changes = [
        (new.id != old.id, "id"),
        (new.pattern != old.pattern, "pattern"),
        (new.metric != old.metric || new.deduplicate != old.deduplicate, "metric"),
        (new.alarm != old.alarm || new.alarms != old.alarms, "alarm"),
        (new.alert != old.alert || new.supersedes != old.supersedes, "alert"),
        (new.severity != old.severity, "severity"),
    ];
    changes.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect()
}

/// The matches that the new rules lose, of old rules with this severity or above.
pub(super) fn lost(pairs: &[PairReport], at_least: Severity) -> u64 {
    pairs.iter().filter(|pair| pair.severity >= at_least).map(|pair| pair.only_old.matches).sum()
}
