//! One event that matched: its record, where it came from, and its place in the order.
//!
//! Columns are read from the record when they are shown, so an event takes little more memory than its record.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use filter_pattern::RecordError;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::fields::{Fields, Member};
use crate::identity::Identity;

/// The bytes of a record's hash that stand in for a missing event id.
const HASH_BYTES: usize = 8;

/// The place of an event in the order: by time, then by event id.
///
/// Events without a time come before all others. Events with the same key are the same event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// `eventTime`; `None` if it is missing or invalid.
    pub time: Option<OffsetDateTime>,
    /// `eventID`. For a record without one, `sha256-` and part of the hash of its bytes.
    pub id: String,
}

impl EventKey {
    pub(crate) fn of(fields: &Fields<'_>, record: &[u8]) -> Self {
        let id = match fields.text(Member::EventId) {
            Some(id) => id.into_owned(),
            None => stand_in_id(record),
        };
        Self { time: event_time(fields), id }
    }
}

/// `eventTime` of a record in UTC.
pub(crate) fn event_time(fields: &Fields<'_>) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(&fields.text(Member::EventTime)?, &Rfc3339).ok()?;
    time.checked_to_offset(time::UtcOffset::UTC)
}

fn stand_in_id(record: &[u8]) -> String {
    let hash = Sha256::digest(record);
    hash.iter().take(HASH_BYTES).fold("sha256-".to_owned(), |id, byte| id + &format!("{byte:02x}"))
}

/// A time in RFC 3339, or `-` for none.
pub(crate) fn time_text(time: Option<OffsetDateTime>) -> String {
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| "-".to_owned())
}

/// The end of a page as text: `time/eventId`, with `-` for an event without a time.
///
/// The next page starts after this event, even if files have come or gone in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub EventKey);

/// A text that is not a [`Cursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a time and an event id, such as `2026-09-14T10:15:00Z/6f2f0d6c-9a1b-4c1e-8f7a-3f0c2b1d4e5a`"
)]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (time, id) = text.split_once('/').ok_or(CursorError)?;
        let time = match time {
            "-" => None,
            time => Some(OffsetDateTime::parse(time, &Rfc3339).ok().ok_or(CursorError)?),
        };
        if id.is_empty() { Err(CursorError) } else { Ok(Self(EventKey { time, id: id.to_owned() })) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", time_text(self.0.time), self.0.id)
    }
}

/// A record that matched a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    key: EventKey,
    record: Box<[u8]>,
    log_file: Arc<str>,
}

impl Event {
    pub(crate) fn new(fields: &Fields<'_>, record: &[u8], log_file: &Arc<str>) -> Self {
        Self { key: EventKey::of(fields, record), record: record.into(), log_file: Arc::clone(log_file) }
    }

    /// Reads the event from a record, a JSON object.
    ///
    /// # Errors
    ///
    /// If the record is not a valid JSON object.
    pub fn of_record(record: &[u8], log_file: &Arc<str>) -> Result<Self, RecordError> {
        Ok(Self::new(&Fields::of(record)?, record, log_file))
    }

    /// The place in the order.
    pub fn key(&self) -> &EventKey {
        &self.key
    }

    /// The bytes of the record: a valid JSON object, as it was in the input.
    pub fn record(&self) -> &[u8] {
        &self.record
    }

    /// The name of the input.
    pub fn log_file(&self) -> &str {
        &self.log_file
    }

    /// What the events of one session have in common: the access key, or else the principal or ARN.
    pub fn session(&self) -> Option<String> {
        let identity = Identity::new(self.fields().value(Member::UserIdentity));
        identity.session().map(str::to_owned)
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        // The record was split before, so this does not fail.
        Fields::of(&self.record).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use crate::testing::{GET_OBJECT, SIGN_IN, STOP_LOGGING, event};

    #[test]
    fn a_session_is_known_by_its_key_or_principal() {
        for (record, expected) in [
            (STOP_LOGGING, Some("ASIAEXAMPLE")),
            (SIGN_IN, Some("AIDAEXAMPLE")),
            (GET_OBJECT, Some("AKIAIOSFODNN7EXAMPLE")),
            ("{}", None),
        ] {
            assert_eq!(event(record).session().as_deref(), expected);
        }
    }

    #[test]
    fn a_cursor_survives_its_text() {
        for text in ["2026-09-14T10:15:00Z/a", "-/sha256-00", "2026-09-14T10:15:00.25Z/a/b"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        assert_eq!("2026-09-14T12:15:00+02:00/a".parse::<Cursor>(), "2026-09-14T10:15:00Z/a".parse());
        for text in ["", "a", "/a", "2026-09-14/a", "2026-09-14T10:15:00Z", "2026-09-14T10:15:00Z/"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn records_without_an_id_get_one_from_their_bytes() {
        let [first, same, other] = [
            r#"{"eventTime":"2026-09-14T10:15:00Z"}"#,
            r#"{"eventTime":"2026-09-14T10:15:00Z"}"#,
            r#"{"eventTime":"2026-09-14T10:15:00Z" }"#,
        ]
        .map(event);
        assert_eq!(first.key(), same.key());
        assert_ne!(first.key(), other.key());
        assert!(first.key().id.starts_with("sha256-"));
    }
}
