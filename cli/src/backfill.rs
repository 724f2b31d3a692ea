//! `trailbell backfill`: announces log files that were missed to the log processor's queue, with CloudTrail's
//! own messages.
//!
//! The command goes through the bucket in key order, account by account and region by region, asks the ledger
//! which files it knows, and announces the others. It opens no log file and publishes no datapoint or alert:
//! that is the log processor's work.

mod announcement;
mod arguments;
mod report;
mod request;
mod state;
mod walk;

use std::pin::pin;

use anyhow::bail;
use aws::{FileState, LedgerEntry, LedgerReader, ListedPage, OutgoingMessage};
use cloudtrail::S3Object;
use futures::StreamExt as _;
use indicatif::ProgressBar;
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use self::announcement::{AgePolicy, PublishChoice};
pub(crate) use self::arguments::BackfillArguments;
use self::report::Days;
use self::request::Request;
use self::state::Checkpoint;
use self::walk::{ListedLogFile, LogFolder};
use crate::cloud::sending::{Pace, send};
use crate::cloud::{Bucket, KnownFiles, Queue, S3Bucket};
use crate::exit::Exit;
use crate::runtime::block_on;
use crate::terminal::{complain, printable, progress_bar};

/// Files per question to the ledger: as many as one request to it can name.
const GROUP: usize = 100;
/// Folders whose first page is listed ahead.
const CONCURRENCY: usize = 8;
/// The form of the progress bar. The number of files is known only at the end.
const PROGRESS: &str = "{bar:40} {pos} of {len} folders, {msg}";

/// Announces the files and prints the report.
///
/// # Errors
///
/// When the arguments contradict each other, AWS cannot be reached, or a file cannot be announced.
pub(crate) fn run(arguments: &BackfillArguments) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let request = Request::of(arguments, now)?;
    let mut checkpoint = match &arguments.state {
        Some(path) => Checkpoint::open(path, request)?,
        None => Checkpoint::new(request),
    };
    block_on(async {
        let (days, unrecognized) = if checkpoint.is_finished() {
            (arguments.dry_run.then(Days::default), 0)
        } else {
            announce(arguments, now, &mut checkpoint).await?
        };
        if unrecognized > 0 {
            complain(format_args!(
                "note: skipped {unrecognized} objects among the log files that are not named like log files"
            ));
        }
        report::print(&checkpoint, days.as_ref(), arguments.format)?;
        let is_missing = arguments.dry_run && checkpoint.counts().announced > 0;
        Ok(if is_missing { Exit::Findings } else { Exit::Success })
    })
}

/// Announces the files, or counts them by day in a dry run; returns the days and the number of unrecognized
/// objects.
async fn announce(
    arguments: &BackfillArguments,
    now: OffsetDateTime,
    checkpoint: &mut Checkpoint,
) -> anyhow::Result<(Option<Days>, u64)> {
    let region = arguments.queue_url.region();
    let aws = arguments.aws.connect(region).await?;
    if arguments.table.is_none() {
        complain(
            "note: without `--table`, the ledger is not consulted and every file in the span is announced",
        );
    }
    let bucket = S3Bucket { listing: aws.listing(), name: arguments.source.bucket.clone() };
    let ledger: Option<LedgerReader> = arguments.table.clone().map(|table| aws.ledger_reader(table, region));
    let queue = aws.queue(arguments.queue_url.clone());
    let mut backfill = Backfill {
        bucket: &bucket,
        queue: &queue,
        ledger: ledger.as_ref(),
        policy: AgePolicy { metrics: arguments.metrics, alerts: arguments.alerts, now: now.unix_timestamp() },
        now,
        pace: Pace::new(arguments.rate),
        days: arguments.dry_run.then(Days::default),
        unrecognized: 0,
        bar: ProgressBar::hidden(),
    };
    backfill.run(checkpoint).await?;
    Ok((backfill.days, backfill.unrecognized))
}

/// One run of the command.
struct Backfill<'a, B, Q, L> {
    bucket: &'a B,
    queue: &'a Q,
    ledger: Option<&'a L>,
    policy: AgePolicy,
    now: OffsetDateTime,
    pace: Pace,
    /// What a dry run would announce; `None` for a run that announces.
    days: Option<Days>,
    /// Objects that are not named like log files.
    unrecognized: u64,
    bar: ProgressBar,
}

