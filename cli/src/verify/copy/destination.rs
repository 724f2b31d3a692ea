//! The folder of a copy: keys as paths, metadata beside digests, and a list of what is complete.
//!
//! A file appears under its name when it is complete. The list says which version of an object a file holds: a line for
//! each, with the SHA-256 of its place, its size and its ETag. A line that is cut off counts for nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use digests::{Place, Wanted, sha256_hex};
use tempfile::NamedTempFile;

use super::super::memory::bytes;

/// The list of what is complete.
const LIST: &str = ".trailbell-copy";
/// What the names of unfinished files begin with: readers of a copy leave hidden files alone.
const UNFINISHED: &str = ".trailbell-";
/// What stands behind the name of a digest in the name of the file that holds its metadata.
const SIDECAR: &str = ".meta.json";

/// A folder that is copied into.
pub(super) struct Destination {
    base: PathBuf,
    /// The versions of objects that earlier runs completed.
    complete: HashSet<[u8; 32]>,
    list: Mutex<File>,
    /// Folders that exist, and whether they are reached without a symbolic link.
    folders: Mutex<HashMap<PathBuf, bool>>,
}

/// Why a file was not written.
#[derive(Debug)]
pub(super) enum WriteFault {
    /// A symbolic link leads out of the folder.
    Outside,
    Io(io::Error),
}

impl From<io::Error> for WriteFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Destination {
    /// Makes the folder if need be, and reads its list.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let base = folder.canonicalize()?;
        let path = base.join(LIST);
        let mut complete = HashSet::new();
        if let Ok(list) = File::open(&path) {
            for line in BufReader::new(list).split(b'\n') {
                complete.extend(std::str::from_utf8(&line?).ok().and_then(bytes));
            }
        }
        let mut list = OpenOptions::new().create(true).append(true).open(&path)?;
        // Ends the line that a run may have left unfinished.
        list.write_all(b"\n")?;
        Ok(Self { base, complete, list: Mutex::new(list), folders: Mutex::default() })
    }

    /// Whether the folder has this version of an object already.
    pub(super) fn holds(&self, wanted: &Wanted) -> bool {
        let Some(version) = version(wanted).and_then(|version| bytes(&version)) else { return false };
        let size = wanted.listed.as_ref().map_or(0, |listed| listed.size);
        let is_there = || {
            let path = self.path(&wanted.place).ok()?;
            let metadata = fs::symlink_metadata(path).ok()?;
            Some(metadata.is_file() && metadata.len() == size)
        };
        self.complete.contains(&version) && is_there() == Some(true)
    }

    /// Writes an object, and gives its size in bytes. `metadata` is that of a digest.
    pub(super) fn write(
        &self,
        wanted: &Wanted,
        mut body: impl Read,
        metadata: Option<&BTreeMap<String, String>>,
    ) -> Result<u64, WriteFault> {
        let path = self.path(&wanted.place)?;
        let folder = path.parent().unwrap_or(&self.base);
        if !self.make(folder)? {
            return Err(WriteFault::Outside);
        }
        let mut unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        let bytes = io::copy(&mut body, &mut unfinished)?;
        if let Some(metadata) = metadata {
            write_sidecar(&path, folder, metadata)?;
        }
        unfinished.persist(&path).map_err(|error| error.error)?;
        if let Some(version) = version(wanted) {
            let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(list, "{version}")?;
        }
        Ok(bytes)
    }

    /// The path of an object. Its place is safe; what a file system makes of it must be so as well.
    fn path(&self, place: &Place) -> io::Result<PathBuf> {
        let below = Path::new(&place.bucket).join(&place.key);
        if below.components().all(|part| matches!(part, Component::Normal(_))) {
            Ok(self.base.join(below))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "its name could leave the folder"))
        }
    }

    /// Makes a folder, and says whether it is reached without a symbolic link.
    fn make(&self, folder: &Path) -> io::Result<bool> {
        if let Some(known) = self.folders.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return Ok(*known);
        }
        fs::create_dir_all(folder)?;
        let is_direct = folder.canonicalize()? == folder;
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.to_path_buf(), is_direct);
        Ok(is_direct)
    }
}

/// What identifies the content of an object: its place, size and ETag. `None` if its listing does not say.
fn version(wanted: &Wanted) -> Option<String> {
    let listed = wanted.listed.as_ref().filter(|listed| !listed.tag.is_empty())?;
    Some(sha256_hex(format!("{}\n{}\n{}", wanted.place, listed.size, listed.tag).as_bytes()))
}

/// Writes the metadata beside a digest. A digest without metadata has none beside it.
fn write_sidecar(digest: &Path, folder: &Path, metadata: &BTreeMap<String, String>) -> io::Result<()> {
    let mut path = digest.as_os_str().to_owned();
    path.push(SIDECAR);
    if metadata.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        };
    }
    let mut unfinished: NamedTempFile = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    serde_json::to_writer(&mut unfinished, metadata)?;
    unfinished.write_all(b"\n")?;
    unfinished.persist(path).map_err(|error| error.error)?;
    Ok(())
}
