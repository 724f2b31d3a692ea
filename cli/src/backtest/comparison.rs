//! The report on new rules against old ones.

use rules::{Rule, Severity};

use super::analysis::{Runs, side_report};
use super::differences::{Only, Pair};
use super::record::Recorder;
use super::report::{Incidents, OnlyReport, PairReport, SideReport};
use super::side::{RuleAt, Side};
use super::times::DAY;
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
        incidents: incidents(&ring_times(pair.old, old), &ring_times(pair.new, new)),
    })
}

/// The rings of all alarms of a rule, in order.
fn ring_times(rule: Option<usize>, (watched, runs): SideRuns<'_>) -> Vec<i64> {
    let of_rule = watched.alarms.iter().zip(runs).filter(|(alarm, _)| Some(alarm.rule) == rule);
    let mut times: Vec<i64> = of_rule.flat_map(|(_, run)| run.ring_times()).collect();
    times.sort_unstable();
    times
}

/// Compares the first rings about each incident. A new ring belongs to an incident from half a day before its first ring to
/// half a day after its last.
fn incidents(old: &[i64], new: &[i64]) -> Incidents {
    let mut incidents = Incidents::default();
    for incident in old.chunk_by(|one, next| next - one < DAY) {
        let (Some(first), Some(last)) = (incident.first(), incident.last()) else { continue };
        incidents.old += 1;
        let about_it = first - DAY / 2..=last + DAY / 2;
        match new.iter().find(|ring| about_it.contains(ring)).map(|ring| ring - first) {
            None => incidents.missed += 1,
            Some(delay) => {
                incidents.sooner += u64::from(delay < 0);
                incidents.later += u64::from(delay > 0);
                incidents.longest_delay_seconds = incidents.longest_delay_seconds.max(delay);
            }
        }
    }
    incidents
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ring_about_each_incident_is_compared() {
        const HOUR: i64 = DAY / 24;
        // Two rings of one incident, and two incidents with one ring each.
        let old = [DAY, DAY + HOUR, 5 * DAY, 9 * DAY];
        let new = [DAY + 2 * HOUR, DAY + 3 * HOUR, 9 * DAY - HOUR];
        let expected = Incidents { old: 3, missed: 1, sooner: 1, later: 1, longest_delay_seconds: 2 * HOUR };
        assert_eq!(incidents(&old, &new), expected);
        assert_eq!(incidents(&old, &old), Incidents { old: 3, ..Incidents::default() });
        assert_eq!(incidents(&[], &new), Incidents::default());
    }
}
