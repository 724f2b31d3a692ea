//! How far a backfill is: what was asked for, the last key that is done, and what was counted. With `--state`
//! it is kept in a file, so that another run can continue.
//!
//! The file is replaced as a whole after each batch that the queue has accepted. If the process ends between
//! the two, the next run announces that batch again.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::announcement::PublishChoice;
use super::request::Request;
use super::walk::ListedLogFile;
use crate::terminal::{path_text, printable};

/// The version of the file's form.
const VERSION: u32 = 1;

/// What was counted, over all runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BackfillCounts {
    /// Log files in the span.
    pub(super) found: u64,
    pub(super) found_bytes: u64,
    /// Files that are done or in progress according to the ledger.
    pub(super) known: u64,
    /// All other files.
    pub(super) announced: u64,
    pub(super) announced_bytes: u64,
    /// Announced files without datapoints.
    pub(super) without_metrics: u64,
    /// Announced files without alerts.
    pub(super) without_alerts: u64,
    /// Announced files with neither.
    pub(super) silent: u64,
}

impl BackfillCounts {
    fn announce(&mut self, file: &ListedLogFile, choice: PublishChoice) {
        self.announced += 1;
        self.announced_bytes = self.announced_bytes.saturating_add(file.size);
        self.without_metrics += u64::from(!choice.metrics);
        self.without_alerts += u64::from(!choice.alerts);
        self.silent += u64::from(!choice.metrics && !choice.alerts);
    }
}

/// The contents of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SavedState {
    version: u32,
    request: Request,
    /// The last key that is done; all keys before it are done too.
    position: Option<String>,
    is_finished: bool,
    #[serde(rename = "tally")]
    counts: BackfillCounts,
}

/// How far a backfill is, and the file where that is kept.
#[derive(Debug)]
pub(super) struct Checkpoint {
    state: SavedState,
    path: Option<PathBuf>,
}

impl Checkpoint {
    /// The start of a backfill that is not kept in a file.
    pub(super) fn new(request: Request) -> Self {
        let counts = BackfillCounts::default();
        let state = SavedState { version: VERSION, request, position: None, is_finished: false, counts };
        Self { state, path: None }
    }

    /// The start of a backfill, or the point that an earlier run reached.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or belongs to a backfill with other arguments.
    pub(super) fn open(path: &Path, request: Request) -> anyhow::Result<Self> {
        let name = path_text(path);
        let name = printable(&name);
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: Some(path.to_owned()), ..Self::new(request) });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read state file `{name}`")),
        };
        let state: SavedState = serde_json::from_str(&text)
            .with_context(|| format!("`{name}` is not the state of a backfill; name another file"))?;
        if state.version != VERSION {
            bail!("`{name}` was written by another version of trailbell; name another file");
        }
        if let Some(argument) = state.request.difference(&request) {
            bail!(
                "`{name}` belongs to a backfill with another `{argument}`; name another file, or delete this one to start over"
            );
        }
        Ok(Self { state, path: Some(path.to_owned()) })
    }

    /// What was asked for, with the times of the first run.
    pub(super) fn request(&self) -> &Request {
        &self.state.request
    }

    pub(super) fn position(&self) -> Option<&str> {
        self.state.position.as_deref()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.state.is_finished
    }

    pub(super) fn counts(&self) -> &BackfillCounts {
        &self.state.counts
    }

    /// Records that `files`, which follow the position in key order, are done. The files in `announced` were
    /// announced; the ledger knows the others.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn pass(
        &mut self,
        files: &[ListedLogFile],
        announced: &[(&ListedLogFile, PublishChoice)],
    ) -> anyhow::Result<()> {
        let Some(last) = files.last() else { return Ok(()) };
        let counts = &mut self.state.counts;
        counts.found += files.len() as u64;
        counts.found_bytes =
            files.iter().fold(counts.found_bytes, |bytes, file| bytes.saturating_add(file.size));
        counts.known += files.len().saturating_sub(announced.len()) as u64;
        for (file, choice) in announced {
            counts.announce(file, *choice);
        }
        self.state.position = Some(last.key.clone());
        self.save()
    }

    /// Records that everything is done.
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
        replace(path, &text)
            .with_context(|| format!("cannot write state file `{}`", printable(&path_text(path))))
    }
}

/// Replaces a file in one step: a reader finds either the old contents or the new ones, complete.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any new file: the umask takes its part away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(())
}
