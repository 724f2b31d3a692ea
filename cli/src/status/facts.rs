//! What is known about a stack: one answer, or one reason why there is none, for each part.

use alarms::Plan;
use aws::{
    CallError, CallErrorKind, FileState, KeyState, QueueState, Selector, Stack, StackAlarm, Subscription,
    TableState, TopicState, Trail, TrailStatus,
};
use time::{Duration, OffsetDateTime};

/// Something that was looked at.
pub(super) type Look<T> = Result<T, Unseen>;

/// Why something could not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unseen {
    /// Whether it does not exist. Everything else may be in order.
    pub(super) is_absent: bool,
    /// The reason, with the permission that was needed.
    pub(super) reason: String,
}

impl From<CallError> for Unseen {
    fn from(error: CallError) -> Self {
        Self { is_absent: error.kind == CallErrorKind::NotFound, reason: pipeline::chain(&error) }
    }
}

impl Unseen {
    /// Something that was not found out for this reason.
    pub(super) fn because(error: &(dyn std::error::Error + 'static)) -> Self {
        Self { is_absent: false, reason: pipeline::chain(error) }
    }
}

/// A stack with all its parts.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) now: OffsetDateTime,
    pub(super) stack: Stack,
    pub(super) trail: TrailFacts,
    pub(super) bucket_policy: Look<Option<String>>,
    /// The key of log files, if there is one.
    pub(super) log_key: Option<Look<KeyState>>,
    pub(super) message_key: Look<KeyState>,
    pub(super) topic: TopicFacts,
    pub(super) queues: QueueFacts,
    pub(super) ledger: Look<TableState>,
    pub(super) rules: Look<RuleFacts>,
    /// What the alarm reconciler would change; unknown as well where the rules cannot be read.
    pub(super) plan: Look<Plan>,
    /// The alarms about Trailbell itself.
    pub(super) own_alarms: Look<Vec<StackAlarm>>,
    /// The alarms of the rules.
    pub(super) rule_alarms: Look<Vec<StackAlarm>>,
    pub(super) alert_subscriptions: Look<Vec<Subscription>>,
    /// Who hears of Trailbell's own alarms.
    pub(super) health_subscriptions: Look<Vec<Subscription>>,
    /// The newest log file of each account and region.
    pub(super) newest: Look<Vec<NewestFile>>,
}

/// The trail.
#[derive(Debug)]
pub(super) struct TrailFacts {
    pub(super) arn: String,
    pub(super) settings: Look<Trail>,
    pub(super) status: Look<TrailStatus>,
    pub(super) selectors: Look<Vec<Selector>>,
    pub(super) insights: Look<Vec<String>>,
}

/// The topic on which the trail announces log files.
#[derive(Debug)]
pub(super) struct TopicFacts {
    pub(super) state: Look<TopicState>,
    pub(super) subscriptions: Look<Vec<Subscription>>,
}

/// The queues between topic and log processor.
#[derive(Debug)]
pub(super) struct QueueFacts {
    pub(super) delivery: Look<QueueState>,
    pub(super) oldest: Look<Option<Duration>>,
    pub(super) dead_letters: Look<QueueState>,
    pub(super) undelivered: Look<QueueState>,
}

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleFacts {
    /// Where they come from: a set, or the URI of a rule file.
    pub(super) source: String,
    /// The version of the rule file, if the bucket has one.
    pub(super) version: Option<String>,
    /// How many there are, or why the file cannot be used.
    pub(super) count: Result<usize, String>,
}

/// The newest log file of an account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewestFile {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) key: String,
    pub(super) delivered_at: OffsetDateTime,
    /// What the ledger says: `None` if it does not know the file.
    pub(super) state: Look<Option<FileState>>,
}
