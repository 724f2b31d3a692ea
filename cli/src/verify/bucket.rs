//! A bucket behind the verifier's port: listings by folder, and objects that are read while they arrive.
//!
//! The verifier's threads wait for their requests, as many at a time as there are threads; one thread of its own drives all
//! connections. Only objects of the bucket that was named are opened, and of those only what lies below a folder `AWSLogs/`
//! that was found.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws::{Aws, CallError, CallErrorKind, S3Downloads, S3Listing, S3Prefix};
use digests::{DigestMetadata, ListedObject, ObjectError, ObjectErrorKind, ObjectStore, Opened, Place, Root};
use tokio::runtime::Handle;

use crate::inputs::DownloadReader;

/// Objects that are read at the same time.
pub(super) const REQUESTS_AT_ONCE: usize = 64;
/// The folder below which CloudTrail writes.
const LOGS: &str = "AWSLogs/";
/// Folders of a prefix in which `AWSLogs/` is looked for, below the one that was named.
const DEPTH: usize = 3;
/// Most folders that are looked into for `AWSLogs/`.
const MOST_FOLDERS: usize = 200;

/// A bucket, or a prefix in it.
pub(super) struct Bucket {
    handle: Handle,
    listing: S3Listing,
    downloads: S3Downloads,
    source: S3Prefix,
    found: OnceLock<Found>,
    /// Why no request can succeed any more.
    end: Mutex<Option<Arc<CallError>>>,
}

/// The places where trails deliver.
#[derive(Default)]
struct Found {
    roots: Vec<Root>,
    /// Whether folders were left out.
    is_cut: bool,
}

impl Bucket {
    /// A bucket that is reached over the connections that the runtime of `handle` drives.
    pub(super) fn new(aws: &Aws, handle: Handle, source: S3Prefix) -> Self {
        Self {
            handle,
            listing: aws.listing(),
            downloads: aws.downloads(),
            source,
            found: OnceLock::new(),
            end: Mutex::default(),
        }
    }

    /// Whether there are more folders than were searched for `AWSLogs/`.
    pub(super) fn is_cut(&self) -> bool {
        self.found.get().is_some_and(|found| found.is_cut)
    }

    /// Why no object could be read after some point; nothing is known about what was not read then.
    pub(super) fn ended_by(&self) -> Option<Arc<CallError>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Searches for the folders `AWSLogs/`: in the prefix that was named, in that of an organization with Control Tower, and in
    /// the folders beside them.
    fn find(&self) -> Result<Found, ObjectError> {
        if self.source.prefix.ends_with(LOGS) {
            let prefix = self.source.prefix.trim_end_matches(LOGS).to_owned();
            return Ok(Found { roots: vec![self.root(prefix)], is_cut: false });
        }
        let mut found = Found::default();
        let mut pending = VecDeque::from([(self.source.prefix.clone(), 0)]);
        let mut searched = 0;
        while let Some((prefix, depth)) = pending.pop_front() {
            if searched == MOST_FOLDERS {
                found.is_cut = true;
                break;
            }
            searched += 1;
            for folder in self.list_folders(&prefix)? {
                if folder.strip_prefix(&prefix) == Some(LOGS) {
                    found.roots.push(self.root(prefix.clone()));
                } else if depth < DEPTH {
                    pending.push_back((folder, depth + 1));
                }
            }
        }
        found.roots.sort();
        Ok(found)
    }

    fn root(&self, prefix: String) -> Root {
        Root { bucket: self.source.bucket.clone(), prefix }
    }

    fn list_folders(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let listed = self.handle.block_on(self.listing.folders(&self.source.bucket, prefix));
        listed.map_err(|error| self.object_error(error))
    }

    /// Whether an object may be opened.
    fn holds(&self, place: &Place) -> bool {
        let roots = self.found.get().map_or(&[][..], |found| &found.roots);
        roots.iter().any(|root| {
            let below = place.key.strip_prefix(&root.prefix);
            root.bucket == place.bucket && below.is_some_and(|below| below.starts_with(LOGS))
        })
    }

    /// Opens an object, with all of its user metadata.
    pub(super) fn download(
        &self,
        place: &Place,
    ) -> Result<(DownloadReader, BTreeMap<String, String>), ObjectError> {
        if !self.holds(place) {
            let reason =
                format!("it lies outside of `{}`; verify the bucket and prefix that it lies in", self.source);
            return Err(ObjectError { kind: ObjectErrorKind::Unreadable, reason, source: None });
        }
        let download = self.handle.block_on(self.downloads.open(&place.bucket, &place.key));
        let download = download.map_err(|error| self.object_error(error))?;
        let metadata = download.metadata().clone();
        Ok((DownloadReader::driven_by(download, self.handle.clone()), metadata))
    }

    /// What an error says about an object. Credentials that are not valid any more end everything.
    fn object_error(&self, error: CallError) -> ObjectError {
        let kind = match error.kind {
            CallErrorKind::NotFound => ObjectErrorKind::Missing,
            CallErrorKind::AccessDenied
            | CallErrorKind::Archived
            | CallErrorKind::Credentials
            | CallErrorKind::Refused
            | CallErrorKind::Throttled
            | CallErrorKind::Unavailable => ObjectErrorKind::Unreadable,
        };
        let reason = error.to_string();
        if error.kind == CallErrorKind::Credentials {
            let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
            end.get_or_insert_with(|| Arc::new(error));
            return ObjectError { kind, reason, source: None };
        }
        ObjectError { kind, reason, source: Some(error.source) }
    }
}

impl ObjectStore for Bucket {
    type Body = DownloadReader;

    fn roots(&self) -> Result<Vec<Root>, ObjectError> {
        let found = match self.found.get() {
            Some(found) => found,
            None => {
                let found = self.find()?;
                self.found.get_or_init(|| found)
            }
        };
        Ok(found.roots.clone())
    }

    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError> {
        let folders = self.list_folders(&folder.key)?;
        let name = |listed: &String| Some(listed.strip_prefix(&folder.key)?.strip_suffix('/')?.to_owned());
        Ok(folders.iter().filter_map(name).collect())
    }

    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError> {
        let (mut objects, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.handle.block_on(self.listing.page(&folder.bucket, &folder.key, &after));
            let page = page.map_err(|error| self.object_error(error))?;
            let last = page.objects.last().map(|object| object.key.clone());
            objects.extend(page.objects.into_iter().map(|object| ListedObject {
                key: object.key,
                size: object.size,
                delivered_at: object.written_at,
                tag: object.etag,
            }));
            match last {
                Some(last) if !page.is_last && last > after => after = last,
                Some(_) | None => return Ok(objects),
            }
        }
    }

    fn open(&self, place: &Place) -> Result<Opened<DownloadReader>, ObjectError> {
        let (body, metadata) = self.download(place)?;
        let metadata = metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Opened { body, metadata: DigestMetadata::of(metadata) })
    }
}
