//! The reconciler's own metrics, without zeros.
//!
//! | metric | meaning |
//! |---|---|
//! | `AlarmDrift` | alarms that a scheduled run found to differ from the rules |
//! | `AlarmsReconciled` | alarms that were created, updated or deleted |
//! | `AlarmConflicts` | alarms that the rules define but that belong to somebody else |
//! | `RulesRejected` | runs that changed nothing because the rules are unusable |
//!
//! All have the unit `Count`.

use alarms::Outcome;
use pipeline::{Datum, MetricRequest};
use rules::Unit;
use time::OffsetDateTime;

/// The seconds in a minute; timestamps are aligned to minutes.
const MINUTE: i64 = 60;

/// The metrics of a reconciliation; `None` if all of them are zero.
pub fn metrics(
    outcome: &Outcome,
    is_scheduled: bool,
    namespace: &str,
    now: OffsetDateTime,
) -> Option<MetricRequest> {
    let counts = &outcome.counts;
    let rejects_rules = outcome.result.as_ref().is_err_and(alarms::ReconcileError::rejects_rules);
    let counts = [
        ("AlarmDrift", if is_scheduled { counts.differences } else { 0 }),
        ("AlarmsReconciled", counts.written()),
        ("AlarmConflicts", counts.conflicts.len()),
        ("RulesRejected", usize::from(rejects_rules)),
    ];
    let seconds = now.unix_timestamp();
    let datums: Vec<Datum> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| Datum {
            name: name.to_owned(),
            dimensions: Vec::new(),
            timestamp: seconds - seconds.rem_euclid(MINUTE),
            unit: Unit::Count,
            values: vec![count as f64],
            counts: vec![1],
        })
        .collect();
    (!datums.is_empty()).then(|| MetricRequest { namespace: namespace.to_owned(), datums })
}

#[cfg(test)]
mod tests {
    use alarms::{DesiredError, ReconcileCounts, ReconcileError};

    use super::*;

    fn published(outcome: &Outcome, is_scheduled: bool) -> Vec<(String, f64)> {
        let now = OffsetDateTime::from_unix_timestamp(1_789_387_217).unwrap();
        let request = metrics(outcome, is_scheduled, "Trailbell", now);
        request
            .into_iter()
            .inspect(|request| assert_eq!(request.namespace, "Trailbell"))
            .flat_map(|request| request.datums)
            .inspect(|datum| assert_eq!(datum.timestamp, 1_789_387_200))
            .map(|datum| (datum.name, datum.values[0]))
            .collect()
    }

    #[test]
    fn each_count_has_its_metric_and_zeros_have_none() {
        let counts = ReconcileCounts {
            differences: 4,
            created: 1,
            updated: 2,
            deleted: 3,
            conflicts: vec!["p/a".to_owned()],
            ..ReconcileCounts::default()
        };
        let outcome = Outcome { counts, result: Ok(()) };
        let of = |name: &str, value| (name.to_owned(), value);
        let written = [of("AlarmsReconciled", 6.0), of("AlarmConflicts", 1.0)];
        assert_eq!(published(&outcome, false), written);
        assert_eq!(published(&outcome, true), [vec![of("AlarmDrift", 4.0)], written.to_vec()].concat());
        assert!(published(&Outcome { counts: ReconcileCounts::default(), result: Ok(()) }, true).is_empty());
    }

    #[test]
    fn rules_that_cannot_be_used_are_counted() {
        let error = DesiredError::SameName { name: "p/a".to_owned(), rule: "a".to_owned() };
        let outcome =
            Outcome { counts: ReconcileCounts::default(), result: Err(ReconcileError::Desired(error)) };
        assert_eq!(published(&outcome, true), [("RulesRejected".to_owned(), 1.0)]);
    }
}
