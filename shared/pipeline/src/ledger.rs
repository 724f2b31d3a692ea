//! A ledger in memory: for one run of the command line, and for one execution environment of the function.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudtrail::S3Object;

use crate::error::Cause;
use crate::ports::{Claim, Ledger, Progress};

/// Remembers files and event ids while the process lives.
///
/// Memory is bounded where a capacity is given: both maps are kept in two generations, and the older one is
/// dropped when the younger is full, so that the most recent `capacity` entries are always known.
#[derive(Debug)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    files: Generations<FileId, FileState>,
    events: Generations<Box<str>, FileId>,
}

/// A file's bucket and key. CloudTrail never writes a key twice, and one path announces a version or a size that
/// another leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileId(Box<str>);

impl FileId {
    fn of(file: &S3Object) -> Self {
        Self(file.to_string().into())
    }
}

#[derive(Debug, Clone)]
enum FileState {
    Claimed,
    Released(Progress),
    Done,
}

impl MemoryLedger {
    /// A ledger that forgets nothing.
    pub fn unbounded() -> Self {
        Self::with_capacity(usize::MAX)
    }

    /// A ledger that knows at least the most recent `capacity` files and as many event ids, and at most twice
    /// that.
    pub fn with_capacity(capacity: usize) -> Self {
        let state = State { files: Generations::new(capacity), events: Generations::new(capacity) };
        Self { state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every update is a single insertion, so that a poisoned state is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    async fn claim(&self, file: &S3Object) -> Result<Claim, Cause> {
        let id = FileId::of(file);
        let mut state = self.lock();
        let claim = match state.files.get(&id) {
            None => Claim::Granted(Progress::default()),
            Some(FileState::Released(progress)) => Claim::Granted(progress.clone()),
            Some(FileState::Claimed) => return Ok(Claim::InProgress),
            Some(FileState::Done) => return Ok(Claim::Done),
        };
        state.files.insert(id, FileState::Claimed);
        Ok(claim)
    }

    async fn first_sightings(&self, file: &S3Object, event_ids: &[&str]) -> Result<Vec<bool>, Cause> {
        let file = FileId::of(file);
        let mut state = self.lock();
        Ok(event_ids
            .iter()
            .map(|id| match state.events.get(*id) {
                Some(owner) => *owner == file,
                None => {
                    state.events.insert((*id).into(), file.clone());
                    true
                }
            })
            .collect())
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        self.lock().files.insert(FileId::of(file), FileState::Done);
        Ok(())
    }

    async fn release(&self, file: &S3Object, progress: Progress) -> Result<(), Cause> {
        self.lock().files.insert(FileId::of(file), FileState::Released(progress));
        Ok(())
    }
}

/// A map that forgets its oldest entries in bulk.
#[derive(Debug)]
struct Generations<K, V> {
    capacity: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + std::hash::Hash, V> Generations<K, V> {
    fn new(capacity: usize) -> Self {
        Self { capacity, young: HashMap::new(), old: HashMap::new() }
    }

    fn get<Q: Eq + std::hash::Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn insert(&mut self, key: K, value: V) {
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
    async fn a_claim_is_exclusive_until_it_is_released_or_done() {
        let ledger = MemoryLedger::unbounded();
        let progress = Progress { namespaces: ["N".to_owned()].into(), ..Progress::default() };
        assert_eq!(ledger.claim(&file("k")).await.unwrap(), Claim::Granted(Progress::default()));
        assert_eq!(ledger.claim(&file("k")).await.unwrap(), Claim::InProgress);
        ledger.release(&file("k"), progress.clone()).await.unwrap();
        assert_eq!(ledger.claim(&file("k")).await.unwrap(), Claim::Granted(progress));
        ledger.finish(&file("k")).await.unwrap();
        assert_eq!(ledger.claim(&file("k")).await.unwrap(), Claim::Done);
    }

    #[tokio::test]
    async fn an_event_belongs_to_the_file_that_brought_it_first() {
        let ledger = MemoryLedger::unbounded();
        assert_eq!(ledger.first_sightings(&file("a"), &["1", "2"]).await.unwrap(), [true, true]);
        assert_eq!(ledger.first_sightings(&file("b"), &["2", "3"]).await.unwrap(), [false, true]);
        assert_eq!(ledger.first_sightings(&file("a"), &["1", "3"]).await.unwrap(), [true, false]);
    }

    #[tokio::test]
    async fn the_most_recent_entries_are_known_and_memory_is_bounded() {
        let ledger = MemoryLedger::with_capacity(2);
        for key in ["a", "b", "c", "d", "e"] {
            ledger.claim(&file(key)).await.unwrap();
            ledger.finish(&file(key)).await.unwrap();
        }
        assert_eq!(ledger.claim(&file("e")).await.unwrap(), Claim::Done);
        assert_eq!(ledger.claim(&file("d")).await.unwrap(), Claim::Done);
        assert_eq!(ledger.claim(&file("a")).await.unwrap(), Claim::Granted(Progress::default()));
    }
}
