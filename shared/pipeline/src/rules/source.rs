//! The port for the rules of a batch, and rules that never change.
//!
//! Rules that change while the process runs are in `reloading`.

use std::future::Future;
use std::sync::Arc;

use time::OffsetDateTime;

use super::error::RulesError;
use crate::evaluator::Evaluator;

/// Where the rules of a batch come from.
pub trait RuleSource: Send + Sync {
    /// The rules for a batch that starts at `now`. The source waits for newer rules until `until` at most.
    fn current(
        &self,
        now: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> impl Future<Output = CurrentRules> + Send;
}

/// The rules for one batch, from its beginning to its end.
#[derive(Debug, Clone)]
pub struct CurrentRules {
    /// The rules, or the reason why there are none; every file of the batch then fails.
    pub evaluator: Result<Arc<Evaluator>, Arc<RulesError>>,
    /// Whether the stored rules are unusable, so that older rules or none are in force.
    pub rejected: bool,
}

/// The same rules for every batch.
impl RuleSource for Arc<Evaluator> {
    async fn current(&self, _: OffsetDateTime, _: Option<OffsetDateTime>) -> CurrentRules {
        CurrentRules { evaluator: Ok(Arc::clone(self)), rejected: false }
    }
}
