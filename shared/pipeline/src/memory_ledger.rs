//! A ledger in memory, for one run of the command line or one execution environment of the function.
//!
//! Other processes do not see it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudtrail::S3Object;
use time::OffsetDateTime;

use crate::cause::Cause;
use crate::ports::{Claim, Ledger, PublishedParts};

/// Remembers files and event ids for the lifetime of the process.
///
/// With a capacity, memory is bounded: both maps are kept in two generations, and the older generation is dropped when
/// the younger one is full. The most recent `capacity` entries are always known.
#[derive(Debug)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    files: Generations<FileEntry>,
    /// The first file of each sighting.
    sightings: Generations<Fingerprint>,
    hashers: [RandomState; 2],
}

/// A text in 128 bits: two independent keyed hashes. Among a billion texts, the probability of a collision is 1 in 10^20.
/// In this form, a day of an organization's matches fits into memory.
type Fingerprint = (u64, u64);

impl State {
    fn fingerprint(&self, text: &str) -> Fingerprint {
        let [first, second] = &self.hashers;
        (first.hash_one(text), second.hash_one(text))
    }

    /// A file is identified by bucket and key. CloudTrail never writes a key twice, and not every kind of notification
    /// includes a version and a size.
    fn file(&self, file: &S3Object) -> Fingerprint {
        self.fingerprint(&file.to_string())
    }
}

#[derive(Debug, Clone)]
enum FileEntry {
    /// Claimed by a batch of this process. A process works on one batch at a time and reads each of its files once, so a
    /// second claim means that the first batch was cut off.
    Claimed(PublishedParts),
    Released(PublishedParts),
    Done,
}

impl MemoryLedger {
    /// Returns a ledger that forgets nothing.
    pub fn unbounded() -> Self {
        Self::with_capacity(usize::MAX)
    }

    /// Returns a ledger that knows at least the most recent `capacity` files and as many event ids, and at most twice as
    /// many.
    pub fn with_capacity(capacity: usize) -> Self {
        let state = State {
            files: Generations::new(capacity),
            sightings: Generations::new(capacity),
            hashers: [RandomState::new(), RandomState::new()],
        };
        Self { state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every update is a single insertion, so even a poisoned state is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    async fn claim(&self, file: &S3Object, _: Option<OffsetDateTime>) -> Result<Claim, Cause> {
        let mut state = self.lock();
        let file = state.file(file);
        let published = match state.files.get(file) {
            None => PublishedParts::default(),
            Some(FileEntry::Released(published) | FileEntry::Claimed(published)) => published.clone(),
            Some(FileEntry::Done) => return Ok(Claim::Done),
        };
        state.files.insert(file, FileEntry::Claimed(published.clone()));
        Ok(Claim::Granted(published))
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        let mut state = self.lock();
        let file = state.file(file);
        let mut first = Vec::with_capacity(sightings.len());
        for sighting in sightings {
            let sighting = state.fingerprint(sighting);
            first.push(match state.sightings.get(sighting) {
                Some(owner) => *owner == file,
                None => {
                    state.sightings.insert(sighting, file);
                    true
                }
            });
        }
        Ok(first)
    }

    async fn note(&self, file: &S3Object, published: &PublishedParts) -> Result<(), Cause> {
        let mut state = self.lock();
        let file = state.file(file);
        match state.files.young.get_mut(&file) {
            Some(FileEntry::Claimed(known)) => known.add(published),
            Some(FileEntry::Released(_) | FileEntry::Done) | None => {
                state.files.insert(file, FileEntry::Claimed(published.clone()));
            }
        }
        Ok(())
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        let mut state = self.lock();
        let file = state.file(file);
        state.files.insert(file, FileEntry::Done);
        Ok(())
    }

    async fn release(
        &self,
        file: &S3Object,
        published: PublishedParts,
        _: &'static str,
    ) -> Result<(), Cause> {
        let mut state = self.lock();
        let file = state.file(file);
        state.files.insert(file, FileEntry::Released(published));
        Ok(())
    }
}

/// A map that forgets its oldest entries in bulk.
#[derive(Debug)]
struct Generations<V> {
    capacity: usize,
    // The keys are keyed hashes already.
    young: HashMap<Fingerprint, V, foldhash::fast::RandomState>,
    old: HashMap<Fingerprint, V, foldhash::fast::RandomState>,
}

impl<V> Generations<V> {
    fn new(capacity: usize) -> Self {
        Self { capacity, young: HashMap::default(), old: HashMap::default() }
    }

    fn get(&self, key: Fingerprint) -> Option<&V> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    fn insert(&mut self, key: Fingerprint, value: V) {
        if self.young.len() >= self.capacity && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str) -> S3Object {
        S3Object { bucket: "b".into(), key: key.into(), size: None, version_id: None, region: None }
    }

    #[tokio::test]
    async fn a_claim_keeps_the_published_parts_until_the_file_is_done() {
        let ledger = MemoryLedger::unbounded();
        let published = PublishedParts { namespaces: ["N".to_owned()].into(), ..PublishedParts::default() };
        assert_eq!(ledger.claim(&file("k"), None).await.unwrap(), Claim::Granted(PublishedParts::default()));
        assert_eq!(ledger.claim(&file("k"), None).await.unwrap(), Claim::Granted(PublishedParts::default()));
        ledger.release(&file("k"), published.clone(), "code").await.unwrap();
        for _ in 0..2 {
            assert_eq!(ledger.claim(&file("k"), None).await.unwrap(), Claim::Granted(published.clone()));
        }
        ledger.finish(&file("k")).await.unwrap();
        assert_eq!(ledger.claim(&file("k"), None).await.unwrap(), Claim::Done);
    }

    #[tokio::test]
    async fn a_sighting_belongs_to_the_file_that_brought_it_first() {
        let ledger = MemoryLedger::unbounded();
        let sightings = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let first = async |key: &str, ids: &[&str]| {
            ledger.first_sightings(&file(key), &sightings(ids)).await.unwrap()
        };
        assert_eq!(first("a", &["1", "2"]).await, [true, true]);
        assert_eq!(first("b", &["2", "3"]).await, [false, true]);
        assert_eq!(first("a", &["1", "3"]).await, [true, false]);
        ledger.release(&file("a"), PublishedParts::default(), "code").await.unwrap();
        assert_eq!(first("b", &["1", "3"]).await, [false, true], "`a` brings it with its next attempt");
        assert_eq!(first("a", &["1"]).await, [true]);
    }

    #[tokio::test]
    async fn the_most_recent_entries_are_known_and_memory_is_bounded() {
        let ledger = MemoryLedger::with_capacity(2);
        for key in ["a", "b", "c", "d", "e"] {
            ledger.claim(&file(key), None).await.unwrap();
            ledger.finish(&file(key)).await.unwrap();
        }
        assert_eq!(ledger.claim(&file("e"), None).await.unwrap(), Claim::Done);
        assert_eq!(ledger.claim(&file("d"), None).await.unwrap(), Claim::Done);
        assert_eq!(ledger.claim(&file("a"), None).await.unwrap(), Claim::Granted(PublishedParts::default()));
    }
}
