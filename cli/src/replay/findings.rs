//! Every finding on a line of its own, as JSON.
//!
//! A finding is a record with the rule whose alert reports it. Records that only rules without alerts match are not
//! listed.

use std::io::{self, Write};

use pipeline::{Alert, EventSummary};
use serde::Serialize;

/// One finding.
#[derive(Serialize)]
struct FindingLine<'a> {
    rule: &'a str,
    severity: &'static str,
    #[serde(flatten)]
    event: &'a EventSummary,
}

/// Writes the findings of all alerts, in the order of the alerts and of the time.
pub(super) fn write(alerts: &[Alert], out: &mut impl Write) -> io::Result<()> {
    for alert in alerts {
        for event in &alert.events {
            let line = FindingLine { rule: &alert.rule.id, severity: alert.severity.as_str(), event };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
