//! The ledger in DynamoDB, which all execution environments share.
//!
//! The table has the partition key `id` (a string) and the TTL attribute `expires` (Unix seconds). It has two
//! kinds of items:
//!
//! | item | `id` | attributes |
//! |---|---|---|
//! | log file | `file#s3://BUCKET/KEY` | `phase`: `claimed`, `released` or `done`; `attempts`, the claims so far; while claimed, `owner` and `leaseEnd` (Unix milliseconds); `progress`, the published parts as JSON, if there are any; `failure`, the code of the last failure, until the file is done |
//! | sighting | `event#EVENT_ID RULE_ID` | `file`: the first log file with it |
//!
//! Every decision is one conditional write, so two invocations never both get a file. An expired item counts as absent from
//! that second on, although DynamoDB may delete it days later. Of a record, only the event id is stored.
//!
//! Source: the Amazon DynamoDB API reference, UpdateItem and PutItem; the developer guide, "Using time to
//! live".

mod item;
#[cfg(feature = "operator")]
mod reader;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use cloudtrail::S3Object;
use futures::{StreamExt as _, TryStreamExt as _};
use pipeline::Cause;
use pipeline::{Claim, Clock, Ledger, PublishedParts};
use time::OffsetDateTime;

use self::item::{Item, Phase, file_id, number, text};
use crate::client::{Aws, retries, timeouts};

#[cfg(feature = "operator")]
pub use self::reader::{FileState, LedgerEntry, LedgerReader};

/// How long the ledger remembers: longer than a message can wait in a queue and then in a dead-letter queue, which is at
/// most two weeks each.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a claim without an end holds: longer than an invocation can last.
const LONGEST_LEASE: time::Duration = time::Duration::minutes(20);
/// The longest time for one attempt. A batch waits for the ledger several times, and can do without it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest time for a call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// The delay before the second attempt, without jitter.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// This many sightings are written at the same time.
const CONCURRENCY: usize = 16;

/// The condition of writes that only the owner of the claim may make.
const IS_OWN_CLAIM: &str = "#phase = :claimed AND #owner = :owner";

/// [`Ledger`] over conditional writes to a DynamoDB table.
#[derive(Debug)]
pub struct DynamoDbLedger<C> {
    client: Client,
    table: String,
    clock: C,
    /// Distinguishes this process's claims from the claims of others.
    owner: String,
}

impl Aws {
    /// The ledger in the table `table`, in the environment's region.
    pub fn ledger<C: Clock>(&self, table: String, clock: C) -> DynamoDbLedger<C> {
        let timeouts = timeouts()
            .to_builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT);
        let config = aws_sdk_dynamodb::config::Builder::from(self.config())
            .timeout_config(timeouts.build())
            .retry_config(retries().with_initial_backoff(FIRST_BACKOFF))
            .build();
        DynamoDbLedger::new(Client::from_conf(config), table, clock)
    }
}

impl<C: Clock> DynamoDbLedger<C> {
    /// The ledger in `table`, in the client's region and account.
    pub fn new(client: Client, table: String, clock: C) -> Self {
        let owner = format!("{:032x}", fastrand::u128(..));
        Self { client, table, clock, owner }
    }

    fn expires(&self) -> AttributeValue {
        number(self.clock.now().unix_timestamp().saturating_add_unsigned(RETENTION.as_secs()))
    }

