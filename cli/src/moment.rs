//! Points in time as users type them, and as reports show them. All are in UTC.

use std::fmt;
use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

/// A point in time as typed: `2026-09-14`, `2026-09-14T12:00Z`, RFC 3339, `90m`, `36h` or `2d` ago, or `now`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    typed: String,
    point: Point,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    At(OffsetDateTime),
    Ago(Duration),
}

/// A text that is not a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `2026-09-14`, `2026-09-14T12:00Z`, `now`, or a time ago such as `90m`, `36h` or `2d`")]
pub(crate) struct MomentError;

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let point = if text == "now" {
            Some(Point::Ago(Duration::ZERO))
        } else {
            absolute(text).or_else(|| ago(text))
        };
        point.map(|point| Self { typed: text.to_owned(), point }).ok_or(MomentError)
    }
}

impl Moment {
    /// The start of its minute, in seconds since 1970.
    pub(crate) fn minute(&self, now: OffsetDateTime) -> i64 {
        let time = self.second(now);
        time - time.rem_euclid(60)
    }

    /// The second that it is, since 1970.
    pub(crate) fn second(&self, now: OffsetDateTime) -> i64 {
        match self.point {
            Point::At(time) => time.unix_timestamp(),
            Point::Ago(duration) => now.unix_timestamp().saturating_sub(duration.whole_seconds()),
        }
    }

    /// The point in time. A time before the calendar is the start of 1970.
    pub(crate) fn time(&self, now: OffsetDateTime) -> OffsetDateTime {
        match self.point {
            Point::At(time) => time,
            Point::Ago(duration) => now.checked_sub(duration).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

/// A length of time as typed, such as `90m`, `36h` or `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// A text that is not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a length of time such as `10m`, `2h` or `1d`")]
pub(crate) struct SpanError;

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        length(text).map(Self).ok_or(SpanError)
    }
}

fn absolute(text: &str) -> Option<Point> {
    let day =
        || Some(Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?.midnight().assume_utc());
    let minute = || {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]Z");
        Some(PrimitiveDateTime::parse(text, format).ok()?.assume_utc())
    };
    let second = || OffsetDateTime::parse(text, &Rfc3339).ok();
    day().or_else(minute).or_else(second).map(Point::At)
}

fn ago(text: &str) -> Option<Point> {
    length(text).map(Point::Ago)
}

fn length(text: &str) -> Option<Duration> {
    let units = [("m", 60), ("h", 3600), ("d", 86_400)];
    let (digits, seconds) =
        units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    Some(Duration::seconds(digits.parse::<i64>().ok()?.checked_mul(seconds)?))
}

/// `2026-09-14T12:15Z`
pub(crate) fn minute_text(seconds: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]Z");
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(format).ok()).unwrap_or_default()
}

/// A duration in its two largest units: `3 d 4 h`.
pub(crate) fn span_text(span: Duration) -> String {
    let minutes = span.whole_minutes().max(0);
    let (days, hours) = (minutes / 1440, minutes % 1440 / 60);
    match (days, hours, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-09-14 12:15:42 UTC);

    #[test]
    fn a_point_in_time_keeps_its_seconds() {
        for (text, expected) in [
            ("2026-09-14T12:01:59+02:00", datetime!(2026-09-14 10:01:59 UTC)),
            ("90m", datetime!(2026-09-14 10:45:42 UTC)),
            ("now", NOW),
            ("9999999d", OffsetDateTime::UNIX_EPOCH),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().time(NOW), expected, "{text}");
        }
    }

    #[test]
    fn every_form_of_a_time_has_its_minute() {
        for (text, expected) in [
            ("2026-09-14", datetime!(2026-09-14 00:00 UTC)),
            ("2026-09-14T12:01Z", datetime!(2026-09-14 12:01 UTC)),
            ("2026-09-14T12:01:59Z", datetime!(2026-09-14 12:01 UTC)),
            ("2026-09-14T12:01:59+02:00", datetime!(2026-09-14 10:01 UTC)),
            ("now", datetime!(2026-09-14 12:15 UTC)),
            ("0m", datetime!(2026-09-14 12:15 UTC)),
            ("90m", datetime!(2026-09-14 10:45 UTC)),
            ("36h", datetime!(2026-09-13 00:15 UTC)),
            ("2d", datetime!(2026-09-12 12:15 UTC)),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.minute(NOW), expected.unix_timestamp(), "{text}");
            assert_eq!(moment.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "d",
            "-2d",
            "2w",
            "2026",
            "2026-13-01",
            "2026-09-14T12:00",
            "14.09.2026",
            "yesterday",
            "2 d",
            "99999999999999999999d",
            "9999999999999999d",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(MomentError), "{text}");
        }
    }

    #[test]
    fn durations_have_two_units() {
        for (span, text) in [
            (Duration::seconds(-5), "less than a minute"),
            (Duration::seconds(59), "less than a minute"),
            (Duration::minutes(59), "59 min"),
            (Duration::minutes(61), "1 h 1 min"),
            (Duration::hours(52), "2 d 4 h"),
        ] {
            assert_eq!(span_text(span), text);
        }
        assert_eq!(minute_text(NOW.unix_timestamp()), "2026-09-14T12:15Z");
    }
}
