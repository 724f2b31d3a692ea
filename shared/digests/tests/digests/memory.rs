//! Buckets in memory, as the port sees them: with times, errors and a record of what was opened.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::Mutex;

use digests::{
    DigestMetadata, ListedObject, LogFileOutcome, ObjectError, ObjectErrorKind, ObjectStore, Observer,
    Opened, Place, Root,
};

/// An object: what a GET returns, or the code of the error in its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) written_at: Option<i64>,
    pub(crate) error: Option<String>,
}

/// Some buckets.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) objects: BTreeMap<Place, Object>,
    /// What was opened, in any order.
    pub(crate) opened: Mutex<BTreeSet<Place>>,
    /// Folders that cannot be listed.
    pub(crate) closed: BTreeSet<Place>,
}

impl Memory {
    fn below<'a>(&'a self, folder: &'a Place) -> impl Iterator<Item = (&'a Place, &'a Object)> {
        let is_below = |place: &Place| place.bucket == folder.bucket && place.key.starts_with(&folder.key);
        self.objects.range(folder.clone()..).take_while(move |(place, _)| is_below(place))
    }

    fn check(&self, folder: &Place) -> Result<(), ObjectError> {
        if self.closed.contains(folder) {
            return Err(error(ObjectErrorKind::Unreadable, "AccessDenied"));
        }
        Ok(())
    }
}

fn error(kind: ObjectErrorKind, reason: &str) -> ObjectError {
    ObjectError { kind, reason: reason.to_owned(), source: None }
}

impl ObjectStore for Memory {
    type Body = Cursor<Vec<u8>>;

    fn roots(&self) -> Result<Vec<Root>, ObjectError> {
        let root = |place: &Place| {
            let prefix = place.key.get(..place.key.find("AWSLogs/")?)?;
            Some(Root { bucket: place.bucket.clone(), prefix: prefix.to_owned() })
        };
        Ok(self.objects.keys().filter_map(root).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError> {
        self.check(folder)?;
        let name = |place: &Place| Some(place.key[folder.key.len()..].split_once('/')?.0.to_owned());
        let names: BTreeSet<String> = self.below(folder).filter_map(|(place, _)| name(place)).collect();
        Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
    }

    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError> {
        self.check(folder)?;
        let listed = |(place, object): (&Place, &Object)| ListedObject {
            key: place.key.clone(),
            size: object.body.len() as u64,
            delivered_at: object.written_at,
            tag: digests::sha256_hex(&object.body),
        };
        Ok(self.below(folder).map(listed).collect())
    }

    fn open(&self, place: &Place) -> Result<Opened<Self::Body>, ObjectError> {
        self.opened.lock().unwrap().insert(place.clone());
        let object = self.objects.get(place).ok_or_else(|| error(ObjectErrorKind::Missing, "NoSuchKey"))?;
        if let Some(code) = &object.error {
            return Err(error(ObjectErrorKind::Unreadable, code));
        }
        let metadata = object.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Opened { body: Cursor::new(object.body.clone()), metadata: DigestMetadata::of(metadata) })
    }
}

/// Every log file with its verdict, as they are judged.
#[derive(Debug, Default)]
pub(crate) struct Judged(pub(crate) Mutex<Vec<LogFileOutcome>>);

impl Observer for Judged {
    fn log_files_planned(&self, _: usize) {}
    fn log_file_done(&self) {}
    fn log_files_judged(&self, _: &str, _: &str, files: &[LogFileOutcome]) {
        self.0.lock().unwrap().extend(files.iter().cloned());
    }
    fn territories_judged(&self) {}
}
