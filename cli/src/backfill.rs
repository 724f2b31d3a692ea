//! `trailbell backfill`: log files that were missed are announced to the queue, in CloudTrail's own message shape.
//!
//! The bucket is walked in the order of its keys, account by account and region by region; the ledger is asked which files
//! it knows; the rest goes to the queue. No log file is opened, and nothing is published here: that is the log processor's work.

mod announcement;
pub(crate) mod arguments;
mod report;
mod state;
mod walk;

use std::io::{self, IsTerminal as _};
use std::pin::pin;

use anyhow::bail;
use aws::{Aws, FileState, LedgerEntry, LedgerReader, ListedPage, OutgoingMessage};
use cloudtrail::S3Object;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipeline::{Clock as _, SystemClock};
use time::OffsetDateTime;

use self::announcement::{Policy, Treatment};
use self::arguments::BackfillArguments;
use self::report::Days;
use self::state::{Progress, Request};
use self::walk::{Found, Place};
use crate::cloud::{Bucket, KnownFiles, Queue, S3Bucket, block_on};
use crate::complaint::complain;
use crate::exit::Exit;
use crate::printable::printable;
use crate::sending::{Pace, send};

/// Files that the ledger is asked about at once: one request of it.
const GROUP: usize = 100;
/// Places whose first page is listed ahead.
const CONCURRENCY: usize = 8;

/// Announces the files.
pub(crate) fn run(arguments: &BackfillArguments) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    let request = Request::of(arguments, now)?;
    let mut progress = match &arguments.state {
        Some(path) => Progress::open(path, request)?,
        None => Progress::new(request),
    };
    if arguments.table.is_none() {
        complain("note: without `--table` the ledger is not asked, and every file of the span is announced");
    }
    block_on(async {
        let aws = Aws::load().await;
        let region = arguments.queue_url.region();
        let bucket = S3Bucket { listing: aws.listing(), name: arguments.source.bucket.clone() };
        let ledger: Option<LedgerReader> =
            arguments.table.clone().map(|table| aws.ledger_reader(table, region));
        let queue = aws.queue(arguments.queue_url.clone());
        let mut backfill = Backfill {
            bucket: &bucket,
            queue: &queue,
            ledger: ledger.as_ref(),
            policy: Policy {
                metrics: arguments.metrics,
                alerts: arguments.alerts,
                now: now.unix_timestamp(),
            },
            now,
            pace: Pace::new(arguments.rate),
            days: arguments.dry_run.then(Days::default),
            unrecognized: 0,
            bar: ProgressBar::hidden(),
        };
        if !progress.is_finished() {
            backfill.run(&mut progress).await?;
        }
        if backfill.unrecognized > 0 {
            let count = backfill.unrecognized;
            complain(format_args!(
                "note: {count} objects among the log files have no name of one, and are passed over"
            ));
        }
        report::print(&progress, backfill.days.as_ref(), arguments.format)?;
        let is_missing = arguments.dry_run && progress.tally().announced > 0;
        Ok(if is_missing { Exit::Findings } else { Exit::Success })
    })
}

/// One run of the command.
struct Backfill<'a, B, Q, L> {
    bucket: &'a B,
    queue: &'a Q,
    ledger: Option<&'a L>,
    policy: Policy,
    now: OffsetDateTime,
    pace: Pace,
    /// What would be announced; `None` where it is.
    days: Option<Days>,
    /// Objects without the name of a log file.
    unrecognized: u64,
    bar: ProgressBar,
}

