//! `trailbell dlq redrive`: sends messages back, and then deletes them from the dead-letter queue.
//!
//! A message is sent unchanged, with its attributes, but as a new message: its age and its receive count
//! start over. A message that returns to the dead-letter queue while the command runs is left there, so that
//! poison does not circulate forever.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context as _, bail};
use aws::{AttributeValue, OutgoingMessage, QueueMessage, SqsQueue};
use indicatif::ProgressBar;
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use super::arguments::RedriveArguments;
use super::diagnosis::diagnose;
use super::reader::{DeadLetters, Interruption, progress};
use crate::cloud::sending::{Pace, send};
use crate::cloud::{KnownFiles, Queue};
use crate::exit::Exit;
use crate::terminal::{Stdout, complain, printable};

/// The messages to send.
#[derive(Debug)]
enum Selection<'a> {
    All,
    Ids(BTreeSet<&'a str>),
    Codes(BTreeSet<&'a str>),
}

/// The outcome.
#[derive(Debug, Default, PartialEq, Eq)]
struct RedriveCounts {
    /// Messages that were in the queue when the command started.
    seen: u64,
    /// Messages that were sent and deleted; in a dry run, messages that would be.
    moved: u64,
    /// Messages that could not be sent or deleted.
    failed: u64,
    /// Ids that were requested but not found.
    missing: u64,
    /// Messages that arrived while the command ran.
    late: u64,
}

/// Refuses arguments that contradict each other.
///
/// # Errors
///
/// What is wrong with them.
pub(super) fn check(arguments: &RedriveArguments) -> anyhow::Result<()> {
    if arguments.source.queue_url == arguments.to {
        bail!("`--to` names the dead-letter queue itself; name the queue that the log processor reads");
    }
    let is_about_files = arguments.codes.iter().any(|code| !code.starts_with("message."));
    if is_about_files && arguments.source.table.is_none() {
        bail!("`--code` needs `--table`, the ledger's table, for codes of files");
    }
    Ok(())
}

/// Sends the selected messages.
pub(super) async fn run<Q: Queue, T: Queue, L: KnownFiles>(
    queue: &Q,
    to: &T,
    ledger: Option<&L>,
    arguments: &RedriveArguments,
) -> anyhow::Result<Exit> {
    let selection = Selection::of(arguments);
    let redrive = Redrive { to, ledger, selection, is_dry: arguments.dry_run, now: SystemClock.now() };
    let mut out = Stdout::unbuffered();
    let mut letters = DeadLetters::new(queue, Interruption::watch());
    let progress = progress(queue).await;
    let mut counts = RedriveCounts::default();
    let result = redrive.run(&mut letters, Pace::new(arguments.rate), &progress, &mut counts, &mut out).await;
    letters.give_back().await;
    progress.finish_and_clear();
    let RedriveCounts { seen, moved, failed, missing, late } = counts;
    if late > 0 {
        complain(format_args!(
            "note: {late} messages arrived or returned while the command ran; they were left in the queue"
        ));
    }
    let verb = if arguments.dry_run { "would be sent" } else { "sent" };
    writeln!(out, "{moved} of {seen} messages {verb} to {}; {failed} failed", arguments.to)?;
    result?;
    Ok(if failed + missing == 0 { Exit::Success } else { Exit::Findings })
}

impl<'a> Selection<'a> {
    fn of(arguments: &'a RedriveArguments) -> Self {
        let set = |texts: &'a [String]| texts.iter().map(String::as_str).collect();
        if arguments.all {
            Self::All
        } else if arguments.codes.is_empty() {
            Self::Ids(set(&arguments.ids))
        } else {
            Self::Codes(set(&arguments.codes))
        }
    }
}

/// One run of the command.
struct Redrive<'a, T, L> {
    to: &'a T,
    ledger: Option<&'a L>,
    selection: Selection<'a>,
    is_dry: bool,
    /// When the command began.
    now: OffsetDateTime,
}

