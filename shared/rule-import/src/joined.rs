//! Filters with their alarms, from which the rule file is written. They are joined in [`crate::join`].

use crate::{alarm::AlarmSettings, filter::Filter};

/// A rule of the rule file.
#[derive(Debug)]
pub(crate) struct JoinedRule {
    pub(crate) id: String,
    pub(crate) description: Option<String>,
    pub(crate) filter: Filter,
    /// Its alarms, each with other settings.
    pub(crate) alarms: Vec<JoinedAlarm>,
}

/// An alarm of a rule.
#[derive(Debug)]
pub(crate) struct JoinedAlarm {
    /// Distinguishes it from the other alarms of the rule.
    pub(crate) name: String,
    pub(crate) settings: AlarmSettings,
    /// One alarm for each item; if empty, one alarm on the metric without dimensions.
    pub(crate) dimensions: Vec<Vec<(String, String)>>,
    /// The first of the alarms.
    pub(crate) subject: String,
}
