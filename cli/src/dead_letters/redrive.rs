//! `trailbell dlq redrive`: messages sent back, and deleted after that.
//!
//! A message is sent as it is, with its attributes, and as a new one: its age and its receives begin anew. One that comes back
//! to the dead-letter queue while the command runs is left there, so that poison does not go round for ever.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context as _, bail};
use aws::{AttributeValue, OutgoingMessage, QueueMessage, SqsQueue};
use indicatif::ProgressBar;
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use super::arguments::RedriveArguments;
use super::diagnosis::diagnose;
use super::progress_bar;
use super::reader::{DeadLetters, Interruption};
use crate::cloud::{KnownFiles, Queue};
use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::printable;
use crate::sending::{Pace, send};

/// Which messages to send.
#[derive(Debug)]
enum Selection<'a> {
    All,
    Ids(BTreeSet<&'a str>),
    Codes(BTreeSet<&'a str>),
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Messages that were in the queue when the command began.
    seen: u64,
    /// Sent and deleted, or to be, in a dry run.
    moved: u64,
    failed: u64,
    /// Ids that were asked for and not seen.
    missing: u64,
    /// Messages that came while the command ran.
    late: u64,
}

/// Sends the messages that were chosen.
pub(super) async fn run<Q: Queue, T: Queue, L: KnownFiles>(
    queue: &Q,
    to: &T,
    ledger: Option<&L>,
    arguments: &RedriveArguments,
) -> anyhow::Result<Exit> {
    if arguments.source.queue_url == arguments.to {
        bail!("`--to` is the dead-letter queue itself");
    }
    let selection = Selection::of(arguments);
    if let Selection::Codes(codes) = &selection
        && ledger.is_none()
        && codes.iter().any(|code| !code.starts_with("message."))
    {
        bail!("`--code` for files needs `--table`, the ledger's table");
    }
    let redrive = Redrive { to, ledger, selection, is_dry: arguments.dry_run, now: SystemClock.now() };
    let mut out = anstream::stdout();
    let mut letters = DeadLetters::new(queue, Interruption::watch());
    let progress = progress_bar(queue).await;
    let mut tally = Tally::default();
    let result = redrive.run(&mut letters, Pace::new(arguments.rate), &progress, &mut tally, &mut out).await;
    letters.give_back().await;
    progress.finish_and_clear();
    let Tally { seen, moved, failed, missing, late } = tally;
    if late > 0 {
        complain(format_args!(
            "note: {late} messages have come, or come back, while this ran; they are left"
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
        tally: &mut Tally,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        // With all ids found, the rest of the queue is of no interest.
        while !matches!(&self.selection, Selection::Ids(ids) if ids.is_empty()) {
            let batch = letters.next().await?;
            if batch.is_empty() {
                break;
            }
            let (batch, late): (Vec<QueueMessage>, Vec<QueueMessage>) = batch
                .into_iter()
                .partition(|message| message.sent_at.is_none_or(|sent_at| sent_at < self.now));
            tally.seen += batch.len() as u64;
            tally.late += late.len() as u64;
            let chosen = self.choose(batch).await?;
            if self.is_dry {
                for message in &chosen {
                    writeln!(out, "{}", printable(&message.id))?;
                }
                tally.moved += chosen.len() as u64;
            } else {
                for batch in batches(&chosen, pace.batch()) {
                    pace.wait(batch.len()).await;
                    self.move_batch(letters, batch, tally).await?;
                }
            }
            progress.set_position(tally.seen);
        }
        if let Selection::Ids(ids) = &self.selection {
            for id in ids {
                complain(format_args!("no message `{}` is visible", printable(id)));
            }
            tally.missing = ids.len() as u64;
        }
        Ok(())
    }

    /// Those of the messages that are to be sent.
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

    /// Sends, and deletes what was sent.
    async fn move_batch<Q: Queue>(
        &self,
        letters: &mut DeadLetters<'_, Q>,
        batch: &[QueueMessage],
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let messages: Vec<OutgoingMessage> = batch.iter().map(outgoing).collect();
        let sent = send(self.to, &messages).await?;
        let mut delivered = Vec::new();
        for (message, result) in batch.iter().zip(sent) {
            match result {
                Ok(()) => delivered.push(message.clone()),
                Err(error) => {
                    tally.failed += 1;
                    let error = error.to_string();
                    complain(format_args!(
                        "`{}` was not sent: {}",
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
            deleted.context("messages were sent, and are still in the dead-letter queue as well")?;
        for (message, result) in delivered.iter().zip(deleted) {
            match result {
                Ok(()) => tally.moved += 1,
                Err(error) => {
                    tally.failed += 1;
                    let (id, error) = (printable(&message.id), error.to_string());
                    complain(format_args!(
                        "`{id}` was sent, and is still in the dead-letter queue as well: {}",
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

/// The messages in batches that SQS takes.
fn batches(messages: &[QueueMessage], most: usize) -> Vec<&[QueueMessage]> {
    let mut batches = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let fitting = rest.iter().take(most).take_while(|message| {
            bytes = bytes.saturating_add(size(message));
            bytes <= SqsQueue::BATCH_BYTES
        });
        // One that is larger than a batch goes alone.
        let (batch, others) = rest.split_at(fitting.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

/// The size that SQS counts, in bytes.
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
