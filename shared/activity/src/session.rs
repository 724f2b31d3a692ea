//! When the session of a call began.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::value::{descend, text};

/// When a session was opened, in Unix seconds: `creationDate` of its `sessionContext`, which records have in the extended and
/// in the basic form of ISO 8601.
pub(crate) fn session_created(session: &Value) -> Option<i64> {
    let created = descend(session, &["attributes", "creationDate"]).and_then(text)?;
    let basic = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = OffsetDateTime::parse(&created, &Rfc3339)
        .ok()
        .or_else(|| Some(PrimitiveDateTime::parse(&created, basic).ok()?.assume_utc()))?;
    Some(time.unix_timestamp())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_of_the_time_are_read() {
        for (created, expected) in [
            (json!("2026-03-04T08:55:00Z"), Some(1_772_614_500)),
            (json!("20260304T085500Z"), Some(1_772_614_500)),
            (json!("Mar 4, 2026"), None),
            (json!(7), None),
        ] {
            let session = json!({ "attributes": { "creationDate": created } });
            assert_eq!(session_created(&session), expected, "{created}");
        }
        assert_eq!(session_created(&json!(null)), None);
    }
}
