//! From messages to the list of files to read: every mention of a file is accounted for, every file is read once.

use std::collections::{BTreeSet, HashMap};

use cloudtrail::{IgnoreReason, Notification, ObjectKind, S3Object, classify_key, parse_notification};

use crate::error::MessageError;
use crate::outcome::Message;
use crate::treatment::Treatment;

/// What is done with keys that name neither a kind of CloudTrail file nor another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnrecognizedKeys {
    /// They are not CloudTrail's: ignored and counted.
    Ignore,
    /// They are log files under names of the user's choice, as in a folder on a laptop.
    LogFile,
}

/// A batch, planned.
#[derive(Debug)]
pub(crate) struct Plan {
    /// One entry a message, in the order of the batch.
    pub(crate) messages: Vec<PlannedMessage>,
    /// The files to read, each once, in the order in which they are first named.
    pub(crate) files: Vec<PlannedFile>,
}

/// One message.
#[derive(Debug)]
pub(crate) enum PlannedMessage {
    Ignored(IgnoreReason),
    Unreadable(MessageError),
    Mentions(Vec<Mention>),
}

/// One file named by one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention {
    /// No log file.
    Ignored,
    /// The file of this index; `first` where no earlier mention in the batch names it.
    File { index: usize, first: bool },
}

/// A file to read.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFile {
    pub(crate) object: S3Object,
    /// The minute in its name, in Unix seconds.
    pub(crate) delivered: Option<i64>,
    /// Whether its bucket may be read.
    pub(crate) allowed: bool,
    /// What is published of it.
    pub(crate) treatment: Treatment,
}

impl Plan {
    pub(crate) fn new(
        messages: &[Message],
        unrecognized: UnrecognizedKeys,
        allowed_buckets: Option<&BTreeSet<String>>,
    ) -> Self {
        let mut planner = Planner { unrecognized, allowed_buckets, files: Vec::new(), index: HashMap::new() };
        let messages = messages.iter().map(|message| planner.message(message)).collect();
        Self { messages, files: planner.files }
    }
}

struct Planner<'a> {
    unrecognized: UnrecognizedKeys,
    allowed_buckets: Option<&'a BTreeSet<String>>,
    files: Vec<PlannedFile>,
    index: HashMap<(String, String), usize>,
}

impl Planner<'_> {
    fn message(&mut self, message: &Message) -> PlannedMessage {
        match parse_notification(&message.body) {
            Err(error) => PlannedMessage::Unreadable(MessageError::Notification(error)),
            Ok(Notification::Ignorable(reason)) => PlannedMessage::Ignored(reason),
            Ok(Notification::LogFiles(objects)) => PlannedMessage::Mentions(
                objects.into_iter().map(|object| self.mention(object, message.treatment)).collect(),
            ),
        }
    }

    fn mention(&mut self, object: S3Object, treatment: Treatment) -> Mention {
        let delivered = match classify_key(&object.key) {
            // Insight and network-activity files hold ordinary records in folders of their own.
            ObjectKind::LogFile(key) | ObjectKind::Insight(key) | ObjectKind::NetworkActivity(key) => {
                key.delivered_at
            }
            ObjectKind::Unrecognized if self.unrecognized == UnrecognizedKeys::LogFile => None,
            ObjectKind::Digest
            | ObjectKind::Aggregated
            | ObjectKind::Marker
            | ObjectKind::Foreign
            | ObjectKind::Unrecognized => return Mention::Ignored,
        };
        let id = (object.bucket.clone(), object.key.clone());
        if let Some(&index) = self.index.get(&id) {
            if let Some(file) = self.files.get_mut(index) {
                file.treatment = file.treatment.with(treatment);
            }
            return Mention::File { index, first: false };
        }
        let index = self.files.len();
        let allowed = self.allowed_buckets.is_none_or(|buckets| buckets.contains(&object.bucket));
        self.files.push(PlannedFile { object, delivered, allowed, treatment });
        self.index.insert(id, index);
        Mention::File { index, first: true }
    }
}
