//! When Lambda ends an invocation.
//!
//! How a function divides the time is its own decision.

use time::OffsetDateTime;

/// A deadline before 2001 is not a time: `cargo lambda watch` sends a duration in milliseconds instead.
const EARLIEST_DEADLINE_MS: u64 = 978_307_200_000;

/// The end of an invocation, from its deadline in Unix milliseconds; `None` if the deadline is not a time.
pub fn deadline(deadline_ms: u64) -> Option<OffsetDateTime> {
    if deadline_ms < EARLIEST_DEADLINE_MS {
        return None;
    }
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(deadline_ms) * 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_time_of_this_age() {
        let noon = OffsetDateTime::from_unix_timestamp(1_789_387_200).unwrap();
        assert_eq!(deadline(1_789_387_200_000), Some(noon));
        assert_eq!(deadline(600_000), None, "the deadline of `cargo lambda watch`");
        assert_eq!(deadline(u64::MAX), None, "beyond the calendar");
    }
}
