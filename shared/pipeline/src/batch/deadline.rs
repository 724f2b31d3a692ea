//! How much time a batch has, and work that must not take longer.
//!
//! The caller sets the times, because it knows when the invocation ends; the pipeline only respects them.

use std::future::Future;
use std::time::Duration;

use time::OffsetDateTime;

use crate::ports::Clock;

/// Until when a batch may work. Each time is at or after the previous one.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// From this time on, no file is started.
    pub last_start: OffsetDateTime,
    /// At this time, files that are still being read are abandoned.
    pub last_read: OffsetDateTime,
    /// From this time on, no request to publish is started, which leaves time for the ledger and the response. A request
    /// already under way gets three quarters of the time until `end`.
    pub last_publish: OffsetDateTime,
    /// At this time, Trailbell's own metrics are abandoned.
    pub end: OffsetDateTime,
}

/// Does work until the given time; `None` if the time is up first. Work that is cut off may have taken effect.
pub(super) async fn within<T>(
    clock: &impl Clock,
    until: Option<OffsetDateTime>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let Some(until) = until else { return Some(work.await) };
    let left = Duration::try_from(until - clock.now()).ok().filter(|left| !left.is_zero())?;
    tokio::time::timeout(left, work).await.ok()
}

/// Publishes something if it can be started in time. Once started, it gets three quarters of the time reserved for the
/// ledger and the response: a request that is cut off may have taken effect, and would then be repeated.
pub(super) async fn publish_within<T>(
    clock: &impl Clock,
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let Some(Deadline { last_publish, end, .. }) = deadline else { return Some(work.await) };
    if clock.now() >= last_publish {
        return None;
    }
    within(clock, Some(last_publish + (end - last_publish) * 3 / 4), work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> OffsetDateTime {
            OffsetDateTime::from_unix_timestamp(self.0).unwrap()
        }
    }

    /// Whether something that is published at a time is begun, where publishing ends at 100 and the invocation at 140.
    async fn is_begun(now: i64) -> bool {
        let at = |seconds| At(seconds).now();
        let deadline =
            Deadline { last_start: at(80), last_read: at(90), last_publish: at(100), end: at(140) };
        let mut is_begun = false;
        let published = publish_within(&At(now), Some(deadline), async { is_begun = true }).await;
        assert_eq!(published.is_some(), is_begun);
        is_begun
    }

    #[tokio::test]
    async fn nothing_is_begun_after_the_last_time_to_publish() {
        assert!(is_begun(99).await);
        for late in [100, 110, 129, 130, 200] {
            assert!(!is_begun(late).await, "{late}");
        }
    }

    /// Three quarters of the 40 seconds after the last time to publish, and the second before it.
    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_gets_three_quarters_of_the_time_that_is_left() {
        let at = |seconds| At(seconds).now();
        let deadline =
            Deadline { last_start: at(80), last_read: at(90), last_publish: at(100), end: at(140) };
        let request = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
        assert!(publish_within(&At(99), Some(deadline), request(30)).await.is_some());
        assert!(publish_within(&At(99), Some(deadline), request(32)).await.is_none());
    }
}
