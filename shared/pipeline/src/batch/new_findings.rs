//! Which findings of a file are new, and which another file has brought before.
//!
//! The answer comes from the ledger; without one, every finding counts as new.

use cloudtrail::S3Object;
use rules::Rule;

use super::best_effort_ledger::BestEffortLedger;
use crate::findings::{FileFindings, position};
use crate::ports::{Clock, Ledger};

/// Sightings per call of the ledger. If a call gets no answer, this many findings count as new.
const SIGHTINGS_PER_CALL: usize = 100;

/// For each finding, in order, whether it is new.
pub(super) async fn new_findings<L: Ledger, C: Clock>(
    file: &S3Object,
    rules: &[Rule],
    findings: &FileFindings,
    ledger: &BestEffortLedger<'_, L, C>,
) -> Vec<bool> {
    let mut is_new = vec![true; findings.findings.len()];
    let sightings = sightings(rules, findings);
    for asked in sightings.chunks(SIGHTINGS_PER_CALL) {
        let texts: Vec<String> = asked.iter().map(|(_, sighting)| sighting.clone()).collect();
        let first = ledger.first_sightings(file, &texts).await;
        for ((index, _), first) in asked.iter().zip(first) {
            if let Some(is_new) = is_new.get_mut(*index) {
                *is_new = first;
            }
        }
    }
    is_new
}

/// The sightings to look up, each with the index of its finding. A record without an event id and a rule that does not
/// deduplicate have none.
fn sightings(rules: &[Rule], findings: &FileFindings) -> Vec<(usize, String)> {
    let mut sightings = Vec::new();
    let mut index = 0;
    for (record, own) in findings.by_record() {
        for finding in own {
            let rule = rules.get(position(finding.rule)).filter(|rule| rule.deduplicate);
            if let (Some(event_id), Some(rule)) = (&record.event_id, rule) {
                sightings.push((index, format!("{event_id} {}", rule.id)));
            }
            index += 1;
        }
    }
    sightings
}
