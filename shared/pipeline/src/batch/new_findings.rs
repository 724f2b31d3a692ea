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
    let (indices, texts) = sightings(rules, findings);
    for (indices, texts) in indices.chunks(SIGHTINGS_PER_CALL).zip(texts.chunks(SIGHTINGS_PER_CALL)) {
        let first = ledger.first_sightings(file, texts).await;
        for (index, first) in indices.iter().zip(first) {
            if let Some(is_new) = is_new.get_mut(*index) {
                *is_new = first;
            }
        }
    }
    is_new
}

/// The sightings to look up, behind the indices of their findings. A record without an event id and a rule that does not
/// deduplicate have none.
fn sightings(rules: &[Rule], findings: &FileFindings) -> (Vec<usize>, Vec<String>) {
    let (mut indices, mut texts) = (Vec::new(), Vec::new());
    let mut index = 0;
    for (record, own) in findings.by_record() {
        for finding in own {
            let rule = rules.get(position(finding.rule)).filter(|rule| rule.deduplicate);
            if let (Some(event_id), Some(rule)) = (&record.event_id, rule) {
                indices.push(index);
                texts.push([&**event_id, " ", &rule.id].concat());
            }
            index += 1;
        }
    }
    (indices, texts)
}
