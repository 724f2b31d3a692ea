//! Keeps the CloudWatch alarms of an account and region in line with a rule set. The entry point is [`Reconciler`].
//!
//! The steps are: rules → [`desired`] alarms → [`Plan`], the difference from the existing alarms → [`apply`] → read
//! the alarms again. [`Reconciler`] repeats them until there is nothing left to do. The crate contains no AWS client:
//! it reads and writes alarms through [`AlarmStore`], and reads rules through [`RuleVersions`].
//!
//! An alarm is *ours* if its name begins with the prefix and its tag `trailbell:owner` contains the owner. No other
//! alarm is ever changed or deleted. If another alarm has a name that a rule requires, this conflict is reported.
//! CloudWatch has no conditional write: an alarm that someone else creates under such a name after the alarms were
//! read is overwritten.
//!
//! Source: the CloudWatch API reference, PutMetricAlarm, PutCompositeAlarm, DescribeAlarms, DeleteAlarms,
//! TagResource.

mod alarm;
mod apply;
mod description;
mod desired;
mod export;
mod plan;
mod reconcile;
mod settings;
mod severity;
mod store;
mod versions;

#[cfg(feature = "testing")]
pub mod testing;

pub use alarm::{Actions, Alarm, CompositeAlarm, Definition, Existing, Kind, MetricAlarm, Tags};
pub use apply::{Applied, ApplyError, Failure, apply};
pub use description::{controls_tag, description_on_logs};
pub use desired::{DesiredError, desired};
pub use export::{TooManyAlarms, cloudformation};
pub use plan::{Change, Conflict, Deletion, Plan, Update};
pub use reconcile::{Outcome, ReconcileCounts, ReconcileError, Reconciler, remove};
pub use settings::{
    AlarmSettings, CONTROLS_TAG, OWNER_TAG, Owner, OwnerError, Ownership, Prefix, PrefixError, RULE_TAG,
    SEVERITY_TAG,
};
pub use store::{AlarmStore, AlarmStoreError, AlarmStoreErrorKind};
pub use versions::{RuleVersions, StoredRules};
