//! AWS in memory: a queue with visibility, a bucket and a ledger. The queue can be made to fail.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aws::{CallErrorKind, ListedObject};

use super::*;

/// The error of every call that is made to fail.
pub(crate) fn broken(action: &'static str) -> CallError {
    let source = io::Error::from(io::ErrorKind::ConnectionReset);
    CallError { action, resource: "memory".into(), kind: CallErrorKind::Unavailable, source: source.into() }
}

/// The time at which every message is sent.
const SENT_AT: OffsetDateTime = time::macros::datetime!(2026-09-14 12:16 UTC);

/// A queue. A received message stays hidden until it is made visible; no time passes.
#[derive(Debug, Default)]
pub(crate) struct MemoryQueue {
    messages: RefCell<Vec<QueueMessage>>,
    hidden: RefCell<BTreeSet<String>>,
    /// By body: how many sends fail, and whether permanently.
    refusals: RefCell<BTreeMap<String, (u32, bool)>>,
    sends: Cell<u32>,
    ids: Cell<u32>,
    working_sends: Cell<Option<u32>>,
    working_receives: Cell<Option<u32>>,
    /// Ids that cannot be deleted.
    undeletable: RefCell<BTreeSet<String>>,
    /// Whether hidden messages are received too, as if they became visible at once.
    pub(crate) forgets_hiding: Cell<bool>,
}

impl MemoryQueue {
    pub(crate) fn with(messages: impl IntoIterator<Item = QueueMessage>) -> Self {
        let queue = Self::default();
        queue.messages.borrow_mut().extend(messages);
        queue
    }

    /// Makes the next `times` sends of a body fail.
    pub(crate) fn refuse(&self, body: &str, times: u32, is_permanent: bool) {
        self.refusals.borrow_mut().insert(body.to_owned(), (times, is_permanent));
    }

    pub(crate) fn break_sends_after(&self, sends: u32) {
        self.working_sends.set(Some(sends));
    }

    pub(crate) fn break_receives_after(&self, receives: u32) {
        self.working_receives.set(Some(receives));
    }

    pub(crate) fn keep(&self, id: &str) {
        self.undeletable.borrow_mut().insert(id.to_owned());
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.messages.borrow().iter().map(|message| message.body.clone()).collect()
    }

    pub(crate) fn messages(&self) -> Vec<QueueMessage> {
        self.messages.borrow().clone()
    }

    pub(crate) fn hidden(&self) -> usize {
        self.hidden.borrow().len()
    }

    pub(crate) fn sends(&self) -> u32 {
        self.sends.get()
    }

    /// Counts a call, and says whether it fails.
    fn fails(left: &Cell<Option<u32>>) -> bool {
        let before = left.get();
        left.set(before.map(|left| left.saturating_sub(1)));
        before == Some(0)
    }
}

impl Queue for MemoryQueue {
    async fn receive(&self, _: Duration) -> Result<Vec<QueueMessage>, CallError> {
        if Self::fails(&self.working_receives) {
            return Err(broken("sqs:ReceiveMessage"));
        }
        let mut hidden = self.hidden.borrow_mut();
        let shown = |message: &&mut QueueMessage| self.forgets_hiding.get() || !hidden.contains(&message.id);
        let mut messages = self.messages.borrow_mut();
        let received: Vec<QueueMessage> = messages
            .iter_mut()
            .filter(shown)
            .take(10)
            .map(|message| {
                let receives = message.receives.unwrap_or_default() + 1;
                message.receives = Some(receives);
                message.receipt = format!("{}/{receives}", message.id);
                message.clone()
            })
            .collect();
        hidden.extend(received.iter().map(|message| message.id.clone()));
        Ok(received)
    }

    async fn make_visible(&self, receipts: &[String]) -> Result<Entries, CallError> {
        for receipt in receipts {
            self.hidden.borrow_mut().remove(receipt.split('/').next().unwrap());
        }
        Ok(vec![Ok(()); receipts.len()])
    }

    async fn send(&self, messages: &[OutgoingMessage]) -> Result<Entries, CallError> {
        assert!((1..=10).contains(&messages.len()), "{} messages", messages.len());
        if Self::fails(&self.working_sends) {
            return Err(broken("sqs:SendMessage"));
        }
        self.sends.set(self.sends.get() + 1);
        let results = messages.iter().map(|message| {
            let mut refusals = self.refusals.borrow_mut();
            if let Some((times, is_permanent)) =
                refusals.get_mut(&message.body).filter(|(times, _)| *times > 0)
            {
                *times -= 1;
                let (code, message) = ("InternalError".to_owned(), String::new());
                return Err(EntryError { code, message, is_permanent: *is_permanent });
            }
            let mut queue = self.messages.borrow_mut();
            let id = format!("s{}", self.ids.replace(self.ids.get() + 1));
            let (body, attributes) = (message.body.clone(), message.attributes.clone());
            queue.push(QueueMessage {
                id,
                body,
                attributes,
                sent_at: Some(SENT_AT),
                ..QueueMessage::default()
            });
            Ok(())
        });
        Ok(results.collect())
    }

    async fn delete(&self, receipts: &[String]) -> Result<Entries, CallError> {
        let results = receipts.iter().map(|receipt| {
            let id = receipt.split('/').next().unwrap();
            if self.undeletable.borrow().contains(id) {
                let (code, message) = ("InternalError".to_owned(), String::new());
                return Err(EntryError { code, message, is_permanent: false });
            }
            self.messages.borrow_mut().retain(|message| message.id != id);
            self.hidden.borrow_mut().remove(id);
            Ok(())
        });
        Ok(results.collect())
    }

    async fn visible(&self) -> Option<u64> {
        None
    }
}

/// A bucket of these keys and sizes, with two objects per page.
#[derive(Debug, Default)]
pub(crate) struct MemoryBucket {
    pub(crate) objects: BTreeMap<String, u64>,
    /// The prefixes that were listed, each with the key that the listing started after.
    pub(crate) listed: RefCell<Vec<(String, String)>>,
}

impl Bucket for MemoryBucket {
    async fn folders(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let folder = |key: &String| {
            let (name, _) = key.strip_prefix(prefix)?.split_once('/')?;
            Some(format!("{prefix}{name}/"))
        };
        let folders: BTreeSet<String> = self.objects.keys().filter_map(folder).collect();
        Ok(folders.into_iter().collect())
    }

    async fn page(&self, prefix: &str, after: &str) -> Result<ListedPage, CallError> {
        self.listed.borrow_mut().push((prefix.to_owned(), after.to_owned()));
        let mut keys = self.objects.iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after);
        let objects = keys.by_ref().take(2);
        let objects: Vec<ListedObject> = objects
            .map(|(key, size)| ListedObject { key: key.clone(), size: *size, ..ListedObject::default() })
            .collect();
        Ok(ListedPage { objects, is_last: keys.next().is_none() })
    }
}

/// A ledger with entries by the URI of their file.
#[derive(Debug, Default)]
pub(crate) struct FakeLedger {
    pub(crate) entries: BTreeMap<String, LedgerEntry>,
    /// How many files each call asked for.
    pub(crate) asked: RefCell<Vec<usize>>,
}

impl KnownFiles for FakeLedger {
    async fn entries(
        &self,
        files: &[S3Object],
        _: OffsetDateTime,
    ) -> Result<Vec<Option<LedgerEntry>>, CallError> {
        self.asked.borrow_mut().push(files.len());
        Ok(files.iter().map(|file| self.entries.get(&file.to_string()).cloned()).collect())
    }
}
