//! What to do about each reason for which a message is in the dead-letter queue.
//!
//! The advice belongs to the events of the pipeline. Only codes that this version does not know are handled
//! here: another version of the log processor may have written them to the ledger.

use pipeline::OperationalEvent;

const UNKNOWN: &str = "Search the log of the log processor for this code.";

/// What to do about a code.
pub(super) fn advice(code: &str) -> &'static str {
    OperationalEvent::from_code(code).map_or(UNKNOWN, OperationalEvent::advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_service_that_refused() {
        assert!(advice("metrics.access-denied").contains("PutMetricData"));
        assert!(advice("alerts.access-denied").contains("sns:Publish"));
    }

    #[test]
    fn a_code_of_another_version_is_looked_up_in_the_log() {
        assert_eq!(advice("file.of-another-version"), UNKNOWN);
    }
}
