//! When the session of a call began.

use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::member::{Member, Record};
use crate::value::{descend, text};

/// When the session was opened, in Unix seconds: `creationDate`, which records have in the extended and in the basic form
/// of ISO 8601.
pub fn session_created(record: &Record<'_>) -> Option<i64> {
    let created = descend(record.member(Member::Identity), &["sessionContext", "attributes", "creationDate"])?;
    let created = text(created)?;
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
            let record = json!({ "userIdentity": { "sessionContext": { "attributes": { "creationDate": created } } } });
            assert_eq!(session_created(&Record::of_tree(&record)), expected, "{created}");
        }
        assert_eq!(session_created(&Record::of_tree(&json!({ "userIdentity": null }))), None);
    }
}
