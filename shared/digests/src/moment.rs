//! Seconds since 1970, spans of them, and their text. No clock.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Seconds in an hour, which is what a digest spans.
pub(crate) const HOUR: i64 = 3600;
/// Seconds in a minute.
pub(crate) const MINUTE: i64 = 60;
/// Seconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A span of time, in seconds since 1970: the start belongs to it, the end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first second.
    pub from: i64,
    /// The second after its last.
    pub to: i64,
}

impl Span {
    /// Whether both have a second in common.
    pub fn touches(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether a second is in it.
    pub fn contains(self, second: i64) -> bool {
        (self.from..self.to).contains(&second)
    }

    /// The same with so many seconds more on either side.
    pub(crate) fn widened(self, seconds: i64) -> Self {
        Self { from: self.from.saturating_sub(seconds), to: self.to.saturating_add(seconds) }
    }

    /// The days that it touches.
    pub(crate) fn days(self) -> Vec<Self> {
        let (first, last) = (self.from.div_euclid(DAY), (self.to - 1).max(self.from).div_euclid(DAY));
        (first..=last).map(|day| Self { from: day * DAY, to: (day + 1) * DAY }).collect()
    }
}

/// The folder that CloudTrail names after a day: `2026/09/14`.
pub(crate) fn day_folder(second: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(second).ok()?;
    time.format(format_description!("[year]/[month]/[day]")).ok()
}

/// A time as digests and reports write it: `2026-09-14T09:05:41Z`.
pub fn stamp(second: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let time = OffsetDateTime::from_unix_timestamp(second).ok();
    time.and_then(|time| time.format(format).ok()).unwrap_or_else(|| second.to_string())
}

/// Seconds since 1970, from a time of RFC 3339 or from decimal digits.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => Some(time.unix_timestamp()),
        Err(_) => whole(text.parse().ok()?),
    }
}

/// A number of seconds since 1970 without its fraction, if it is one that a key can have.
pub(crate) fn whole(number: f64) -> Option<i64> {
    // Larger than any year of four digits, and exact as a number of either kind.
    const BOUND: f64 = 1e12;
    (0.0..BOUND).contains(&number).then_some(number.floor() as i64)
}