    /// An update of a log file's item. In expressions, `#NAME` refers to the attribute `NAME`; `names` lists all of them.
    fn update(
        &self,
        file: &S3Object,
        expression: &str,
        names: &[&str],
        values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
    ) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).key(item::ID, text(file_id(file)));
        let update = update.update_expression(expression);
        let update = names
            .iter()
            .fold(update, |update, name| update.expression_attribute_names(format!("#{name}"), *name));
        values
            .into_iter()
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, value))
    }

    /// The update that claims a file until `lease_end`, in Unix milliseconds.
    fn claim_update(&self, file: &S3Object, now: OffsetDateTime, lease_end: i64) -> UpdateItemFluentBuilder {
        let set = "SET #phase = :claimed, #owner = :owner, #leaseEnd = :leaseEnd, #expires = :expires \
                   ADD #attempts :one";
        let is_free = "attribute_not_exists(#id) OR #phase = :released OR (#phase = :claimed AND #leaseEnd <= :nowMs) \
                       OR #expires <= :now";
        let names = [item::ID, item::PHASE, item::OWNER, item::LEASE_END, item::EXPIRES, item::ATTEMPTS];
        let values = [
            (":one", number(1)),
            (":claimed", text(Phase::Claimed.as_str())),
            (":released", text(Phase::Released.as_str())),
            (":owner", text(&self.owner)),
            (":leaseEnd", number(lease_end)),
            (":expires", self.expires()),
            (":nowMs", number(milliseconds(now))),
            (":now", number(now.unix_timestamp())),
        ];
        self.update(file, set, &names, values)
            .condition_expression(is_free)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// What an item that prevents a claim means.
    fn refused_claim(
        &self,
        attributes: HashMap<String, AttributeValue>,
        lease_end: i64,
    ) -> Result<Claim, Cause> {
        if attributes.is_empty() {
            // The item existed when the condition was checked, and has been deleted since.
            return Ok(Claim::InProgress);
        }
        let item = Item::of(attributes)?;
        // The response to a first attempt that took effect may have been lost; the second attempt then finds its claim.
        let is_own = item.owner.as_ref() == Some(&self.owner) && item.lease_end == Some(lease_end);
        match (item.phase, item.lease_end) {
            (Some(Phase::Done), _) => Ok(Claim::Done),
            (Some(Phase::Claimed), Some(_)) if is_own => Ok(Claim::Granted(item.progress)),
            (Some(Phase::Claimed), Some(_)) | (Some(Phase::Released), _) => Ok(Claim::InProgress),
            (Some(Phase::Claimed), None) | (None, _) => Err(item::Unreadable.into()),
        }
    }

    /// Records a sighting for a file, unless it belongs to another file; whether it belongs to this file.
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
        match self.claim_update(file, now, lease_end).send().await {
            Ok(output) => {
                let item = Item::of(output.attributes.unwrap_or_default())?;
                // An expired item is from another delivery, weeks ago.
                let is_expired = item.expires.is_some_and(|expires| expires <= now.unix_timestamp());
                Ok(Claim::Granted(if is_expired { PublishedParts::default() } else { item.progress }))
            }
            Err(error) if is_refused(&error) => self.refused_claim(present(error), lease_end),
            Err(error) => Err(error.into()),
        }
    }

    async fn first_sightings(&self, file: &S3Object, sightings: &[String]) -> Result<Vec<bool>, Cause> {
        let file = file_id(file);
        let ids: Vec<String> = sightings.iter().map(|sighting| format!("event#{sighting}")).collect();
        let writes = ids.into_iter().map(|id| self.sight(&file, id));
        futures::stream::iter(writes).buffered(CONCURRENCY).try_collect().await
    }

    async fn note(&self, file: &S3Object, progress: &PublishedParts) -> Result<(), Cause> {
        let set = "SET #progress = :progress";
        let names = [item::PHASE, item::OWNER, item::PROGRESS];
        let values = [
            (":claimed", text(Phase::Claimed.as_str())),
            (":owner", text(&self.owner)),
            (":progress", text(item::progress_text(progress)?)),
        ];
        let update = self.update(file, set, &names, values);
        // An invocation that has taken the file over records its own progress.
        unless_taken_over(update.condition_expression(IS_OWN_CLAIM).send().await)
    }

    async fn finish(&self, file: &S3Object) -> Result<(), Cause> {
        let set = "SET #phase = :done, #expires = :expires REMOVE #owner, #leaseEnd, #progress, #failure";
        let names = [item::PHASE, item::OWNER, item::LEASE_END, item::PROGRESS, item::FAILURE, item::EXPIRES];
        let values = [(":done", text(Phase::Done.as_str())), (":expires", self.expires())];
        self.update(file, set, &names, values).send().await?;
        Ok(())
    }

    async fn release(
        &self,
        file: &S3Object,
        progress: PublishedParts,
        code: &'static str,
    ) -> Result<(), Cause> {
        let set = "SET #phase = :released, #progress = :progress, #failure = :failure, #expires = :expires \
                   REMOVE #owner, #leaseEnd";
        let names = [item::PHASE, item::OWNER, item::LEASE_END, item::PROGRESS, item::FAILURE, item::EXPIRES];
        let values = [
            (":claimed", text(Phase::Claimed.as_str())),
            (":released", text(Phase::Released.as_str())),
            (":owner", text(&self.owner)),
            (":progress", text(item::progress_text(&progress)?)),
            (":failure", text(code)),
            (":expires", self.expires()),
        ];
        let update = self.update(file, set, &names, values);
        // An invocation that has taken the file over knows more.
        unless_taken_over(update.condition_expression(IS_OWN_CLAIM).send().await)
    }
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp().saturating_mul(1000).saturating_add(i64::from(time.millisecond()))
}

/// Whether a write failed because of its condition.
fn is_refused<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    ProvideErrorMetadata::code(error) == Some("ConditionalCheckFailedException")
}

/// The result of a write that is unnecessary if its condition fails, because another invocation then has the item.
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

/// The item because of which the condition of an update failed.
fn present(error: SdkError<UpdateItemError>) -> HashMap<String, AttributeValue> {
    let refusal = error.into_service_error();
    let UpdateItemError::ConditionalCheckFailedException(refusal) = refusal else { return HashMap::new() };
    refusal.item.unwrap_or_default()
}

#[cfg(test)]
mod tests;
