//! The rules that the configuration selects: fixed when the function starts, or an object that changes.

use std::sync::Arc;

use alarms::{RuleVersions, StoredRules};
use aws::{Aws, S3RuleStore};
use function::rule_file::{self, RuleFileError, RuleLocation};
use pipeline::RejectedRules;
use rules::RuleSet;

/// The rules of the function.
#[derive(Debug)]
pub enum FunctionRules {
    /// A built-in rule set, or a file in the deployment package.
    Fixed(Arc<RuleSet>),
    /// An object in S3.
    Object(StoredRules<S3RuleStore>),
}

impl FunctionRules {
    /// Reads rules that are part of the deployment package. Rules in S3 are read with each reconciliation.
    ///
    /// # Errors
    ///
    /// [`RuleFileError`] if a file cannot be used.
    pub fn load(location: RuleLocation, aws: &Aws) -> Result<Self, RuleFileError> {
        let rules = match location {
            RuleLocation::Object(uri) => return Ok(Self::Object(StoredRules::new(aws.rule_store(uri)))),
            RuleLocation::Set(set) => rule_file::built_in(set)?,
            RuleLocation::File(path) => rule_file::load(&path)?,
        };
        Ok(Self::Fixed(Arc::new(rules)))
    }
}

impl RuleVersions for FunctionRules {
    async fn latest(&self) -> Result<Arc<RuleSet>, RejectedRules> {
        match self {
            Self::Fixed(rules) => rules.latest().await,
            Self::Object(rules) => rules.latest().await,
        }
    }
}
