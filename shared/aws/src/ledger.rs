//! The ledger in DynamoDB: what one execution environment has done, all others know.
//!
//! The table has the partition key `id` (a string) and the TTL attribute `expires` (Unix seconds). Two kinds of items:
//!
//! | item | `id` | attributes |
//! |---|---|---|
//! | log file | `file#s3://BUCKET/KEY` | `phase`: `claimed`, `released` or `done`; `attempts`, the claims so far; while claimed `owner` and `leaseEnd` (Unix milliseconds); `progress` as JSON where a part is out; `failure`, the code of the last failure, until it is done |
//! | sighting | `event#EVENT_ID RULE_ID` | `file`: the log file that brought it first |
//!
//! Every decision is one conditional write, so that two invocations never both get a file; an item that has expired
//! counts as absent from that second, although DynamoDB deletes it up to days later.
//! Nothing of a record is stored but its event id.
//!
//! Source: the Amazon DynamoDB API reference, UpdateItem and PutItem; the developer guide, "Using time to
//! live".

mod item;
#[cfg(feature = "operator")]
mod reader;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use cloudtrail::S3Object;
use futures::{StreamExt as _, TryStreamExt as _};
use pipeline::error::Cause;
use pipeline::{Claim, Clock, Ledger, Progress};
use time::OffsetDateTime;

use self::item::{Item, Phase};

#[cfg(feature = "operator")]
pub use self::reader::{FileState, LedgerEntry, LedgerReader};

/// How long the ledger remembers: longer than a message can wait in a queue and then in a dead-letter queue, which is two
/// weeks each at most.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a claim without an end holds; longer than an invocation can last.
const LONGEST_LEASE: time::Duration = time::Duration::minutes(20);
/// Sightings that are written at the same time.
const CONCURRENCY: usize = 16;

/// [`Ledger`] over conditional writes to a DynamoDB table.
#[derive(Debug)]
pub struct DynamoDbLedger<C> {
    client: Client,
    table: String,
    clock: C,
    /// Tells the claims of this process from those of others.
    owner: String,
}

impl<C: Clock> DynamoDbLedger<C> {
    /// The ledger in `table`, of the client's region and account.
    pub fn new(client: Client, table: String, clock: C) -> Self {
        let owner = format!("{:032x}", fastrand::u128(..));
        Self { client, table, clock, owner }
    }

    fn expires(&self) -> AttributeValue {
        number(self.clock.now().unix_timestamp().saturating_add_unsigned(RETENTION.as_secs()))
    }

