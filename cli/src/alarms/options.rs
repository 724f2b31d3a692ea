//! Options that the commands on alarms share.

use alarms::{AlarmSettings, Owner, Ownership, Prefix};
use clap::Args;

use crate::options::RuleOptions;

/// Rules, and how alarms are made from them.
#[derive(Debug, Args)]
pub(super) struct AlarmOptions {
    #[command(flatten)]
    pub(super) rules: RuleOptions,
    /// First part of each alarm's name, before a slash
    #[arg(long, value_name = "PREFIX", default_value_t, value_parser = Prefix::new)]
    pub(super) prefix: Prefix,
    /// Add one composite alarm for each severity, over the alarms of its rules
    #[arg(long)]
    pub(super) severity_alarms: bool,
}

impl AlarmOptions {
    /// How alarms are made from the rules; `topic` is the ARN of the topic to notify.
    pub(super) fn settings(&self, owner: &Owner, topic: Option<&str>) -> AlarmSettings {
        AlarmSettings {
            ownership: Ownership { prefix: self.prefix.clone(), owner: owner.clone() },
            alarm_actions: topic.into_iter().map(str::to_owned).collect(),
            ok_actions: Vec::new(),
            severity_alarms: self.severity_alarms,
        }
    }
}
