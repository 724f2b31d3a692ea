//! The attributes of the ledger's items, and what an item means.
//!
//! No request is sent here.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use cloudtrail::S3Object;
use pipeline::PublishedParts;
use serde::{Deserialize, Serialize};

/// The partition key.
pub(super) const ID: &str = "id";
/// The state of a log file.
pub(super) const PHASE: &str = "phase";
/// The owner of the claim.
pub(super) const OWNER: &str = "owner";
/// The end of the claim, in Unix milliseconds.
pub(super) const LEASE_END: &str = "leaseEnd";
/// The published parts of a log file, as JSON.
pub(super) const PROGRESS: &str = "progress";
/// The number of claims so far.
pub(super) const ATTEMPTS: &str = "attempts";
/// The code of a log file's last failure.
pub(super) const FAILURE: &str = "failure";
/// The log file of a sighting.
pub(super) const FILE: &str = "file";
/// When the item starts to count as absent, in Unix seconds; the table's TTL attribute.
pub(super) const EXPIRES: &str = "expires";

/// The state of a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Claimed,
    Released,
    Done,
}

impl Phase {
    pub(super) const ALL: [Self; 3] = [Self::Claimed, Self::Released, Self::Done];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::Done => "done",
        }
    }
}

/// The item of a log file.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) phase: Option<Phase>,
    pub(super) owner: Option<String>,
    pub(super) lease_end: Option<i64>,
    pub(super) progress: PublishedParts,
    pub(super) expires: Option<i64>,
}

/// The attribute `progress` of a ledger item is not one that Trailbell writes.
#[derive(Debug, thiserror::Error)]
#[error("the attribute `progress` of a ledger item cannot be read")]
pub(super) struct ProgressError(#[source] serde_json::Error);

/// An item prevents a claim, but says neither that its file is done nor who has claimed it until when.
#[derive(Debug, thiserror::Error)]
#[error("a ledger item has an unknown `phase`, or a claim without an end")]
pub(super) struct Unreadable;

impl Item {
    /// Reads an item. Without attributes there is no item.
    pub(super) fn of(attributes: HashMap<String, AttributeValue>) -> Result<Self, ProgressError> {
        let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok());
        let number = |name: &str| attributes.get(name)?.as_n().ok()?.parse().ok();
        let progress = match text(PROGRESS) {
            Some(text) => serde_json::from_str::<Parts>(text).map_err(ProgressError)?.into(),
            None => PublishedParts::default(),
        };
        Ok(Self {
            phase: text(PHASE).and_then(|name| Phase::ALL.into_iter().find(|phase| phase.as_str() == name)),
            owner: text(OWNER).cloned(),
            lease_end: number(LEASE_END),
            progress,
            expires: number(EXPIRES),
        })
    }
}

/// [`PublishedParts`] as stored.
#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    namespaces: BTreeSet<String>,
    series: BTreeSet<String>,
    alerts: BTreeSet<String>,
}

impl From<Parts> for PublishedParts {
    fn from(Parts { namespaces, series, alerts }: Parts) -> Self {
        Self { namespaces, series, alerts }
    }
}

/// The attribute `progress`.
pub(super) fn progress_text(progress: &PublishedParts) -> Result<String, serde_json::Error> {
    let PublishedParts { namespaces, series, alerts } = progress.clone();
    serde_json::to_string(&Parts { namespaces, series, alerts })
}

/// The partition key of a log file.
pub(super) fn file_id(file: &S3Object) -> String {
    // Bucket and key: CloudTrail never writes a key twice, and not every kind of notification includes a version and a size.
    format!("file#{file}")
}

/// A text for DynamoDB.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number for DynamoDB.
pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
