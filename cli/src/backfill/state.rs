//! How far a backfill is: what it was asked for, where it stands, what it has counted; in a file, if it is to go on after its end.
//!
//! The file is replaced as a whole after each batch that the queue has taken. A process that is ended between the two announces
//! that batch once more.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::announcement::Treatment;
use super::arguments::{Alerts, BackfillArguments, Metrics};
use super::walk::{Found, LOGS_FOLDER};
use crate::printable::path_text;

/// The form of the file.
const VERSION: u32 = 1;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) bucket: String,
    /// What stands in front of `AWSLogs/`.
    pub(super) prefix: String,
    queue: String,
    table: Option<String>,
    pub(super) accounts: Vec<String>,
    pub(super) regions: Vec<String>,
    metrics: Metrics,
    alerts: Alerts,
    /// As typed; a time ago is one before the first run.
    from: String,
    to: String,
    /// Seconds since 1970.
    pub(super) from_minute: i64,
    /// Seconds since 1970; no part of the span.
    pub(super) to_minute: i64,
}

impl Request {
    /// What the command line asks for.
    ///
    /// # Errors
    ///
    /// When the span is empty, or the prefix ends below `AWSLogs/`.
    pub(super) fn of(arguments: &BackfillArguments, now: OffsetDateTime) -> anyhow::Result<Self> {
        let (from_minute, to_minute) = (arguments.from.minute(now), arguments.to.minute(now));
        if from_minute >= to_minute {
            bail!("the span is empty: `--from {}` is not before `--to {}`", arguments.from, arguments.to);
        }
        let prefix = &arguments.source.prefix;
        let prefix = match prefix.strip_suffix(LOGS_FOLDER) {
            Some(front) if front.is_empty() || front.ends_with('/') => front,
            _ => prefix,
        };
        if prefix.split('/').any(|segment| segment == LOGS_FOLDER.trim_end_matches('/')) {
            bail!("name what stands in front of `AWSLogs/`, and choose with `--account` and `--region`");
        }
        Ok(Self {
            bucket: arguments.source.bucket.clone(),
            prefix: prefix.to_owned(),
            queue: arguments.queue_url.to_string(),
            table: arguments.table.clone(),
            accounts: arguments.accounts.clone(),
            regions: arguments.regions.clone(),
            metrics: arguments.metrics,
            alerts: arguments.alerts,
            from: arguments.from.to_string(),
            to: arguments.to.to_string(),
            from_minute,
            to_minute,
        })
    }

    /// The first argument in which two requests differ.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        let arguments = [
            (self.bucket == other.bucket && self.prefix == other.prefix, "S3_URI"),
            (self.queue == other.queue, "--queue-url"),
            (self.table == other.table, "--table"),
            (self.accounts == other.accounts, "--account"),
            (self.regions == other.regions, "--region"),
            (self.metrics == other.metrics, "--metrics"),
            (self.alerts == other.alerts, "--alerts"),
            (self.from == other.from, "--from"),
            (self.to == other.to, "--to"),
        ];
        arguments.into_iter().find(|(is_same, _)| !is_same).map(|(_, name)| name)
    }
}

/// What was counted, over all runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tally {
    /// Log files of the span.
    pub(super) found: u64,
    pub(super) found_bytes: u64,
    /// Of the files, those that the ledger has as done or in progress.
    pub(super) known: u64,
    /// The others.
    pub(super) announced: u64,
    pub(super) announced_bytes: u64,
    /// Of these, those without datapoints.
    pub(super) without_metrics: u64,
    /// Of these, those without alerts.
    pub(super) without_alerts: u64,
    /// Of these, those without either.
    pub(super) silent: u64,
}

impl Tally {
    fn announce(&mut self, file: &Found, treatment: Treatment) {
        self.announced += 1;
        self.announced_bytes = self.announced_bytes.saturating_add(file.size);
        self.without_metrics += u64::from(!treatment.metrics);
        self.without_alerts += u64::from(!treatment.alerts);
        self.silent += u64::from(!treatment.metrics && !treatment.alerts);
    }
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    version: u32,
    request: Request,
    /// The key up to which all is done.
    position: Option<String>,
    is_finished: bool,
    tally: Tally,
}

/// How far a backfill is, and where that is kept.
#[derive(Debug)]
pub(super) struct Progress {
    state: State,
    path: Option<PathBuf>,
}

impl Progress {
    /// The beginning of a backfill that is not kept.
    pub(super) fn new(request: Request) -> Self {
        let state =
            State { version: VERSION, request, position: None, is_finished: false, tally: Tally::default() };
        Self { state, path: None }
    }

    /// The beginning of a backfill, or where a run before this has ended.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is of other arguments.
    pub(super) fn open(path: &Path, request: Request) -> anyhow::Result<Self> {
        let name = path_text(path);
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: Some(path.to_owned()), ..Self::new(request) });
            }
            Err(error) => return Err(error).with_context(|| format!("`{name}` cannot be read")),
        };
        let state: State = serde_json::from_str(&text)
            .with_context(|| format!("`{name}` holds no progress of a backfill; name another file"))?;
        if state.version != VERSION {
            bail!("`{name}` is of another version of trailbell; name another file");
        }
        if let Some(argument) = state.request.difference(&request) {
            bail!(
                "`{name}` is of a backfill with another `{argument}`; name another file, or delete it to begin anew"
            );
        }
        Ok(Self { state, path: Some(path.to_owned()) })
    }

    /// What was asked for, with the times of the first run.
    pub(super) fn request(&self) -> &Request {
        &self.state.request
    }

    /// Where the announcements go.
    pub(super) fn queue(&self) -> &str {
        &self.state.request.queue
    }

    pub(super) fn position(&self) -> Option<&str> {
        self.state.position.as_deref()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.state.is_finished
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.state.tally
    }

    /// Notes that files, which follow the position in the order of their keys, are done: these were announced, and the ledger
    /// knows the others.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn pass(&mut self, files: &[Found], announced: &[(&Found, Treatment)]) -> anyhow::Result<()> {
        let Some(last) = files.last() else { return Ok(()) };
        let tally = &mut self.state.tally;
        tally.found += files.len() as u64;
        tally.found_bytes =
            files.iter().fold(tally.found_bytes, |bytes, file| bytes.saturating_add(file.size));
        tally.known += files.len().saturating_sub(announced.len()) as u64;
        for (file, treatment) in announced {
            tally.announce(file, *treatment);
        }
        self.state.position = Some(last.key.clone());
        self.save()
    }

    /// Notes that all is done.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        self.state.is_finished = true;
        self.save()
    }

    fn save(&self) -> anyhow::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let text = serde_json::to_vec(&self.state)?;
        replace(path, &text).with_context(|| format!("`{}` cannot be written", path_text(path)))
    }
}

/// Writes a file so that whoever reads it finds all of its contents, those of before or these.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(contents)?;
    file.sync_data()?;
    fs::rename(&beside, path)
}
