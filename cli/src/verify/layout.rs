//! Which bucket and prefix a folder of a copy stands for.
//!
//! Copies look like `FOLDER/BUCKET/PREFIX/AWSLogs/…`, `FOLDER/AWSLogs/…` or anything between. Digests say which bucket and key
//! they were delivered under; what the folders' names say goes first. A digest that lies decides nothing: the digests that
//! do not agree with the choice are then reported as moved.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use cloudtrail::{DigestKey, parse_digest, read_digest};
use digests::Root;
use walkdir::WalkDir;

/// The folder below which CloudTrail writes.
const LOGS: &str = "AWSLogs";
/// Folders that a prefix may have, with the bucket and the folder that holds the copies.
const DEPTH: usize = 12;
/// Digests that are asked where they come from.
const SAMPLES: usize = 64;
/// The bucket of a copy that neither a folder nor a digest names.
const UNKNOWN_BUCKET: &str = "unknown-bucket";

/// A folder that holds `AWSLogs`, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LocalRoot {
    pub(super) root: Root,
    /// The folder that `AWSLogs` is in.
    pub(super) path: PathBuf,
}

/// The roots below a folder, in the order of buckets and prefixes.
pub(super) fn roots(base: &Path) -> Vec<LocalRoot> {
    let mut paths = Vec::new();
    if base.file_name() == Some(OsStr::new(LOGS)) {
        paths.extend(base.parent().map(Path::to_path_buf));
    } else {
        let mut entries = WalkDir::new(base).max_depth(DEPTH).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else { continue };
            if entry.file_type().is_dir() && entry.file_name() == LOGS && entry.depth() > 0 {
                paths.extend(entry.path().parent().map(Path::to_path_buf));
                entries.skip_current_dir();
            }
        }
    }
    let mut roots: Vec<LocalRoot> =
        paths.into_iter().map(|path| LocalRoot { root: root(base, &path), path }).collect();
    roots.sort_by(|a, b| a.root.cmp(&b.root));
    roots
}

/// What a folder that holds `AWSLogs` stands for.
fn root(base: &Path, path: &Path) -> Root {
    let names = |path: &Path| -> Vec<String> {
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (folders, inside) = (names(path), names(path.strip_prefix(base).unwrap_or(Path::new(""))));
    let statements = statements(path);
    let by_name = statements.iter().find(|root| is_named(&folders, root));
    // Without the bucket among the folders, what most digests say.
    let most = || {
        let mut counts: BTreeMap<&Root, usize> = BTreeMap::new();
        statements
            .iter()
            .filter(|root| !folders.contains(&root.bucket))
            .for_each(|root| *counts.entry(root).or_default() += 1);
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(root, _)| root)
    };
    if let Some(root) = by_name.or_else(most) {
        return root.clone();
    }
    match inside.split_first() {
        Some((bucket, prefix)) => Root { bucket: bucket.clone(), prefix: joined(prefix) },
        None => Root { bucket: UNKNOWN_BUCKET.to_owned(), prefix: String::new() },
    }
}

/// Whether the last folders are the bucket and the prefix.
fn is_named(folders: &[String], root: &Root) -> bool {
    let at = folders.iter().rposition(|folder| *folder == root.bucket);
    at.and_then(|at| folders.get(at + 1..)).is_some_and(|prefix| joined(prefix) == root.prefix)
}

fn joined(folders: &[String]) -> String {
    folders.iter().map(|folder| format!("{folder}/")).collect()
}

/// What some digests below a folder say about where they were delivered, as far as it fits where they are.
fn statements(path: &Path) -> Vec<Root> {
    let logs = path.join(LOGS);
    let may_hold_digests = |name: &OsStr, depth: usize| depth > 3 || name != "CloudTrail";
    let entries = WalkDir::new(&logs)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| may_hold_digests(entry.file_name(), entry.depth()))
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file());
    let below = |file: &Path| {
        let below = file.strip_prefix(path).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
        DigestKey::parse(&below).map(|_| below)
    };
    let digests = entries.filter_map(|entry| Some((below(entry.path())?, entry.into_path())));
    digests.take(SAMPLES).filter_map(|(below, file)| statement(&below, &file)).collect()
}

/// Where a digest says that it was delivered, if its key ends like the path of the copy.
fn statement(below: &str, file: &Path) -> Option<Root> {
    let content = read_digest(File::open(file).ok()?).ok()?;
    let digest = parse_digest(&content).ok()?;
    let prefix = digest.key.strip_suffix(below)?.to_owned();
    let is_prefix = prefix.is_empty() || prefix.ends_with('/');
    is_prefix.then_some(Root { bucket: digest.bucket, prefix })
}
