//! The attributes of the ledger's items, and what an item says.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use pipeline::Progress;
use serde::{Deserialize, Serialize};

/// The partition key.
pub(super) const ID: &str = "id";
/// What became of a log file.
pub(super) const PHASE: &str = "phase";
/// Whose claim it is.
pub(super) const OWNER: &str = "owner";
/// Until when the claim holds, in Unix milliseconds.
pub(super) const LEASE_END: &str = "leaseEnd";
/// What is out of a log file that failed, as JSON.
pub(super) const PROGRESS: &str = "progress";
/// How often a log file was claimed.
pub(super) const ATTEMPTS: &str = "attempts";
/// The code of a log file's last failure.
pub(super) const FAILURE: &str = "failure";
/// The log file of a sighting.
pub(super) const FILE: &str = "file";
/// From when on the item counts as absent, in Unix seconds; the table's TTL attribute.
pub(super) const EXPIRES: &str = "expires";

/// What became of a log file.
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
    pub(super) progress: Progress,
    pub(super) expires: Option<i64>,
}

/// The attribute `progress` of a ledger item is none that Trailbell writes.
#[derive(Debug, thiserror::Error)]
#[error("the attribute `progress` of a ledger item cannot be read")]
pub(super) struct ProgressError(#[source] serde_json::Error);

/// An item in the way of a claim says neither that its file is done nor who has it until when.
#[derive(Debug, thiserror::Error)]
#[error("a ledger item has no `phase` that Trailbell writes, or a claim without an end")]
pub(super) struct Unreadable;

impl Item {
    /// Reads an item; no attributes are no item.
    pub(super) fn of(attributes: HashMap<String, AttributeValue>) -> Result<Self, ProgressError> {
        let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok());
        let number = |name: &str| attributes.get(name)?.as_n().ok()?.parse().ok();
        let progress = match text(PROGRESS) {
            Some(text) => serde_json::from_str::<Parts>(text).map_err(ProgressError)?.into(),
            None => Progress::default(),
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

/// [`Progress`] as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    namespaces: BTreeSet<String>,
    series: BTreeSet<String>,
    alerts: BTreeSet<String>,
}

impl From<Parts> for Progress {
    fn from(Parts { namespaces, series, alerts }: Parts) -> Self {
        Self { namespaces, series, alerts }
    }
}

/// The attribute `progress`.
pub(super) fn progress_text(progress: &Progress) -> Result<String, serde_json::Error> {
    let Progress { namespaces, series, alerts } = progress.clone();
    serde_json::to_string(&Parts { namespaces, series, alerts })
}
