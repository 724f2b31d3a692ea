//! Calls to CloudWatch at a pace that it allows, repeated while a repetition can help, and ended in time.
//!
//! Source: the CloudWatch user guide, "CloudWatch service quotas": three PutMetricAlarm calls a second, for a whole account
//! and region.

use std::future::Future;
use std::time::Duration;

use pipeline::Retry;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::ApplyError;
use crate::alarm::{Alarm, Existing, Tags};
use crate::settings::Prefix;
use crate::store::{AlarmStore, AlarmStoreError};

/// Time between the beginnings of two writing calls: 2.5 a second leave some of the quota to others.
const PACE: Duration = Duration::from_millis(400);
/// Waits between attempts at one call. The SDK's own attempts, within a second or two, come before each.
const BACKOFFS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// A store at a sensible pace, up to a deadline.
#[derive(Debug)]
pub(crate) struct Calls<'s, S> {
    store: &'s S,
    until: Option<Instant>,
    /// When the next writing call may begin.
    next: Instant,
}

impl<'s, S: AlarmStore> Calls<'s, S> {
    /// Calls that end at `until`, where there is such a time.
    pub(crate) fn new(store: &'s S, until: Option<Instant>) -> Self {
        Self { store, until, next: Instant::now() }
    }

    pub(crate) async fn describe(&mut self, prefix: &Prefix) -> Result<Vec<Existing>, ApplyError> {
        let (store, name_prefix) = (self.store, prefix.name(""));
        self.repeat(Duration::ZERO, || store.describe(&name_prefix)).await
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

    /// Waits; whether that ended before the deadline.
    pub(crate) async fn pause(&self, pause: Duration) -> bool {
        self.wait_until(Instant::now() + pause).await.is_ok()
    }

    /// Does other work until the deadline at the latest.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, ApplyError> {
        match self.until {
            Some(until) => timeout_at(until, work).await.or(Err(ApplyError::Deadline)),
            None => Ok(work.await),
        }
    }

    /// Makes a call until it succeeds, fails for good, or has failed too often.
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
                    tracing::warn!(code = error.kind.code(), "{error}; the call is made again");
                }
                Some(_) | None => return Err(ApplyError::Store(error)),
            }
        }
    }

    /// Waits for a time, unless it is beyond the deadline.
    async fn wait_until(&self, time: Instant) -> Result<(), ApplyError> {
        if self.until.is_some_and(|until| time.max(Instant::now()) >= until) {
            return Err(ApplyError::Deadline);
        }
        sleep_until(time).await;
        Ok(())
    }
}
