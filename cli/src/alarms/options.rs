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
    /// How alarms are made from the rules; `topics` are the ARNs of those to notify, for rules with alerts and without.
    pub(super) fn settings(&self, owner: &Owner, topics: [Option<&str>; 2]) -> AlarmSettings {
        let [alarm_actions, sole_alarm_actions] =
            topics.map(|topic| topic.into_iter().map(str::to_owned).collect());
        AlarmSettings {
            ownership: Ownership { prefix: self.prefix.clone(), owner: owner.clone() },
            alarm_actions,
            sole_alarm_actions,
            ok_actions: Vec::new(),
            severity_alarms: self.severity_alarms,
        }
    }
}