    /// Notes a sighting for a file, unless another file has brought it before.
    async fn sight(&self, file: &str, sighting: String) -> Result<bool, Cause> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(item::ID, text(sighting))
            .item(item::FILE, text(file))
            .item(item::EXPIRES, self.expires())
            .condition_expression("attribute_not_exists(#id) OR #file = :file OR #expires <= :now")
            .expression_attribute_names("#id", item::ID)
            .expression_attribute_names("#file", item::FILE)
            .expression_attribute_names("#expires", item::EXPIRES)
            .expression_attribute_values(":file", text(file))
            .expression_attribute_values(":now", number(self.clock.now().unix_timestamp()));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl<C: Clock> Ledger for DynamoDbLedger<C> {
    async fn claim(&self, file: &S3Object, until: Option<OffsetDateTime>) -> Result<Claim, Cause> {
        let now = self.clock.now();
        let lease_end = milliseconds(until.unwrap_or(now + LONGEST_LEASE));
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(item::ID, text(file_id(file)))
            .update_expression(
                "SET #phase = :claimed, #owner = :owner, #leaseEnd = :leaseEnd, #expires = :expires \
                 ADD #attempts :one",
            )
            .condition_expression(
                "attribute_not_exists(#id) OR #phase = :released OR (#phase = :claimed AND #leaseEnd <= :nowMs) \
                 OR #expires <= :now",
            )
            .expression_attribute_names("#id", item::ID)
            .expression_attribute_names("#phase", item::PHASE)
            .expression_attribute_names("#owner", item::OWNER)
            .expression_attribute_names("#leaseEnd", item::LEASE_END)
            .expression_attribute_names("#expires", item::EXPIRES)
            .expression_attribute_names("#attempts", item::ATTEMPTS)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":claimed", text(Phase::Claimed.as_str()))
            .expression_attribute_values(":released", text(Phase::Released.as_str()))
            .expression_attribute_values(":owner", text(&self.owner))
            .expression_attribute_values(":leaseEnd", number(lease_end))
            .expression_attribute_values(":expires", self.expires())
            .expression_attribute_values(":nowMs", number(milliseconds(now)))
            .expression_attribute_values(":now", number(now.unix_timestamp()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(output) => {
                let item = Item::of(output.attributes.unwrap_or_default())?;
                // What is left of an item that has expired is of another delivery, weeks ago.
                let is_expired = item.expires.is_some_and(|expires| expires <= now.unix_timestamp());
                Ok(Claim::Granted(if is_expired { Progress::default() } else { item.progress }))
            }
            Err(error) if is_refused(&error) => {
                let attributes = present(error);
                if attributes.is_empty() {
                    // It was there for the condition, and is gone.
                    return Ok(Claim::InProgress);
                }
                let item = Item::of(attributes)?;
                // The answer to a first attempt that took effect may be lost; the second finds this claim.
                let is_own = item.owner.as_ref() == Some(&self.owner) && item.lease_end == Some(lease_end);
                match (item.phase, item.lease_end) {
                    (Some(Phase::Done), _) => Ok(Claim::Done),
                    (Some(Phase::Claimed), Some(_)) if is_own => Ok(Claim::Granted(item.progress)),
                    (Some(Phase::Claimed), Some(_)) | (Some(Phase::Released), _) => Ok(Claim::InProgress),
                    (Some(Phase::Claimed), None) | (None, _) => Err(item::Unreadable.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        let file = file_id(file);
        let ids: Vec<String> = sightings.iter().map(|sighting| format!("event#{sighting}")).collect();
        let writes = ids.into_iter().map(|id| self.sight(&file, id));
        futures::stream::iter(writes).buffered(CONCURRENCY).try_collect().await
    }

    async fn note(&self, file: &S3Object, progress: &Progress) -> Result<(), Cause> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(item::ID, text(file_id(file)))
            .update_expression("SET #progress = :progress")
            // Whoever took the file over meanwhile writes for itself.
            .condition_expression("#phase = :claimed AND #owner = :owner")
            .expression_attribute_names("#phase", item::PHASE)
            .expression_attribute_names("#owner", item::OWNER)
            .expression_attribute_names("#progress", item::PROGRESS)
            .expression_attribute_values(":claimed", text(Phase::Claimed.as_str()))
            .expression_attribute_values(":owner", text(&self.owner))
            .expression_attribute_values(":progress", text(item::progress_text(progress)?));
        unless_taken_over(update.send().await)
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(item::ID, text(file_id(file)))
            .update_expression(
                "SET #phase = :done, #expires = :expires REMOVE #owner, #leaseEnd, #progress, #failure",
            )
            .expression_attribute_names("#phase", item::PHASE)
            .expression_attribute_names("#owner", item::OWNER)
            .expression_attribute_names("#leaseEnd", item::LEASE_END)
            .expression_attribute_names("#progress", item::PROGRESS)
            .expression_attribute_names("#failure", item::FAILURE)
            .expression_attribute_names("#expires", item::EXPIRES)
            .expression_attribute_values(":done", text(Phase::Done.as_str()))
            .expression_attribute_values(":expires", self.expires())
            .send()
            .await?;
        Ok(())
    }

    async fn release(&self, file: &S3Object, progress: Progress, code: &'static str) -> Result<(), Cause> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(item::ID, text(file_id(file)))
            .update_expression(
                "SET #phase = :released, #progress = :progress, #failure = :failure, #expires = :expires \
                 REMOVE #owner, #leaseEnd",
            )
            // Whoever took the file over meanwhile knows more.
            .condition_expression("#phase = :claimed AND #owner = :owner")
            .expression_attribute_names("#phase", item::PHASE)
            .expression_attribute_names("#owner", item::OWNER)
            .expression_attribute_names("#leaseEnd", item::LEASE_END)
            .expression_attribute_names("#progress", item::PROGRESS)
            .expression_attribute_names("#failure", item::FAILURE)
            .expression_attribute_names("#expires", item::EXPIRES)
            .expression_attribute_values(":claimed", text(Phase::Claimed.as_str()))
            .expression_attribute_values(":released", text(Phase::Released.as_str()))
            .expression_attribute_values(":owner", text(&self.owner))
            .expression_attribute_values(":progress", text(item::progress_text(&progress)?))
            .expression_attribute_values(":failure", text(code))
            .expression_attribute_values(":expires", self.expires());
        unless_taken_over(update.send().await)
    }
}

fn file_id(file: &S3Object) -> String {
    // Bucket and key: CloudTrail never writes a key twice, and one path announces a version or a size that another
    // leaves out.
    format!("file#{file}")
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp().saturating_mul(1000).saturating_add(i64::from(time.millisecond()))
}

/// Whether the condition of a write did not hold.
fn is_refused<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    ProvideErrorMetadata::code(error) == Some("ConditionalCheckFailedException")
}

/// A write of which nothing is needed when its condition does not hold: then another invocation has the item.
fn unless_taken_over<T, E>(result: Result<T, SdkError<E>>) -> Result<(), Cause>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match result {
        Ok(_) => Ok(()),
        Err(error) if is_refused(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The item that did not fulfil the condition of an update.
fn present(error: SdkError<UpdateItemError>) -> HashMap<String, AttributeValue> {
    let refusal = error.into_service_error();
    let UpdateItemError::ConditionalCheckFailedException(refusal) = refusal else { return HashMap::new() };
    refusal.item.unwrap_or_default()
}

#[cfg(test)]
mod tests;
