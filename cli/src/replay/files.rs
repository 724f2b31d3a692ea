//! Turns the paths on the command line into a list of files, each with the key that the pipeline knows it by.
//!
//! The key is the absolute path with `/` between its parts. Names and folders therefore decide the kind of a
//! file as they do in a bucket, whatever the current folder is. Every path has a key, even if it is not
//! UTF-8, and no two files share one. No file is opened here.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use cloudtrail::{ObjectKind, classify_key};
use pipeline::OperationalEvent;

use super::error_entry::ErrorEntry;
#[cfg(feature = "aws")]
use crate::inputs::{Inputs, ObjectName};
use crate::inputs::{entries, identity};
use crate::terminal::path_text;

/// The bucket in the messages. No local path looks like it.
pub(crate) const BUCKET: &str = "local";

/// Endings of log files, in lower case. Something unreachable in a folder counts as a file if its name has one.
const LOG_FILE_ENDINGS: [&str; 2] = [".json.gz", ".json"];

/// Where a log file is read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// An object in S3.
    #[cfg(feature = "aws")]
    Object(ObjectName),
}

/// A file and its names.
#[derive(Debug)]
struct LocalFile {
    key: String,
    /// The path as the caller gave it.
    name: String,
    origin: Origin,
    /// Whether it was found in a folder. Such a file may have nothing to do with CloudTrail.
    is_in_folder: bool,
}

/// The files behind the paths.
#[derive(Debug, Default)]
pub(crate) struct FileList {
    files: Vec<LocalFile>,
    by_key: HashMap<String, usize>,
    /// Indices of the files in the order in which they are read. A file that is reached twice is listed
    /// twice.
    pub(crate) mentions: Vec<usize>,
    /// Paths that are unreachable.
    pub(crate) errors: Vec<ErrorEntry>,
    /// The number of unreachable paths that count as files: paths that the caller named, and paths in folders
    /// that have the ending of a log file. An unreadable folder is an error too, but the number of files in
    /// it is unknown.
    pub(crate) unreachable_files: u64,
    /// Entries of folders that are not files.
    pub(crate) skipped: Vec<ErrorEntry>,
    /// What may surprise the caller.
    pub(crate) notes: Vec<String>,
    /// The total size of all files whose size is known.
    pub(crate) bytes: u64,
}

impl FileList {
    /// The key of a file.
    pub(crate) fn key(&self, index: usize) -> &str {
        self.files.get(index).map(|file| file.key.as_str()).unwrap_or_default()
    }

    /// The name by which the caller knows a file.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.files.get(index).map(|file| file.name.as_str()).unwrap_or_default()
    }

    /// The index of the file with this key.
    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// Where this file is read from.
    pub(crate) fn origin(&self, index: usize) -> Option<&Origin> {
        self.files.get(index).map(|file| &file.origin)
    }

    /// Whether this file was found in a folder.
    pub(crate) fn is_in_folder(&self, index: usize) -> bool {
        self.files.get(index).is_some_and(|file| file.is_in_folder)
    }

    /// Whether this file has the key of a trail's log file, which is read strictly.
    pub(crate) fn is_log_file(&self, index: usize) -> bool {
        matches!(
            classify_key(self.key(index)),
            ObjectKind::LogFile(_) | ObjectKind::Insight(_) | ObjectKind::NetworkActivity(_)
        )
    }
}

/// Adds the objects of a listing in S3.
#[cfg(feature = "aws")]
pub(crate) fn add_objects(list: FileList, inputs: &Inputs) -> FileList {
    let mut lister = Lister { list, identities: HashMap::new() };
    for input in &inputs.inputs {
        let Some(name) = input.object() else { continue };
        let file = LocalFile {
            key: name.key.clone(),
            name: input.name.to_string(),
            origin: Origin::Object(name.clone()),
            is_in_folder: input.is_in_folder,
        };
        lister.mention(Origin::Object(name.clone()), input.bytes, file);
    }
    lister.list
}

/// Lists the files behind the paths. Files in a folder are sorted by name; everything else keeps its order.
pub(crate) fn list(paths: &[PathBuf]) -> FileList {
    let mut lister = Lister::default();
    for path in paths {
        lister.add(path);
    }
    lister.list
}

