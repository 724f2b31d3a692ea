//! A key: whether it can be used, and by whom.
//!
//! Source: the AWS KMS API reference, DescribeKey and GetKeyPolicy.

use aws_sdk_kms::Client;
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::types::KeyState as State;

use super::StackReader;
use crate::operator::error::{CallError, call_error};

/// The name of a key's only policy (GetKeyPolicy).
const POLICY: &str = "default";

/// A key as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyState {
    /// The state in KMS's word, such as `Disabled`, unless the key can be used.
    pub unusable: Option<String>,
    /// Its policy, as JSON.
    pub policy: String,
}

impl StackReader {
    /// A key, by its ARN.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the key does not exist, or it or its policy cannot be read.
    pub async fn key(&self, arn: &str) -> Result<KeyState, CallError> {
        let mut config = Builder::from(self.aws.config());
        if let Some(region) = Self::region_of(arn) {
            config = config.region(region);
        }
        let client = Client::from_conf(config.build());
        let described = client.describe_key().key_id(arn).send().await;
        let described = described.map_err(|error| call_error("kms:DescribeKey", arn, error))?;
        let policy = client.get_key_policy().key_id(arn).policy_name(POLICY).send().await;
        let policy = policy.map_err(|error| call_error("kms:GetKeyPolicy", arn, error))?;
        let state = described.key_metadata().and_then(|metadata| metadata.key_state());
        let unusable = state.filter(|state| **state != State::Enabled);
        Ok(KeyState {
            unusable: unusable.map(|state| state.as_str().to_owned()),
            policy: policy.policy.unwrap_or_default(),
        })
    }
}
