//! The rules of a batch: where they come from, and how they change while the process runs.
//!
//! The crate `rules` defines the rule language itself.

pub(crate) mod error;
mod load;
mod read;
mod reloading;
pub(crate) mod source;
mod store;

pub use self::error::RulesError;
pub use self::load::DOCUMENT_BYTES;
pub use self::read::{ReadRules, RejectedRules, read_rules};
pub use self::reloading::ReloadingRules;
pub use self::source::{CurrentRules, RuleSource};
pub use self::store::{FetchedRules, RuleStore};
