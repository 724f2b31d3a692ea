//! The CloudWatch alarms that a rule set asks for, and the way from the alarms of an account to these.
//!
//! The flow goes one way: rules → [`desired`] alarms → [`Plan`] against the existing ones → [`apply`] → the next look.
//! [`Reconciler`] goes round until there is nothing left to do. The crate knows no AWS client: alarms are read and written
//! through [`AlarmStore`], rules come from [`RuleVersions`].
//!
//! An alarm is *ours* if its name begins with the prefix and its tag `trailbell:owner` names the owner. Nothing else is
//! ever changed or deleted: an alarm of another owner under a name that a rule asks for is a conflict, which is reported.
//! CloudWatch has no conditional write: an alarm that somebody else creates under such a name between the look and the
//! write is overwritten.
//!
//! Source: the CloudWatch API reference, PutMetricAlarm, PutCompositeAlarm, DescribeAlarms, DeleteAlarms, TagResource.

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
pub use desired::{DesiredError, desired};
pub use export::{TooManyAlarms, cloudformation};
pub use plan::{Change, Conflict, Deletion, Plan, Update};
pub use reconcile::{Outcome, ReconcileError, Reconciler, Report, remove};
pub use settings::{
    OWNER_TAG, Owner, OwnerError, Ownership, Prefix, PrefixError, RULE_TAG, SEVERITY_TAG, Settings,
};
pub use store::{AlarmStore, AlarmStoreError, AlarmStoreErrorKind};
pub use versions::{RuleVersions, StoredRules};
