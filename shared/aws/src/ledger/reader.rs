//! What the ledger says about log files, for the operator: a hundred files per request.
//!
//! Nothing is written. Reads are eventually consistent, at half the price: a change may take a second to show.
//!
//! Source: the Amazon DynamoDB API reference, BatchGetItem.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Region;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use cloudtrail::S3Object;
use time::OffsetDateTime;

use super::item::{self, Phase, file_id, text};
use crate::client::Aws;
use crate::operator::{CallError, CallErrorKind, call_error};

/// The permission that reading needs.
const READ: &str = "dynamodb:BatchGetItem";
/// The most keys in one request (BatchGetItem).
const KEYS: usize = 100;
/// Attempts to read items that DynamoDB leaves out of its responses, including the first.
const READS: u32 = 8;
/// The delay before the second attempt, without jitter; it doubles with each attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// What the ledger says about a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The state of the file.
    pub state: FileState,
    /// The number of claims, if it was counted.
    pub attempts: Option<u64>,
}

/// The state of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// An invocation is processing the file, or was terminated while processing it.
    Claimed {
        /// When the claim ends; a running invocation ends by then too.
        lease_end: OffsetDateTime,
        /// The code of the last failure before this claim.
        failure: Option<String>,
    },
    /// The last attempt failed.
    Released {
        /// The code of the failure, if it was recorded.
        failure: Option<String>,
    },
    /// All datapoints and alerts of the file are published.
    Done,
}

/// DynamoDB left items out of every response.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left {keys} items out of {READS} responses")]
struct LeftOut {
    keys: usize,
}

/// A ledger's table, for reading.
#[derive(Debug, Clone)]
pub struct LedgerReader {
    client: Client,
    table: String,
}

impl Aws {
    /// A ledger's table, for reading, in `region` or else in the environment's region.
    pub fn ledger_reader(&self, table: String, region: Option<&str>) -> LedgerReader {
        let mut config = aws_sdk_dynamodb::config::Builder::from(self.config());
        if let Some(region) = region {
            config = config.region(Region::new(region.to_owned()));
        }
        LedgerReader::new(Client::from_conf(config.build()), table)
    }
}

impl LedgerReader {
    /// The ledger in `table`, in the client's region and account.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The ledger's entry for each of `files` at the time `now`; `None` for a file that the ledger does not know.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the table cannot be read.
    pub async fn entries(
        &self,
        files: &[S3Object],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<LedgerEntry>>, CallError> {
        let ids: Vec<String> = files.iter().map(file_id).collect();
        // DynamoDB rejects a request that names a key twice.
        let distinct: Vec<&String> = ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut entries = HashMap::new();
        for ids in distinct.chunks(KEYS) {
            self.read(ids, now, &mut entries).await?;
        }
        Ok(ids.iter().map(|id| entries.get(id).cloned()).collect())
    }

    /// Reads up to a hundred items, and asks again for items that DynamoDB leaves out.
    async fn read(
        &self,
        ids: &[&String],
        now: OffsetDateTime,
        entries: &mut HashMap<String, LedgerEntry>,
    ) -> Result<(), CallError> {
        let mut keys: Vec<_> =
            ids.iter().map(|id| HashMap::from([(item::ID.to_owned(), text(id.as_str()))])).collect();
        for attempt in 0..READS {
            if attempt > 0 {
                let longest = FIRST_BACKOFF * 2_u32.pow(attempt);
                tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
            }
            let request = self.request(keys).map_err(|error| self.failed(CallErrorKind::Refused, error))?;
            let answer = self.client.batch_get_item().request_items(&self.table, request).send().await;
            let answer = answer.map_err(|error| call_error(READ, &self.table, error))?;
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                entries.extend(entry(&item, now));
            }
            keys = answer
                .unprocessed_keys
                .unwrap_or_default()
                .into_values()
                .flat_map(|left| left.keys)
                .collect();
            if keys.is_empty() {
                return Ok(());
            }
        }
        Err(self.failed(CallErrorKind::Throttled, LeftOut { keys: keys.len() }))
    }

    fn request(
        &self,
        keys: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<KeysAndAttributes, aws_sdk_dynamodb::error::BuildError> {
        // Without `progress`, which can be large.
        KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .projection_expression("#id, #phase, #leaseEnd, #attempts, #failure, #expires")
            .expression_attribute_names("#id", item::ID)
            .expression_attribute_names("#phase", item::PHASE)
            .expression_attribute_names("#leaseEnd", item::LEASE_END)
            .expression_attribute_names("#attempts", item::ATTEMPTS)
            .expression_attribute_names("#failure", item::FAILURE)
            .expression_attribute_names("#expires", item::EXPIRES)
            .build()
    }

    fn failed(
        &self,
        kind: CallErrorKind,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> CallError {
        CallError { action: READ, resource: self.table.clone(), kind, source: Box::new(source) }
    }
}

/// The entry of an item, with the item's id; `None` if the item has expired or is not about a log file.
fn entry(item: &HashMap<String, AttributeValue>, now: OffsetDateTime) -> Option<(String, LedgerEntry)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<i64>().ok();
    if number(item::EXPIRES).is_some_and(|expires| expires <= now.unix_timestamp()) {
        return None;
    }
    let phase = text(item::PHASE)?;
    let failure = text(item::FAILURE).cloned();
    let state = match Phase::ALL.into_iter().find(|known| known.as_str() == phase)? {
        Phase::Claimed => {
            let nanoseconds = i128::from(number(item::LEASE_END)?) * 1_000_000;
            let lease_end = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
            FileState::Claimed { lease_end, failure }
        }
        Phase::Released => FileState::Released { failure },
        Phase::Done => FileState::Done,
    };
    let attempts = number(item::ATTEMPTS).and_then(|attempts| u64::try_from(attempts).ok());
    Some((text(item::ID)?.clone(), LedgerEntry { state, attempts }))
}

#[cfg(test)]
mod tests;
