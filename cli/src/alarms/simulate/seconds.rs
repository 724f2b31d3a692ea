//! Times as files write them: RFC 3339, the similar format of spreadsheets, or seconds since 1970. A time
//! without an offset is UTC.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

/// Seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seconds(pub(crate) i64);

/// A text that is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time such as `2026-09-14T12:00Z`, or seconds since 1970")]
pub(crate) struct SecondsError;

impl Seconds {
    /// The start of its minute.
    pub(crate) fn minute(self) -> i64 {
        self.0 - self.0.rem_euclid(60)
    }
}

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let text = text.trim();
        let date_time = |text: &str| {
            let minute = format_description!("[year]-[month]-[day][first [T][ ]][hour]:[minute]");
            let second = format_description!("[year]-[month]-[day][first [T][ ]][hour]:[minute]:[second]");
            let text = text.strip_suffix('Z').unwrap_or(text);
            PrimitiveDateTime::parse(text, minute).or_else(|_| PrimitiveDateTime::parse(text, second)).ok()
        };
        let date = || {
            let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
            Some(day.midnight().assume_utc().unix_timestamp())
        };
        let rfc3339 = || OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp);
        let plain = || date_time(text).map(|time| time.assume_utc().unix_timestamp());
        let number = || text.parse::<f64>().ok().and_then(whole_seconds);
        rfc3339().or_else(plain).or_else(date).or_else(number).map(Self).ok_or(SecondsError)
    }
}

/// The second that a number of seconds lies in; `None` if its year has more than four digits.
fn whole_seconds(seconds: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the conversion below rejects a second outside its range"
    )]
    let whole = seconds.floor() as i64;
    (seconds.is_finite() && OffsetDateTime::from_unix_timestamp(whole).is_ok()).then_some(whole)
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = OffsetDateTime::from_unix_timestamp(self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&time.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Time;
        impl Visitor<'_> for Time {
            type Value = Seconds;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a time such as `2026-09-14T12:00Z`, or seconds since 1970")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Seconds, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
                whole_seconds(seconds).map(Seconds).ok_or_else(|| E::custom(SecondsError))
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
                let is_possible = OffsetDateTime::from_unix_timestamp(seconds).is_ok();
                if is_possible { Ok(Seconds(seconds)) } else { Err(E::custom(SecondsError)) }
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
                self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
            }
        }
        deserializer.deserialize_any(Time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_time_is_read() {
        for text in [
            "2026-09-14T12:01:00Z",
            "2026-09-14T14:01:00+02:00",
            "2026-09-14T12:01Z",
            "2026-09-14T12:01",
            "2026-09-14 12:01:00",
            " 2026-09-14 12:01",
            "1789387260",
            "1789387260.9",
        ] {
            assert_eq!(text.parse(), Ok(Seconds(1_789_387_260)), "{text}");
        }
        assert_eq!("2026-09-14".parse(), Ok(Seconds(1_789_344_000)));
        let json: Vec<Seconds> =
            serde_json::from_str(r#"[1789387260, 1789387260.5, "2026-09-14T12:01Z"]"#).unwrap();
        assert!(json.iter().all(|seconds| *seconds == Seconds(1_789_387_260)));
        assert_eq!(serde_json::to_string(&json[0]).unwrap(), r#""2026-09-14T12:01:00Z""#);
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in ["", "minute", "2026-13-01", "14.09.2026", "1e40", "NaN", "inf"] {
            assert_eq!(text.parse::<Seconds>(), Err(SecondsError), "{text}");
        }
        for json in ["1e40", "9223372036854775807", "18446744073709551615", "true", "null"] {
            assert!(serde_json::from_str::<Seconds>(json).is_err(), "{json}");
        }
    }
}