impl<T: Queue, L: KnownFiles> Redrive<'_, T, L> {
    async fn run<Q: Queue>(
        mut self,
        letters: &mut DeadLetters<'_, Q>,
        mut pace: Pace,
        progress: &ProgressBar,
        counts: &mut RedriveCounts,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        // Once all ids are found, the rest of the queue does not matter.
        while !matches!(&self.selection, Selection::Ids(ids) if ids.is_empty()) {
            let batch = letters.next().await?;
            if batch.is_empty() {
                break;
            }
            let (batch, late): (Vec<QueueMessage>, Vec<QueueMessage>) = batch
                .into_iter()
                .partition(|message| message.sent_at.is_none_or(|sent_at| sent_at < self.now));
            counts.seen += batch.len() as u64;
            counts.late += late.len() as u64;
            let chosen = self.choose(batch).await?;
            if self.is_dry {
                for message in &chosen {
                    writeln!(out, "{}", printable(&message.id))?;
                }
                counts.moved += chosen.len() as u64;
            } else {
                for batch in batches(&chosen, pace.batch()) {
                    pace.wait(batch.len()).await;
                    self.move_batch(letters, batch, counts).await?;
                }
            }
            progress.set_position(counts.seen);
        }
        if let Selection::Ids(ids) = &self.selection {
            for id in ids {
                complain(format_args!(
                    "error: no message `{}` is visible; another reader may have hidden it for some minutes",
                    printable(id)
                ));
            }
            counts.missing = ids.len() as u64;
        }
        Ok(())
    }

    /// Selects the messages to send.
    async fn choose(&mut self, batch: Vec<QueueMessage>) -> anyhow::Result<Vec<QueueMessage>> {
        match &mut self.selection {
            Selection::All => Ok(batch),
            Selection::Ids(ids) => {
                Ok(batch.into_iter().filter(|message| ids.remove(message.id.as_str())).collect())
            }
            Selection::Codes(codes) => {
                let diagnoses = diagnose(batch, self.ledger, self.now).await?;
                let chosen = diagnoses
                    .into_iter()
                    .filter(|diagnosis| diagnosis.codes().iter().any(|code| codes.contains(code)))
                    .map(|diagnosis| diagnosis.message);
                Ok(chosen.collect())
            }
        }
    }

    /// Sends messages, and deletes each one that was sent.
    async fn move_batch<Q: Queue>(
        &self,
        letters: &mut DeadLetters<'_, Q>,
        batch: &[QueueMessage],
        counts: &mut RedriveCounts,
    ) -> anyhow::Result<()> {
        let messages: Vec<OutgoingMessage> = batch.iter().map(outgoing).collect();
        let sent = send(self.to, &messages).await?;
        let mut delivered = Vec::new();
        for (message, result) in batch.iter().zip(sent) {
            match result {
                Ok(()) => delivered.push(message.clone()),
                Err(error) => {
                    counts.failed += 1;
                    let error = error.to_string();
                    complain(format_args!(
                        "error: message `{}` was not sent: {}",
                        printable(&message.id),
                        printable(&error)
                    ));
                }
            }
        }
        if delivered.is_empty() {
            return Ok(());
        }
        let deleted = letters.delete(&delivered).await;
        let deleted =
            deleted.context("messages were sent, but are still in the dead-letter queue as well")?;
        for (message, result) in delivered.iter().zip(deleted) {
            match result {
                Ok(()) => counts.moved += 1,
                Err(error) => {
                    counts.failed += 1;
                    let (id, error) = (printable(&message.id), error.to_string());
                    complain(format_args!(
                        "error: message `{id}` was sent, but is still in the dead-letter queue as well: {}",
                        printable(&error)
                    ));
                }
            }
        }
        Ok(())
    }
}

fn outgoing(message: &QueueMessage) -> OutgoingMessage {
    OutgoingMessage { body: message.body.clone(), attributes: message.attributes.clone() }
}

/// Divides the messages into batches that SQS accepts.
fn batches(messages: &[QueueMessage], most: usize) -> Vec<&[QueueMessage]> {
    let mut batches = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let fitting = rest.iter().take(most).take_while(|message| {
            bytes = bytes.saturating_add(size(message));
            bytes <= SqsQueue::BATCH_BYTES
        });
        // A message that is larger than a batch goes alone.
        let (batch, others) = rest.split_at(fitting.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

/// The size of a message as SQS counts it, in bytes.
fn size(message: &QueueMessage) -> usize {
    let attributes = message.attributes.iter().map(|(name, attribute)| {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Binary(bytes) => bytes.len(),
        };
        name.len() + attribute.data_type.len() + value
    });
    message.body.len() + attributes.sum::<usize>()
}

#[cfg(test)]
mod tests;
