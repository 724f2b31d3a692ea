//! A copy of buckets in a folder, behind the verifier's port.
//!
//! Symbolic links inside the folder are not followed: a name that a digest proves may be opened, a link that somebody laid
//! beside it may lead anywhere. Times of files say when they were copied, so that no time of delivery comes from here.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use digests::{DigestMetadata, ListedObject, ObjectError, ObjectErrorKind, ObjectStore, Opened, Place, Root};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use walkdir::WalkDir;

use super::layout::{self, LocalRoot};

/// What stands behind the name of a digest in the name of the file that holds its metadata.
const SIDECAR: &str = ".meta.json";
/// Largest file of metadata, in bytes. Signatures have 512 digits.
const SIDECAR_BYTES: u64 = 64 * 1024;
/// The folder below which CloudTrail writes, and nobody else's files are of interest.
const LOGS: &str = "AWSLogs/";
/// The folder of digests below an account.
const DIGESTS: &str = "/CloudTrail-Digest/";

/// A folder with copies of buckets.
#[derive(Debug)]
pub(super) struct Folder {
    roots: Vec<LocalRoot>,
    /// Folders on the way to objects, and whether they are reached without a symbolic link.
    trusted: Mutex<HashMap<PathBuf, bool>>,
    /// Whether listings say when a file was changed, which costs a system call per file.
    with_tags: bool,
}

impl Folder {
    /// Finds out which buckets and prefixes a folder holds. `with_tags` is for a run that remembers.
    pub(super) fn open(path: &Path, with_tags: bool) -> io::Result<Self> {
        let base = path.canonicalize()?;
        if !base.is_dir() {
            return Err(io::Error::new(ErrorKind::NotADirectory, "it is not a folder"));
        }
        Ok(Self { roots: layout::roots(&base), trusted: Mutex::default(), with_tags })
    }

    /// The file behind a place; `None` where no root holds it.
    fn path(&self, place: &Place) -> Option<PathBuf> {
        let below = |root: &LocalRoot| {
            let below = place.key.strip_prefix(&root.root.prefix)?;
            let is_here = root.root.bucket == place.bucket && below.starts_with(LOGS);
            is_here.then(|| root.path.join(below))
        };
        let longest_first = self.roots.iter().rev();
        longest_first.filter_map(below).next()
    }

    /// Whether a folder is reached without a symbolic link.
    fn is_trusted(&self, folder: &Path) -> io::Result<bool> {
        if let Some(known) = self.trusted.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return Ok(*known);
        }
        let is_trusted = folder.canonicalize()? == plain(folder);
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf(), is_trusted);
        Ok(is_trusted)
    }

    fn open_file(&self, place: &Place) -> Result<(PathBuf, File), ObjectError> {
        let path = self.path(place).ok_or_else(|| {
            error(ObjectErrorKind::Missing, "the folder has no copy of this bucket and prefix".to_owned())
        })?;
        let folder = path.parent().unwrap_or(&path);
        let is_link = !self.is_trusted(folder).map_err(|cause| io_error(place, cause))?;
        let opened = if is_link { Ok(None) } else { open_without_following(&path) };
        let Some(file) = opened.map_err(|cause| io_error(place, cause))? else {
            let reason = format!("`{place}` is a symbolic link or behind one, and links are not followed");
            return Err(error(ObjectErrorKind::Unreadable, reason));
        };
        Ok((path, file))
    }
}

/// Opens a file; `None` for a symbolic link.
#[cfg(unix)]
fn open_without_following(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags};
    match rustix::fs::open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
        Ok(descriptor) => Ok(Some(descriptor.into())),
        Err(rustix::io::Errno::LOOP) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// Opens a file; `None` for a symbolic link.
#[cfg(not(unix))]
fn open_without_following(path: &Path) -> io::Result<Option<File>> {
    if fs::symlink_metadata(path)?.is_symlink() { Ok(None) } else { File::open(path).map(Some) }
}

/// A path without the `.` and the doubled separators that joining may leave.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|component| *component != Component::CurDir).collect()
}

impl ObjectStore for Folder {
    type Body = File;

    fn roots(&self) -> Result<Vec<Root>, ObjectError> {
        Ok(self.roots.iter().map(|root| root.root.clone()).collect())
    }

    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError> {
        let Some(path) = self.path(folder) else { return Ok(Vec::new()) };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(cause) if is_absent(&cause) => return Ok(Vec::new()),
            Err(cause) => return Err(io_error(folder, cause)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|cause| io_error(folder, cause))?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }

    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError> {
        let Some(path) = self.path(folder) else { return Ok(Vec::new()) };
        let mut objects = Vec::new();
        for entry in WalkDir::new(&path) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(cause) => match cause.into_io_error() {
                    Some(cause) if is_absent(&cause) => continue,
                    Some(cause) => return Err(io_error(folder, cause)),
                    None => continue,
                },
            };
            // A folder is no object, and neither is what a desktop leaves behind.
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.file_type().is_dir() || is_hidden {
                continue;
            }
            let Ok(below) = entry.path().strip_prefix(&path) else { continue };
            let metadata = self.with_tags.then(|| entry.metadata().ok()).flatten();
            let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
            let tag = modified.map(|time| OffsetDateTime::from(time).unix_timestamp_nanos().to_string());
            objects.push(ListedObject {
                key: format!("{}{}", folder.key, slashed(below)),
                size: metadata.map_or(0, |metadata| metadata.len()),
                delivered_at: None,
                tag: tag.unwrap_or_default(),
            });
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    fn open(&self, place: &Place) -> Result<Opened<File>, ObjectError> {
        let (path, body) = self.open_file(place)?;
        let metadata = if place.key.contains(DIGESTS) { sidecar(&path) } else { DigestMetadata::default() };
        Ok(Opened { body, metadata })
    }
}

/// A relative path as the end of a key.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The metadata beside a digest. A file of it that cannot be read says nothing, as if it were not there.
fn sidecar(digest: &Path) -> DigestMetadata {
    let mut name = digest.as_os_str().to_owned();
    name.push(SIDECAR);
    let mut text = Vec::new();
    let read = File::open(name).and_then(|file| file.take(SIDECAR_BYTES).read_to_end(&mut text));
    let members = read.ok().and_then(|_| serde_json::from_slice::<Map<String, Value>>(&text).ok());
    members.map(|members| metadata(&members)).unwrap_or_default()
}

/// The user metadata, as the names and values of an object, or within an answer of `aws s3api head-object`.
fn metadata(members: &Map<String, Value>) -> DigestMetadata {
    let members = members.get("Metadata").and_then(Value::as_object).unwrap_or(members);
    let entries = members.iter().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let name = name.strip_prefix("x-amz-meta-").unwrap_or(&name).to_owned();
        Some((name, value.as_str()?))
    });
    let entries: Vec<(String, &str)> = entries.collect();
    DigestMetadata::of(entries.iter().map(|(name, value)| (name.as_str(), *value)))
}

fn is_absent(cause: &io::Error) -> bool {
    matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn error(kind: ObjectErrorKind, reason: String) -> ObjectError {
    ObjectError { kind, reason, source: None }
}

fn io_error(place: &Place, cause: io::Error) -> ObjectError {
    let kind = if is_absent(&cause) { ObjectErrorKind::Missing } else { ObjectErrorKind::Unreadable };
    let reason = format!("the copy of `{place}` cannot be read: {}", cause.kind());
    ObjectError { kind, reason, source: Some(cause.into()) }
}
