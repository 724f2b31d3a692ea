//! The port for objects: buckets, copies of buckets in folders, and the tests' memory.
//!
//! Calls block. Hashing keeps a thread busy anyway, and a body is read on the thread that asked for it; several threads
//! call at the same time.

use std::io::Read;

use crate::place::Place;

/// Where digests and log files are.
pub trait ObjectStore: Sync {
    /// The bytes of an object while they arrive.
    type Body: Read;

    /// The folders that hold `AWSLogs/`: a trail's bucket and prefix each.
    ///
    /// # Errors
    ///
    /// [`ObjectError`] when the store cannot be listed.
    fn roots(&self) -> Result<Vec<Root>, ObjectError>;

    /// The names of the folders in a folder, without `/`; none if the folder does not exist.
    ///
    /// # Errors
    ///
    /// [`ObjectError`] when the folder cannot be listed.
    fn folders(&self, folder: &Place) -> Result<Vec<String>, ObjectError>;

    /// The objects in a folder and below it, in the order of their keys; none if the folder does not exist.
    ///
    /// # Errors
    ///
    /// [`ObjectError`] when the folder cannot be listed.
    fn objects(&self, folder: &Place) -> Result<Vec<ListedObject>, ObjectError>;

    /// Opens an object. The name is safe: see [`Place::is_safe`].
    ///
    /// # Errors
    ///
    /// [`ObjectError`] when the object is missing or may not be read. Faults while reading surface as [`std::io::Error`]s of
    /// the body.
    fn open(&self, place: &Place) -> Result<Opened<Self::Body>, ObjectError>;
}

/// A bucket and what stands in front of `AWSLogs/` in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Root {
    /// The bucket.
    pub bucket: String,
    /// Empty, or ending with `/`.
    pub prefix: String,
}

/// An object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its size in bytes, compressed.
    pub size: u64,
    /// When it was written, in seconds since 1970, where the store says when that was at CloudTrail's hands; `None` for a copy.
    pub delivered_at: Option<i64>,
    /// What changes whenever the object does, such as its ETag.
    pub tag: String,
}

/// An object that is being read.
#[derive(Debug)]
pub struct Opened<B> {
    /// Its bytes.
    pub body: B,
    /// What stands beside a digest; empty for other objects.
    pub metadata: DigestMetadata,
}

/// The user metadata of a digest.
///
/// # Source
///
/// The CloudTrail user guide, "CloudTrail digest file structure" and "Managing backfill digest files".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestMetadata {
    /// `signature`: hexadecimal digits.
    pub signature: Option<String>,
    /// `signature-algorithm`
    pub signature_algorithm: Option<String>,
    /// `backfill-generation-timestamp`, in seconds since 1970; `None` also where it is not a time.
    pub generated_at: Option<i64>,
}

impl DigestMetadata {
    /// Takes what belongs to a digest out of an object's user metadata, whose names come without `x-amz-meta-`.
    pub fn of<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut metadata = Self::default();
        for (name, value) in entries {
            match name {
                "signature" => metadata.signature = Some(value.to_owned()),
                "signature-algorithm" => metadata.signature_algorithm = Some(value.to_owned()),
                "backfill-generation-timestamp" => metadata.generated_at = crate::moment::seconds(value),
                _ => {}
            }
        }
        metadata
    }
}

/// Why an object or a listing could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ObjectError {
    /// What the verdict depends on.
    pub kind: ObjectErrorKind,
    /// One line for people, without contents of objects: what failed, and what to do.
    pub reason: String,
    /// What the store found.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`ObjectError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectErrorKind {
    /// There is no such object.
    Missing,
    /// The object is there, or may be, and cannot be read.
    Unreadable,
}