impl<B: Bucket, Q: Queue, L: KnownFiles> Backfill<'_, B, Q, L> {
    async fn run(&mut self, progress: &mut Progress) -> anyhow::Result<()> {
        let request = progress.request().clone();
        let places = walk::places(self.bucket, &request).await?;
        if places.is_empty() {
            bail!(
                "there are no log files of these accounts and regions below `s3://{}/{}`; name what stands in front of `AWSLogs/`",
                printable(&request.bucket),
                printable(&request.prefix),
            );
        }
        note_absent(&request, &places);
        self.bar = progress_bar(places.len());
        let begun = progress.position().map(str::to_owned);
        let bucket = self.bucket;
        let left = places.iter().filter_map(|place| Some((place, place.start(&request, begun.as_deref())?)));
        let first_pages = left.map(|(place, after)| async move {
            let page = bucket.page(&place.prefix, &after).await;
            (place, page)
        });
        let mut first_pages = pin!(futures::stream::iter(first_pages).buffered(CONCURRENCY));
        self.bar.set_position(places.iter().filter(|place| place.is_over(begun.as_deref())).count() as u64);
        while let Some((place, page)) = first_pages.next().await {
            self.place(place, page?, progress).await?;
            self.bar.inc(1);
        }
        progress.finish()?;
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Goes through the files of one place from its first page on.
    async fn place(
        &mut self,
        place: &Place,
        mut page: ListedPage,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        loop {
            let end = page.objects.last().map(|object| object.key.clone());
            let files = place.files(page.objects, progress.request());
            self.unrecognized += files.unrecognized;
            for group in files.found.chunks(GROUP) {
                self.group(place, group, progress).await?;
            }
            let Some(end) = end.filter(|_| !page.is_last && !files.is_over) else { return Ok(()) };
            page = self.bucket.page(&place.prefix, &end).await?;
        }
    }

    /// Announces those of a group that the ledger does not know, and notes batch by batch how far that is.
    async fn group(&mut self, place: &Place, group: &[Found], progress: &mut Progress) -> anyhow::Result<()> {
        let unknown = self.unknown(group, &progress.request().bucket).await?;
        let treated = unknown.into_iter().map(|file| (file, self.policy.treatment(file.delivered_at)));
        let treated: Vec<(&Found, Treatment)> = treated.collect();
        let mut rest = group;
        for batch in treated.chunks(self.pace.batch()) {
            match &mut self.days {
                Some(days) => batch.iter().for_each(|(file, _)| days.add(place, file)),
                None => self.announce(batch, &progress.request().bucket).await?,
            }
            let Some((last, _)) = batch.last() else { continue };
            let (passed, left) = rest.split_at(rest.partition_point(|file| file.key <= last.key));
            progress.pass(passed, batch)?;
            rest = left;
            self.bar.set_message(format!("{} announced", progress.tally().announced));
        }
        progress.pass(rest, &[])
    }

    /// The files of a group that are neither done nor in progress.
    async fn unknown<'f>(&self, group: &'f [Found], bucket: &str) -> anyhow::Result<Vec<&'f Found>> {
        let Some(ledger) = self.ledger else { return Ok(group.iter().collect()) };
        let objects: Vec<S3Object> = group.iter().map(|file| object(bucket, &file.key)).collect();
        let entries = ledger.entries(&objects, self.now).await?;
        let unknown = group.iter().zip(&entries).filter(|(_, entry)| !is_known(entry.as_ref(), self.now));
        Ok(unknown.map(|(file, _)| file).collect())
    }

    /// Sends one message for each file.
    async fn announce(&mut self, batch: &[(&Found, Treatment)], bucket: &str) -> anyhow::Result<()> {
        self.pace.wait(batch.len()).await;
        let messages: Vec<OutgoingMessage> =
            batch.iter().map(|(file, treatment)| treatment.message(bucket, &file.key)).collect();
        let sent = send(self.queue, &messages).await?;
        let failed = sent.iter().filter(|result| result.is_err()).count();
        match sent.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some(error) => Err(anyhow::Error::new(error)
                .context(format!("{failed} of {} announcements were not taken by the queue", batch.len()))),
        }
    }
}

/// Whether the ledger knows that nothing is left to do, or that somebody is doing it. A file that failed, or whose invocation
/// was ended, may have lost its message.
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

/// Names accounts and regions that were asked for and have no folder; they may be misspelt.
fn note_absent(request: &Request, places: &[Place]) {
    for account in
        request.accounts.iter().filter(|account| places.iter().all(|place| place.account != **account))
    {
        complain(format_args!("note: there are no log files of the account `{}`", printable(account)));
    }
    for region in request.regions.iter().filter(|region| places.iter().all(|place| place.region != **region))
    {
        complain(format_args!("note: there are no log files of the region `{}`", printable(region)));
    }
}

/// A bar over accounts and regions, on a terminal. How many files there are is known at the end only.
fn progress_bar(places: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(places as u64), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos} of {len} regions of accounts, {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
