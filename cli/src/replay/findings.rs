//! Every finding on a line of its own, as JSON.
//!
//! A finding is a record with a rule that counts it, whether or not the rule's alert reports it.

use std::io::{self, Write};

use pipeline::{Alert, EventSummary};
use rules::Severity;
use serde::Serialize;

/// One finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingLine<'a> {
    rule: &'a str,
    severity: &'static str,
    /// Whether an alert of the rule reports it: not if the rule sends none, or leaves the record to a narrower rule.
    alert: bool,
    /// The name by which the user knows the log file.
    log_file: Option<&'a str>,
    #[serde(flatten)]
    event: &'a EventSummary,
}

/// Writes the findings of all alerts that are at least this severe, in the order of the alerts and of the time.
pub(super) fn write(alerts: &[Alert], at_least: Option<Severity>, out: &mut impl Write) -> io::Result<()> {
    for alert in alerts {
        for event in &alert.events {
            let severity = alert.severity_of(event);
            if at_least.is_some_and(|least| severity < least) {
                continue;
            }
            let line = FindingLine {
                rule: &alert.rule.id,
                severity: severity.as_str(),
                alert: !event.is_silent,
                log_file: event.log_file.as_deref(),
                event,
            };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
