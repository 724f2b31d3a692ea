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
    /// How many of them are files that were named one by one.
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
            Err(error) => {
                self.list.unreachable_files += 1;
                self.out_of_reach(path, &error);
            }
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
                Ok(entry) => self.list.errors.push(ErrorEntry {
                    file: path_text(entry.path()),
                    code: "file.not-regular",
                    message: "it is neither a file nor a folder; name it itself to read it".to_owned(),
                }),
                // A link to one of its own parents: whatever is in it is listed there.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    self.out_of_reach(&path, &io::Error::from(error));
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

    fn out_of_reach(&mut self, path: &Path, error: &io::Error) {
        let code = if error.kind() == io::ErrorKind::NotFound {
            "file.not-found"
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            "file.access-denied"
        } else {
            "file.refused"
        };
        self.list.errors.push(ErrorEntry { file: path_text(path), code, message: error.to_string() });
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
mod tests {
    use super::*;

    fn names(list: &FileList, root: &Path) -> Vec<String> {
        let root = format!("{}/", path_text(root));
        list.mentions.iter().map(|index| list.name(*index).replace(&root, "")).collect()
    }

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_gives_its_log_files_in_the_order_of_their_names() {
        let folder = folder(&["b.json.gz", "a/z.json", "a/x.JSON", "c.txt", "d.json.tmp", "e.gz"]);
        let list = list(&[folder.path().to_path_buf()]);
        assert_eq!(names(&list, folder.path()), ["a/x.JSON", "a/z.json", "b.json.gz"]);
        assert_eq!(list.bytes, 6);
        assert!(list.errors.is_empty() && list.notes.is_empty());
    }

    #[test]
    fn a_named_file_is_taken_whatever_its_ending() {
        let folder = folder(&["c.txt"]);
        let list = list(&[folder.path().join("c.txt")]);
        assert_eq!(names(&list, folder.path()), ["c.txt"]);
    }

    #[test]
    fn a_file_that_is_reached_twice_is_listed_once_and_mentioned_twice() {
        let folder = folder(&["a.json"]);
        let around = folder.path().join("..").join(folder.path().file_name().unwrap()).join("a.json");
        let list = list(&[folder.path().to_path_buf(), around]);
        assert_eq!(list.mentions, [0, 0]);
        assert_eq!(list.files.len(), 1);
    }

    #[test]
    fn a_missing_path_is_an_error_and_an_empty_folder_a_note() {
        let folder = folder(&["c.txt"]);
        let missing = folder.path().join("missing.json");
        let list = list(&[missing.clone(), folder.path().to_path_buf()]);
        assert_eq!(list.errors.len(), 1);
        assert_eq!((list.errors[0].code, &list.errors[0].file), ("file.not-found", &path_text(&missing)));
        assert_eq!(list.unreachable_files, 1);
        assert_eq!(
            list.notes,
            [format!("no file in `{}` ends in `.json.gz` or `.json`", path_text(folder.path()))]
        );
    }

    #[test]
    fn the_key_is_absolute_and_free_of_detours() {
        let here = std::env::current_dir().unwrap();
        for (path, expected) in [
            ("/AWSLogs/1/CloudTrail-Digest/../CloudTrail/a", PathBuf::from("/AWSLogs/1/CloudTrail/a")),
            ("./a/../b/./c.json", here.join("b/c.json")),
            ("/../a", PathBuf::from("/a")),
        ] {
            assert_eq!(without_detours(Path::new(path)), expected);
        }
    }

    #[test]
    fn keys_that_read_alike_are_told_apart() {
        let taken = HashMap::from([("a".to_owned(), 0), ("(2)/a".to_owned(), 1)]);
        assert_eq!(free_key(&taken, "a".to_owned()), "(3)/a");
        assert_eq!(free_key(&taken, "b".to_owned()), "b");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once_and_a_dangling_one_is_an_error() {
        use std::os::unix::fs::symlink;
        let folder = folder(&["real/a.json"]);
        let at = |name: &str| folder.path().join(name);
        symlink(folder.path(), at("real/circle")).unwrap();
        symlink(at("real"), at("second")).unwrap();
        symlink(at("real/a.json"), at("third.json")).unwrap();
        symlink(at("nowhere"), at("zz.json")).unwrap();
        let list = list(&[folder.path().to_path_buf()]);
        assert_eq!(names(&list, folder.path()), ["real/a.json", "real/a.json"]);
        assert_eq!(list.errors.len(), 1);
        assert_eq!(list.errors[0].code, "file.not-found");
        assert_eq!(list.errors[0].file, path_text(&at("zz.json")));
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_no_utf8_lead_to_their_files() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = folder(&["\\xff.json"]);
        let odd = folder.path().join(OsStr::from_bytes(b"\xff.json"));
        fs::write(&odd, "{}").unwrap();
        let list = list(&[folder.path().to_path_buf()]);
        assert_eq!(list.mentions.len(), 2);
        let origins: Vec<&Origin> =
            list.mentions.iter().map(|index| list.origin(list.key(*index)).unwrap()).collect();
        assert!(origins.contains(&&Origin::Path(odd)));
        assert_ne!(list.key(0), list.key(1));
    }
}
