//! Days and minutes in UTC, as numbers and as reports write them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;
/// Seconds in a minute.
pub(super) const MINUTE: i64 = 60;

/// The start of the minute.
pub(super) fn minute(seconds: i64) -> i64 {
    seconds - seconds.rem_euclid(MINUTE)
}

/// The number of the day since 1970.
pub(super) fn day(seconds: i64) -> i64 {
    seconds.div_euclid(DAY)
}

/// `2026-09-14`
pub(super) fn date(day: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(day.saturating_mul(DAY)).ok();
    time.and_then(|time| time.format(format_description!("[year]-[month]-[day]")).ok()).unwrap_or_default()
}

/// RFC 3339 in UTC. An invented year beyond 9999 has no such form, and is shown in seconds.
pub(super) fn rfc3339(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}

/// Hours with one decimal.
pub(super) fn hours(seconds: i64) -> String {
    let tenths = (seconds + 180) / 360;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A short length of time: `40 s`, `12 min`, `3.5 h`.
pub(super) fn length(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", (seconds + 30) / MINUTE),
        _ => format!("{} h", hours(seconds)),
    }
}

/// `1 ring`, `2 rings`, `3 matches`.
pub(super) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ if what.ends_with("ch") => format!("{count} {what}es"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(date(day(1_789_387_200)), "2026-09-14");
        assert_eq!(rfc3339(1_789_387_200), "2026-09-14T12:00:00Z");
        assert_eq!(rfc3339(i64::MAX), i64::MAX.to_string());
        assert_eq!((day(-1), minute(-1)), (-1, -60));
        assert_eq!(
            (hours(179), hours(180), hours(3 * 3600 + 1800)),
            ("0.0".into(), "0.1".into(), "3.5".into())
        );
        assert_eq!((counted(1, "ring"), counted(0, "match")), ("1 ring".into(), "0 matches".into()));
        assert_eq!((length(40), length(150), length(7200)), ("40 s".into(), "3 min".into(), "2.0 h".into()));
    }
}
