//! From messages to the list of files to read. Every mention of a file is accounted for, and every file is read once.
//!
//! Nothing is fetched here.

use std::collections::HashMap;

use cloudtrail::{IgnoreReason, Notification, ObjectKind, S3Object, classify_key, parse_notification};

use crate::error::MessageError;
use crate::outcome::Message;
use crate::pipeline::{Settings, UnrecognizedKeys};
use crate::publish_options::PublishOptions;

/// A batch, planned.
#[derive(Debug)]
pub(super) struct Plan {
    /// One entry per message, in the order of the batch.
    pub(super) messages: Vec<PlannedMessage>,
    /// The files to read, each once, in the order of their first mention.
    pub(super) files: Vec<PlannedFile>,
}

/// One message.
#[derive(Debug)]
pub(super) enum PlannedMessage {
    Ignored(IgnoreReason),
    Unreadable(MessageError),
    Mentions(Vec<Mention>),
}

/// One file named by one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mention {
    /// Not a log file.
    Ignored,
    /// The file with this index; `first` unless an earlier mention in the batch names the same file.
    File { index: usize, first: bool },
}

/// A file to read.
#[derive(Debug, Clone)]
pub(super) struct PlannedFile {
    pub(super) object: S3Object,
    /// The minute in its name, in Unix seconds.
    pub(super) delivered: Option<i64>,
    /// Whether its bucket may be read.
    pub(super) allowed: bool,
    /// What is published of the file.
    pub(super) options: PublishOptions,
}

impl Plan {
    /// The plan for these messages.
    pub(super) fn new(messages: &[Message], settings: &Settings) -> Self {
        let mut planner = Planner { settings, files: Vec::new(), index: HashMap::new() };
        let messages = messages.iter().map(|message| planner.message(message)).collect();
        Self { messages, files: planner.files }
    }
}

struct Planner<'a> {
    settings: &'a Settings,
    files: Vec<PlannedFile>,
    /// The index of each file, by bucket and key.
    index: HashMap<(String, String), usize>,
}

impl Planner<'_> {
    fn message(&mut self, message: &Message) -> PlannedMessage {
        match parse_notification(&message.body) {
            Err(error) => PlannedMessage::Unreadable(MessageError::Notification(error)),
            Ok(Notification::Ignorable(reason)) => PlannedMessage::Ignored(reason),
            Ok(Notification::LogFiles(objects)) => PlannedMessage::Mentions(
                objects.into_iter().map(|object| self.mention(object, message.options)).collect(),
            ),
        }
    }

    fn mention(&mut self, object: S3Object, options: PublishOptions) -> Mention {
        let delivered = match classify_key(&object.key) {
            // Insight and network-activity files hold ordinary records in folders of their own.
            ObjectKind::LogFile(key) | ObjectKind::Insight(key) | ObjectKind::NetworkActivity(key) => {
                key.delivered_at
            }
            ObjectKind::Unrecognized if self.settings.unrecognized_keys == UnrecognizedKeys::LogFile => None,
            ObjectKind::Digest
            | ObjectKind::Aggregated
            | ObjectKind::Marker
            | ObjectKind::Foreign
            | ObjectKind::Unrecognized => return Mention::Ignored,
        };
        let id = (object.bucket.clone(), object.key.clone());
        if let Some(&index) = self.index.get(&id) {
            if let Some(file) = self.files.get_mut(index) {
                file.options = file.options.with(options);
            }
            return Mention::File { index, first: false };
        }
        let index = self.files.len();
        let allowed =
            self.settings.allowed_buckets.as_ref().is_none_or(|buckets| buckets.contains(&object.bucket));
        self.files.push(PlannedFile { object, delivered, allowed, options });
        self.index.insert(id, index);
        Mention::File { index, first: true }
    }
}
