//! Reads each message of the dead-letter queue once. The messages stay hidden from other readers until they
//! are given back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use aws::{QueueMessage, SqsQueue};
use futures::StreamExt as _;
use indicatif::ProgressBar;

use crate::cloud::{Entries, Queue};
use crate::terminal::{complain, progress_bar};

/// How long messages stay hidden if they cannot be given back, for instance because the process was killed.
/// This is longer than it takes to read a hundred thousand messages, and short enough to wait for.
const HIDDEN: Duration = Duration::from_secs(15 * 60);
/// Consecutive receives without a new message, after which the queue counts as read.
const REPEATS: u32 = 5;
/// Concurrent calls that make messages visible again.
const CONCURRENCY: usize = 8;

/// The form of the progress bar.
const PROGRESS: &str = "{bar:40} {pos} of {len} messages";

/// A progress bar over the messages in the queue.
pub(super) async fn progress<Q: Queue>(queue: &Q) -> ProgressBar {
    progress_bar(queue.visible().await, PROGRESS)
}

/// Whether the user has interrupted the command.
#[derive(Debug, Clone, Default)]
pub(super) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// From this call on, SIGINT and SIGTERM are recorded here and no longer end the process.
    pub(super) fn watch() -> Self {
        let interruption = Self::default();
        let seen = interruption.clone();
        tokio::spawn(async move {
            signal().await;
            seen.0.store(true, Ordering::Relaxed);
        });
        interruption
    }

    fn is_seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// A reader of the dead-letter queue. The messages it has read are hidden until
/// [`give_back`](Self::give_back).
#[derive(Debug)]
pub(super) struct DeadLetters<'q, Q> {
    queue: &'q Q,
    interruption: Interruption,
    /// The newest receipt of each hidden message, by its id.
    held: BTreeMap<String, String>,
}

impl<'q, Q: Queue> DeadLetters<'q, Q> {
    pub(super) fn new(queue: &'q Q, interruption: Interruption) -> Self {
        Self { queue, interruption, held: BTreeMap::new() }
    }

    /// The next messages that were not read before; none at the end.
    ///
    /// # Errors
    ///
    /// When the queue cannot be read, or the user interrupts the command.
    pub(super) async fn next(&mut self) -> anyhow::Result<Vec<QueueMessage>> {
        for _ in 0..REPEATS {
            if self.interruption.is_seen() {
                bail!("interrupted");
            }
            let received = self.queue.receive(HIDDEN).await?;
            if received.is_empty() {
                break;
            }
            let held = &mut self.held;
            let is_new =
                |message: &QueueMessage| held.insert(message.id.clone(), message.receipt.clone()).is_none();
            let fresh: Vec<QueueMessage> = received.into_iter().filter(is_new).collect();
            if !fresh.is_empty() {
                return Ok(fresh);
            }
        }
        Ok(Vec::new())
    }

    /// Deletes messages, and returns the result for each. A message that could not be deleted is given back
    /// with the others.
    pub(super) async fn delete(&mut self, messages: &[QueueMessage]) -> anyhow::Result<Entries> {
        let receipts: Vec<String> = messages.iter().map(|message| message.receipt.clone()).collect();
        let results = self.queue.delete(&receipts).await?;
        for (message, result) in messages.iter().zip(&results) {
            if result.is_ok() {
                self.held.remove(&message.id);
            }
        }
        Ok(results)
    }

    /// Makes all messages visible again that this reader has hidden.
    pub(super) async fn give_back(self) {
        let receipts: Vec<String> = self.held.into_values().collect();
        let queue = self.queue;
        let calls = receipts.chunks(SqsQueue::BATCH).map(|batch| async move {
            match queue.make_visible(batch).await {
                // A permanent failure means that the receipt has expired: the message is already visible.
                Ok(results) => {
                    results.iter().filter(|result| result.as_ref().is_err_and(|e| !e.is_permanent)).count()
                }
                Err(_) => batch.len(),
            }
        });
        let hidden: usize = futures::stream::iter(calls)
            .buffer_unordered(CONCURRENCY)
            .fold(0, async |sum, failed| sum + failed)
            .await;
        if hidden > 0 {
            let minutes = HIDDEN.as_secs() / 60;
            complain(format_args!("note: {hidden} messages remain hidden for up to {minutes} minutes"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::testing::MemoryQueue;
    use crate::dead_letters::testing::letter;

    async fn read(letters: &mut DeadLetters<'_, MemoryQueue>) -> anyhow::Result<Vec<String>> {
        let mut ids = Vec::new();
        loop {
            let batch = letters.next().await?;
            if batch.is_empty() {
                return Ok(ids);
            }
            ids.extend(batch.into_iter().map(|message| message.id));
        }
    }

    #[tokio::test]
    async fn every_message_is_read_once_and_visible_at_the_end() {
        let queue = MemoryQueue::with((0..25).map(|number| letter(&format!("m{number}"), "body")));
        let mut letters = DeadLetters::new(&queue, Interruption::default());
        assert_eq!(read(&mut letters).await.unwrap().len(), 25);
        assert_eq!(queue.hidden(), 25);
        letters.give_back().await;
        assert_eq!((queue.hidden(), queue.messages().len()), (0, 25));
    }

    #[tokio::test]
    async fn a_queue_that_returns_messages_again_is_read_to_its_end() {
        let queue = MemoryQueue::with((0..5).map(|number| letter(&format!("m{number}"), "body")));
        queue.forgets_hiding.set(true);
        let mut letters = DeadLetters::new(&queue, Interruption::default());
        assert_eq!(read(&mut letters).await.unwrap().len(), 5);
        letters.give_back().await;
        assert_eq!(queue.hidden(), 0);
    }

    #[tokio::test]
    async fn messages_become_visible_again_after_a_failure_or_an_interruption() {
        let interruption = Interruption::default();
        for case in ["failure", "interruption"] {
            let queue = MemoryQueue::with((0..25).map(|number| letter(&format!("m{number}"), "body")));
            let mut letters = DeadLetters::new(&queue, interruption.clone());
            letters.next().await.unwrap();
            match case {
                "failure" => queue.break_receives_after(0),
                _ => interruption.0.store(true, Ordering::Relaxed),
            }
            letters.next().await.unwrap_err();
            assert_eq!(queue.hidden(), 10, "{case}");
            letters.give_back().await;
            assert_eq!(queue.hidden(), 0, "{case}");
        }
    }
}