impl<B: Bucket, Q: Queue, L: KnownFiles> Backfill<'_, B, Q, L> {
    async fn run(&mut self, checkpoint: &mut Checkpoint) -> anyhow::Result<()> {
        let request = checkpoint.request().clone();
        let folders = walk::log_folders(self.bucket, &request).await?;
        if folders.is_empty() {
            bail!(
                "no log files of these accounts and regions below `s3://{}/{}`; the S3 URI must name everything before `AWSLogs/`",
                printable(&request.bucket),
                printable(&request.prefix),
            );
        }
        note_absent(&request, &folders);
        self.bar = progress_bar(Some(folders.len() as u64), PROGRESS);
        let position = checkpoint.position().map(str::to_owned);
        let bucket = self.bucket;
        let remaining =
            folders.iter().filter_map(|folder| Some((folder, folder.start(&request, position.as_deref())?)));
        let first_pages = remaining.map(|(folder, after)| async move {
            let page = bucket.page(&folder.prefix, &after).await;
            (folder, page)
        });
        let mut first_pages = pin!(futures::stream::iter(first_pages).buffered(CONCURRENCY));
        let finished = folders.iter().filter(|folder| folder.is_over(position.as_deref()));
        self.bar.set_position(finished.count() as u64);
        while let Some((folder, page)) = first_pages.next().await {
            self.folder(folder, page?, checkpoint).await?;
            self.bar.inc(1);
        }
        checkpoint.finish()?;
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Goes through the files of one folder, from its first page on.
    async fn folder(
        &mut self,
        folder: &LogFolder,
        mut page: ListedPage,
        checkpoint: &mut Checkpoint,
    ) -> anyhow::Result<()> {
        loop {
            let end = page.objects.last().map(|object| object.key.clone());
            let files = folder.files(page.objects, checkpoint.request());
            self.unrecognized += files.unrecognized;
            for group in files.found.chunks(GROUP) {
                self.group(folder, group, checkpoint).await?;
            }
            let Some(end) = end.filter(|_| !page.is_last && !files.is_over) else { return Ok(()) };
            page = self.bucket.page(&folder.prefix, &end).await?;
        }
    }

    /// Announces the files of a group that the ledger does not know, and records the progress batch by batch.
    async fn group(
        &mut self,
        folder: &LogFolder,
        group: &[ListedLogFile],
        checkpoint: &mut Checkpoint,
    ) -> anyhow::Result<()> {
        let unknown = self.unknown(group, &checkpoint.request().bucket).await?;
        let unknown = unknown.into_iter().map(|file| (file, self.policy.choice(file.delivered_at)));
        let unknown: Vec<(&ListedLogFile, PublishChoice)> = unknown.collect();
        let mut rest = group;
        for batch in unknown.chunks(self.pace.batch()) {
            match &mut self.days {
                Some(days) => batch.iter().for_each(|(file, _)| days.add(folder, file)),
                None => self.announce(batch, &checkpoint.request().bucket).await?,
            }
            let Some((last, _)) = batch.last() else { continue };
            let (passed, left) = rest.split_at(rest.partition_point(|file| file.key <= last.key));
            checkpoint.pass(passed, batch)?;
            rest = left;
            self.bar.set_message(format!("{} files announced", checkpoint.counts().announced));
        }
        checkpoint.pass(rest, &[])
    }

    /// The files of a group that are neither done nor in progress.
    async fn unknown<'f>(
        &self,
        group: &'f [ListedLogFile],
        bucket: &str,
    ) -> anyhow::Result<Vec<&'f ListedLogFile>> {
        let Some(ledger) = self.ledger else { return Ok(group.iter().collect()) };
        let objects: Vec<S3Object> = group.iter().map(|file| object(bucket, &file.key)).collect();
        let entries = ledger.entries(&objects, self.now).await?;
        let unknown = group.iter().zip(&entries).filter(|(_, entry)| !is_known(entry.as_ref(), self.now));
        Ok(unknown.map(|(file, _)| file).collect())
    }

    /// Sends one message per file.
    async fn announce(
        &mut self,
        batch: &[(&ListedLogFile, PublishChoice)],
        bucket: &str,
    ) -> anyhow::Result<()> {
        self.pace.wait(batch.len()).await;
        let messages: Vec<OutgoingMessage> =
            batch.iter().map(|(file, choice)| choice.message(bucket, &file.key)).collect();
        let sent = send(self.queue, &messages).await?;
        let failed = sent.iter().filter(|result| result.is_err()).count();
        match sent.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some(error) => {
                let context = format!("{failed} of {} announcements were rejected by the queue", batch.len());
                Err(anyhow::Error::new(error).context(context))
            }
        }
    }
}

/// Whether a file is done, or an invocation is working on it. A file that failed, or whose invocation was
/// killed, may have lost its message.
fn is_known(entry: Option<&LedgerEntry>, now: OffsetDateTime) -> bool {
    match entry.map(|entry| &entry.state) {
        None | Some(FileState::Released { .. }) => false,
        Some(FileState::Claimed { lease_end, .. }) => *lease_end > now,
        Some(FileState::Done) => true,
    }
}

fn object(bucket: &str, key: &str) -> S3Object {
    S3Object { bucket: bucket.to_owned(), key: key.to_owned(), size: None, version_id: None, region: None }
}

/// Names the requested accounts and regions that have no folder; they may be misspelled.
fn note_absent(request: &Request, folders: &[LogFolder]) {
    let has_account = |account: &str| folders.iter().any(|folder| folder.account == account);
    for account in request.accounts.iter().filter(|account| !has_account(account)) {
        complain(format_args!("note: no log files of account `{}`", printable(account)));
    }
    let has_region = |region: &str| folders.iter().any(|folder| folder.region == region);
    for region in request.regions.iter().filter(|region| !has_region(region)) {
        complain(format_args!("note: no log files of region `{}`", printable(region)));
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
