//! Where the function's rules come from, as the configuration says: fixed when it starts, or an object that changes.

use std::sync::Arc;
use std::time::Duration;

use aws::{Aws, S3RuleStore};
use function::rule_file::{self, RuleFileError, RuleLocation};
use pipeline::{CurrentRules, Evaluator, ReloadingRules, RuleSource};
use time::OffsetDateTime;

/// The rules of the function.
#[derive(Debug)]
pub enum FunctionRules {
    /// A built-in rule set, or a file in the deployment package.
    Fixed(Arc<Evaluator>),
    /// An object in S3.
    Object(Box<ReloadingRules<S3RuleStore>>),
}

impl FunctionRules {
    /// Reads rules that are part of the deployment package. Rules in S3 are read with the first batch, and checked again when
    /// `check_interval` has passed.
    ///
    /// # Errors
    ///
    /// [`RuleFileError`] if a file cannot be used.
    pub fn load(location: RuleLocation, check_interval: Duration, aws: &Aws) -> Result<Self, RuleFileError> {
        let rules = match location {
            RuleLocation::Object(uri) => {
                let rules = ReloadingRules::new(aws.rule_store(uri), check_interval);
                return Ok(Self::Object(Box::new(rules)));
            }
            RuleLocation::Set(set) => rule_file::built_in(set)?,
            RuleLocation::File(path) => rule_file::load(&path)?,
        };
        Ok(Self::Fixed(Arc::new(Evaluator::new(rules))))
    }
}

impl RuleSource for FunctionRules {
    async fn current(&self, now: OffsetDateTime, until: Option<OffsetDateTime>) -> CurrentRules {
        match self {
            Self::Fixed(evaluator) => evaluator.current(now, until).await,
            Self::Object(rules) => rules.current(now, until).await,
        }
    }
}