#[derive(Default)]
struct Lister {
    list: FileList,
    /// Files by identity, whatever path leads to them.
    identities: HashMap<Origin, usize>,
}

impl Lister {
    fn add(&mut self, path: &Path) {
        if path == Path::new("-") {
            let name = "-".to_owned();
            self.mention(
                Origin::Stdin,
                0,
                LocalFile { key: name.clone(), name, origin: Origin::Stdin, is_in_folder: false },
            );
            return;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(path),
            Ok(metadata) => self.mention_path(path, metadata.len(), false),
            Err(error) => self.add_unreachable_file(path, code_of(&error), error.to_string()),
        }
    }

    /// Lists a folder.
    fn walk(&mut self, root: &Path) {
        let mentions = self.list.mentions.len();
        let (errors, skipped) = (self.list.errors.len(), self.list.skipped.len());
        for entry in entries(root) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => {
                    let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
                    self.mention_path(entry.path(), bytes, true);
                }
                // Opening a pipe or a device could block forever.
                Ok(entry) => self.add_irregular(entry.path()),
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    // Without a cause, it is a link to a folder above it, whose files are listed anyway.
                    if let Some(error) = error.into_io_error() {
                        self.add_unreachable_entry(&path, &error);
                    }
                }
            }
        }
        let is_empty = self.list.mentions.len() == mentions && self.list.skipped.len() == skipped;
        if is_empty && self.list.errors.len() == errors {
            self.list.notes.push(format!("`{}` contains no files", path_text(root)));
        }
    }

    fn add_irregular(&mut self, path: &Path) {
        let code = OperationalEvent::FileNotRegular.code();
        let message = "not a regular file or folder; name it on the command line to read it".to_owned();
        if path.file_name().is_some_and(is_log_file_name) {
            self.add_unreachable_file(path, code, message);
        } else {
            self.list.skipped.push(ErrorEntry { file: path_text(path), code, message });
        }
    }

    fn mention_path(&mut self, path: &Path, bytes: u64, is_in_folder: bool) {
        self.mention(
            Origin::Path(identity(path)),
            bytes,
            LocalFile {
                key: path_text(&without_detours(path)),
                name: path_text(path),
                origin: Origin::Path(path.to_path_buf()),
                is_in_folder,
            },
        );
    }

    fn mention(&mut self, identity: Origin, bytes: u64, mut file: LocalFile) {
        let is_in_folder = file.is_in_folder;
        let list = &mut self.list;
        let index = *self.identities.entry(identity).or_insert_with(|| {
            let index = list.files.len();
            file.key = free_key(&list.by_key, file.key);
            list.by_key.insert(file.key.clone(), index);
            list.files.push(file);
            list.bytes += bytes;
            index
        });
        // The caller named a file that a folder contains too.
        if let Some(file) = list.files.get_mut(index) {
            file.is_in_folder &= is_in_folder;
        }
        list.mentions.push(index);
    }

    /// Adds an unreachable entry of a folder.
    fn add_unreachable_entry(&mut self, path: &Path, error: &io::Error) {
        let is_folder = fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        let code = code_of(error);
        if is_folder {
            self.add_error(path, code, format!("cannot read the folder: {error}"));
        } else if path.file_name().is_some_and(is_log_file_name) {
            let what = if is_link { "cannot follow the link: " } else { "" };
            self.add_unreachable_file(path, code, format!("{what}{error}"));
        } else if !is_link || error.kind() == io::ErrorKind::PermissionDenied {
            // The entry may be a folder with log files.
            self.add_error(path, code, format!("unreachable: {error}"));
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
        OperationalEvent::FileNotFound.code()
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        OperationalEvent::FileAccessDenied.code()
    } else {
        OperationalEvent::FileRefused.code()
    }
}

/// The absolute path without `..`. Links keep their own names.
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

/// The text as a key, with a number before it if another file has the same text: two paths that are not UTF-8
/// can look the same. Text before a key does not change the kind of file that the key names.
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
