//! A table: whether it can be used, and whether its items expire.
//!
//! Source: the Amazon DynamoDB API reference, DescribeTable and DescribeTimeToLive.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TimeToLiveStatus;

use super::StackReader;
use crate::operator::error::{CallError, call_error};

/// A table as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableState {
    /// Such as `ACTIVE`.
    pub status: String,
    /// The attribute by which its items expire, if they do.
    pub expires_by: Option<String>,
}

impl StackReader {
    /// A table, by its name.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the table does not exist or cannot be read.
    pub async fn table(&self, name: &str) -> Result<TableState, CallError> {
        let client = Client::new(self.aws.config());
        let described = client.describe_table().table_name(name).send().await;
        let described = described.map_err(|error| call_error("dynamodb:DescribeTable", name, error))?;
        let expiry = client.describe_time_to_live().table_name(name).send().await;
        let expiry = expiry.map_err(|error| call_error("dynamodb:DescribeTimeToLive", name, error))?;
        let status = described.table().and_then(|table| table.table_status());
        let is_on = |status: Option<&TimeToLiveStatus>| {
            matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        };
        let expiry = expiry.time_to_live_description();
        let expiry = expiry.filter(|expiry| is_on(expiry.time_to_live_status()));
        Ok(TableState {
            status: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            expires_by: expiry.and_then(|expiry| expiry.attribute_name()).map(str::to_owned),
        })
    }
}
