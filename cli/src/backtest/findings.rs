//! Findings that the report shows one by one: the first few of each rule, and the records in which rules differ.

use serde::Serialize;

use super::notes::SeenRecord;
use super::times::rfc3339;

/// Findings of each rule that the page lists. All findings are counted.
const KEPT_FINDINGS: usize = 40;

/// A record that a rule matches.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Example {
    /// `eventID`; empty if the record has none.
    pub(super) event_id: String,
    /// `eventTime`, RFC 3339 in UTC.
    pub(super) event_time: Option<String>,
    pub(super) event_name: String,
    /// The caller in words.
    pub(super) caller: String,
    /// The error code, or else the error message.
    pub(super) reason: String,
    pub(super) address: String,
    pub(super) account: String,
    pub(super) region: String,
    /// The key or path of the log file.
    pub(super) file: String,
}

impl Example {
    /// What the report shows of a record.
    pub(super) fn of(record: &SeenRecord) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        let told = &record.told;
        Self {
            event_id: text(&record.event_id),
            event_time: record.event_time.map(rfc3339),
            event_name: text(&told.event_name),
            caller: text(&told.words),
            reason: text(&told.reason),
            address: text(&told.address),
            account: text(&told.account),
            region: text(&told.region),
            file: record.file.to_string(),
        }
    }
}

/// The first findings of a rule.
#[derive(Debug, Default)]
pub(super) struct FirstFindings(Vec<Example>);

impl FirstFindings {
    /// Keeps the record if there is room.
    pub(super) fn add(&mut self, record: &SeenRecord) {
        if self.0.len() < KEPT_FINDINGS {
            self.0.push(Example::of(record));
        }
    }

    /// The findings, in the order in which they were found.
    pub(super) fn as_slice(&self) -> &[Example] {
        &self.0
    }
}
