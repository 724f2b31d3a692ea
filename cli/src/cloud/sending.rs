//! Sending messages to a queue: transient failures are retried, and a rate limits how many are sent.

use std::num::NonZeroU32;
use std::time::Duration;

use aws::{CallError, OutgoingMessage, SqsQueue};
use tokio::time::Instant;

use crate::cloud::{Entries, Queue};

/// Attempts per entry, including the first.
const ATTEMPTS: u32 = 6;
/// Longest wait before the second attempt; it doubles with each further attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// Sends messages that fit in one batch, and retries the entries that failed transiently.
///
/// # Errors
///
/// [`CallError`] if nothing was sent.
pub(crate) async fn send<Q: Queue>(queue: &Q, messages: &[OutgoingMessage]) -> Result<Entries, CallError> {
    let mut results = queue.send(messages).await?;
    for attempt in 1..ATTEMPTS {
        let is_transient =
            |result: &Result<(), aws::EntryError>| result.as_ref().is_err_and(|error| !error.is_permanent);
        let again: Vec<usize> = results
            .iter()
            .enumerate()
            .filter(|(_, result)| is_transient(result))
            .map(|(index, _)| index)
            .collect();
        if again.is_empty() {
            break;
        }
        tokio::time::sleep((FIRST_BACKOFF * 2_u32.pow(attempt)).mul_f64(fastrand::f64())).await;
        let batch: Vec<OutgoingMessage> =
            again.iter().filter_map(|&index| messages.get(index).cloned()).collect();
        // If the whole call fails, the entries keep the errors they have.
        let Ok(answers) = queue.send(&batch).await else { break };
        for (index, answer) in again.into_iter().zip(answers) {
            if let Some(result) = results.get_mut(index) {
                *result = answer;
            }
        }
    }
    Ok(results)
}

/// A rate, in messages per second.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: NonZeroU32,
    next: Instant,
}

impl Pace {
    pub(crate) fn new(rate: NonZeroU32) -> Self {
        Self { rate, next: Instant::now() }
    }

    /// The most messages to send at once: a batch, or as many as one second allows.
    pub(crate) fn batch(&self) -> usize {
        usize::try_from(self.rate.get()).unwrap_or(usize::MAX).min(SqsQueue::BATCH)
    }

    /// Waits until the rate allows this many messages.
    pub(crate) async fn wait(&mut self, messages: usize) {
        tokio::time::sleep_until(self.next).await;
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        self.next = Instant::now() + Duration::from_secs(1) * messages / self.rate.get();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::testing::MemoryQueue;

    fn messages(count: usize) -> Vec<OutgoingMessage> {
        (0..count)
            .map(|number| OutgoingMessage { body: number.to_string(), ..OutgoingMessage::default() })
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn entries_that_fail_transiently_are_sent_again_and_others_are_not() {
        let queue = MemoryQueue::default();
        queue.refuse("1", 2, false);
        queue.refuse("3", u32::MAX, true);
        queue.refuse("4", u32::MAX, false);
        let results = send(&queue, &messages(5)).await.unwrap();
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, true, false, false]);
        assert_eq!(queue.bodies(), ["0", "2", "1"]);
        assert_eq!(queue.sends(), 1 + 5, "an entry that never succeeds is given up");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unreachable_queue_is_an_error_only_while_nothing_is_sent() {
        let queue = MemoryQueue::default();
        queue.break_sends_after(0);
        assert!(send(&queue, &messages(2)).await.is_err());
        let queue = MemoryQueue::default();
        queue.refuse("1", 1, false);
        queue.break_sends_after(1);
        let results = send(&queue, &messages(2)).await.unwrap();
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn sending_keeps_to_the_rate() {
        for (rate, batch) in [(1, 1), (4, 4), (10, 10), (1000, 10)] {
            let start = Instant::now();
            let mut pace = Pace::new(NonZeroU32::new(rate).unwrap());
            assert_eq!(pace.batch(), batch);
            let batches = 5 * rate as usize / batch;
            for _ in 0..=batches {
                pace.wait(batch).await;
            }
            let taken = start.elapsed().as_secs_f64();
            assert!((4.9..=6.1).contains(&taken), "{rate}: {taken}");
        }
    }
}
