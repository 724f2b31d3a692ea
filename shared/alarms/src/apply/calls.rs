//! Calls to CloudWatch: paced to stay below its quota, retried while a retry can help, and ended at the deadline.
//! Which calls are made is decided in [`super`].
//!
//! Source: the CloudWatch user guide, "CloudWatch service quotas": three PutMetricAlarm calls a second, for a whole
//! account and region.

use std::future::Future;
use std::time::Duration;

use pipeline::Retry;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::ApplyError;
use crate::alarm::{Alarm, Existing, Tags};
use crate::settings::Prefix;
use crate::store::{AlarmStore, AlarmStoreError};

/// The time between the starts of two writing calls: 2.5 calls a second leave part of the quota to other callers.
const PACE: Duration = Duration::from_millis(400);
/// The waits between attempts at a call. Each attempt includes the SDK's own retries, which take a second or two.
const BACKOFFS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// Paces the calls to a store, up to a deadline.
#[derive(Debug)]
pub(crate) struct Calls<'s, S> {
    store: &'s S,
    until: Option<Instant>,
    /// When the next writing call may start.
    next: Instant,
}

impl<'s, S: AlarmStore> Calls<'s, S> {
    /// Calls that end at `until`, if there is a deadline.
    pub(crate) fn new(store: &'s S, until: Option<Instant>) -> Self {
        Self { store, until, next: Instant::now() }
    }

    pub(crate) async fn describe(
        &mut self,
        prefix: &Prefix,
        trusted: &[Alarm],
    ) -> Result<Vec<Existing>, ApplyError> {
        let (store, name_prefix) = (self.store, prefix.name(""));
        self.repeat(Duration::ZERO, || store.describe(&name_prefix, trusted)).await
    }

    pub(crate) async fn put(&mut self, alarm: &Alarm) -> Result<(), ApplyError> {
        let store = self.store;
        self.repeat(PACE, || store.put(alarm)).await
    }

    pub(crate) async fn tag(&mut self, arn: &str, tags: &Tags) -> Result<(), ApplyError> {
        let store = self.store;
        self.repeat(PACE, || store.tag(arn, tags)).await
    }

    pub(crate) async fn delete(&mut self, names: &[String]) -> Result<(), ApplyError> {
        let store = self.store;
        self.repeat(PACE, || store.delete(names)).await
    }

    /// Waits; `false` if the deadline comes first.
    pub(crate) async fn pause(&self, pause: Duration) -> bool {
        self.wait_until(Instant::now() + pause).await.is_ok()
    }

    /// Does other work, ending at the deadline at the latest.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, ApplyError> {
        match self.until {
            Some(until) => timeout_at(until, work).await.or(Err(ApplyError::Deadline)),
            None => Ok(work.await),
        }
    }

    /// Repeats a call until it succeeds, fails permanently, or has failed too often.
    async fn repeat<T, F>(&mut self, pace: Duration, call: impl Fn() -> F) -> Result<T, ApplyError>
    where
        F: Future<Output = Result<T, AlarmStoreError>>,
    {
        let mut backoffs = BACKOFFS.into_iter();
        loop {
            self.wait_until(self.next).await?;
            self.next = Instant::now() + pace;
            let error = match self.within(call()).await? {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match backoffs.next() {
                Some(backoff) if error.kind.retry() == Retry::Transient => {
                    self.next = self.next.max(Instant::now() + backoff);
                    tracing::warn!(code = error.kind.event().code(), "{error}; retrying the call");
                }
                Some(_) | None => return Err(ApplyError::Store(error)),
            }
        }
    }

    /// Waits until `time`, or fails at once if `time` is after the deadline.
    async fn wait_until(&self, time: Instant) -> Result<(), ApplyError> {
        if self.until.is_some_and(|until| time.max(Instant::now()) >= until) {
            return Err(ApplyError::Deadline);
        }
        sleep_until(time).await;
        Ok(())
    }
}
