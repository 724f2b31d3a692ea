//! `trailbell verify copy`: digests and log files of a span from a bucket into a folder, from which they can be verified.
//!
//! Nothing is verified here. What belongs to the span is decided in the crate `digests`, and how it lies in the folder is
//! what `super::folder` reads.

mod destination;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use digests::{Contents, ObjectErrorKind, Place, Request, Wanted, contents};
use indicatif::ProgressBar;
use pipeline::{Clock as _, SystemClock};
use rayon::prelude::*;

use self::destination::{Destination, WriteFault};
use super::arguments::CopyArguments;
use super::bucket::{Bucket, REQUESTS_AT_ONCE};
use super::in_parallel;
use super::remote::{Remote, finish};
use super::words::{counted, grouped};
use crate::exit::Exit;
use crate::inputs::is_in_s3;
use crate::terminal::{Stdout, complain, path_text, printable, progress_bar};

/// Failures that are shown one by one.
const SHOWN: usize = 20;

/// Copies.
///
/// # Errors
///
/// When the bucket cannot be listed or the folder cannot be used.
pub(super) fn run(arguments: &CopyArguments) -> anyhow::Result<Exit> {
    if !is_in_s3(&arguments.source) {
        bail!(
            "`{}` is not in S3; expected `s3://BUCKET` or `s3://BUCKET/PREFIX`",
            path_text(&arguments.source)
        );
    }
    let now = SystemClock.now();
    let request = Request {
        from: Some(arguments.from.second(now)),
        to: arguments.to.second(now),
        now: now.unix_timestamp(),
        accounts: arguments.accounts.clone(),
        regions: arguments.regions.clone(),
        ..Request::default()
    };
    let remote = Remote::connect(&arguments.source, &arguments.options)?;
    let bucket = remote.bucket();
    let destination = Destination::open(&arguments.folder)
        .with_context(|| format!("`{}` cannot be used for the copy", path_text(&arguments.folder)))?;
    let bar = progress_bar(Some(0), "{bar:40} {pos} of {len} objects, {eta} left");
    let copy = Copy { bucket: &bucket, destination: &destination, bar, counts: Counts::default() };
    let copied = in_parallel(REQUESTS_AT_ONCE, || copy.all(&request))?;
    copy.bar.finish_and_clear();
    finish(&bucket)?;
    copied?;
    copy.report()
}

struct Copy<'a> {
    bucket: &'a Bucket,
    destination: &'a Destination,
    bar: ProgressBar,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    copied: AtomicUsize,
    copied_bytes: AtomicU64,
    known: AtomicUsize,
    foreign_names: AtomicUsize,
    failed: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Copy<'_> {
    fn all(&self, request: &Request) -> anyhow::Result<()> {
        for territory in contents(self.bucket, request)? {
            let Contents { digests, log_files, foreign_names, .. } = territory?;
            self.counts.foreign_names.fetch_add(foreign_names, Ordering::Relaxed);
            self.bar.inc_length((digests.len() + log_files.len()) as u64);
            let digests = digests.par_iter().map(|wanted| (wanted, true));
            let objects = digests.chain(log_files.par_iter().map(|wanted| (wanted, false)));
            objects.for_each(|(wanted, is_digest)| {
                self.one(wanted, is_digest);
                self.bar.inc(1);
            });
        }
        Ok(())
    }

    fn one(&self, wanted: &Wanted, is_digest: bool) {
        if self.bucket.ended_by().is_some() {
            return;
        }
        if !wanted.place.is_safe() {
            return self.fail(&wanted.place, "its name could leave the folder, so it was not copied");
        }
        if self.destination.holds(wanted) {
            self.counts.known.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let (body, metadata) = match self.bucket.download(&wanted.place) {
            Ok(opened) => opened,
            Err(error) if error.kind == ObjectErrorKind::Missing && wanted.listed.is_none() => {
                return self.fail(&wanted.place, "a digest names it, and it is not in the bucket");
            }
            Err(error) => return self.fail(&wanted.place, &error.reason),
        };
        match self.destination.write(wanted, body, is_digest.then_some(&metadata)) {
            Ok(bytes) => {
                self.counts.copied.fetch_add(1, Ordering::Relaxed);
                self.counts.copied_bytes.fetch_add(bytes, Ordering::Relaxed);
            }
            Err(WriteFault::Outside) => {
                self.fail(
                    &wanted.place,
                    "a symbolic link in the folder leads elsewhere, and links are not followed",
                );
            }
            Err(WriteFault::Io(error)) => self.fail(&wanted.place, &error.to_string()),
        }
    }

    fn fail(&self, place: &Place, reason: &str) {
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        let mut failures = self.counts.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() < SHOWN {
            failures.push(format!("`{place}`: {reason}"));
        }
    }

    fn report(self) -> anyhow::Result<Exit> {
        let counts = self.counts;
        let mut failures = counts.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort();
        for failure in &failures {
            complain(format_args!("error: {}", printable(failure)));
        }
        let failed = counts.failed.into_inner();
        if failed > failures.len() {
            complain(format_args!("error: {} more could not be copied", grouped(failed - failures.len())));
        }
        match counts.foreign_names.into_inner() {
            0 => {}
            count => complain(format_args!(
                "note: {} that digests name lie outside of the log files of their account and region, and were left out",
                counted(count, "file", "files")
            )),
        }
        let bytes = usize::try_from(counts.copied_bytes.into_inner()).unwrap_or(usize::MAX);
        let copied = counted(counts.copied.into_inner(), "object", "objects");
        let mut line = format!("copied {copied}, {} bytes", grouped(bytes));
        for (count, what) in [(counts.known.into_inner(), "there already"), (failed, "not copied")] {
            if count > 0 {
                line.push_str(&format!("; {} {what}", grouped(count)));
            }
        }
        let mut out = Stdout::buffered();
        writeln!(out, "{line}")?;
        out.flush()?;
        Ok(if failed == 0 { Exit::Success } else { Exit::Findings })
    }
}
