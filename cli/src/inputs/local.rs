//! Lists files, folders and standard input.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cloudtrail::classify_key;
use walkdir::{DirEntry, WalkDir};

use super::{Input, Inputs, Origin, log_file_key, unwanted};
use crate::terminal::path_text;

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
                is_in_folder: false,
            });
            return;
        }
        match fs::metadata(source) {
            Ok(metadata) if metadata.is_dir() => self.walk(source),
            Ok(metadata) => self.add_file(source, metadata.len(), false),
            Err(error) => self.add_unreachable(source, &error),
        }
    }

    /// Lists a folder.
    fn walk(&mut self, root: &Path) {
        for entry in entries(root) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => {
                    let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.add_file(entry.path(), bytes, true);
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

    fn add_file(&mut self, path: &Path, bytes: u64, is_in_folder: bool) {
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
                bytes,
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
