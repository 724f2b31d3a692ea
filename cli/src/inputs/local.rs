//! Lists files, folders and standard input.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cloudtrail::classify_key;
use history::FileState;
use walkdir::{DirEntry, WalkDir};

use super::{Input, Inputs, Origin, log_file_key, unwanted};
use crate::terminal::path_text;

/// Nanoseconds of a second.
#[cfg(unix)]
const NANOSECONDS: i128 = 1_000_000_000;

/// Collects the inputs.
pub(super) struct Lister {
    pub(super) found: Inputs,
    /// Whether files that contain no records are listed too.
    is_everything: bool,
    /// The files so far, whatever path leads to them.
    seen: HashSet<PathBuf>,
}

impl Lister {
    pub(super) fn new(is_everything: bool) -> Self {
        Self { found: Inputs::default(), is_everything, seen: HashSet::new() }
    }

    /// Adds a file, the files of a folder, or standard input.
    pub(super) fn add(&mut self, source: &Path) {
        if source == Path::new("-") {
            self.found.inputs.push(Input {
                origin: Origin::Stdin,
                name: Arc::from("-"),
                key: None,
                path_text: String::new(),
                bytes: 0,
                state: None,
                is_in_folder: false,
            });
            return;
        }
        match fs::metadata(source) {
            Ok(metadata) if metadata.is_dir() => self.walk(source),
            Ok(metadata) => self.add_file(source, Some(&metadata), false),
            Err(error) => self.add_unreachable(source, &error),
        }
    }

    /// Lists a folder.
    fn walk(&mut self, root: &Path) {
        for entry in entries(root) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => {
                    self.add_file(entry.path(), entry.metadata().ok().as_ref(), true);
                }
                // Opening a pipe or a device could block forever.
                Ok(entry) => {
                    self.skip(entry.path(), "not a regular file; name it on the command line to read it")
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    // Without a cause, it is a link to a folder above it, whose files are listed anyway.
                    if let Some(error) = error.into_io_error() {
                        self.add_unreachable(&path, &error);
                    }
                }
            }
        }
    }

    fn add_file(&mut self, path: &Path, metadata: Option<&fs::Metadata>, is_in_folder: bool) {
        let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let full = path_text(&full);
        let kind = classify_key(&full);
        if is_in_folder
            && !self.is_everything
            && let Some(reason) = unwanted(&kind)
        {
            return self.skip(path, reason);
        }
        if self.seen.insert(identity(path)) {
            self.found.inputs.push(Input {
                origin: Origin::Path(path.to_path_buf()),
                name: Arc::from(path_text(path)),
                key: log_file_key(&kind),
                path_text: full,
                bytes: metadata.map_or(0, fs::Metadata::len),
                state: metadata.and_then(state),
                is_in_folder,
            });
        }
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        self.found.skipped.push(format!("`{}`: {reason}", path_text(path)));
    }

    fn add_unreachable(&mut self, path: &Path, error: &io::Error) {
        self.found.unreachable.push(format!("`{}`: {error}", path_text(path)));
    }
}

/// The state of a file; `None` if its file system does not say when it was changed.
#[cfg(unix)]
fn state(metadata: &fs::Metadata) -> Option<FileState> {
    use std::os::unix::fs::MetadataExt as _;
    // Unlike the time of modification, no program sets this one.
    let changed = i128::from(metadata.ctime()) * NANOSECONDS + i128::from(metadata.ctime_nsec());
    Some(FileState { bytes: metadata.len(), changed: u64::try_from(changed).ok()?, id: metadata.ino() })
}

#[cfg(not(unix))]
fn state(metadata: &fs::Metadata) -> Option<FileState> {
    let since = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(FileState { bytes: metadata.len(), changed: u64::try_from(since.as_nanos()).ok()?, id: 0 })
}

/// What is below a folder, by name. Links are followed. Each folder is entered once, so that links cannot lead in a circle.
pub(crate) fn entries(root: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let mut entered = HashSet::new();
    WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| !entry.file_type().is_dir() || entered.insert(identity(entry.path())))
}

/// One spelling for all paths to a file. A path that cannot be resolved, such as a pipe of the shell, stays as it is.
pub(crate) fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf())
}
