//! From the paths on the command line to the list of files, each with a key by which the pipeline knows it.
//!
//! The key is the absolute path with `/` between its parts, so that what a name or a folder says decides the kind of
//! file as it does in a bucket, wherever the caller stands. Any path has a key, also one that is no UTF-8, and no two
//! files share one. Nothing is opened here.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::report::ErrorEntry;
use crate::printable::path_text;

/// Endings of the log files in a folder, in lower case; CloudTrail writes the first.
const LOG_FILE_ENDINGS: [&str; 2] = [".json.gz", ".json"];

/// Where a log file is read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// A file with its names.
#[derive(Debug)]
struct LocalFile {
    key: String,
    /// The path as the caller gave it.
    name: String,
    origin: Origin,
}

/// What the paths came to.
#[derive(Debug, Default)]
pub(super) struct FileList {
    files: Vec<LocalFile>,
    by_key: HashMap<String, usize>,
    /// Indices of the files in the order in which they are to be read. A file that is reached twice is named twice.
    pub(super) mentions: Vec<usize>,
    /// Paths that are out of reach.
    pub(super) errors: Vec<ErrorEntry>,
    /// How many of them count as files: those that were named one by one, and those in folders that have the ending of
    /// a log file. A folder that cannot be read is an error too, but how many files are in it is not known.
    pub(super) unreachable_files: u64,
    /// What the caller may not expect.
    pub(super) notes: Vec<String>,
    /// Sizes of all files together, as far as they are known.
    pub(super) bytes: u64,
}

impl FileList {
    /// The key of a file.
    pub(super) fn key(&self, index: usize) -> &str {
        self.files.get(index).map(|file| file.key.as_str()).unwrap_or_default()
    }

    /// The name under which the caller knows a file.
    pub(super) fn name(&self, index: usize) -> &str {
        self.files.get(index).map(|file| file.name.as_str()).unwrap_or_default()
    }

    /// The place of the file with a key.
    pub(super) fn index(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// Where the file with a key is read from.
    pub(super) fn origin(&self, key: &str) -> Option<&Origin> {
        Some(&self.files.get(self.index(key)?)?.origin)
    }
}

/// Lists the files behind the paths: folders in the order of their names, everything else as given.
pub(super) fn list(paths: &[PathBuf]) -> FileList {
    let mut lister = Lister::default();
    for path in paths {
        lister.add(path);
    }
    lister.list
}

#[derive(Default)]
struct Lister {
    list: FileList,
    /// Files by what they are, however they are named.
    identities: HashMap<Origin, usize>,
}

impl Lister {
    fn add(&mut self, path: &Path) {
        if path == Path::new("-") {
            let name = "-".to_owned();
            self.mention(Origin::Stdin, 0, || LocalFile { key: name.clone(), name, origin: Origin::Stdin });
            return;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(path),
            Ok(metadata) => self.mention_path(path, metadata.len()),
            Err(error) => self.add_unreachable_file(path, code_of(&error), error.to_string()),
        }
    }

    /// Lists a folder. Links are followed, and each folder is entered once, so that no link leads in a circle.
    fn walk(&mut self, root: &Path) {
        let mentions = self.list.mentions.len();
        let errors = self.list.errors.len();
        let mut entered = HashSet::new();
        let entries = WalkDir::new(root)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| !entry.file_type().is_dir() || entered.insert(identity(entry.path())));
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_dir() || !is_log_file_name(entry.file_name()) => {}
                Ok(entry) if entry.file_type().is_file() => {
                    let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.mention_path(entry.path(), bytes);
                }
                // Opening a pipe or a device could wait for ever.
                Ok(entry) => {
                    let message = "it is neither a file nor a folder; name it itself to read it";
                    self.add_unreachable_file(entry.path(), "file.not-regular", message.to_owned());
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    // Without a cause it is a link to one of its own parents: whatever is in it is listed there.
                    if let Some(error) = error.into_io_error() {
                        self.add_unreachable_entry(&path, &error);
                    }
                }
            }
        }
        if self.list.mentions.len() == mentions && self.list.errors.len() == errors {
            self.list.notes.push(format!(
                "no file in `{}` ends in {}",
                path_text(root),
                LOG_FILE_ENDINGS.map(|ending| format!("`{ending}`")).join(" or ")
            ));
        }
    }

    fn mention_path(&mut self, path: &Path, bytes: u64) {
        self.mention(Origin::Path(identity(path)), bytes, || LocalFile {
            key: path_text(&without_detours(path)),
            name: path_text(path),
            origin: Origin::Path(path.to_path_buf()),
        });
    }

    fn mention(&mut self, identity: Origin, bytes: u64, describe: impl FnOnce() -> LocalFile) {
        let list = &mut self.list;
        let index = *self.identities.entry(identity).or_insert_with(|| {
            let index = list.files.len();
            let mut file = describe();
            file.key = free_key(&list.by_key, file.key);
            list.by_key.insert(file.key.clone(), index);
            list.files.push(file);
            list.bytes += bytes;
            index
        });
        list.mentions.push(index);
    }

    /// Adds what is in a folder and cannot be reached.
    fn add_unreachable_entry(&mut self, path: &Path, error: &io::Error) {
        let is_folder = fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let code = code_of(error);
        if is_folder {
            self.add_error(path, code, format!("the folder cannot be read: {error}"));
        } else if path.file_name().is_some_and(is_log_file_name) {
            let what = if is_link { "the link cannot be followed: " } else { "" };
            self.add_unreachable_file(path, code, format!("{what}{error}"));
        } else if !is_link || error.kind() == io::ErrorKind::PermissionDenied {
            // It may be a folder with log files.
            self.add_error(path, code, format!("it cannot be reached: {error}"));
        }
    }

    fn add_unreachable_file(&mut self, path: &Path, code: &'static str, message: String) {
        self.list.unreachable_files += 1;
        self.add_error(path, code, message);
    }

    fn add_error(&mut self, path: &Path, code: &'static str, message: String) {
        self.list.errors.push(ErrorEntry { file: path_text(path), code, message });
    }
}

fn code_of(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::NotFound {
        "file.not-found"
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        "file.access-denied"
    } else {
        "file.refused"
    }
}

/// One spelling for all paths to a file. What cannot be resolved, such as a pipe of the shell, stands for itself.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf())
}

/// The absolute path as it reads: without `..`, and with the names of links rather than of what they lead to.
fn without_detours(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in std::path::absolute(path).as_deref().unwrap_or(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(component),
        }
    }
    plain
}

/// The text as key, or behind a number where another file has it: two paths that are no UTF-8 can read alike.
/// What stands in front of a key is without influence on what kind of file it names.
fn free_key(taken: &HashMap<String, usize>, text: String) -> String {
    if !taken.contains_key(&text) {
        return text;
    }
    let mut number = 2_u64;
    loop {
        let key = format!("({number})/{text}");
        if !taken.contains_key(&key) {
            return key;
        }
        number += 1;
    }
}

fn is_log_file_name(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    LOG_FILE_ENDINGS.iter().any(|ending| {
        let start = name.len().saturating_sub(ending.len());
        name.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

#[cfg(test)]
mod tests;
