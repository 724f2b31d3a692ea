//! How long an invocation may work, so that there is time left to report the result.
//!
//! Nothing is stopped here; the callers wait no longer than these times.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// The time reserved for metrics and the response: at least this, if twice as much is left.
const LEAST: Duration = Duration::from_secs(10);
/// The time left divided by this is reserved, if that is more.
const PART: u32 = 10;

/// The times of an invocation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// When work on alarms stops.
    pub(crate) work: Option<Instant>,
    /// When unpublished metrics are abandoned.
    pub(crate) publish: Option<Instant>,
    /// When attempts to respond stop.
    pub(crate) end: Option<Instant>,
}

impl Times {
    /// Divides the time until Lambda's deadline. Without a deadline there are no limits.
    pub(crate) fn new(deadline: Option<OffsetDateTime>, now: OffsetDateTime) -> Self {
        let Some(deadline) = deadline else { return Self::default() };
        let left = Duration::try_from(deadline - now).unwrap_or_default();
        let kept = (left / PART).max(LEAST).min(left / 2);
        let at = |kept: Duration| Some(Instant::now() + left.saturating_sub(kept));
        Self { work: at(kept), publish: at(kept * 3 / 4), end: at(kept / 20) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_ends_before_publishing_does_and_that_before_the_end() {
        let now = OffsetDateTime::from_unix_timestamp(1_789_387_200).unwrap();
        for (left_s, work_ms, publish_ms, end_ms) in [
            (900, 810_000, 832_500, 895_500),
            (60, 50_000, 52_500, 59_500),
            (4, 2_000, 2_500, 3_900),
            (0, 0, 0, 0),
        ] {
            let times = Times::new(Some(now + Duration::from_secs(left_s)), now);
            let until = |time: Option<Instant>| (time.unwrap() - Instant::now()).as_millis();
            assert_eq!(
                (until(times.work), until(times.publish), until(times.end)),
                (work_ms, publish_ms, end_ms)
            );
        }
        let past = Times::new(Some(now - Duration::from_secs(1)), now);
        assert_eq!(past.end, Some(Instant::now()));
        assert_eq!(Times::new(None, now).work, None);
    }
}
