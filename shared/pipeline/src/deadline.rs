//! The time that a batch has, and work that must not outlast it.
//!
//! The times come from the caller, who knows when the invocation is ended; the pipeline only keeps to them.

use std::future::Future;
use std::time::Duration;

use time::OffsetDateTime;

use crate::ports::Clock;

/// Until when a batch may work; each time is at or after the one before it.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// From then on no file is begun.
    pub last_start: OffsetDateTime,
    /// Then files that are still being read are given up.
    pub last_read: OffsetDateTime,
    /// Then nothing more is published, so that the ledger and the answer have their time; a request that is under way has
    /// three quarters of what is left.
    pub last_publish: OffsetDateTime,
    /// Then Trailbell's own metrics are given up.
    pub end: OffsetDateTime,
}

/// Does work until a time at most; `None` if the time has come. Work that is cut off may have taken effect.
pub(crate) async fn within<T>(
    clock: &impl Clock,
    until: Option<OffsetDateTime>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let Some(until) = until else { return Some(work.await) };
    let left = Duration::try_from(until - clock.now()).ok().filter(|left| !left.is_zero())?;
    tokio::time::timeout(left, work).await.ok()
}

/// Publishes something, if it can be begun in time. What is begun has three quarters of the time that is left for the ledger
/// and the answer: a request that is cut off may have taken effect, and is then published again.
pub(crate) async fn publish_within<T>(
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
